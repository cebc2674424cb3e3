"""A line of the ledger: a case in a period, with how it came in and how it left."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from cases.clocks import standing
from cases.figures.counted import Verdict, judged_of, verdict
from cases.record.case import Case, Round, State
from cases.reporting.history import End, Span, as_of, waiting, waits_at
from cases.reporting.periods import Period
from cases.words.times import micros

__all__ = [
    "ENTRY_WORDS",
    "Entry",
    "Line",
    "Verdict",
    "days_late",
    "line_of",
    "verdict_of",
]


class Entry(StrEnum):
    """How a case came onto the list of a period; each case in exactly one way."""

    CARRIED = "carried"
    NEW = "new"
    REOPENED = "reopened"
    REPORT = "report"
    """Of media: received in the period, no citizen's message, and no part of the balance."""


ENTRY_WORDS = {
    Entry.CARRIED: "上期结转",
    Entry.NEW: "本期新收",
    Entry.REOPENED: "重新办理",
    Entry.REPORT: "媒体报道",
}


class Line(Struct, frozen=True, kw_only=True):
    case: Case
    """As of the end of the period."""
    at: datetime
    """The moment it is looked at from: the end of the period, or now while it runs."""
    entry: Entry
    ended: End | None
    """None: still waiting, carried on into the next period (结存)."""
    ended_at: datetime | None
    again: int = 0
    """How often it was ended and reopened within the period; counted once all the same."""


def line_of(
    case: Case, period: Period, at: datetime, spans: tuple[Span, ...] | None = None
) -> Line | None:
    """The case on the books of a period as of `at`; None when it is not on them: not
    received yet, or ended before and not reopened."""
    spans = waiting(case) if spans is None else spans
    begun = [s for s in spans if s.start < at]
    if not begun:
        return None
    within = [s for s in begun if s.start >= period.start_at]
    if waits_at(spans, period.start_at):
        entry = Entry.CARRIED
    elif within and within[0].start == case.received_at:
        entry = Entry.NEW
    elif within:
        entry = Entry.REOPENED
    else:
        return None
    then = as_of(case, at)
    if then is None:
        return None
    last = begun[-1]
    over = last.end is not None and last.end < at
    return Line(
        case=then,
        at=at,
        entry=entry,
        ended=last.how if over else None,
        ended_at=last.end if over else None,
        again=len(within) - (entry is not Entry.CARRIED),
    )


def verdict_of(round_: Round, at: datetime, *, ended: bool = False) -> Verdict:
    """是否按时. `ended`: the case was refused, or turned out invalid."""
    return verdict(judged_of(round_, ended=ended), micros(at))


def judged(line: Line) -> Verdict:
    """The verdict on the current round."""
    ended = line.case.state in (State.REFUSED, State.INVALID)
    return verdict_of(line.case.round, line.at, ended=ended)


def days_late(round_: Round, at: datetime, said: Verdict) -> int | None:
    """逾期天数 (`cases.clocks.standing`); None when not late."""
    clock, first = round_.deciding_clock, round_.first_delivery
    if clock is None or said not in (Verdict.LATE, Verdict.OVERDUE):
        return None
    until = first.at if first is not None and first.at is not None else at
    return standing.days_late(clock.due_at, until)
