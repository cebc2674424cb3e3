"""What follows when a case is accepted, assigned, acknowledged, returned, handed on."""

from __future__ import annotations

from cases.life.registry import (
    Attempt,
    on,
    own_task,
    require,
    require_not_ended,
    require_open,
    require_text,
)
from cases.life.rules import clocks_for
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, State

# -- acceptance --------------------------------------------------------------


@on(do.Accept)
def _(case: Case, command: do.Accept, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.accepted_at is None, "事项已经受理。")
    return [ev.Accepted(note=command.note)]


@on(do.Refuse)
def _(case: Case, command: do.Refuse, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.round.acknowledged_at is None, "承办单位已签收，不能再作不予受理处理。")
    require_text(command.reason, "不予受理的理由")
    return [ev.RefusedToAccept(reason=command.reason)]


@on(do.MarkInvalid)
def _(case: Case, command: do.MarkInvalid, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    require_text(command.reason, "无效的理由")
    return [ev.MarkedInvalid(reason=command.reason)]


# -- units -------------------------------------------------------------------


@on(do.Assign)
def _(case: Case, command: do.Assign, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.lead, "主办单位")
    require(command.lead not in command.assisting, "主办单位不能同时是协办单位。")
    # 信访工作条例第三十条: 不得将信访人的检举、揭发材料以及有关情况透露或者转给
    # 被检举、揭发的人员或者单位。
    accused = [unit for unit in (command.lead, *command.assisting) if unit in case.accused]
    require(not accused, "保密件不得转给被举报的单位。")
    for unit in (command.lead, *command.assisting):
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
        )
    ]
    if command.lead != case.unit:
        bodies += _own_acknowledgement(case, attempt)
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


@on(do.Acknowledge)
def _(case: Case, command: do.Acknowledge, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    task = own_task(case, attempt.actor)
    require(case.dispatched or not task.lead, "事项还没有派单，请先派单再签收。")
    require(task.acknowledged_at is None, "已经签收。")
    return [ev.Acknowledged(unit=task.unit)]


@on(do.AskReturn)
def _(case: Case, command: do.AskReturn, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.reason, "退回的理由")
    task = own_task(case, attempt.actor)
    limits = attempt.rules.handling.returns
    require(task.may_return, "此件指定由本单位办理，不得退回。")
    require(not task.return_asked, "退回申请正在等待值班台处理。")
    require(
        not limits.most or case.returns < limits.most,
        f"此件已退回 {case.returns} 次，不能再退；请与值班台商定承办单位。",
    )
    rules = attempt.rules
    window_ends = rules.policy.office.end_of(
        rules.calendar.add_working_days(task.assigned_at.date(), limits.window_working_days)
    )
    require(
        attempt.at <= window_ends,
        f"退回应在派单后 {limits.window_working_days} 个工作日内提出，"
        f"期限为 {window_ends:%Y-%m-%d %H:%M}。",
    )
    return [
        ev.ReturnAsked(unit=task.unit, reason=command.reason, suggested_unit=command.suggested_unit)
    ]


@on(do.DecideReturn)
def _(case: Case, command: do.DecideReturn, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    task = case.task(command.unit)
    require(task is not None and task.return_asked, "该单位没有待处理的退回申请。")
    if command.approve:
        return [ev.ReturnApproved(unit=command.unit, reason=command.reason)]
    require_text(command.reason, "不同意退回的理由")
    return [ev.ReturnRefused(unit=command.unit, reason=command.reason)]


@on(do.HandOn)
def _(case: Case, command: do.HandOn, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.section, "科室")
    task = own_task(case, attempt.actor)
    require(task.acknowledged_at is not None, "请先签收，再转科室。")
    return [ev.HandedOn(unit=task.unit, section=command.section, note=command.note)]


@on(do.LogContact)
def _(case: Case, command: do.LogContact, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "联系情况")
    return [ev.ContactLogged(unit=attempt.actor.unit, text=command.text)]


@on(do.FinishShare)
def _(case: Case, command: do.FinishShare, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_text(command.text, "协办意见")
    task = own_task(case, attempt.actor)
    require(not task.lead, "主办单位请直接拟写答复。")
    require(task.acknowledged_at is not None, "请先签收，再提交协办意见。")
    return [ev.ShareFinished(unit=task.unit, text=command.text)]
