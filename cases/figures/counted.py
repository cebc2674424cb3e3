"""What is counted of a case, by the definitions of `cases.figures.measures`.

A round is judged by the date that counts: the earlier of the office's own reply clock and the date
that the source set (docs/decisions/0013-the-date-that-counts.md). Papers and board count with these
functions, so that a figure of one name is one number.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from cases.clocks.standing import days_late
from cases.figures.measures import Ratio
from cases.record.case import Round
from cases.words.times import micros, moment_of

__all__ = ["Counts", "Judged", "Ratio", "Verdict", "count_rounds", "judged_of", "verdict"]


class Verdict(StrEnum):
    """是否按时, against the date that counts for a round. The value is the ledger's word."""

    ON_TIME = "按时"
    LATE = "逾期答复"
    OVERDUE = "逾期未答复"
    RUNNING = "未到期"
    PAUSED = "待补充"
    """The clock stands still."""
    NO_TIME = "答复时间不详"
    NOT_COUNTED = "不计"
    """It ended without a reply in time (不予受理, 无效, 例外办结), or has no clock."""


class Judged(Struct, frozen=True, kw_only=True, array_like=True):
    """What the figures take from a round. Moments are whole microseconds since 1970."""

    due: int | None
    """The date that counts."""
    own_due: int | None
    """By the office's own clock alone."""
    paused: bool
    """The date that counts stands still."""
    replied: bool
    replied_at: int | None
    over: bool
    """It ended without a reply: closed, refused, invalid."""
    contacted_at: int | None = None
    """The first contact with the citizen: spoken to, asked for more, or answered."""
    called_at: int | None = None
    resolved: bool | None = None
    satisfied: bool | None = None


def judged_of(
    round_: Round, *, ended: bool = False, contacted_at: datetime | None = None
) -> Judged:
    """`ended`: the case was refused, or turned out invalid, in this round."""
    clock, own = round_.deciding_clock, round_.reply_clock
    first, called = round_.first_delivery, round_.callback
    return Judged(
        due=micros(clock.due_at) if clock else None,
        own_due=micros(own.due_at) if own else None,
        paused=clock is not None and clock.paused_since is not None,
        replied=first is not None,
        replied_at=micros(first.at) if first and first.at else None,
        over=ended or round_.closed_at is not None,
        contacted_at=micros(contacted_at) if contacted_at else None,
        called_at=micros(called.at) if called else None,
        resolved=called.resolved if called else None,
        satisfied=called.satisfied if called else None,
    )


def verdict(of: Judged, at: int, *, own: bool = False) -> Verdict:
    """`at`: the moment it is looked at from; `own`: against the office's own clock alone."""
    due = of.own_due if own else of.due
    if due is None:
        return Verdict.NOT_COUNTED
    if of.replied:
        if of.replied_at is None:
            return Verdict.NO_TIME
        return Verdict.ON_TIME if of.replied_at <= due else Verdict.LATE
    if of.over:
        return Verdict.NOT_COUNTED
    if of.paused:
        return Verdict.PAUSED
    return Verdict.OVERDUE if due < at else Verdict.RUNNING


class Counts(Struct, kw_only=True):
    """Plain numbers; grows while cases are added."""

    received: int = 0
    carried: int = 0
    reopened: int = 0
    ended: int = 0
    closing: int = 0
    due: int = 0
    due_answered: int = 0
    due_on_time: int = 0
    due_contacted: int = 0
    own_due: int = 0
    """Due in the period by the office's own clock."""
    own_on_time: int = 0
    untimed: int = 0
    """Due in the period and answered at an unknown time."""
    asked_resolved: int = 0
    said_resolved: int = 0
    asked_satisfied: int = 0
    said_satisfied: int = 0
    overdue: int = 0
    """Unanswered at the end, after the date that counts."""
    overdue_days: int = 0
    at_once: int = 0
    """Of the newly received, answered by the desk itself on the day of receipt."""
    sent: int = 0
    """Dispatched to a unit for the first time."""
    sent_right: int = 0
    sent_returned: int = 0
    """Of those sent, the ones that a unit was allowed to give back."""
    returns: int = 0
    pressed: int = 0
    """督办, 挂牌, 约谈; a reminder (催办) is not counted."""
    promises_due: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    negative: int = 0
    suggestions: int = 0
    media: int = 0
    """Reports of media received; such a report counts as nothing else."""
    stories: int = 0
    """Of those, one for each story."""

    @property
    def on_time(self) -> Ratio:
        """按时率: of the rounds due in the period."""
        return Ratio(self.due_on_time, self.due)

    @property
    def on_time_own(self) -> Ratio:
        """按时率 by the office's own clock alone."""
        return Ratio(self.own_on_time, self.own_due)

    @property
    def answered(self) -> Ratio:
        """回应率: of the rounds due in the period, answered by its end."""
        return Ratio(self.due_answered, self.due)

    @property
    def responded(self) -> Ratio:
        """响应率: of the rounds due in the period, first contact by the date that counts."""
        return Ratio(self.due_contacted, self.due)

    @property
    def resolved(self) -> Ratio:
        return Ratio(self.said_resolved, self.asked_resolved)

    @property
    def satisfied(self) -> Ratio:
        return Ratio(self.said_satisfied, self.asked_satisfied)

    @property
    def instant(self) -> Ratio:
        """即答率."""
        return Ratio(self.at_once, self.received)

    @property
    def right_first(self) -> Ratio:
        """一次派准率."""
        return Ratio(self.sent_right, self.sent)

    @property
    def returned_share(self) -> Ratio:
        """退单率."""
        return Ratio(self.sent_returned, self.sent)

    @property
    def promises_unchecked(self) -> int:
        return self.promises_due - self.promises_kept - self.promises_broken

    @property
    def on_books(self) -> int:
        return self.carried + self.received + self.reopened

    def add(self, more: Counts) -> None:
        for name in Counts.__struct_fields__:
            if n := getattr(more, name):
                setattr(self, name, getattr(self, name) + n)


def count_rounds(found: Counts, rounds: Iterable[Judged], start: int, at: int) -> None:
    """Adds what fell due and what was said in call-backs from `start` up to before `at`, and what
    is overdue at `at`. `rounds` as they stand at `at`."""
    for each in rounds:
        said = verdict(each, at)
        if each.due is not None and start <= each.due < at:
            _count_due(found, each, said)
        if each.own_due is not None and start <= each.own_due < at:
            own = verdict(each, at, own=True)
            found.own_due += own in (Verdict.ON_TIME, Verdict.LATE, Verdict.OVERDUE)
            found.own_on_time += own is Verdict.ON_TIME
        if each.called_at is not None and start <= each.called_at < at:
            found.asked_resolved += each.resolved is not None
            found.said_resolved += each.resolved is True
            found.asked_satisfied += each.satisfied is not None
            found.said_satisfied += each.satisfied is True
        if said is Verdict.OVERDUE and each.due is not None:
            found.overdue += 1
            found.overdue_days += days_late(moment_of(each.due), moment_of(at))


def _count_due(found: Counts, each: Judged, said: Verdict) -> None:
    match said:
        case Verdict.ON_TIME | Verdict.LATE | Verdict.OVERDUE:
            found.due += 1
            found.due_answered += said is not Verdict.OVERDUE
            found.due_on_time += said is Verdict.ON_TIME
            contact, due = each.contacted_at, each.due
            found.due_contacted += contact is not None and due is not None and contact <= due
        case Verdict.NO_TIME:
            found.untimed += 1
        case _:
            pass
