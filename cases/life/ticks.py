"""What time does to a case: warnings, and a new reckoning when the calendar changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from cases.clocks.clocks import Clock, ClockUnit
from cases.life.dates import (
    DISPATCH,
    SetDate,
    consulted_too_long,
    dispatch_said,
    open_dates,
    waits_since,
    warning_mark,
)
from cases.life.held import alarm_due
from cases.life.registry import (
    applies,
    in_round,
    with_clocks,
)
from cases.life.rules import Rules, reckoned_again, running_again
from cases.life.unanswered import answer_floor
from cases.life.urgent import waits_for_measure
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.times import BEIJING, beijing

ONE_DAY_LEFT = "one_day_left"

DUE_TODAY = "due_today"

OVERDUE = "overdue"

ESCALATED = "escalated"

_WORTH_WARNING = 5
"""A clock of fewer natural hours is alarmed when it starts, and when it has run out."""

OWN_CLOCKS = frozenset({"acknowledge", "internal", "disclosure_internal"})
"""The office's own steps on the way: late, they concern the unit and the desk. Nobody
calls a leader for them."""


DANGER_CLOCKS = frozenset({"first_contact", "first_measure"})
"""What has to be done within hours where a life may be in danger."""


def last_stage(clock: str) -> str:
    """The stage after which time says no more about a clock."""
    return OVERDUE if clock in OWN_CLOCKS else ESCALATED


def running_clocks(case: Case) -> tuple[Clock, ...]:
    """The clocks that still matter: those whose purpose is not reached yet."""
    return tuple(clock for clock in unreached_clocks(case) if clock.paused_since is None)


def unreached_clocks(case: Case) -> tuple[Clock, ...]:
    """The clocks of an open case whose purpose is not reached yet, also those that stand still."""
    if not case.open:
        return ()
    # No unit is late with signing for what was given to none.
    acknowledged = case.round.acknowledged_at is not None or case.held is not None
    contacted = _contacted(case)
    reached = {
        "acknowledge": acknowledged,
        "petition_acceptance": contacted,
        "first_contact": contacted,
        "first_measure": case.measured,
    }
    return tuple(clock for clock in case.round.clocks if not reached.get(clock.name))


def danger_clock(case: Case) -> Clock | None:
    """The clock that counts while a 危急 case waits for 先期处置: first contact or first measure,
    the one that ends first. None for every other case."""
    if not waits_for_measure(case):
        return None
    running = (clock for clock in running_clocks(case) if clock.name in DANGER_CLOCKS)
    return min(running, key=lambda clock: clock.due_at, default=None)


def _contacted(case: Case) -> bool:
    """The office spoke to the citizen in this round: 受理 was told."""
    return any(
        isinstance(event.body, ev.ContactLogged) and event.at >= case.round.started_at
        for event in reversed(case.history)
    )


def stage_of(
    due_at: datetime,
    now: datetime,
    rules: Rules,
    *,
    short: bool = False,
    last: str = ESCALATED,
    unit: ClockUnit = ClockUnit.WORKING_DAYS,
) -> str:
    """The latest stage that `now` has reached, "" before the first. A `short` period
    has no "one day left"; no stage after `last` is reached."""
    due_at = beijing(due_at)
    if now > due_at:
        escalated = last == ESCALATED and now > escalation(due_at, rules, unit)
        return ESCALATED if escalated else OVERDUE
    if now.date() == due_at.date():
        return DUE_TODAY
    limit = rules.handling.warnings.one_day_left_working_days
    # Far off, and perhaps beyond the calendar: a source may set any date.
    if short or due_at - now > timedelta(days=limit + 14):
        return ""
    left = rules.calendar.working_days_between(now.date(), due_at.date())
    return ONE_DAY_LEFT if 0 < left <= limit else ""


def escalation(due_at: datetime, rules: Rules, unit: ClockUnit) -> datetime:
    """When a period that ended at `due_at` has been over for so long that a leader hears of it:
    so many natural hours for one of hours, else so many working days, at the same time of day."""
    due_at = beijing(due_at)
    if unit is ClockUnit.HOURS:
        return due_at + timedelta(hours=rules.handling.warnings.escalate_hours)
    calendar = rules.calendar
    # A source may have set a date from before the calendar.
    day = max(due_at.date(), calendar.first_day)
    days = rules.handling.warnings.escalate_working_days
    return datetime.combine(calendar.add_working_days(day, days), due_at.time(), BEIJING)


def stage_changes(case: Case, now: datetime, rules: Rules) -> Iterator[tuple[Clock, str]]:
    """Clocks that reached a stage which was not said yet for their due time."""
    limit = rules.handling.warnings.one_day_left_working_days
    for clock in running_clocks(case):
        # A period that is no longer than the warning would warn as soon as it starts.
        short = clock.unit is ClockUnit.HOURS or 0 < clock.amount <= limit
        last = last_stage(clock.name)
        stage = stage_of(clock.due_at, now, rules, short=short, last=last, unit=clock.unit)
        if stage == DUE_TODAY and clock.unit is ClockUnit.HOURS and clock.amount < _WORTH_WARNING:
            continue
        mark = warning_mark(clock.name, stage, clock.due_at.isoformat())
        if stage and mark not in case.round.warned:
            yield clock, stage


def date_changes(case: Case, now: datetime, rules: Rules) -> Iterator[tuple[SetDate, str]]:
    """The same for the dates that people set, and for the time in which the desk has to
    choose a unit."""
    for each in open_dates(case):
        last = ESCALATED if each.escalates else OVERDUE
        stage = stage_of(each.due_at, now, rules, last=last)
        if stage and each.mark(stage) not in case.dates_warned:
            yield each, stage
    alarm = alarm_due(case, now, rules)
    if alarm is not None:
        each, leader = alarm
        stage = ESCALATED if leader else OVERDUE
        if each.mark(stage) not in case.dates_warned:
            yield each, stage
    floor = answer_floor(case, now, rules)
    if floor is not None and floor.mark(OVERDUE) not in case.dates_warned:
        yield floor, OVERDUE
    waiting = dispatch_due(case, rules)
    if waiting is not None and now > waiting.due_at and not dispatch_said(case, waiting.number):
        yield waiting, OVERDUE


def dispatch_due(case: Case, rules: Rules) -> SetDate | None:
    """Until when the desk should have chosen a unit; None when it need not."""
    began = waits_since(case)
    if began is None:
        return None
    minutes = rules.handling.warnings.unassigned_minutes
    since = beijing(began.at)
    due_at = rules.policy.office.add_minutes(since, minutes, rules.calendar)
    return SetDate(what=DISPATCH, number=began.seq, due_at=due_at)


def on_tick(case: Case, now: datetime, rules: Rules) -> list[ev.EventBody]:
    bodies: list[ev.EventBody] = []
    moved = tuple(
        reckoned_again(clock, rules)
        for clock in running_clocks(case)
        if clock.calendar != rules.calendar.version
    )
    changed = tuple(clock for clock in moved if _differs(case, clock))
    if changed:
        bodies.append(ev.ClocksSet(clocks=changed, why="放假安排已更新，重新计算时限"))
    by_name = {clock.name: clock for clock in changed}
    for clock, stage in stage_changes(case, now, rules):
        # A clock that just moved is looked at again by the next sweep.
        if clock.name not in by_name:
            bodies.append(ev.ClockWarned(clock=clock.name, stage=stage, due_at=clock.due_at))
    bodies += [
        ev.DateWarned(what=each.what, number=each.number, stage=stage, due_at=each.due_at)
        for each, stage in date_changes(case, now, rules)
    ]
    if consulted_too_long(case, now):
        # 条例第三十二条: 第三方逾期未提出意见的，由行政机关决定是否公开.
        note = "征求意见的期限已到，没有收到意见，恢复计时"
        bodies.append(ev.Resumed(clocks=running_again(case, now, rules), note=note))
    # Said all the same: the audit finds every tick in a history.
    return bodies or [ev.ActionRefused(command="tick", reason="时限状态没有变化")]


def _differs(case: Case, clock: Clock) -> bool:
    """A provisional clock differs by its calendar alone: it has been looked at again,
    and the sweep need not ask for that before there is another calendar."""
    old = case.round.clock(clock.name)
    return old is None or old.provisional or old.due_at != clock.due_at or clock.provisional


@applies(ev.ClocksSet)
def clocks_set(case: Case, body: ev.ClocksSet, event: Recorded) -> Case:
    return with_clocks(case, body.clocks, body.dropped)


@applies(ev.ClockWarned)
def clock_warned(case: Case, body: ev.ClockWarned, event: Recorded) -> Case:
    mark = warning_mark(body.clock, body.stage, body.due_at.isoformat())
    return in_round(case, warned=(*case.round.warned, mark))


@applies(ev.DateWarned)
def date_warned(case: Case, body: ev.DateWarned, event: Recorded) -> Case:
    mark = warning_mark(f"{body.what}#{body.number}", body.stage, body.due_at.isoformat())
    return replace(case, dates_warned=(*case.dates_warned, mark))
