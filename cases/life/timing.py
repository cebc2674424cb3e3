"""What follows when a person moves time: extension, pause, suspension (挂账)."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from cases.clocks.clocks import Clock, ClockUnit, pause
from cases.clocks.standing import counted_days
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    require,
    require_lead,
    require_open,
    require_text,
    with_clocks,
)
from cases.life.rules import Rules, extended, running_again
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import (
    REPLY_CLOCKS,
    Case,
    ExtensionRequest,
    State,
    Suspension,
    Waiting,
)
from cases.record.disclosure import Wait
from cases.record.events import Recorded
from cases.words.refusals import NotAllowed


@decides(do.AskExtension, probe=lambda _c, _a: do.AskExtension(working_days=1, reason=SOME_TEXT))
def ask_extension(case: Case, command: do.AskExtension, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require_lead(case, attempt.actor)
    require_text(command.reason, "延期的理由")
    require(case.extension_request is None, "延期申请正在等待批准。")
    clocks = _check_extension(case, command.working_days, attempt.at, attempt.rules)
    return [
        ev.ExtensionAsked(
            unit=attempt.actor.unit or case.unit,
            working_days=command.working_days,
            reason=command.reason,
            natural_days=any(clock.unit is ClockUnit.DAYS for clock in clocks),
        )
    ]


@decides(do.DecideExtension, probe=lambda _c, _a: do.DecideExtension(grant=False, reason=SOME_TEXT))
def decide_extension(
    case: Case, command: do.DecideExtension, attempt: Attempt
) -> list[ev.EventBody]:
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
    if case.item.disclosure:
        # 条例第三十三条第二款: 经政府信息公开工作机构负责人同意并告知申请人.
        require(command.citizen_told, "延长答复期限须告知申请人，请确认已告知。")
        require_text(command.approved_by, "同意延长的政府信息公开工作机构负责人的姓名")
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
            approved_by=command.approved_by,
        )
    ]


def _check_extension(case: Case, days: int, asked_at: datetime, rules: Rules) -> tuple[Clock, ...]:
    """The clocks that an extension moves: those whose row in config/deadlines.toml
    allows one. What the source set is the source's to move. It has to be asked
    before the time has run out; it may be decided later."""
    delayed = case.justification is not None and case.justification.working_days
    require(not delayed, "已经确定延迟答复的期限，不再延期。")
    clocks = tuple(c for c in case.round.clocks if rules.policy.extension_limit(c))
    require(clocks, "此件没有可以延期的时限。")
    times = max(len(clock.extensions) for clock in clocks)
    most_times = rules.handling.extensions.most_times
    require(times < most_times, f"本轮已延期 {times} 次，不能再延。")
    reply = next((c for c in clocks if c.name in REPLY_CLOCKS), clocks[0])
    left = rules.policy.extension_left(reply)
    require(
        0 < days <= left,
        f"延期应为 1 至 {counted_days(reply.unit, left)}，"
        f"申请的是 {counted_days(reply.unit, days)}。",
    )
    require(
        reply.paused_since is not None or asked_at <= reply.due_at,
        f"办理时限 {reply.due_at:%Y-%m-%d %H:%M} 已过，不能再申请延期。",
    )
    return clocks


@decides(do.PauseForSupplement, probe=lambda _c, _a: do.PauseForSupplement(missing=SOME_TEXT))
def pause_for_supplement(
    case: Case, command: do.PauseForSupplement, attempt: Attempt
) -> list[ev.EventBody]:
    require_open(case)
    require(case.state not in (State.PAUSED, State.SUSPENDED), "事项已暂停或挂账。")
    require(not case.item.disclosure, "依申请公开请用“告知补正”或“征求意见”。")
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


@decides(do.Resume, probe=lambda _c, _a: do.Resume())
def resume(case: Case, command: do.Resume, attempt: Attempt) -> list[ev.EventBody]:
    require(case.state is State.PAUSED, "事项没有暂停。")
    require(case.waiting is None, "请登记收到补正或征求意见的结果，计时随之恢复。")
    return [resumption(case, attempt.at, attempt.rules, command.note)]


@decides(
    do.Suspend,
    probe=lambda _c, a: do.Suspend(measures=SOME_TEXT, until=a.at.date() + timedelta(days=1)),
)
def suspend(case: Case, command: do.Suspend, attempt: Attempt) -> list[ev.EventBody]:
    require_open(case)
    require(case.state not in (State.PAUSED, State.SUSPENDED), "事项已暂停或挂账。")
    require_text(command.measures, "挂账期间的措施")
    require(command.until > attempt.at.date(), "挂账的解决日期应在今天之后。")
    return [ev.Suspended(measures=command.measures, until=command.until)]


@decides(do.EndSuspension, probe=lambda _c, _a: do.EndSuspension())
def end_suspension(case: Case, command: do.EndSuspension, attempt: Attempt) -> list[ev.EventBody]:
    require(case.state is State.SUSPENDED, "事项没有挂账。")
    return [ev.SuspensionEnded(note=command.note)]


@applies(ev.ExtensionAsked)
def extension_asked(case: Case, body: ev.ExtensionAsked, event: Recorded) -> Case:
    return replace(
        case,
        extension_request=ExtensionRequest(
            unit=body.unit,
            working_days=body.working_days,
            reason=body.reason,
            at=event.at,
        ),
    )


@applies(ev.ExtensionGranted)
def extension_granted(case: Case, body: ev.ExtensionGranted, event: Recorded) -> Case:
    return replace(with_clocks(case, body.clocks), extension_request=None)


@applies(ev.ExtensionRefused)
def extension_refused(case: Case, body: ev.ExtensionRefused, event: Recorded) -> Case:
    return replace(case, extension_request=None)


@applies(ev.Paused)
def paused(case: Case, body: ev.Paused, event: Recorded) -> Case:
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


@applies(ev.Resumed)
def resumed(case: Case, body: ev.Resumed, event: Recorded) -> Case:
    return replace(
        with_clocks(case, body.clocks),
        state=case.resume_state or State.HANDLING,
        resume_state=None,
        waiting=None,
    )


@applies(ev.Suspended)
def suspended(case: Case, body: ev.Suspended, event: Recorded) -> Case:
    return replace(
        case,
        state=State.SUSPENDED,
        resume_state=case.state,
        suspension=Suspension(measures=body.measures, until=body.until),
    )


@applies(ev.SuspensionEnded)
def suspension_ended(case: Case, body: ev.SuspensionEnded, event: Recorded) -> Case:
    return replace(
        case, state=case.resume_state or State.HANDLING, resume_state=None, suspension=None
    )


def resumption(case: Case, at: datetime, rules: Rules, note: str) -> ev.Resumed:
    """All paused clocks of the round run again from `at`."""
    return ev.Resumed(clocks=running_again(case, at, rules), note=note)
