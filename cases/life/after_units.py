"""What a case looks like after it was accepted, assigned, returned, handed on."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after, ended, in_round
from cases.record import events as ev
from cases.record.case import Case, State, Task, unique
from cases.record.events import Recorded

# -- acceptance --------------------------------------------------------------


@after(ev.Accepted)
def _(case: Case, body: ev.Accepted, event: Recorded) -> Case:
    return replace(case, accepted_at=event.at)


@after(ev.RefusedToAccept)
def _(case: Case, body: ev.RefusedToAccept, event: Recorded) -> Case:
    return ended(in_round(case, closed_at=event.at), State.REFUSED, body.reason)


@after(ev.MarkedInvalid)
def _(case: Case, body: ev.MarkedInvalid, event: Recorded) -> Case:
    return ended(in_round(case, closed_at=event.at), State.INVALID, body.reason)


# -- units -------------------------------------------------------------------


@after(ev.Assigned)
def _(case: Case, body: ev.Assigned, event: Recorded) -> Case:
    before = case.unit
    tasks = tuple(
        # A unit that keeps its part keeps its acknowledgement with it.
        replace(kept, lead=unit == body.lead, may_return=body.may_return)
        if (kept := case.task(unit)) and kept.lead == (unit == body.lead)
        else Task(
            unit=unit, lead=unit == body.lead, assigned_at=event.at, may_return=body.may_return
        )
        for unit in unique((body.lead, *body.assisting))
    )
    case = replace(
        case,
        unit=body.lead,
        unit_rule=body.rule,
        unit_reason=body.reason,
        dispatched=not body.to_desk,
        tasks=tasks,
        # What the unit asked for that leads no more is asked no more.
        extension_request=case.extension_request if body.lead == case.unit else None,
    )
    if body.to_desk:
        return case
    if body.lead != before and case.round.acknowledged_at is not None:
        # The new lead unit has not acknowledged anything yet.
        case = in_round(case, acknowledged_at=None)
    state = State.HANDLING if tasks[0].acknowledged_at else State.ASSIGNED
    if case.state in (State.PAUSED, State.SUSPENDED):
        return replace(case, resume_state=state)
    if case.state in (State.RECEIVED, State.ASSIGNED, State.HANDLING):
        return replace(case, state=state, accepted_at=case.accepted_at or event.at)
    return case


@after(ev.Acknowledged)
def _(case: Case, body: ev.Acknowledged, event: Recorded) -> Case:
    case = _with_task(case, body.unit, acknowledged_at=event.at)
    task = case.task(body.unit)
    if task is not None and task.lead:
        if case.round.acknowledged_at is None:
            case = in_round(case, acknowledged_at=event.at)
        if case.state is State.ASSIGNED:
            case = replace(case, state=State.HANDLING)
        elif case.resume_state is State.ASSIGNED:
            case = replace(case, resume_state=State.HANDLING)
    return case


@after(ev.ReturnAsked)
def _(case: Case, body: ev.ReturnAsked, event: Recorded) -> Case:
    return _with_task(case, body.unit, return_asked=body.reason, suggested_unit=body.suggested_unit)


@after(ev.ReturnApproved)
def _(case: Case, body: ev.ReturnApproved, event: Recorded) -> Case:
    task = case.task(body.unit)
    case = replace(
        case,
        returns=case.returns + 1,
        tasks=tuple(t for t in case.tasks if t.unit != body.unit),
    )
    if task is None or not task.lead:
        return case
    case = replace(
        case, unit="", unit_rule="", unit_reason="", dispatched=False, extension_request=None
    )
    if case.state in (State.PAUSED, State.SUSPENDED):
        return replace(case, resume_state=State.RECEIVED)
    return replace(case, state=State.RECEIVED) if case.open else case


@after(ev.ReturnRefused)
def _(case: Case, body: ev.ReturnRefused, event: Recorded) -> Case:
    return _with_task(case, body.unit, return_asked="", suggested_unit="")


@after(ev.HandedOn)
def _(case: Case, body: ev.HandedOn, event: Recorded) -> Case:
    return _with_task(case, body.unit, section=body.section)


@after(ev.ContactLogged)
def _(case: Case, body: ev.ContactLogged, event: Recorded) -> Case:
    return case


@after(ev.ShareFinished)
def _(case: Case, body: ev.ShareFinished, event: Recorded) -> Case:
    return _with_task(case, body.unit, share=body.text, finished_at=event.at)


def _with_task(case: Case, unit: str, **changes: object) -> Case:
    return replace(
        case,
        tasks=tuple(replace(t, **changes) if t.unit == unit else t for t in case.tasks),
    )
