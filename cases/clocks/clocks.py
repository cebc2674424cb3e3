"""Clock values: starting, pausing, extending and recomputing a deadline.

A clock is what was decided when it started, with the versions of the policy
and the calendar it was decided by, so that it can be explained and recomputed
for ever. All functions are pure and return a new clock.

The due time of a working-day clock is always worked out from the beginning:

    the last second (`OfficeHours.day_end`) of the n-th working day after the
    day of receipt, n = amount + extensions, moved on by the office minutes
    that the clock was paused

so that pauses and extensions may come in any order, and a new calendar gives
what it would have given from the start. The day of receipt is not counted
whatever the hour, working day or not (民法典第二百零一条第一款：开始的当日不计入，
自下一日开始计算).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct

from cases.clocks.office_hours import OfficeHours
from cases.clocks.workdays import Calendar, DayMark, TraceDay
from cases.words.times import BEIJING, beijing

__all__ = [
    "Clock",
    "ClockError",
    "ClockUnit",
    "OfficeHours",
    "extend",
    "pause",
    "recompute",
    "resume",
    "start_clock",
]

Pause = tuple[datetime, datetime]


class ClockError(ValueError):
    """A step that this clock cannot take; the text says why, in Chinese."""


class ClockUnit(StrEnum):
    """What a period is measured in."""

    WORKING_DAYS = "working_days"
    DAYS = "days"
    """Natural days; one that ends on a day off ends with the next working day
    (民法典第二百零三条第一款)."""
    HOURS = "hours"
    """Natural hours, day and night, holidays included."""
    FIXED = "fixed"
    """The source set the instant itself."""


class Clock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One deadline of a case. Times are Beijing time."""

    name: str
    """What runs: "reply", "source", "acknowledge", "disclosure" …"""
    rule: str
    """Id of the row in config/deadlines.toml."""
    policy: str
    """Version of the policy table that chose it."""
    calendar: str
    """Version of the calendar that counted it."""
    unit: ClockUnit
    amount: int
    """Working days, natural days or hours granted; 0 for FIXED."""
    started_at: datetime
    due_at: datetime
    provisional: bool = False
    """暂定: a day up to the due time is not published yet."""
    trace: tuple[TraceDay, ...] = ()
    """Every day from receipt to the due day; empty but for WORKING_DAYS."""
    extensions: tuple[int, ...] = ()
    """Days granted, in order, of the kind that the clock counts."""
    original_due_at: datetime | None = None
    """The due time without extensions; None while there is none."""
    paused_since: datetime | None = None
    paused_minutes: int = 0
    """Office minutes that the pauses so far moved the due time."""
    pauses: tuple[Pause, ...] = ()
    """From–to of every finished pause."""


def start_clock(
    *,
    name: str,
    rule: str,
    policy: str,
    unit: ClockUnit,
    amount: int,
    started_at: datetime,
    calendar: Calendar,
    office: OfficeHours,
    fixed_due_at: datetime | None = None,
) -> Clock:
    """A new clock. `amount` is of the clock's unit; FIXED needs `fixed_due_at`.

    Raises CalendarRangeError for a start or due day outside the calendar.
    """
    started_at = beijing(started_at)
    provisional = False
    trace: tuple[TraceDay, ...] = ()
    if unit is ClockUnit.WORKING_DAYS:
        start = started_at.date()
        last = calendar.add_working_days(start, amount)
        due_at = office.end_of(last)
        provisional, trace = calendar.is_provisional(start, last), calendar.trace(start, amount)
    elif unit is ClockUnit.DAYS:
        start = started_at.date()
        due_at = office.end_of(_last_natural_day(start, amount, calendar))
        provisional = calendar.is_provisional(start, due_at.date())
    elif unit is ClockUnit.HOURS:
        due_at = started_at + timedelta(hours=amount)
    elif fixed_due_at is None:
        raise ClockError(f"时限“{name}”由来源指定，但来源没有给出时间。")
    else:
        due_at = beijing(fixed_due_at)
    return Clock(
        name=name,
        rule=rule,
        policy=policy,
        calendar=calendar.version,
        unit=unit,
        amount=amount,
        started_at=started_at,
        due_at=due_at,
        provisional=provisional,
        trace=trace,
    )


def pause(clock: Clock, at: datetime) -> Clock:
    """Stop the clock at `at`.

    Only working-day clocks stop: natural hours and a time the source set run
    on, and come back unchanged, as does a clock that is paused already.
    """
    if clock.unit is not ClockUnit.WORKING_DAYS or clock.paused_since is not None:
        return clock
    return msgspec.structs.replace(clock, paused_since=beijing(at))


def resume(clock: Clock, at: datetime, calendar: Calendar, office: OfficeHours) -> Clock:
    """Let a paused clock run again; N office minutes paused move its due time
    by N office minutes. A clock that is not paused comes back unchanged.

    Raises ClockError when `at` is before the pause began.
    """
    if clock.paused_since is None:
        return clock
    at = beijing(at)
    if at < clock.paused_since:
        raise ClockError(
            f"恢复时间 {at:%Y-%m-%d %H:%M} 早于暂停时间 {clock.paused_since:%Y-%m-%d %H:%M}。"
        )
    resumed = msgspec.structs.replace(
        clock, paused_since=None, pauses=(*clock.pauses, (clock.paused_since, at))
    )
    return recompute(resumed, calendar, office)


