"""Times as the desk writes them, and how much is left of a period."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec import Struct

from cases.clocks.clocks import Clock, ClockUnit
from cases.clocks.standing import days_late, days_left, working_days_left
from cases.clocks.workdays import Calendar
from cases.words.times import beijing

WEEKDAYS = "一二三四五六日"
_SOON = timedelta(days=1)


class Left(Struct, frozen=True):
    """How a deadline stands."""

    text: str
    tone: str
    """"late", "soon" (within a working day), "ok", "done" or "quiet": a CSS class, and
    never the only thing that says it."""


def moment(at: datetime, now: datetime) -> str:
    """11-22 09:30, with the year only when it isn't this one."""
    at = beijing(at)
    return at.strftime("%m-%d %H:%M" if at.year == beijing(now).year else "%Y-%m-%d %H:%M")


def day(at: date, now: datetime) -> str:
    """11-22, with the year only when it isn't this one."""
    return at.strftime("%m-%d" if at.year == beijing(now).year else "%Y-%m-%d")


def midnight(now: datetime) -> datetime:
    """The beginning of today."""
    return beijing(now).replace(hour=0, minute=0, second=0, microsecond=0)


def how_long(since: datetime, now: datetime) -> str:
    """How long something has lasted, in natural time: 20 分钟, 3 小时, 2 天."""
    return _span(max(now - since, timedelta()))


def time_left(clock: Clock, now: datetime, calendar: Calendar) -> Left:
    """In words: 剩 5 个工作日, 今日到期，剩 3 小时, 逾期 2 天.

    The numbers are those of `cases.clocks.standing`, the same on every list, card and paper and in
    the API. A clock of natural hours says hours.
    """
    if clock.paused_since is not None:
        return Left("暂停计时", "quiet")
    due = clock.due_at
    if now > due:
        if clock.unit is ClockUnit.HOURS:
            return Left(f"逾期 {_span(now - due)}", "late")
        return Left(f"逾期 {days_late(due, now)} 天", "late")
    if beijing(now).date() == beijing(due).date() and clock.unit is not ClockUnit.HOURS:
        return Left(f"今日到期，剩 {_span(due - now)}", "soon")
    if clock.unit is ClockUnit.DAYS:
        natural = days_left(clock, now)
        return Left(f"剩 {natural} 天", "soon" if natural <= 1 else "ok")
    days = working_days_left(clock, now, calendar)
    if days:
        return Left(f"剩 {days} 个工作日", "soon" if days <= 1 else "ok")
    # Natural hours, and a date that the source set on the next days off or beyond the calendar.
    return Left(f"剩 {_span(due - now)}", "soon" if due - now < _SOON else "ok")


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{max(1, minutes)} 分钟"
    hours = minutes // 60
    return f"{hours} 小时" if hours < 24 else f"{hours // 24} 天"
