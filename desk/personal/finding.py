"""Which cases are of one person, and by what they were recognised."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from cases.life.erasure import why_not_erasable
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.words.refusals import NotAllowed

_SHORTEST: Final = 2
_SHORTEST_NUMBER: Final = 5
_SPACES: Final = re.compile(r"[\s\-－—()（）]+")


class Wanted(Struct, frozen=True, kw_only=True):
    """What is known of the person who asks; "" for nothing. One that fits is enough."""

    name: str = ""
    phone: str = ""
    other: str = ""
    """Mail, identity number or number of a case."""


class Found(Struct, frozen=True, kw_only=True):
    """A case, as the list shows it: a clerk confirms which of them are the person's."""

    case_id: str
    channel: str
    received: str
    state: str
    by: tuple[str, ...]
    """By what it was recognised, such as 来件人姓名; a name alone may be another person's."""
    title: str
    """Masked."""
    refusal: str
    """Why it may not be erased now; "" where it may."""


def wanted(name: str, phone: str, other: str) -> Wanted:
    """Raises `NotAllowed` for what would find half of the ledger."""
    name, phone, other = name.strip(), _SPACES.sub("", phone), other.strip()
    if not (name or phone or other):
        raise NotAllowed("请填写姓名、电话，或邮箱、证件号、事项编号中的一项。")
    if name and len(name) < _SHORTEST:
        raise NotAllowed(f"姓名应为两个字以上，实际是“{name}”。")
    if phone and not (phone.lstrip("+").isdigit() and len(phone) >= _SHORTEST_NUMBER):
        raise NotAllowed(f"电话应为 {_SHORTEST_NUMBER} 位以上的数字，实际是“{phone[:40]}”。")
    if other and len(other) < _SHORTEST_NUMBER:
        raise NotAllowed(f"邮箱、证件号或事项编号应为 {_SHORTEST_NUMBER} 个字符以上。")
    return Wanted(name=name, phone=phone, other=other)


def recognised_by(case: Case, person: Wanted) -> tuple[str, ...]:
    """In words; () where nothing fits."""
    item = case.item
    text = "\n".join((item.title, item.body, *item.extra.values()))
    found = []
    if person.name and person.name == item.author.strip():
        found.append("来件人姓名")
    elif person.name and person.name in text:
        found.append("正文里的姓名")
    if person.phone and person.phone == _SPACES.sub("", item.phone):
        found.append("来件人电话")
    elif person.phone and person.phone in _SPACES.sub("", text):
        found.append("正文里的电话")
    if person.other and person.other in (item.email, item.address, item.source_item_id):
        found.append("邮箱或编号")
    elif person.other and person.other in (case.case_id, *text.splitlines()):
        found.append("编号")
    elif person.other and person.other in text:
        found.append("正文里的号码")
    return tuple(found)


def found(case: Case, by: tuple[str, ...]) -> Found:
    return Found(
        case_id=case.case_id,
        channel=case.item.channel,
        received=f"{case.received_at:%Y-%m-%d}",
        state=case.state_words,
        by=by,
        title=for_anyone(case, case.item.title),
        refusal=why_not_erasable(case),
    )
