"""The outline of a case: the few facts that statistics are made of.

Stored beside each case, so that a year of figures is read without the cases
themselves. Figures count the case by the office's rules: received by `received_at`,
its rounds by the date that counts (`cases.figures.counted`).
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from cases.figures.counted import Judged
from cases.figures.course import course_of
from cases.privacy.public_text import is_released
from cases.privacy.visibility import withheld_from
from cases.record.case import Case, on_time
from cases.record.writer import person_of
from cases.words.times import beijing


class CaseFacts(Struct, frozen=True, kw_only=True, array_like=True):
    """Times are whole seconds since 1970."""

    case_id: str
    channel: str
    unit: str
    """Lead unit, "" for none."""
    topic: str
    kind: str
    risk: tuple[str, ...]
    urgent: bool
    sentiment: str
    state: str
    open: bool
    received: int
    due: int | None
    """The date that counts for the present round (`Round.deciding_clock`)."""
    replied: int | None
    has_reply: bool
    on_time: bool | None
    resolved: bool | None
    satisfied: bool | None
    closed: int | None
    rounds: int
    returns: int
    matter: str
    """The first matter it is linked to, "" for none."""
    promises: tuple[tuple[str, str, bool | None], ...]
    """Owner, due date as written, and whether it was kept; None: nobody has verified it."""
    published: bool = False
    """A person released its text, and everyone may read it: never true of a confidential
    case, nor of one whose writer does not want it."""
    disclosure: bool = False
    """依申请公开."""
    withheld_from: tuple[str, ...] = ()
    """As `cases.privacy.visibility.withheld_from` has it: for these readers it counts without its
    labels."""
    judged: tuple[Judged, ...] = ()
    """What the figures take from each round."""
    changed: int = 0
    """The last moment at which anything that figures count changed, in microseconds: as of any
    moment after it the case is as it stands here."""
    sent_at: int | None = None
    """When it was dispatched to a unit for the first time, in microseconds."""
    sent_right: bool = False
    """That unit neither handed it back nor lost it to another."""
    at_once: bool = False
    """The desk itself answered it on the day of receipt (即答)."""
    returned: tuple[tuple[str, int], ...] = ()
    """Unit that handed it back, and when, in microseconds."""
    pressed: tuple[int, ...] = ()
    """督办, 挂牌, 约谈, in microseconds."""
    person: str = ""
    """Tells writers apart (`cases.record.writer`), "" for an unknown one."""
    sent_to: str = ""
    """The unit of the first dispatch, "" before it."""
    sent_by: str = ""
    """The rule of the first dispatch: `ev.Assigned.rule`."""
    asked: tuple[int, ...] = ()
    """When units asked to give it back, in microseconds."""


def facts_of(case: Case) -> CaseFacts:
    round_ = case.round
    clock = round_.deciding_clock
    first = round_.first_delivery
    called = round_.callback
    course = course_of(case)
    return CaseFacts(
        case_id=case.case_id,
        channel=case.item.channel,
        unit=case.unit,
        topic=case.labels.topic,
        kind=case.labels.kind.value,
        risk=case.labels.risk,
        urgent=case.labels.urgent,
        sentiment=case.labels.sentiment.value,
        state=case.state.value,
        open=case.open,
        received=_seconds(case.received_at),
        due=_seconds(clock.due_at) if clock else None,
        replied=_seconds(first.at) if first and first.at else None,
        has_reply=first is not None,
        on_time=on_time(round_)[0],
        resolved=called.resolved if called else None,
        satisfied=called.satisfied if called else None,
        closed=_seconds(round_.closed_at) if round_.closed_at else None,
        rounds=len(case.rounds),
        returns=case.returns,
        matter=case.matters[0] if case.matters else "",
        promises=tuple((one.owner, one.due.isoformat(), one.kept) for one in case.promises),
        published=is_released(case),
        disclosure=case.item.disclosure,
        withheld_from=withheld_from(case),
        judged=course.judged,
        changed=course.changed,
        sent_at=course.sent_at,
        sent_right=course.sent_right,
        sent_to=course.sent_to,
        sent_by=course.sent_by,
        asked=course.asked,
        at_once=course.at_once,
        returned=course.returned,
        pressed=course.pressed,
        person=person_of(case.item),
    )


def without_labels(outline: CaseFacts) -> CaseFacts:
    """As who may not know of what sort the case is counts it."""
    return msgspec.structs.replace(
        outline, topic="", kind="", risk=(), urgent=False, sentiment="", matter="", person=""
    )


def _seconds(at: datetime) -> int:
    return int(beijing(at).timestamp())


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CaseFacts)


def encode_facts(outline: CaseFacts) -> str:
    return _encoder.encode(outline).decode()


def decode_facts(text: str) -> CaseFacts:
    return _decoder.decode(text)