def extend(clock: Clock, days: int, calendar: Calendar, office: OfficeHours) -> Clock:
    """Grant more days of the kind that the clock counts, from the day after the due date.

    A due time within a day (after a pause) keeps its hour. Limits are the
    policy's (`ClockPolicy.extension_left`), not checked here. Raises ClockError
    for natural hours, for a time the source set, and for less than one day.
    """
    if clock.unit not in (ClockUnit.WORKING_DAYS, ClockUnit.DAYS):
        raise ClockError("只有按天计算的时限可以延期。")
    if days < 1:
        raise ClockError(f"延期天数应为正整数，实际是 {days}。")
    extended = msgspec.structs.replace(clock, extensions=(*clock.extensions, days))
    return recompute(extended, calendar, office)


def recompute(clock: Clock, calendar: Calendar, office: OfficeHours) -> Clock:
    """The same start, amount, pauses and extensions on another calendar.

    Natural hours and a time the source set come back unchanged: no calendar
    went into them.
    """
    if clock.unit is ClockUnit.DAYS:
        return _natural_days_again(clock, calendar, office)
    if clock.unit is not ClockUnit.WORKING_DAYS:
        return clock
    start = clock.started_at.date()
    granted = calendar.add_working_days(start, clock.amount)
    last = calendar.add_working_days(granted, sum(clock.extensions))
    minutes = [office.minutes_between(a, b, calendar) for a, b in clock.pauses]
    due_at = office.add_minutes(office.end_of(last), sum(minutes), calendar)
    trace = (
        _trace_with_pauses(clock, due_at.date(), calendar, office)
        if clock.pauses
        else calendar.trace(start, clock.amount + sum(clock.extensions))
    )
    return msgspec.structs.replace(
        clock,
        calendar=calendar.version,
        due_at=due_at,
        provisional=calendar.is_provisional(start, due_at.date()),
        trace=trace,
        original_due_at=(
            _original_due(office.end_of(granted), clock.pauses, minutes, calendar, office)
            if clock.extensions
            else None
        ),
        paused_minutes=sum(minutes),
    )


def _natural_days_again(clock: Clock, calendar: Calendar, office: OfficeHours) -> Clock:
    start = clock.started_at.date()
    granted = _last_natural_day(start, clock.amount, calendar)
    last = _last_natural_day(start, clock.amount + sum(clock.extensions), calendar)
    return msgspec.structs.replace(
        clock,
        calendar=calendar.version,
        due_at=office.end_of(last),
        provisional=calendar.is_provisional(start, last),
        original_due_at=office.end_of(granted) if clock.extensions else None,
    )


def _last_natural_day(start: date, days: int, calendar: Calendar) -> date:
    last = start + timedelta(days=days)
    return last if calendar.is_workday(last) else calendar.add_working_days(last, 1)


def _original_due(
    due_at: datetime,
    pauses: tuple[Pause, ...],
    minutes: list[int],
    calendar: Calendar,
    office: OfficeHours,
) -> datetime:
    """The due time without extensions. A pause moves it only if it began
    before it: a period that has run out does not come back to life."""
    for (began, _), length in zip(pauses, minutes, strict=True):
        if began <= due_at:
            due_at = office.add_minutes(due_at, length, calendar)
    return due_at


def _trace_with_pauses(
    clock: Clock, last: date, calendar: Calendar, office: OfficeHours
) -> tuple[TraceDay, ...]:
    """The trace of a clock with pauses. A working day paused from opening to
    closing is 暂停 and not counted; one paused in part says for how long, and
    its number is that of the working day it helps to fill, so that the last
    day still carries amount + extensions."""
    per_day = office.minutes_per_day
    granted = clock.amount + sum(clock.extensions)
    days: list[TraceDay] = []
    run = 0
    for line in calendar.trace_through(clock.started_at.date(), last):
        paused = _paused_on(line.day, clock.pauses, calendar, office)
        if line.mark is DayMark.START:
            run = -paused  # paused before counting began: the days after it make up for it
            days.append(_with_note(line, paused))
            continue
        if not line.counted:
            days.append(line)
            continue
        run += per_day - paused
        if paused == per_day:
            days.append(TraceDay(line.day, DayMark.PAUSED, 0, line.note))
        elif run <= 0:
            days.append(TraceDay(line.day, DayMark.PAUSED, 0, "补收件当日的暂停"))
        else:
            # The due time may lie within the last day, which is not used up then.
            number = min(-(-run // per_day), granted)
            counted = TraceDay(line.day, line.mark, number, line.note)
            days.append(_with_note(counted, paused))
    return tuple(days)


def _with_note(line: TraceDay, paused: int) -> TraceDay:
    if not paused:
        return line
    hours, minutes = divmod(paused, 60)
    text = "暂停" + (f"{hours}小时" if hours else "") + (f"{minutes}分钟" if minutes else "")
    note = f"{line.note}，{text}" if line.note else text
    return TraceDay(line.day, line.mark, line.counted, note)


def _paused_on(
    day: date, pauses: tuple[Pause, ...], calendar: Calendar, office: OfficeHours
) -> int:
    """Office minutes of `day` that lie within a pause."""
    begin = datetime.combine(day, time(0), BEIJING)
    end = begin + timedelta(days=1)
    return sum(
        office.minutes_between(max(a, begin), min(b, end), calendar)
        for a, b in pauses
        if a < end and b > begin
    )
