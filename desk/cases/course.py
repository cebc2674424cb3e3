"""What happened to a case, and what it was pressed, told and promised, as its page shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.life.pressure import open_pressures
from cases.privacy.visibility import Eyes
from cases.record.case import Case
from cases.record.events import Recorded, ReplyDelivered, ReplyDrafted, ReplySeenAtSource
from desk.actions.instant import basis_words
from desk.actions.sentences import describe_event
from desk.ground.context import DeskContext
from desk.phrasing.page_text import shown
from desk.phrasing.phrases import Phrases, Said, joined
from desk.phrasing.times import day

MOST_EVENTS: Final = 500
"""Of the history on the page, the newest."""


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """A line of the history."""

    seq: int
    at: datetime
    who: str
    text: str
    detail: str
    tone: str


def promise_lines(
    case: Case, eyes: Eyes, office: DeskContext, now: datetime
) -> tuple[tuple[str, str], ...]:
    """Each promise: how it stands, and who promised what until when."""
    teller = Phrases(office.register, now)
    lines = []
    for promise in case.promises:
        state = {True: "已兑现", False: "未兑现", None: "待核查"}[promise.kept]
        if promise.kept is None and promise.due < now.date():
            state = "到期待核查"
        text = shown(eyes, f"：{promise.text}", by_office=True)
        due = day(promise.due, now)
        lines.append((state, f"{promise.number}. {teller.unit(promise.owner)}，{due} 前{text}"))
    return tuple(lines)


def instruction_lines(
    case: Case, eyes: Eyes, office: DeskContext, now: datetime
) -> tuple[tuple[str, str, str], ...]:
    """Each 批示: how it stands, what it says, and what was reported on it."""
    teller = Phrases(office.register, now)
    lines = []
    for one in case.instructions:
        due = f"（限 {teller.moment(one.due_at)} 前反馈）" if one.due_at else ""
        state = "已反馈" if one.reported_at else "待反馈"
        text = f"{one.number}. {shown(eyes, one.text, by_office=True)}{due}"
        lines.append((state, text, shown(eyes, one.report, by_office=True)))
    return tuple(lines)


def pressure_lines(
    case: Case, eyes: Eyes, office: DeskContext, now: datetime
) -> tuple[tuple[str, str, str], ...]:
    """Each 催办 and 督办 of this round, in the same way."""
    teller = Phrases(office.register, now)
    waiting = open_pressures(case)
    lines = []
    for one in case.pressures:
        if one.round != case.round.number:
            continue
        due = f"（限 {teller.moment(one.due_at)} 前反馈）" if one.due_at else ""
        state = "已反馈" if one.reported_at else "待反馈" if one in waiting else one.rung.value
        text = shown(eyes, f"：{one.text}", by_office=True)
        report = shown(eyes, one.report, by_office=True)
        lines.append((state, f"{teller.moment(one.at)} {one.rung.value}{text}{due}", report))
    return tuple(lines)


_BY_OFFICE = (ReplyDelivered, ReplyDrafted, ReplySeenAtSource)


def history_text(event: Recorded, eyes: Eyes, teller: Phrases) -> str:
    """What happened, in the office's own words; only a door or a unit may have a number for a
    name. For who sees the history at all (`Eyes.labels`)."""
    return eyes.told(describe_event(event.body, teller).text)


def history_of(
    case: Case, eyes: Eyes, office: DeskContext, now: datetime
) -> tuple[HistoryEntry, ...]:
    """The newest first. The text of a reply stands among the replies already."""
    teller = Phrases(office.register, now)
    entries: list[HistoryEntry] = []
    if not eyes.labels:
        return ()
    for event in reversed(case.history[-MOST_EVENTS:]):
        said: Said = describe_event(event.body, teller)
        detail = said.detail
        if isinstance(event.body, ReplyDrafted):
            why, basis = event.body.personal_data_reason, event.body.rests_on
            detail = joined(
                f"依据：{basis_words(basis)}" if basis else "",
                f"保留个人信息的理由：{why}" if why else "",
            )
        entries.append(
            HistoryEntry(
                seq=event.seq,
                at=event.at,
                who=teller.actor(event.actor),
                text=history_text(event, eyes, teller),
                detail=shown(eyes, detail, by_office=isinstance(event.body, _BY_OFFICE)),
                tone=said.tone,
            )
        )
    return tuple(entries)
