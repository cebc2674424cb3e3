"""What a case looks like after its outcome, its end, the call-back, and a new round."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after, ended, in_round
from cases.record import events as ev
from cases.record.case import CallBackResult, Case, Outcome, Round, State
from cases.record.events import Recorded


@after(ev.DisclosureDecided)
def _(case: Case, body: ev.DisclosureDecided, event: Recorded) -> Case:
    return replace(case, outcome=Outcome(result=body.result, reason=body.reason))


@after(ev.Closed)
def _(case: Case, body: ev.Closed, event: Recorded) -> Case:
    return ended(in_round(case, closed_at=event.at, exception=body.exception), State.CLOSED)


@after(ev.CalledBack)
def _(case: Case, body: ev.CalledBack, event: Recorded) -> Case:
    result = CallBackResult(
        resolved=body.resolved, satisfied=body.satisfied, at=event.at, note=body.note
    )
    return in_round(case, callback=result)


@after(ev.RoundStarted)
def _(case: Case, body: ev.RoundStarted, event: Recorded) -> Case:
    round_ = Round(number=body.number, started_at=event.at, reason=body.reason, clocks=body.clocks)
    if case.round.closed_at is None:
        case = in_round(case, closed_at=event.at)
    state = State.ASSIGNED if case.dispatched else State.RECEIVED
    case = ended(case, state)
    return replace(
        case,
        rounds=(*case.rounds, round_),
        supplement_asked=False,
        outcome=None,
        justification=None,
        fee=None,
        tasks=tuple(
            replace(t, acknowledged_at=None, finished_at=None, share="", assigned_at=event.at)
            for t in case.tasks
        ),
    )
