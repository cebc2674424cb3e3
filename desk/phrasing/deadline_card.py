"""The deadline card: every clock, and the days of the citizen's one by one."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from cases.clocks.clocks import Clock, ClockUnit
from cases.clocks.standing import counted_days
from cases.clocks.workdays import DayMark, TraceDay
from cases.life.ticks import unreached_clocks
from cases.record.case import Case
from cases.record.disclosure import Wait
from cases.record.events import ExtensionGranted
from cases.words.times import beijing
from desk.ground.context import DeskContext
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases
from desk.phrasing.times import WEEKDAYS, Left, day, time_left


class DayCell(Struct, frozen=True, kw_only=True):
    day: str
    weekday: str
    column: int
    """1 Monday … 7 Sunday."""
    sign: str
    sort: str
    """CSS class: counted, weekend, holiday, makeup, start, paused."""
    words: str
    """The whole of it in words, for a pointer and a screen reader."""
    today: bool


class ClockLine(Struct, frozen=True, kw_only=True):
    name: str
    due_at: datetime
    left: Left | None
    """None once it no longer matters."""
    provisional: bool
    period: str
    original_due_at: datetime | None
    source: str
    decides: bool
    """It is the date that counts, where there are two."""


_SORTS = {
    DayMark.WORKDAY: ("counted", ""),
    DayMark.MAKEUP: ("makeup", "班"),
    DayMark.WEEKEND: ("weekend", "休"),
    DayMark.HOLIDAY: ("holiday", "假"),
    DayMark.START: ("start", "起"),
    DayMark.PAUSED: ("paused", "停"),
}


def day_cells(clock: Clock, now: datetime) -> tuple[DayCell, ...]:
    today = beijing(now).date()
    return tuple(_cell(line, clock, today, now) for line in clock.trace)


def _cell(line: TraceDay, clock: Clock, today: date, now: datetime) -> DayCell:
    mark = line.mark
    since = clock.paused_since
    # The trace is worked out anew when the clock runs again; until then the days since
    # the pause began are shown as standing still.
    if since is not None and since.date() < line.day <= today and line.counted:
        mark = DayMark.PAUSED
    sort, sign = _SORTS[mark]
    counted = line.counted if mark in (DayMark.WORKDAY, DayMark.MAKEUP) else 0
    words = [day(line.day, now), f"周{WEEKDAYS[line.day.weekday()]}", mark.value]
    if counted:
        words.append(f"第 {counted} 天")
    if line.note:
        words.append(line.note)
    if line.day == today:
        words.append("今天")
    return DayCell(
        day=day(line.day, now)[-5:],
        weekday=WEEKDAYS[line.day.weekday()],
        column=line.day.isoweekday(),
        sign=f"{sign}{counted}" if counted else sign,
        sort=sort,
        words="，".join(words),
        today=line.day == today,
    )


def days_note(clock: Clock, case: Case) -> str:
    parts = []
    if clock.provisional:
        parts.append("有尚未公布放假安排的日子，期限暂定")
    if clock.extensions:
        parts.append(f"已延期 {counted_days(clock.unit, sum(clock.extensions))}")
    if clock.paused_since is not None:
        afresh = case.waiting is not None and case.waiting.why is Wait.SUPPLEMENT
        goes_on = "收到补正之日起重新计算" if afresh else "恢复后按暂停的办公时间顺延"
        parts.append(f"计时已暂停，{goes_on}")
    elif clock.paused_minutes:
        hours, minutes = divmod(clock.paused_minutes, 60)
        parts.append(f"曾暂停 {hours} 小时 {minutes} 分钟（办公时间），已顺延")
    if case.round.number > 1:
        parts.append(f"第 {case.round.number} 轮，从 {clock.started_at:%m-%d} 重新起算")
    return "；".join(parts)


def clock_story(clock: Clock, case: Case, teller: Phrases) -> tuple[str, ...]:
    """What moved the clock in this round, oldest first."""
    told: list[tuple[datetime, str]] = [
        (since, f"{teller.moment(since)} 至 {teller.moment(until)} 暂停计时")
        for since, until in clock.pauses
    ]
    if clock.paused_since is not None:
        told.append((clock.paused_since, f"{teller.moment(clock.paused_since)} 起暂停计时"))
    if clock.extensions:
        for event in case.history:
            if isinstance(event.body, ExtensionGranted) and event.at >= case.round.started_at:
                days = counted_days(clock.unit, event.body.working_days)
                told.append((event.at, f"{teller.moment(event.at)} 批准延期 {days}"))
    return tuple(text for _, text in sorted(told))


def clock_line(clock: Clock, case: Case, office: DeskContext, now: datetime) -> ClockLine:
    rules = office.rules
    matters = clock in unreached_clocks(case)
    period = {
        ClockUnit.WORKING_DAYS: counted_days(clock.unit, clock.amount),
        ClockUnit.DAYS: counted_days(clock.unit, clock.amount),
        ClockUnit.HOURS: f"{clock.amount} 小时",
        ClockUnit.FIXED: "来源指定",
    }[clock.unit]
    try:
        source = rules.policy.rule(clock.rule).source
    except KeyError:  # an older policy's row
        source = ""
    return ClockLine(
        name=vocabulary.clock(clock.name),
        due_at=clock.due_at,
        left=time_left(clock, now, rules.calendar) if matters else None,
        provisional=clock.provisional,
        period=period,
        original_due_at=clock.original_due_at,
        source=source,
        decides=clock is case.round.deciding_clock
        and case.round.reply_clock is not None
        and case.round.source_clock is not None,
    )
