"""How a deadline stands, in numbers: working days that are left, days that it is overdue.

Defined once; lists, cards, papers, alerts and the API show these numbers (docs/deadlines.md,
"What is left").
"""

from __future__ import annotations

from datetime import date, datetime

from cases.clocks.clocks import Clock, ClockUnit
from cases.clocks.workdays import Calendar
from cases.words.times import beijing

__all__ = ["counted_days", "days_late", "days_left", "working_days_left"]


def working_days_left(clock: Clock, now: datetime, calendar: Calendar) -> int | None:
    """Working days after today up to and with the due day: 0 on the due day itself.

    Counted as the period is: the day of receipt does not count (民法典第二百零一条), so that a
    case of five working days has 5 left on that day and never 6. None for natural hours and
    natural days, for a clock that stands still, and for a date that a source set beyond the
    calendar; negative when it is over.
    """
    if clock.unit in (ClockUnit.HOURS, ClockUnit.DAYS) or clock.paused_since is not None:
        return None
    today, due = beijing(now).date(), beijing(clock.due_at).date()
    if not all(calendar.first_day <= day <= calendar.last_day for day in (today, due)):
        return None
    left = calendar.working_days_between(today, due)
    if clock.unit is ClockUnit.WORKING_DAYS:
        # A pause on the day of receipt moves the due time into one working day more.
        left = min(left, clock.amount + sum(clock.extensions))
    return left


def days_left(clock: Clock, now: datetime) -> int:
    """Natural days after today up to and with the due day; negative when it is over."""
    return (_day(clock.due_at) - _day(now)).days


def counted_days(unit: ClockUnit, days: int) -> str:
    """A number of days of the kind that a clock of this unit counts, in words."""
    return f"{days} 日" if unit is ClockUnit.DAYS else f"{days} 个工作日"


def days_late(due_at: datetime, until: datetime) -> int:
    """逾期天数: calendar days from the due day, and 1 when it is late on the due day itself. Due on
    Monday and answered on Tuesday is 1, whatever the hour."""
    return max(1, (_day(until) - _day(due_at)).days)


def _day(moment: datetime) -> date:
    return beijing(moment).date()
