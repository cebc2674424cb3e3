"""What follows when a person acts: acceptance, units, time, pressure.

One function per command. It returns the events that follow, or raises
`NotAllowed` with the reason in the office's words. Replies, promises and the
end of a case are in `cases.on_reply`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cases import commands as do
from cases import events as ev
from cases.actors import Actor, Role
from cases.case import ENDED_STATES, REPLY_CLOCKS, STATE_WORDS, Case, State, Task
from cases.clock_rules import EVENT_LEVELS
from cases.clocks import Clock, pause
from cases.labels import Labels
from cases.on_observation import resumed
from cases.rules import NotAllowed, Rules, carried_over, clocks_for, extended

C = TypeVar("C", bound=do.Command)


class Attempt(Struct, frozen=True, kw_only=True):
    """Who tries, when, under which rules."""

    actor: Actor
    at: datetime
    rules: Rules


Handler = Callable[[Case, do.Command, Attempt], list[ev.EventBody]]
HANDLERS: dict[type[do.Command], Handler] = {}


def on(kind: type[C]) -> Callable[[Callable[[Case, C, Attempt], list[ev.EventBody]]], None]:
    """Registers the one function that decides `kind`."""

    def register(handler: Callable[[Case, C, Attempt], list[ev.EventBody]]) -> None:
        HANDLERS[kind] = handler  # type: ignore[assignment]

    return register


def on_action(case: Case, command: do.Command, attempt: Attempt) -> list[ev.EventBody]:
    """Raises `NotAllowed`."""
    actor = attempt.actor
    name = str(command.__struct_config__.tag)
    if not attempt.rules.handling.allows(actor, name):
        raise NotAllowed(f"角色“{actor.role}”不能做这个动作（{name}）。请联系值班台。")
    if actor.role is Role.RESPONDER and case.task(actor.unit) is None:
        raise NotAllowed("本单位不承办此事项。")
    return HANDLERS[type(command)](case, command, attempt)


# -- checks ------------------------------------------------------------------


def require(condition: object, reason: str) -> None:
    if not condition:
        raise NotAllowed(reason)


def require_text(value: str, what: str) -> None:
    require(value.strip(), f"请填写{what}。")


def require_open(case: Case) -> None:
    require(
        case.open, f"事项{STATE_WORDS[case.state]}，不能再做这个动作。如需继续办理，请先重新打开。"
    )


def require_not_ended(case: Case) -> None:
    require(
        case.state not in ENDED_STATES,
        f"事项{STATE_WORDS[case.state]}，不能再做这个动作。如需继续办理，请先重新打开。",
    )


def own_task(case: Case, actor: Actor) -> Task:
    task = case.task(actor.unit)
    if task is None:
        raise NotAllowed("本单位不承办此事项。")
    return task


def require_lead(case: Case, actor: Actor) -> None:
    """The desk may do it for the unit; a responder only as the lead unit."""
    if actor.role is Role.RESPONDER:
        require(actor.unit == case.unit, "只有主办单位可以做这个动作。")


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


# -- time --------------------------------------------------------------------


@on(do.AskExtension)
def _(case: Case, command: do.AskExtension, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_lead(case, attempt.actor)
    require_text(command.reason, "延期的理由")
    require(case.extension_request is None, "延期申请正在等待批准。")
    _check_extension(case, command.working_days, attempt.at, attempt.rules)
    return [
        ev.ExtensionAsked(
            unit=attempt.actor.unit or case.unit,
            working_days=command.working_days,
            reason=command.reason,
        )
    ]


@on(do.DecideExtension)
def _(case: Case, command: do.DecideExtension, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    asked = case.extension_request
    if asked is None:
        raise NotAllowed("没有待处理的延期申请。")
    if not command.grant:
        require_text(command.reason, "不同意延期的理由")
        return [ev.ExtensionRefused(reason=command.reason)]
    days = command.working_days or asked.working_days
    clocks = _check_extension(case, days, asked.at, attempt.rules)
    require(
        command.citizen_told or not attempt.rules.handling.extensions.must_tell_citizen,
        "批准延期须告知群众，请确认已告知。",
    )
    rules = attempt.rules
    return [
        ev.ExtensionGranted(
            working_days=days,
            clocks=tuple(
                extended(clock, min(days, left), rules)
                for clock in clocks
                if (left := rules.policy.extension_left(clock))
            ),
            citizen_told=command.citizen_told,
            reason=command.reason,
        )
    ]


def _check_extension(
    case: Case, working_days: int, asked_at: datetime, rules: Rules
) -> tuple[Clock, ...]:
    """The clocks that an extension moves: those whose row in config/deadlines.toml
    allows one. What the source set is the source's to move. It has to be asked
    before the time has run out; it may be decided later."""
    clocks = tuple(c for c in case.round.clocks if rules.policy.extension_limit(c))
    require(clocks, "此件没有可以延期的时限。")
    times = max(len(clock.extensions) for clock in clocks)
    most_times = rules.handling.extensions.most_times
    require(times < most_times, f"本轮已延期 {times} 次，不能再延。")
    reply = next((c for c in clocks if c.name in REPLY_CLOCKS), clocks[0])
    left = rules.policy.extension_left(reply)
    require(
        0 < working_days <= left,
        f"延期应为 1 至 {left} 个工作日，申请的是 {working_days} 个。",
    )
    require(
        reply.paused_since is not None or asked_at <= reply.due_at,
        f"办理时限 {reply.due_at:%Y-%m-%d %H:%M} 已过，不能再申请延期。",
    )
    return clocks


@on(do.PauseForSupplement)
def _(case: Case, command: do.PauseForSupplement, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.state not in (State.PAUSED, State.SUSPENDED), "事项已暂停或挂账。")
    require_text(command.missing, "需要群众补充的内容")
    rules = attempt.rules
    clocks = tuple(
        pause(clock, attempt.at)
        for clock in case.round.clocks
        if clock.name in rules.handling.pauses.clocks
    )
    return [
        ev.Paused(
            missing=command.missing,
            clocks=tuple(clock for clock in clocks if clock.paused_since is not None),
        )
    ]


@on(do.Resume)
def _(case: Case, command: do.Resume, attempt: Attempt) -> list[ev.EventBody]:
    require(case.state is State.PAUSED, "事项没有暂停。")
    return [resumed(case, attempt.at, attempt.rules, command.note)]


@on(do.Suspend)
def _(case: Case, command: do.Suspend, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.state not in (State.PAUSED, State.SUSPENDED), "事项已暂停或挂账。")
    require_text(command.measures, "挂账期间的措施")
    require(command.until > attempt.at.date(), "挂账的解决日期应在今天之后。")
    return [ev.Suspended(measures=command.measures, until=command.until)]


@on(do.EndSuspension)
def _(case: Case, command: do.EndSuspension, attempt: Attempt) -> list[ev.EventBody]:
    require(case.state is State.SUSPENDED, "事项没有挂账。")
    return [ev.SuspensionEnded(note=command.note)]


@on(do.Correct)
def _(case: Case, command: do.Correct, attempt: Attempt) -> list[ev.EventBody]:
    given = {
        name: value
        for name in ("kind", "topic_path", "simple", "sentiment", "risk", "urgent")
        if (value := getattr(command, name)) is not None
    }
    changed = {name: v for name, v in given.items() if getattr(case.labels, name) != v}
    level = command.event_level
    regraded = level is not None and level != case.event_level
    require(changed or regraded, "没有要更正的内容。")
    require(
        not level or level in EVENT_LEVELS, f"事件级别应为{'、'.join(EVENT_LEVELS)}之一，或留空。"
    )
    if "topic_path" in changed:
        path = changed["topic_path"]
        changed |= {
            "topic": path[0] if path else "",
            "topic_confidence": 1.0,
            "abstained": not path,
        }
    labels: Labels = replace(case.labels, **changed)
    bodies: list[ev.EventBody] = [
        ev.Corrected(labels=labels, fields=tuple(given), event_level=level, reason=command.reason)
    ]
    if case.open:
        bodies += _reclocked(case, labels, level, command, attempt)
    return bodies


def _reclocked(
    case: Case, labels: Labels, level: str | None, command: do.Correct, attempt: Attempt
) -> list[ev.EventBody]:
    """A correction recomputes the clocks from receipt; the citizen's clock gets
    longer by it only with the desk's express approval."""
    rules = attempt.rules
    grade = case.event_level if level is None else level
    source = case.round.clock("source")
    fresh = clocks_for(
        rules,
        # The date that the source set for an earlier round is over with it.
        replace(case.item, due_at=source.due_at if source else None),
        labels,
        started_at=case.round.started_at,
        detected_at=case.opened_at if case.round.number == 1 else case.round.started_at,
        event_level=grade,
    )
    carried = tuple(carried_over(case.round.clock(clock.name), clock, rules) for clock in fresh)
    changed = tuple(clock for clock in carried if clock != case.round.clock(clock.name))
    dropped = tuple(
        clock.name for clock in case.round.clocks if clock.name not in {c.name for c in fresh}
    )
    old = case.round.reply_clock
    new = next((clock for clock in carried if clock.name in REPLY_CLOCKS), None)
    if old is not None and (new is None or new.due_at > old.due_at):
        require(
            command.lengthen_approved and attempt.actor.role in (Role.DESK, Role.SYSTEM),
            "此更正会延长答复期限，须经值班台同意。",
        )
    if not changed and not dropped:
        return []
    return [ev.ClocksSet(clocks=changed, dropped=dropped, why="更正后重新计算时限")]


