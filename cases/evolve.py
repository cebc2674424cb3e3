"""Folding: what a case looks like after an event.

`evolve` needs no rules, no calendar and no clock: the events carry what was
decided. It never refuses: what is in the history happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec.structs import replace

from cases import events as ev
from cases.case import (
    CallBackResult,
    Case,
    Delivery,
    Draft,
    ExtensionRequest,
    Instruction,
    Outcome,
    Pressure,
    Promise,
    Publication,
    Round,
    State,
    Suspension,
    Task,
    Waiting,
    unique,
)
from cases.clocks import Clock
from cases.disclosure import Wait
from cases.events import EventBody, Recorded
from cases.item import SourceReply

E = TypeVar("E", bound=ev.Event)


def evolve(case: Case | None, event: Recorded) -> Case:
    """The case after `event`. Raises `ValueError` for an event out of sequence."""
    body = event.body
    if case is None:
        if not isinstance(body, ev.CaseOpened) or event.seq != 1:
            raise ValueError(
                f"{event.case_id}: no case before event {event.seq} ({type(body).__name__})"
            )
        case = _opened(body, event)
    else:
        if event.seq != case.seq + 1:
            raise ValueError(f"{event.case_id}: event {event.seq} does not follow event {case.seq}")
        case = _APPLY[type(body)](case, body, event)
    return replace(case, history=(*case.history, event))


def fold(events: Iterable[Recorded]) -> Case | None:
    """The case that these events, in order, make."""
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    return case


def _opened(body: ev.CaseOpened, event: Recorded) -> Case:
    return Case(
        case_id=event.case_id,
        item=body.item,
        version=body.version,
        versions=1,
        received_at=body.item.received_at,
        opened_at=event.at,
        labels=body.labels,
        state=State.RECEIVED,
        rounds=(
            Round(number=1, started_at=min(body.item.received_at, event.at), clocks=body.clocks),
        ),
        confidential=body.item.confidential,
        notes=body.notes,
    )


def _in_round(case: Case, **changes: object) -> Case:
    """The case with its current round changed."""
    return replace(case, rounds=(*case.rounds[:-1], replace(case.round, **changes)))


def _with_clocks(case: Case, clocks: tuple[Clock, ...], dropped: tuple[str, ...] = ()) -> Case:
    """Named clocks replaced in place, new ones appended, `dropped` taken out."""
    new = {clock.name: clock for clock in clocks}
    merged = [
        new.pop(clock.name, clock) for clock in case.round.clocks if clock.name not in dropped
    ]
    return _in_round(case, clocks=(*merged, *new.values()))


def _with_task(case: Case, unit: str, **changes: object) -> Case:
    return replace(
        case,
        tasks=tuple(replace(t, **changes) if t.unit == unit else t for t in case.tasks),
    )


def _with_draft(case: Case, number: int, **changes: object) -> Case:
    drafts = tuple(replace(d, **changes) if d.number == number else d for d in case.round.drafts)
    return _in_round(case, drafts=drafts)


def _with_instruction(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        instructions=tuple(
            replace(i, **changes) if i.number == number else i for i in case.instructions
        ),
    )


def _with_promise(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        promises=tuple(replace(p, **changes) if p.number == number else p for p in case.promises),
    )


_APPLY: dict[type[EventBody], Callable[[Case, EventBody, Recorded], Case]] = {}


def _on(kind: type[E]) -> Callable[[Callable[[Case, E, Recorded], Case]], None]:
    def register(apply: Callable[[Case, E, Recorded], Case]) -> None:
        _APPLY[kind] = apply  # type: ignore[index, assignment]

    return register


# -- intake ------------------------------------------------------------------


@_on(ev.VersionSeen)
def _(case: Case, body: ev.VersionSeen, event: Recorded) -> Case:
    return replace(
        case,
        item=body.item,
        version=body.version,
        versions=case.versions + 1,
        labels=body.labels or case.labels,
        # Secrecy asked for once is not taken back by a later export.
        confidential=case.confidential or body.item.confidential,
        notes=unique((*case.notes, *body.item.notes)),
    )


def _delivered(case: Case, delivery: Delivery) -> Case:
    text = "".join(delivery.text.split())
    # A reply whose time the source shows only now is the same reply.
    others = tuple(
        d
        for d in case.round.deliveries
        if d.at is not None or d.draft or "".join(d.text.split()) != text
    )
    case = _in_round(case, deliveries=(*others, delivery))
    if case.open:
        case = replace(case, state=State.REPLIED, resume_state=None, suspension=None, waiting=None)
    return case


@_on(ev.ReplySeenAtSource)
def _(case: Case, body: ev.ReplySeenAtSource, event: Recorded) -> Case:
    reply: SourceReply = body.reply
    case = replace(case, notes=unique((*case.notes, *body.notes)))
    return _delivered(
        case, Delivery(text=reply.text, at=reply.at, via=case.item.channel, unit=reply.unit)
    )


@_on(ev.ClosedAtSource)
def _(case: Case, body: ev.ClosedAtSource, event: Recorded) -> Case:
    changes: dict[str, object] = {"closed_at": body.at}
    if not case.round.deliveries:
        changes["exception"] = "来源平台已办结，未提供答复内容"
    if body.resolved is not None or body.satisfied is not None:
        changes["callback"] = CallBackResult(
            resolved=body.resolved, satisfied=body.satisfied, at=body.at, note="来源平台回访"
        )
    return _ended(_in_round(case, **changes), State.CLOSED)


def _ended(case: Case, state: State, reason: str = "") -> Case:
    """Nothing waits for a decision any more."""
    return replace(
        case,
        state=state,
        ended=reason,
        resume_state=None,
        waiting=None,
        suspension=None,
        extension_request=None,
        tasks=tuple(replace(t, return_asked="", suggested_unit="") for t in case.tasks),
    )


@_on(ev.WithdrawnAtSource)
def _(case: Case, body: ev.WithdrawnAtSource, event: Recorded) -> Case:
    return replace(case, item=replace(case.item, withdrawn=True))


# -- acceptance and units ----------------------------------------------------


@_on(ev.Accepted)
def _(case: Case, body: ev.Accepted, event: Recorded) -> Case:
    return replace(case, accepted_at=event.at)


@_on(ev.RefusedToAccept)
def _(case: Case, body: ev.RefusedToAccept, event: Recorded) -> Case:
    return _ended(_in_round(case, closed_at=event.at), State.REFUSED, body.reason)


@_on(ev.MarkedInvalid)
def _(case: Case, body: ev.MarkedInvalid, event: Recorded) -> Case:
    return _ended(_in_round(case, closed_at=event.at), State.INVALID, body.reason)


@_on(ev.Assigned)
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
        case = _in_round(case, acknowledged_at=None)
    state = State.HANDLING if tasks[0].acknowledged_at else State.ASSIGNED
    if case.state in (State.PAUSED, State.SUSPENDED):
        return replace(case, resume_state=state)
    if case.state in (State.RECEIVED, State.ASSIGNED, State.HANDLING):
        return replace(case, state=state, accepted_at=case.accepted_at or event.at)
    return case


@_on(ev.Acknowledged)
def _(case: Case, body: ev.Acknowledged, event: Recorded) -> Case:
    case = _with_task(case, body.unit, acknowledged_at=event.at)
    task = case.task(body.unit)
    if task is not None and task.lead:
        if case.round.acknowledged_at is None:
            case = _in_round(case, acknowledged_at=event.at)
        if case.state is State.ASSIGNED:
            case = replace(case, state=State.HANDLING)
        elif case.resume_state is State.ASSIGNED:
            case = replace(case, resume_state=State.HANDLING)
    return case


@_on(ev.ReturnAsked)
def _(case: Case, body: ev.ReturnAsked, event: Recorded) -> Case:
    return _with_task(case, body.unit, return_asked=body.reason, suggested_unit=body.suggested_unit)


@_on(ev.ReturnApproved)
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


@_on(ev.ReturnRefused)
def _(case: Case, body: ev.ReturnRefused, event: Recorded) -> Case:
    return _with_task(case, body.unit, return_asked="", suggested_unit="")


@_on(ev.HandedOn)
def _(case: Case, body: ev.HandedOn, event: Recorded) -> Case:
    return _with_task(case, body.unit, section=body.section)


@_on(ev.ContactLogged)
def _(case: Case, body: ev.ContactLogged, event: Recorded) -> Case:
    return case


@_on(ev.ShareFinished)
def _(case: Case, body: ev.ShareFinished, event: Recorded) -> Case:
    return _with_task(case, body.unit, share=body.text, finished_at=event.at)


# -- time --------------------------------------------------------------------


@_on(ev.ClocksSet)
def _(case: Case, body: ev.ClocksSet, event: Recorded) -> Case:
    return _with_clocks(case, body.clocks, body.dropped)


@_on(ev.ExtensionAsked)
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


@_on(ev.ExtensionGranted)
def _(case: Case, body: ev.ExtensionGranted, event: Recorded) -> Case:
    return replace(_with_clocks(case, body.clocks), extension_request=None)


@_on(ev.ExtensionRefused)
def _(case: Case, body: ev.ExtensionRefused, event: Recorded) -> Case:
    return replace(case, extension_request=None)


@_on(ev.Paused)
def _(case: Case, body: ev.Paused, event: Recorded) -> Case:
    waiting = Waiting(
        why=body.why, about=body.missing, since=event.at, until=body.until, party=body.party
    )
    asked = body.why is Wait.SUPPLEMENT
    return replace(
        _with_clocks(case, body.clocks),
        state=State.PAUSED,
        resume_state=case.state,
        waiting=None if body.why is Wait.CITIZEN else waiting,
        supplement_asked=case.supplement_asked or asked,
    )


@_on(ev.Resumed)
def _(case: Case, body: ev.Resumed, event: Recorded) -> Case:
    return replace(
        _with_clocks(case, body.clocks),
        state=case.resume_state or State.HANDLING,
        resume_state=None,
        waiting=None,
    )


@_on(ev.Suspended)
def _(case: Case, body: ev.Suspended, event: Recorded) -> Case:
    return replace(
        case,
        state=State.SUSPENDED,
        resume_state=case.state,
        suspension=Suspension(measures=body.measures, until=body.until),
    )


@_on(ev.SuspensionEnded)
def _(case: Case, body: ev.SuspensionEnded, event: Recorded) -> Case:
    return replace(
        case, state=case.resume_state or State.HANDLING, resume_state=None, suspension=None
    )


@_on(ev.ClockWarned)
def _(case: Case, body: ev.ClockWarned, event: Recorded) -> Case:
    mark = warning_mark(body.clock, body.stage, body.due_at.isoformat())
    return _in_round(case, warned=(*case.round.warned, mark))


@_on(ev.DateWarned)
def _(case: Case, body: ev.DateWarned, event: Recorded) -> Case:
    mark = warning_mark(f"{body.what}#{body.number}", body.stage, body.due_at.isoformat())
    return replace(case, dates_warned=(*case.dates_warned, mark))


def warning_mark(clock: str, stage: str, due_at: str) -> str:
    """How a warning is remembered: a moved due date may warn again."""
    return f"{clock}/{stage}/{due_at}"


# -- pressure ----------------------------------------------------------------


@_on(ev.Pressed)
def _(case: Case, body: ev.Pressed, event: Recorded) -> Case:
    pressure = Pressure(
        rung=body.rung,
        text=body.text,
        at=event.at,
        by=event.actor.id,
        round=case.round.number,
        due_at=body.due_at,
    )
    return replace(case, pressures=(*case.pressures, pressure))


@_on(ev.Instructed)
def _(case: Case, body: ev.Instructed, event: Recorded) -> Case:
    instruction = Instruction(
        number=body.number, text=body.text, by=event.actor.id, at=event.at, due_at=body.due_at
    )
    return replace(case, instructions=(*case.instructions, instruction))


@_on(ev.InstructionReported)
def _(case: Case, body: ev.InstructionReported, event: Recorded) -> Case:
    return _with_instruction(case, body.number, report=body.text, reported_at=event.at)


# -- reply -------------------------------------------------------------------


@_on(ev.ReplyDrafted)
def _(case: Case, body: ev.ReplyDrafted, event: Recorded) -> Case:
    draft = Draft(
        number=body.number,
        text=body.text,
        by=event.actor.id,
        unit=body.unit,
        at=event.at,
        seq=event.seq,
    )
    return _in_round(case, drafts=(*case.round.drafts, draft))


@_on(ev.ReplyApproved)
def _(case: Case, body: ev.ReplyApproved, event: Recorded) -> Case:
    draft = case.draft(body.number)
    approvals = (*(draft.approvals if draft else ()), event.actor.id)
    return _with_draft(case, body.number, approvals=approvals, approved=body.final)


@_on(ev.ReplyRejected)
def _(case: Case, body: ev.ReplyRejected, event: Recorded) -> Case:
    return _with_draft(case, body.number, rejected=body.reason, approved=False)


@_on(ev.ReplyDelivered)
def _(case: Case, body: ev.ReplyDelivered, event: Recorded) -> Case:
    return _delivered(
        case,
        Delivery(
            text=body.text,
            at=body.at,
            via=body.via,
            unit=case.unit,
            draft=body.number,
            proof=body.proof,
        ),
    )


@_on(ev.Published)
def _(case: Case, body: ev.Published, event: Recorded) -> Case:
    return replace(case, publication=Publication(at=event.at, where=body.where))


@_on(ev.PublicationDeclined)
def _(case: Case, body: ev.PublicationDeclined, event: Recorded) -> Case:
    return replace(case, publication=Publication(at=event.at, declined=body.reason))


# -- promises ----------------------------------------------------------------


@_on(ev.PromiseRecorded)
def _(case: Case, body: ev.PromiseRecorded, event: Recorded) -> Case:
    promise = Promise(
        number=body.number, text=body.text, due=body.due, owner=body.owner, at=event.at
    )
    return replace(case, promises=(*case.promises, promise))


@_on(ev.PromiseVerified)
def _(case: Case, body: ev.PromiseVerified, event: Recorded) -> Case:
    return _with_promise(
        case, body.number, kept=body.kept, evidence=body.evidence, verified_by=event.actor.id
    )


@_on(ev.PromisePublished)
def _(case: Case, body: ev.PromisePublished, event: Recorded) -> Case:
    return _with_promise(case, body.number, published=body.where)


# -- requests for information --------------------------------------------------


@_on(ev.ReceiptConfirmed)
def _(case: Case, body: ev.ReceiptConfirmed, event: Recorded) -> Case:
    return replace(_with_clocks(case, body.clocks), receipt_confirmed_at=body.confirmed_at)


@_on(ev.DisclosureDecided)
def _(case: Case, body: ev.DisclosureDecided, event: Recorded) -> Case:
    return replace(case, outcome=Outcome(result=body.result, reason=body.reason))


# -- the end, and after it ---------------------------------------------------


@_on(ev.CalledBack)
def _(case: Case, body: ev.CalledBack, event: Recorded) -> Case:
    result = CallBackResult(
        resolved=body.resolved, satisfied=body.satisfied, at=event.at, note=body.note
    )
    return _in_round(case, callback=result)


@_on(ev.RoundStarted)
def _(case: Case, body: ev.RoundStarted, event: Recorded) -> Case:
    round_ = Round(number=body.number, started_at=event.at, reason=body.reason, clocks=body.clocks)
    if case.round.closed_at is None:
        case = _in_round(case, closed_at=event.at)
    state = State.ASSIGNED if case.dispatched else State.RECEIVED
    case = _ended(case, state)
    return replace(
        case,
        rounds=(*case.rounds, round_),
        supplement_asked=False,
        outcome=None,
        tasks=tuple(
            replace(t, acknowledged_at=None, finished_at=None, share="", assigned_at=event.at)
            for t in case.tasks
        ),
    )


@_on(ev.Closed)
def _(case: Case, body: ev.Closed, event: Recorded) -> Case:
    return _ended(_in_round(case, closed_at=event.at, exception=body.exception), State.CLOSED)


@_on(ev.MatterLinked)
def _(case: Case, body: ev.MatterLinked, event: Recorded) -> Case:
    return replace(case, matters=unique((*case.matters, body.matter)))


@_on(ev.MatterUnlinked)
def _(case: Case, body: ev.MatterUnlinked, event: Recorded) -> Case:
    return replace(case, matters=tuple(m for m in case.matters if m != body.matter))


@_on(ev.MarkedConfidential)
def _(case: Case, body: ev.MarkedConfidential, event: Recorded) -> Case:
    return replace(case, confidential=True, accused=unique((*case.accused, *body.accused)))


@_on(ev.Corrected)
def _(case: Case, body: ev.Corrected, event: Recorded) -> Case:
    level = case.event_level if body.event_level is None else body.event_level
    return replace(case, labels=body.labels, event_level=level)


@_on(ev.AlertNoted)
def _(case: Case, body: ev.AlertNoted, event: Recorded) -> Case:
    return case


@_on(ev.ActionRefused)
def _(case: Case, body: ev.ActionRefused, event: Recorded) -> Case:
    return case
