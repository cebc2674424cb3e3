"""The dates that people set: a leader for his instruction (批示), the desk when it
presses (督办), a unit for its promise (承诺) or for the end of a suspension (挂账).

They are no clocks: no policy sets them and no calendar moves them. The sweep
warns of them all the same.
"""

from __future__ import annotations

from datetime import date, datetime, time

from msgspec import Struct

from cases.case import Case
from cases.evolve import warning_mark
from cases.times import BEIJING


class SetDate(Struct, frozen=True, kw_only=True):
    what: str
    """"instruction", "promise", "suspension" or "press"."""
    number: int
    """Its number in the case, from 1."""
    due_at: datetime

    def mark(self, stage: str) -> str:
        """How a warning of this stage is remembered in `Case.dates_warned`."""
        return warning_mark(f"{self.what}#{self.number}", stage, self.due_at.isoformat())


def open_dates(case: Case) -> tuple[SetDate, ...]:
    """The dates whose purpose is not reached yet. A promise and an instruction outlive
    the closing of the case; a press is over when the citizen has his answer."""
    dates = [
        SetDate(what="instruction", number=each.number, due_at=each.due_at)
        for each in case.instructions
        if each.due_at is not None and each.reported_at is None
    ]
    dates += [
        SetDate(what="promise", number=each.number, due_at=_end_of(each.due))
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
        until = _end_of(case.suspension.until)
        dates.append(SetDate(what="suspension", number=1, due_at=until))
    return tuple(dates)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), BEIJING)
