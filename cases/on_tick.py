"""What time does to a case: warnings, and a new reckoning when the calendar changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cases import events as ev
from cases.case import Case
from cases.clocks import Clock, ClockUnit
from cases.dates import SetDate, open_dates
from cases.evolve import warning_mark
from cases.rules import Rules, reckoned_again
from cases.times import beijing

ONE_DAY_LEFT = "one_day_left"
DUE_TODAY = "due_today"
OVERDUE = "overdue"


def running_clocks(case: Case) -> tuple[Clock, ...]:
    """The clocks that still matter: those whose purpose is not reached yet."""
    if not case.open:
        return ()
    acknowledged = case.round.acknowledged_at is not None
    return tuple(
        clock
        for clock in case.round.clocks
        if clock.paused_since is None and not (clock.name == "acknowledge" and acknowledged)
    )


def stage_of(due_at: datetime, now: datetime, rules: Rules, *, short: bool = False) -> str:
    """The latest stage that `now` has reached, "" before the first. A `short` period
    has no "one day left"."""
    due_at = beijing(due_at)
    if now > due_at:
        return OVERDUE
    if now.date() == due_at.date():
        return DUE_TODAY
    if short:
        return ""
    left = rules.calendar.working_days_between(now.date(), due_at.date())
    limit = rules.handling.warnings.one_day_left_working_days
    return ONE_DAY_LEFT if 0 < left <= limit else ""


def stage_changes(case: Case, now: datetime, rules: Rules) -> Iterator[tuple[Clock, str]]:
    """Clocks that reached a stage which was not said yet for their due time."""
    limit = rules.handling.warnings.one_day_left_working_days
    for clock in running_clocks(case):
        # A period that is no longer than the warning would warn as soon as it starts.
        short = clock.unit is ClockUnit.HOURS or 0 < clock.amount <= limit
        stage = stage_of(clock.due_at, now, rules, short=short)
        mark = warning_mark(clock.name, stage, clock.due_at.isoformat())
        if stage and mark not in case.round.warned:
            yield clock, stage


def date_changes(case: Case, now: datetime, rules: Rules) -> Iterator[tuple[SetDate, str]]:
    """The same for the dates that people set."""
    for each in open_dates(case):
        stage = stage_of(each.due_at, now, rules)
        if stage and each.mark(stage) not in case.dates_warned:
            yield each, stage


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
    # Said all the same: the audit finds every tick in a history.
    return bodies or [ev.ActionRefused(command="tick", reason="时限状态没有变化")]


def _differs(case: Case, clock: Clock) -> bool:
    """A provisional clock differs by its calendar alone: it has been looked at again,
    and the sweep need not ask for that before there is another calendar."""
    old = case.round.clock(clock.name)
    return old is None or old.provisional or old.due_at != clock.due_at or clock.provisional
