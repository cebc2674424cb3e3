"""What a form of the case page is made of, and how its answers become a command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import NoneType, UnionType
from typing import Final, Protocol, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from cases.life.handling import COMMANDS
from cases.record.commands import AnyCommand, Correct
from cases.words.times import BEIJING

Choices = tuple[tuple[str, str], ...]
"""(value, words)."""


class Field(Struct, frozen=True, kw_only=True):
    name: str
    label: str
    sort: str = "area"
    """"area", "text", "number", "date", "datetime", "select", "many", "radio", "checks",
    "check" or "hidden"."""
    value: tuple[str, ...] = ()
    """What stands there at first."""
    choices: Choices = ()
    groups: tuple[tuple[str, Choices], ...] = ()
    """Choices under headings, for "select" and "many"."""
    hint: str = ""
    required: bool = False
    low: str = ""
    high: str = ""
    suggestions: tuple[str, ...] = ()


class Form(Struct, frozen=True, kw_only=True):
    command: str = ""
    """The command's name on the wire; the registry fills it in."""
    title: str = ""
    """The command's word where the form does not say otherwise."""
    button: str = ""
    """The title where the form does not say otherwise."""
    fields: tuple[Field, ...] = ()
    told: str = ""
    """What to know before: what was asked, what is on record."""
    warning: str = ""
    """What will happen that cannot be taken back."""


class FormValues(Protocol):
    """As Starlette's `FormData`."""

    def getlist(self, key: str) -> Sequence[object]: ...

    def __contains__(self, key: object) -> bool: ...


class BadForm(ValueError):
    """An answer that no command can hold; the text is for who typed it."""


GIVEN: Final = "given"
"""Beside a group of boxes: that none is ticked is an answer too."""
_NAMED: Final = re.compile(r"(?:missing required field `|\$\.)(\w+)")
"""The field in an error of msgspec."""


def read_command(name: str, form: FormValues, known: Form | None = None) -> AnyCommand:
    """The command of this name with the answers of the form; `known`: the form that was filled
    in. Raises `BadForm`."""
    kind = COMMANDS[name]
    values: dict[str, object] = {}
    for field in fields(kind):
        texts = [str(value).strip() for value in form.getlist(field.name)]
        several = tuple in _kinds(field)
        verdict = _kinds(field) == {bool, NoneType}
        if several and (texts or f"{field.name}.{GIVEN}" in form):
            values[field.name] = _many(kind, field.name, [text for text in texts if text])
        elif not several and texts:
            text = texts[-1]
            if text or (field.required and not verdict):
                values[field.name] = _moment(text) if datetime in _kinds(field) and text else text
            elif verdict:
                values[field.name] = None
            elif _kinds(field) == {str, NoneType}:
                # None says that nothing was answered: an empty answer is one.
                values[field.name] = text
        elif field.required and verdict:
            values[field.name] = None
    try:
        return msgspec.convert(values, type=kind, strict=False)  # type: ignore[return-value]
    except msgspec.ValidationError as error:
        named = _NAMED.findall(str(error))
        where = str(named[-1]) if named else ""
        raise BadForm(f"“{_label(name, where, known)}”没有填对，请改正后再提交。") from None


def _kinds(field: FieldInfo) -> set[object]:
    """The types that a field may hold, without their parameters."""
    union = get_args(field.type) if isinstance(field.type, UnionType) else (field.type,)
    return {get_origin(kind) or kind for kind in union}


def _label(command: str, where: str, known: Form | None) -> str:
    shown = {field.name: field.label for field in known.fields} if known else {}
    short = _LABELS.get(f"{command}.{where}") or _LABELS.get(where)
    return short or shown.get(where) or where or command


def typed_in(form: Mapping[str, object] | FormValues, known: Form) -> Form:
    """The form with what was typed, to be shown again."""
    changed = []
    for field in known.fields:
        texts = tuple(str(value) for value in form.getlist(field.name))  # type: ignore[union-attr]
        keeps = field.sort == "hidden"
        changed.append(field if keeps else msgspec.structs.replace(field, value=texts))
    return msgspec.structs.replace(known, fields=tuple(changed))


_LABELS = {
    # Where the form's own label is too long for a sentence.
    "working_days": "工作日数",
    "due_at": "期限",
    "due": "期限",
    "until": "解决日期",
    "ask_supplement.until": "补正期限",
    "mute_emerging.until": "静音的结束时间",
    "result": "答复结果",
    "received_on": "收到征求意见书的日期",
    "ask_reason.until": "说明理由的期限",
    "charge_fee.received_on": "收到收费通知的日期",
    "fee_noticed.received_on": "收到收费通知的日期",
    "take_payment.at": "缴费时间",
    "reasonable": "理由是否合理",
    "basis": "计收方式",
    "answer_instantly.basis": "依据",
    "count": "数量",
    "before": "本月在此件之前的件数",
    "number": "编号",
    "draft": "答复稿编号",
    "rung": "方式",
    "approve": "是否同意",
    "grant": "是否同意",
    "kept": "是否兑现",
    "resolved": "是否解决",
    "contacted": "是否联系",
    "satisfied": "是否满意",
    "grade": "满意度",
    "at": "答复时间",
    "kind": "诉求类型",
    "sentiment": "情感倾向",
}


def _many(kind: type, name: str, texts: list[str]) -> list[str]:
    if kind is Correct and name == "topic_path":
        return [part for text in texts for part in text.split("/") if part]
    return texts


def _moment(text: str) -> str:
    """A browser sends local time without saying so."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at.replace(tzinfo=BEIJING) if at.tzinfo is None else at).isoformat()
