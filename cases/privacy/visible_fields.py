"""Which fields a case has, and from which sight on each of them is shown.

The one table of it. A field that is not in the table stops the program when it starts:
what is new is shown to nobody before it is said to whom.
"""

from __future__ import annotations

import typing
from enum import Enum
from types import UnionType
from typing import Final, get_args, get_type_hints

from msgspec import Struct

from cases.record.case import Case


class Sort(Enum):
    """How a field is shown. The value says it for people, in docs/case.md."""

    OPEN = "编号、来源、单位、状态、时限"
    LABEL = "分类、诉求、风险、情感、同一事项"
    HISTORY = "办理过程"
    TEXT = "标题、正文、地点、答复、办理说明"
    PERSON = "姓名、电话、邮箱、住址"
    FILE = "附件"
    SOURCE = "来源的其他栏目和网址"
    PART = ""
    """A value with fields of its own."""


def _rows(**fields: str) -> dict[str, Sort]:
    """Field by field, from words in the order of the sorts."""
    found: dict[str, Sort] = {}
    for sort, names in fields.items():
        for name in names.split():
            if name in found:
                raise TypeError(f"{name} stands in the table of sights twice")
            found[name] = Sort[sort.upper()]
    return found


CASE: Final[dict[str, dict[str, Sort]]] = {
    "Case": _rows(
        open="case_id version versions received_at opened_at state unit dispatched accepted_at "
        "returns confidential dates_warned receipt_confirmed_at supplement_asked resume_state "
        "erased_at",
        label="labels unit_rule matters warned muted_until accused event_level measure_at",
        history="history",
        text="unit_reason ended data_hold",
        part="item rounds tasks pictures "
        "extension_request suspension pressures instructions promises "
        "upward downward handovers "
        "publication notes waiting outcome justification fee held",
    ),
    "Item": _rows(
        open="source source_item_id channel received_at truncated due_at closed_at resolved "
        "satisfied parent_id likes dislikes confidential not_public disclosure withdrawn "
        "archived",
        label="kind urgency",
        text="title body place named_unit category state",
        person="author phone email address",
        file="attachments",
        source="url extra",
        part="replies said notes",
    ),
    "Note": _rows(open="code", text="text"),
    "SourceReply": _rows(open="at", text="text unit"),
    "Attachment": _rows(open="media_type size", text="name", source="url", file="sha"),
    "PictureText": _rows(
        open="engine unread",
        label="model risk urgent loud",
        text="name pages",
        file="sha",
        part="evidence",
    ),
    "Labels": _rows(
        label="model topic topic_path topic_confidence topic_candidates topic_guess abstained kind "
        "kind_confidence simple sentiment sentiment_score sentiment_confidence "
        "sentiment_abstained intensity risk urgent loud",
        part="evidence",
    ),
    "Evidence": _rows(label="label field start end weight", text="text"),
    "Round": _rows(
        open="number started_at clocks acknowledged_at closed_at warned",
        text="reason exception",
        part="drafts deliveries callback",
    ),
    "Clock": _rows(
        open="name rule policy calendar unit amount started_at due_at provisional trace "
        "extensions original_due_at paused_since paused_minutes pauses"
    ),
    "TraceDay": _rows(open="day mark counted note"),
    "Task": _rows(
        open="unit lead assigned_at may_return acknowledged_at finished_at suggested_unit",
        text="section share return_asked",
    ),
    "Draft": _rows(
        open="number by unit at seq approvals approved", text="text rejected", part="rests_on"
    ),
    "InstantBasis": _rows(
        open="entry version reviewed_by reviewed_at document",
        text="question reviewed policy clause",
    ),
    "Delivery": _rows(open="at via draft", text="text unit proof"),
    "CallBackResult": _rows(open="resolved satisfied at grade contacted", text="note"),
    "PlatformMessage": _rows(
        open="number what at seq until contacted resolved grade sent sent_at granted decided_at",
        text="text detail",
    ),
    "PlatformWord": _rows(
        open="says number at granted due_at contacted resolved grade", text="text"
    ),
    "ExtensionRequest": _rows(open="unit working_days at", text="reason"),
    "Suspension": _rows(open="until", text="measures"),
    "Handover": _rows(open="at by", label="service", text="note", person="person"),
    "Pressure": _rows(open="rung at by round due_at reported_at", text="text report"),
    "Instruction": _rows(open="number by at due_at reported_at", text="text report"),
    "Promise": _rows(open="number due owner at kept verified_by", text="text evidence published"),
    "Publication": _rows(open="at version replies", text="where declined text place reply"),
    "Held": _rows(
        open="since seq",
        label="grounds found suggested about barred presumed",
        text="reason quotes",
    ),
    "Waiting": _rows(open="why since until", text="about party"),
    "Outcome": _rows(open="result", text="reason"),
    "Justification": _rows(open="asked_at until reasonable working_days", text="about given note"),
    "Fee": _rows(
        open="basis count before yuan charged_at received_on until paid_at", text="via receipt"
    ),
    "Recorded": _rows(open="case_id seq message_id at actor configuration", part="body"),
    "Actor": _rows(open="id role name unit"),
}
EVENTS: Final = _rows(
    open="version clocks changed at resolved satisfied grade lead assisting may_return to_desk "
    "unit suggested_unit dropped working_days natural_days citizen_told approved_by until "
    "restarted clock stage due_at what number drafts rung level final checklist via due owner kept "
    "confirmed_at result "
    "reasonable basis count before yuan received_on paid_at command fields derived alert_id "
    "channel outcome burst why ground contacted sent answers",
    label="labels rule matter accused event_level kind grounds found suggested barred units "
    "words places cases people hours usual years grown since muted_by service loud "
    "cleared",
    text="reason quotes place note text missing measures party skip_reason "
    "personal_data_reason proof detail where evidence how about given receipt exception section "
    "name person",
    part="item reply notes rests_on word picture",
)
"""The fields of all events, by name: one name, one meaning."""
OWN: Final[dict[str, dict[str, Sort]]] = {
    "ClocksSet": _rows(text="why"),
    "ReplyApproved": _rows(open="name"),
    "Published": _rows(text="reply"),
    "HeldBack": _rows(label="about"),
    "EmergingSeen": _rows(label="where"),
}
"""Where a name means something else in one event."""


def sort_of(kind: type[Struct], name: str) -> Sort:
    """Raises `TypeError` for a field that the table does not have."""
    known = CASE.get(kind.__name__)
    if known is None and kind.__module__ == "cases.record.events":
        known = EVENTS | OWN.get(kind.__name__, {})
    if known is None or name not in known:
        raise TypeError(
            f"{kind.__name__}.{name} is not in cases/privacy/visible_fields.py: say from which "
            "sight on it is shown"
        )
    return known[name]


def kinds_in(root: type[Struct]) -> set[type[Struct]]:
    """Every structure that a value of this type can hold, itself included."""
    found: set[type[Struct]] = set()
    waiting: list[object] = [root]
    while waiting:
        hint = waiting.pop()
        inner = get_args(hint)
        if inner and (isinstance(hint, UnionType) or typing.get_origin(hint) is not None):
            waiting += inner
        elif isinstance(hint, type) and issubclass(hint, Struct) and hint not in found:
            found.add(hint)
            waiting += get_type_hints(hint).values()
    return found


def check_table() -> dict[type[Struct], dict[str, Sort]]:
    """The sort of each field of everything that a case holds. Raises `TypeError`."""
    return {
        kind: {name: sort_of(kind, name) for name in kind.__struct_fields__}
        for kind in kinds_in(Case)
    }


FIELDS: Final = check_table()
