"""Whether what an alert complained of is over, so that nobody need be called for it any more."""

from __future__ import annotations

from cases.alerts import Alert, AlertKind
from cases.life.dates import DISPATCH, UNANSWERED, open_dates, waits_since
from cases.life.held import HELD
from cases.life.ticks import unreached_clocks
from cases.life.unanswered import unanswered
from cases.life.urgent import waits_for_measure
from cases.record import events as ev
from cases.record.case import Case


def is_settled(alert: Alert, case: Case) -> bool:
    """`case`: the one of the alert, as it is now. Of time: the clock has reached its purpose or is
    another, the date is met or set anew. Of a unit to be chosen: it was chosen. Of what begins:
    it was muted, and came before the mute ran out. Of 危急: it was a false alarm. Other alerts are
    over when a person takes note of them."""
    if alert.kind is AlertKind.URGENT:
        return not case.labels.loud
    match _cause(alert, case):
        case ev.ClockWarned() as warned:
            return (warned.clock, warned.due_at) not in {
                (clock.name, clock.due_at) for clock in unreached_clocks(case)
            }
        case ev.DateWarned() as warned:
            return _date_is_over(warned, case)
        case ev.Assigned():
            return case.dispatched or not case.open
        case ev.HeldBack():
            return case.held is None or not case.open
        case ev.EmergingSeen():
            return case.muted_until is not None and alert.at < case.muted_until
    return False


def calls_nobody(alert: Alert, case: Case) -> bool:
    """Whether an alert that nobody took note of need go no further: what it complained of is over,
    or it is 危急 and a person has done something about it already."""
    acted = alert.kind is AlertKind.URGENT and not waits_for_measure(case)
    return acted or is_settled(alert, case)


def _date_is_over(warned: ev.DateWarned, case: Case) -> bool:
    if warned.what == HELD:
        return case.held is None or not case.open
    if warned.what == UNANSWERED:
        return not unanswered(case)
    if warned.what == DISPATCH:
        began = waits_since(case)
        return began is None or began.seq != warned.number
    return (warned.what, warned.number, warned.due_at) not in {
        (one.what, one.number, one.due_at) for one in open_dates(case)
    }


def _cause(alert: Alert, case: Case) -> ev.EventBody | None:
    """What raised it, by the number in its id; None where that is no event of the case."""
    number = alert.alert_id.removeprefix(f"{case.case_id}#").partition(":")[0]
    known = number.isdecimal() and 0 < int(number) <= len(case.history)
    return case.history[int(number) - 1].body if known else None
