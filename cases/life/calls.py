"""上级催办和交办: what a unit was called upon for in a case, by whom, and what answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from cases.life.next_step import next_step
from cases.life.pressure import open_pressures
from cases.life.reply import waiting_draft
from cases.life.rules import Rules
from cases.life.todo import Todo, rejected_draft
from cases.record import events as ev
from cases.record.case import Case
from cases.record.commands import Rung
from cases.record.events import Recorded
from cases.words.actors import Actor


class CallKind(StrEnum):
    """The office's word; the most pressing first."""

    SUMMON = "约谈"
    LIST = "挂牌"
    SUPERVISE = "督办"
    INSTRUCT = "批示"
    REMIND = "催办"
    REDRAFT = "退改"
    ASSIGNED = "新派单"
    DUE = "到期"


_ORDER = {kind: number for number, kind in enumerate(CallKind)}
CALLING_TODOS = (Todo.ACKNOWLEDGE, Todo.PRESSED, Todo.REPORT, Todo.REDRAFT)
"""What stands in a ledger with a case that calls upon its unit, but for what is due."""


class Call(Struct, frozen=True, kw_only=True):
    kind: CallKind
    at: datetime
    by: Actor | None
    """None where nobody calls but the clock."""
    text: str
    """In the words of who calls; may quote the case."""
    due_at: datetime | None
    command: str
    """What answers it next, as in `cases.life.handling.COMMANDS`; "" while nothing can."""


def calls_until(now: datetime, rules: Rules) -> date:
    """The last day whose due dates call upon a unit already: the next working day."""
    return rules.calendar.add_working_days(now.date(), 1)


def calls(case: Case, actor: Actor, rules: Rules, now: datetime) -> tuple[Call, ...]:
    """What calls upon the unit of this responder, the most pressing first."""
    task = case.task(actor.unit)
    if task is None:
        return ()
    found = [*_assigned(case, actor)]
    if task.lead:
        found += [*_pressed(case), *_instructed(case), *_rejected(case)]
    known = {call.command for call in found}
    # What was called for already says what has to be done, and each line when it is due.
    found += [call for call in _due(case, actor, rules, now) if call.command not in known]
    return tuple(sorted(found, key=lambda call: (_ORDER[call.kind], call.at)))


def _assigned(case: Case, actor: Actor) -> Iterator[Call]:
    task = case.task(actor.unit)
    if task is None or not case.open or task.acknowledged_at is not None:
        return
    if task.lead and not case.dispatched:
        return

    def gives(body: ev.EventBody) -> bool:
        return isinstance(body, ev.Assigned) and task.unit in (body.lead, *body.assisting)

    event = _last(case, gives)
    by_hand = (
        event is not None and isinstance(event.body, ev.Assigned) and event.body.rule == "desk"
    )
    yield Call(
        kind=CallKind.ASSIGNED,
        at=task.assigned_at,
        by=event.actor if event else None,
        # A rule's reason quotes the message; a person's is for the unit.
        text=case.unit_reason if by_hand else "",
        due_at=None,
        command="" if task.return_asked else "acknowledge",
    )


def _pressed(case: Case) -> Iterator[Call]:
    for one in open_pressures(case):
        event = _last(case, lambda body: isinstance(body, ev.Pressed), at=one.at)
        yield Call(
            kind=_OF_RUNG[one.rung],
            at=one.at,
            by=event.actor if event else None,
            text=one.text,
            due_at=one.due_at,
            command="report_on_pressure",
        )


def _instructed(case: Case) -> Iterator[Call]:
    for one in case.instructions:
        if one.reported_at is not None:
            continue
        event = _last(case, lambda body: isinstance(body, ev.Instructed), at=one.at)
        yield Call(
            kind=CallKind.INSTRUCT,
            at=one.at,
            by=event.actor if event else None,
            text=one.text,
            due_at=one.due_at,
            command="report_on_instruction",
        )


def _rejected(case: Case) -> Iterator[Call]:
    draft = rejected_draft(case)
    if draft is None or not case.open:
        return
    event = _last(case, lambda body: isinstance(body, ev.ReplyRejected))
    yield Call(
        kind=CallKind.REDRAFT,
        at=event.at if event else draft.at,
        by=event.actor if event else None,
        text=draft.rejected,
        due_at=None,
        command="draft_reply",
    )


def _due(case: Case, actor: Actor, rules: Rules, now: datetime) -> Iterator[Call]:
    """The date that counts, where it runs and the next move is this unit's."""
    clock = case.round.deciding_clock
    if not case.open or clock is None or clock.paused_since is not None:
        return
    if clock.due_at.date() > calls_until(now, rules) or waiting_draft(case) is not None:
        return
    step = next_step(case, actor, rules, now)
    if step is None:
        return
    yield Call(
        kind=CallKind.DUE, at=clock.due_at, by=None, text="", due_at=None, command=step.command
    )


def _last(
    case: Case, wanted: Callable[[ev.EventBody], bool], at: datetime | None = None
) -> Recorded | None:
    for event in reversed(case.history):
        if wanted(event.body) and (at is None or event.at == at):
            return event
    return None


_OF_RUNG = {
    Rung.REMIND: CallKind.REMIND,
    Rung.SUPERVISE: CallKind.SUPERVISE,
    Rung.LIST: CallKind.LIST,
    Rung.SUMMON: CallKind.SUMMON,
}
