"""What a case looks like after its clocks changed, stood still, went on or were warned of."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after, in_round, with_clocks
from cases.record import events as ev
from cases.record.case import Case, ExtensionRequest, State, Suspension, Waiting
from cases.record.disclosure import Wait
from cases.record.events import Recorded


@after(ev.ClocksSet)
def _(case: Case, body: ev.ClocksSet, event: Recorded) -> Case:
    return with_clocks(case, body.clocks, body.dropped)


@after(ev.ReceiptConfirmed)
def _(case: Case, body: ev.ReceiptConfirmed, event: Recorded) -> Case:
    return replace(with_clocks(case, body.clocks), receipt_confirmed_at=body.confirmed_at)


@after(ev.ExtensionAsked)
def _(case: Case, body: ev.ExtensionAsked, event: Recorded) -> Case:
    return replace(
        case,
        extension_request=ExtensionRequest(
            unit=body.unit,
            working_days=body.working_days,
            reason=body.reason,
            at=event.at,
        ),
    )


@after(ev.ExtensionGranted)
def _(case: Case, body: ev.ExtensionGranted, event: Recorded) -> Case:
    return replace(with_clocks(case, body.clocks), extension_request=None)


@after(ev.ExtensionRefused)
def _(case: Case, body: ev.ExtensionRefused, event: Recorded) -> Case:
    return replace(case, extension_request=None)


@after(ev.Paused)
def _(case: Case, body: ev.Paused, event: Recorded) -> Case:
    waiting = Waiting(
        why=body.why, about=body.missing, since=event.at, until=body.until, party=body.party
    )
    asked = body.why is Wait.SUPPLEMENT
    return replace(
        with_clocks(case, body.clocks),
        state=State.PAUSED,
        resume_state=case.state,
        waiting=None if body.why is Wait.CITIZEN else waiting,
        supplement_asked=case.supplement_asked or asked,
    )


@after(ev.Resumed)
def _(case: Case, body: ev.Resumed, event: Recorded) -> Case:
    return replace(
        with_clocks(case, body.clocks),
        state=case.resume_state or State.HANDLING,
        resume_state=None,
        waiting=None,
    )


@after(ev.Suspended)
def _(case: Case, body: ev.Suspended, event: Recorded) -> Case:
    return replace(
        case,
        state=State.SUSPENDED,
        resume_state=case.state,
        suspension=Suspension(measures=body.measures, until=body.until),
    )


@after(ev.SuspensionEnded)
def _(case: Case, body: ev.SuspensionEnded, event: Recorded) -> Case:
    return replace(
        case, state=case.resume_state or State.HANDLING, resume_state=None, suspension=None
    )


@after(ev.ClockWarned)
def _(case: Case, body: ev.ClockWarned, event: Recorded) -> Case:
    mark = warning_mark(body.clock, body.stage, body.due_at.isoformat())
    return in_round(case, warned=(*case.round.warned, mark))


@after(ev.DateWarned)
def _(case: Case, body: ev.DateWarned, event: Recorded) -> Case:
    mark = warning_mark(f"{body.what}#{body.number}", body.stage, body.due_at.isoformat())
    return replace(case, dates_warned=(*case.dates_warned, mark))


def warning_mark(clock: str, stage: str, due_at: str) -> str:
    """How a warning is remembered: a moved due date may warn again."""
    return f"{clock}/{stage}/{due_at}"
