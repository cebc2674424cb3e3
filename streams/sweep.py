"""The clock sweep: which cases time has done something to.

A tick only asks for a look; what follows from it is the decider's business. Its id
is made of what was found, so sweeping twice asks once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.life.rules import Rules
from cases.life.ticks import date_changes, running_clocks, stage_changes
from cases.life.unanswered import received_before
from cases.record.case import OPEN_STATES, Case
from cases.record.messages import Tick, tick_id
from sinks.ledger.base import Ledger, Query

_BATCH = 500


def due_ticks(ledger: Ledger, rules: Rules, now: datetime) -> list[Tick]:
    """One tick for each case that needs a look, in the order of the case ids."""
    days = rules.handling.warnings.one_day_left_working_days
    # The warning that comes earliest is "n working days left"; n working days
    # never span more than a fortnight of holidays on top.
    until = now + timedelta(days=days + 14)
    ids = list(ledger.to_look_at(until, rules.calendar.version))
    ticks = []
    for start in range(0, len(ids), _BATCH):
        for case in ledger.load(ids[start : start + _BATCH]).values():
            tick = _tick(case, rules, now)
            if tick is not None:
                ticks.append(tick)
    ticks += _unanswered(ledger, rules, now, set(ids))
    return sorted(ticks, key=lambda tick: tick.case_id)


def _unanswered(ledger: Ledger, rules: Rules, now: datetime, known: set[str]) -> list[Tick]:
    """Of cases whose clocks have long said all, but which still have no answer."""
    old = Query(states=tuple(OPEN_STATES), replied=False, received_to=received_before(now, rules))
    ticks = (_tick(case, rules, now) for case in ledger.scan(old) if case.case_id not in known)
    return [tick for tick in ticks if tick is not None]


def _tick(case: Case, rules: Rules, now: datetime) -> Tick | None:
    stages = [
        f"{clock.name}/{stage}/{clock.due_at.isoformat()}"
        for clock, stage in stage_changes(case, now, rules)
    ]
    stages += [each.mark(stage) for each, stage in date_changes(case, now, rules)]
    stages += [
        f"{clock.name}/{rules.calendar.version}"
        for clock in running_clocks(case)
        if clock.provisional and clock.calendar != rules.calendar.version
    ]
    if not stages:
        return None
    stage = f"{case.round.number}|{'|'.join(stages)}"
    return Tick(
        message_id=tick_id(case.case_id, case.seq, stage),
        case_id=case.case_id,
        at=now,
    )