# -- pressure ----------------------------------------------------------------


@on(do.Press)
def _(case: Case, command: do.Press, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.dispatched, "事项还没有派单，无单位可催办。")
    require_text(command.text, f"{command.rung.value}内容")
    if command.due_at is not None:
        require(command.due_at > attempt.at, f"{command.rung.value}的期限应在将来。")
    rungs = list(do.Rung)
    level = rungs.index(command.rung)
    reached = {p.rung for p in case.pressures if p.round == case.round.number}
    if attempt.rules.handling.ladder.strict and level:
        below = rungs[level - 1]
        require(
            below in reached or command.skip_reason.strip(),
            f"本轮还没有{below.value}；越级{command.rung.value}请写明理由。",
        )
    return [
        ev.Pressed(
            rung=command.rung,
            text=command.text,
            due_at=command.due_at,
            skip_reason=command.skip_reason,
        )
    ]


@on(do.Instruct)
def _(case: Case, command: do.Instruct, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "批示内容")
    if command.due_at is not None:
        require(command.due_at > attempt.at, "批示的期限应在将来。")
    number = len(case.instructions) + 1
    return [ev.Instructed(number=number, text=command.text, due_at=command.due_at)]


@on(do.ReportOnInstruction)
def _(case: Case, command: do.ReportOnInstruction, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.text, "批示办理反馈")
    found = next((i for i in case.instructions if i.number == command.number), None)
    if found is None:
        raise NotAllowed(f"没有第 {command.number} 号批示。")
    require(found.reported_at is None, f"第 {command.number} 号批示已经反馈。")
    require_lead(case, attempt.actor)
    return [ev.InstructionReported(number=command.number, text=command.text)]


@on(do.LinkMatter)
def _(case: Case, command: do.LinkMatter, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.matter, "同一事项的编号")
    require(command.matter not in case.matters, "已经关联。")
    return [ev.MatterLinked(matter=command.matter, reason=command.reason)]


@on(do.UnlinkMatter)
def _(case: Case, command: do.UnlinkMatter, attempt: Attempt) -> list[ev.EventBody]:
    require(command.matter in case.matters, "没有关联该事项。")
    return [ev.MatterUnlinked(matter=command.matter, reason=command.reason)]


@on(do.MarkConfidential)
def _(case: Case, command: do.MarkConfidential, attempt: Attempt) -> list[ev.EventBody]:
    require_text(command.reason, "保密的理由")
    return [ev.MarkedConfidential(reason=command.reason, accused=command.accused)]
