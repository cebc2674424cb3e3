"""The dates that people set: a leader for an instruction (批示), the desk when it
presses (督办), a unit for its promise (承诺) or for the end of a suspension (挂账).

They are no clocks: no policy sets them and no calendar moves them. The sweep
warns of them all the same, and of a case that nobody has dispatched (派单).
"""

from __future__ import annotations

from datetime import date, datetime, time

from msgspec import Struct

from cases.record import events as ev
from cases.record.case import Case, State
from cases.record.disclosure import Wait
from cases.record.events import Recorded
from cases.words.times import BEIJING

DISPATCH = "dispatch"
UNANSWERED = "unanswered"


class SetDate(Struct, frozen=True, kw_only=True):
    what: str
    """"instruction", "promise", "suspension", "press", "dispatch", "held", "supplement",
    "consultation", "fee", "reason" or "unanswered"."""
    number: int
    """Its number in the case, from 1; of a dispatch, that of the event it waits since."""
    due_at: datetime
    escalates: bool = True
    """False where nobody of the office is late when it has passed."""

    def mark(self, stage: str) -> str:
        """How a warning of this stage is remembered in `Case.dates_warned`."""
        return warning_mark(f"{self.what}#{self.number}", stage, self.due_at.isoformat())


def open_dates(case: Case) -> tuple[SetDate, ...]:
    """The dates whose purpose is not reached yet. A promise and an instruction outlive
    the closing of the case; a press is over when the citizen has the answer."""
    dates = [
        SetDate(what="instruction", number=each.number, due_at=each.due_at)
        for each in case.instructions
        if each.due_at is not None and each.reported_at is None
    ]
    dates += [
        SetDate(what="promise", number=each.number, due_at=end_of(each.due))
        for each in case.promises
        if each.kept is None
    ]
    if case.open:
        dates += [
            SetDate(what="press", number=number, due_at=each.due_at)
            for number, each in enumerate(case.pressures, 1)
            if each.due_at is not None and each.round == case.round.number
        ]
    if case.suspension is not None:
        until = end_of(case.suspension.until)
        dates.append(SetDate(what="suspension", number=1, due_at=until))
    asked = case.justification
    if case.open and asked is not None and asked.reasonable is None:
        dates.append(SetDate(what="reason", number=1, due_at=end_of(asked.until), escalates=False))
    if case.waiting is not None and case.waiting.until is not None:
        dates.append(
            SetDate(
                what=case.waiting.why.value,
                number=1,
                due_at=end_of(case.waiting.until),
                escalates=False,
            )
        )
    return tuple(dates)


def waits_since(case: Case) -> Recorded | None:
    """The event since which the desk has had to choose a unit: receipt, a return by the
    lead unit, a new round. None when it need not; a case that was held back has alarms of
    its own (`cases.life.held`)."""
    if case.state is not State.RECEIVED or case.dispatched or case.held is not None:
        return None
    began: Recorded | None = None
    lead = ""
    for event in case.history:
        body = event.body
        if isinstance(body, ev.Assigned):
            lead = body.lead
        elif isinstance(body, ev.CaseOpened | ev.RoundStarted) or (
            isinstance(body, ev.ReturnApproved) and body.unit == lead
        ):
            began = event
    return began


def dispatch_said(case: Case, number: int) -> bool:
    """Whether the wait that event `number` began was complained of. Once for each wait,
    whatever became of the office's limit meanwhile."""
    begin = f"{DISPATCH}#{number}/"
    return any(mark.startswith(begin) for mark in case.dates_warned)


def consulted_too_long(case: Case, now: datetime) -> bool:
    """Whether those who were asked for their opinion have had their time."""
    waiting = case.waiting
    if waiting is None or waiting.why is not Wait.CONSULTATION or waiting.until is None:
        return False
    return now > end_of(waiting.until)


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), BEIJING)


def warning_mark(clock: str, stage: str, due_at: str) -> str:
    """How a warning is remembered: a moved due date may warn again."""
    return f"{clock}/{stage}/{due_at}"
