"""Times as the desk writes them, and how much is left of a period."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec import Struct

from cases.clocks.clocks import Clock, ClockUnit
from cases.clocks.office_hours import OfficeHours
from cases.clocks.workdays import Calendar
from cases.words.times import beijing

WEEKDAYS = "一二三四五六日"


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


def time_left(clock: Clock, now: datetime, calendar: Calendar, office: OfficeHours) -> Left:
    """In words: 剩 1 个工作日 3 小时, 超期 2 天.

    What is left of a working-day clock is counted in office time, as pauses are; what is
    past is counted in calendar days as everybody counts them: due on Monday and still
    open on Tuesday is a day late.
    """
    if clock.paused_since is not None:
        return Left("暂停计时", "quiet")
    due = clock.due_at
    if now > due:
        days = (beijing(now).date() - beijing(due).date()).days
        if clock.unit is ClockUnit.WORKING_DAYS and days:
            return Left(f"超期 {days} 天", "late")
        return Left(f"超期 {_span(now - due)}", "late")
    if clock.unit is not ClockUnit.WORKING_DAYS:
        return Left(f"剩 {_span(due - now)}", "soon" if due - now < timedelta(days=1) else "ok")
    per_day = office.minutes_per_day
    days, minutes = divmod(max(0, office.minutes_between(now, due, calendar)), per_day)
    parts = []
    if days:
        parts.append(f"{days} 个工作日")
    if minutes >= 60:
        parts.append(f"{minutes // 60} 小时")
    if parts:
        whole = days * per_day + minutes <= per_day
        return Left(f"剩 {' '.join(parts)}", "soon" if whole else "ok")
    # After closing time on the last day there is no office time left, but the day is not over.
    return Left(f"剩 {_span(due - now)}", "soon")


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{max(1, minutes)} 分钟"
    hours = minutes // 60
    return f"{hours} 小时" if hours < 24 else f"{hours // 24} 天"
