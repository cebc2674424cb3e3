"""退回: what follows when the lead unit says that a case is not its own, and the desk decides."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    own_task,
    require,
    require_open,
    require_text,
)
from cases.life.units import assign, with_task, without_lead
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded


@decides(do.AskReturn, probe=lambda _c, _a: do.AskReturn(reason=SOME_TEXT))
def ask_return(case: Case, command: do.AskReturn, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    task = own_task(case, attempt.actor)
    require(
        task.lead,
        "退回由主办单位提出。本单位是协办，不涉及本单位职责的，请在协办意见里写明。",
    )
    require(case.dispatched, "事项还没有派单，不用退回。")
    require_text(command.reason, "退回的理由")
    limits = attempt.rules.handling.returns
    require(task.may_return, "此件指定由本单位办理，不得退回。")
    require(not task.return_asked, "退回申请正在等待值班台处理。")
    require(
        not limits.most or case.returns < limits.most,
        f"此件已退回 {case.returns} 次，不能再退；请与值班台商定承办单位。",
    )
    suggested = command.suggested_unit
    known = attempt.rules.units
    require(
        not suggested or not known or suggested in known,
        f"单位表里没有“{suggested}”。建议的承办单位请用 config/units.toml 里的 id，或者不填。",
    )
    require(suggested != task.unit, "建议的承办单位应是别的单位；不清楚由谁办理的，可以不填。")
    rules = attempt.rules
    window_ends = rules.policy.office.end_of(
        rules.calendar.add_working_days(task.assigned_at.date(), limits.window_working_days)
    )
    require(
        attempt.at <= window_ends,
        f"退回应在派单后 {limits.window_working_days} 个工作日内提出，"
        f"期限为 {window_ends:%Y-%m-%d %H:%M}。",
    )
    return [ev.ReturnAsked(unit=task.unit, reason=command.reason, suggested_unit=suggested)]


def _decide_return(case: Case, _attempt: Attempt) -> do.DecideReturn:
    unit = next((task.unit for task in case.tasks if task.return_asked), "")
    return do.DecideReturn(unit=unit, approve=True)


@decides(do.DecideReturn, probe=_decide_return)
def decide_return(case: Case, command: do.DecideReturn, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    task = case.task(command.unit)
    require(task is not None and task.return_asked, "该单位没有待处理的退回申请。")
    if not command.approve:
        require(not command.to, "不同意退回的，不能同时改派；要改派请选择同意。")
        require_text(command.reason, "不同意退回的理由")
        return [ev.ReturnRefused(unit=command.unit, reason=command.reason)]
    approved = ev.ReturnApproved(unit=command.unit, reason=command.reason)
    if not command.to:
        return [approved]
    require(task is not None and task.lead, "协办单位退回后不用改派；主办单位不变。")
    require(command.to != command.unit, "改派的应是别的单位。")
    others = tuple(t.unit for t in case.tasks if t.unit not in (command.unit, command.to))
    again = do.Assign(lead=command.to, assisting=others, reason=command.reason or "同意退回，改派")
    # Decided on the case as it is once it was given back, by the rules of every assignment.
    return [approved, *assign(_given_back(case, command.unit), again, attempt)]


@applies(ev.ReturnAsked)
def return_asked(case: Case, body: ev.ReturnAsked, event: Recorded) -> Case:
    return with_task(case, body.unit, return_asked=body.reason, suggested_unit=body.suggested_unit)


@applies(ev.ReturnApproved)
def return_approved(case: Case, body: ev.ReturnApproved, event: Recorded) -> Case:
    return _given_back(case, body.unit)


@applies(ev.ReturnRefused)
def return_refused(case: Case, body: ev.ReturnRefused, event: Recorded) -> Case:
    return with_task(case, body.unit, return_asked="", suggested_unit="")


def _given_back(case: Case, unit: str) -> Case:
    task = case.task(unit)
    case = replace(
        case, returns=case.returns + 1, tasks=tuple(t for t in case.tasks if t.unit != unit)
    )
    return case if task is None or not task.lead else without_lead(case)
