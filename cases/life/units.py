"""What follows when a case is accepted, assigned, acknowledged, handed on."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.held import clears
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    ended,
    in_round,
    own_task,
    require,
    require_not_ended,
    require_open,
    require_text,
)
from cases.life.rules import clocks_for
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import WITHDRAWN, Case, Held, State, Task, unique
from cases.record.events import Recorded
from cases.words.grounds import Ground


@decides(do.Accept, probe=lambda _c, _a: do.Accept())
def accept(case: Case, command: do.Accept, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.accepted_at is None, "事项已经受理。")
    return [ev.Accepted(note=command.note)]


@decides(do.Refuse, probe=lambda _c, _a: do.Refuse(reason=SOME_TEXT))
def refuse(case: Case, command: do.Refuse, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.round.acknowledged_at is None, "承办单位已签收，不能再作不予受理处理。")
    require_text(command.reason, "不予受理的理由")
    return [ev.RefusedToAccept(reason=command.reason)]


@decides(do.MarkInvalid, probe=lambda _c, _a: do.MarkInvalid(reason=SOME_TEXT))
def mark_invalid(case: Case, command: do.MarkInvalid, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    require_text(command.reason, "无效的理由")
    return [ev.MarkedInvalid(reason=command.reason)]


# -- units -------------------------------------------------------------------


def _unit_to_try(case: Case, attempt: Attempt) -> str:
    taken = {case.unit, *attempt.rules.influence.within(case.accused)}
    return next((unit for unit in sorted(attempt.rules.units) if unit not in taken), SOME_TEXT)


@decides(do.Assign, probe=lambda c, a: do.Assign(lead=_unit_to_try(c, a), reason=SOME_TEXT))
def assign(case: Case, command: do.Assign, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.lead, "主办单位")
    require(command.lead not in command.assisting, "主办单位不能同时是协办单位。")
    # 信访工作条例第三十条: 不得将信访人的检举、揭发材料以及有关情况透露或者转给
    # 被检举、揭发的人员或者单位。
    units = (command.lead, *command.assisting)
    accused = attempt.rules.influence.within(case.accused)
    require(accused.isdisjoint(units), "保密件不得转给被举报的单位及其下属单位。")
    cleared = clears(case, units)
    if cleared:
        require_text(
            command.reason, "派给该单位的理由（此件可能是举报该单位，确认不是的，写明为什么）"
        )
    for unit in units:
        known = attempt.rules.units
        require(
            not known or unit in known, f"单位表里没有“{unit}”。请用 config/units.toml 里的 id。"
        )
    if case.dispatched:
        same = command.lead == case.unit and set(command.assisting) == {
            task.unit for task in case.tasks if not task.lead
        }
        require(not same, "事项已经派给这些单位。")
        require_text(command.reason, "改派的理由")
    bodies: list[ev.EventBody] = [
        ev.Assigned(
            lead=command.lead,
            assisting=tuple(dict.fromkeys(command.assisting)),
            rule="desk",
            reason=command.reason or "值班台派单",
            may_return=command.may_return,
            cleared=cleared,
        )
    ]
    if command.lead != case.unit:
        bodies += _own_acknowledgement(case, attempt)
    lead = case.task(case.unit)
    if lead is not None and lead.return_asked and command.lead != case.unit:
        # Giving it to another unit while its lead asks to give it back is the answer.
        return [ev.ReturnApproved(unit=lead.unit, reason=command.reason), *bodies]
    return bodies


def _own_acknowledgement(case: Case, attempt: Attempt) -> list[ev.EventBody]:
    """A unit that gets the case later has its own time to acknowledge it. Nothing
    else starts anew: the citizen has waited since receipt."""
    fresh = clocks_for(
        attempt.rules,
        case.item,
        case.labels,
        started_at=attempt.at,
        detected_at=case.opened_at,
        event_level=case.event_level,
    )
    clocks = tuple(clock for clock in fresh if clock.name == "acknowledge")
    if not clocks or case.state in (State.PAUSED, State.SUSPENDED):
        return []
    return [ev.ClocksSet(clocks=clocks, why="改派后重新计算签收时限")]


@decides(do.Acknowledge, probe=lambda _c, _a: do.Acknowledge())
def acknowledge(case: Case, command: do.Acknowledge, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    task = own_task(case, attempt.actor)
    require(case.dispatched or not task.lead, "事项还没有派单，请先派单再签收。")
    require(task.acknowledged_at is None, "已经签收。")
    return [ev.Acknowledged(unit=task.unit)]


@decides(do.HandOn, probe=lambda _c, _a: do.HandOn(section=SOME_TEXT))
def hand_on(case: Case, command: do.HandOn, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.section, "科室")
    task = own_task(case, attempt.actor)
    require(task.acknowledged_at is not None, "请先签收，再转科室。")
    influence = attempt.rules.influence
    named = influence.named(command.section, influence.within(case.accused))
    require(not named, f"保密件不得转给被举报单位的科室（{named}）。")
    return [ev.HandedOn(unit=task.unit, section=command.section, note=command.note)]


@decides(do.LogContact, probe=lambda _c, _a: do.LogContact(text=SOME_TEXT))
def log_contact(case: Case, command: do.LogContact, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "联系情况")
    return [ev.ContactLogged(unit=attempt.actor.unit, text=command.text)]


@decides(do.FinishShare, probe=lambda _c, _a: do.FinishShare(text=SOME_TEXT))
def finish_share(case: Case, command: do.FinishShare, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.text, "协办意见")
    task = own_task(case, attempt.actor)
    require(not task.lead, "主办单位请直接拟写答复。")
    require(task.acknowledged_at is not None, "请先签收，再提交协办意见。")
    return [ev.ShareFinished(unit=task.unit, text=command.text)]


@applies(ev.Accepted)
def accepted(case: Case, body: ev.Accepted, event: Recorded) -> Case:
    return replace(case, accepted_at=event.at)


@applies(ev.RefusedToAccept)
def refused_to_accept(case: Case, body: ev.RefusedToAccept, event: Recorded) -> Case:
    return ended(in_round(case, closed_at=event.at), State.REFUSED, body.reason)


@applies(ev.MarkedInvalid)
def marked_invalid(case: Case, body: ev.MarkedInvalid, event: Recorded) -> Case:
    return ended(in_round(case, closed_at=event.at), State.INVALID, body.reason)


# -- units -------------------------------------------------------------------


@applies(ev.Assigned)
def assigned(case: Case, body: ev.Assigned, event: Recorded) -> Case:
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
    if body.cleared and case.held is not None and case.held.presumed:
        case = replace(case, confidential=case.item.confidential)
    case = replace(case, held=None)
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


@applies(ev.HeldBack)
def held_back(case: Case, body: ev.HeldBack, event: Recorded) -> Case:
    grounds = set(body.grounds)
    only_presumed = Ground.ACCUSATION in grounds and Ground.SECRECY not in grounds
    earlier = case.held is not None and case.held.presumed
    case = replace(
        case,
        held=Held(
            since=event.at,
            seq=event.seq,
            grounds=body.grounds,
            reason=body.reason,
            quotes=body.quotes,
            found=body.found,
            suggested=body.suggested,
            about=body.about,
            barred=body.barred,
            presumed=only_presumed and (earlier or not case.confidential),
        ),
        confidential=case.confidential or bool({Ground.ACCUSATION, Ground.SECRECY} & grounds),
        tasks=tuple(task for task in case.tasks if not task.lead),
    )
    return without_lead(case)


@applies(ev.TakenBack)
def taken_back(case: Case, body: ev.TakenBack, event: Recorded) -> Case:
    request = case.extension_request
    drafts = tuple(
        replace(draft, rejected=WITHDRAWN, approved=False) if draft.number in body.drafts else draft
        for draft in case.round.drafts
    )
    case = replace(
        in_round(case, drafts=drafts),
        tasks=tuple(task for task in case.tasks if task.unit not in body.units),
        extension_request=None if request and request.unit in body.units else request,
    )
    return without_lead(case) if case.unit in body.units else case


def without_lead(case: Case) -> Case:
    """The case goes back to the desk. Clocks stay: the citizen has waited since receipt."""
    case = replace(
        case, unit="", unit_rule="", unit_reason="", dispatched=False, extension_request=None
    )
    if case.state in (State.PAUSED, State.SUSPENDED):
        return replace(case, resume_state=State.RECEIVED)
    return replace(case, state=State.RECEIVED) if case.open else case


@applies(ev.Acknowledged)
def acknowledged(case: Case, body: ev.Acknowledged, event: Recorded) -> Case:
    case = with_task(case, body.unit, acknowledged_at=event.at)
    task = case.task(body.unit)
    if task is not None and task.lead:
        if case.round.acknowledged_at is None:
            case = in_round(case, acknowledged_at=event.at)
        if case.state is State.ASSIGNED:
            case = replace(case, state=State.HANDLING)
        elif case.resume_state is State.ASSIGNED:
            case = replace(case, resume_state=State.HANDLING)
    return case


@applies(ev.HandedOn)
def handed_on(case: Case, body: ev.HandedOn, event: Recorded) -> Case:
    return with_task(case, body.unit, section=body.section)


@applies(ev.ContactLogged)
def contact_logged(case: Case, body: ev.ContactLogged, event: Recorded) -> Case:
    return case


@applies(ev.ShareFinished)
def share_finished(case: Case, body: ev.ShareFinished, event: Recorded) -> Case:
    return with_task(case, body.unit, share=body.text, finished_at=event.at)


def with_task(case: Case, unit: str, **changes: object) -> Case:
    """The case with the task of one unit changed."""
    return replace(
        case,
        tasks=tuple(replace(t, **changes) if t.unit == unit else t for t in case.tasks),
    )
