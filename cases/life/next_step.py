"""What a person should do next with a case: at most one thing, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from cases.life.pressure import open_pressures
from cases.life.reply import approved_draft, next_level, waiting_draft
from cases.life.rules import Rules
from cases.life.urgent import waits_for_measure
from cases.record.case import Case, Draft, State
from cases.record.commands import Rung
from cases.record.disclosure import Wait
from cases.words.actors import Actor, Role


class NextStep(Struct, frozen=True):
    command: str
    """Name on the wire, as in `cases.life.handling.COMMANDS`."""
    words: str
    """What the button says."""


def next_step(case: Case, actor: Actor, rules: Rules, now: datetime) -> NextStep | None:
    """None when the next move is another person's, or nobody's."""
    steps = _STEPS.get(actor.role, _nothing)
    for step in steps(case, actor, rules, now):
        if rules.handling.allows(actor, step.command):
            return step
    return None


def may_review(case: Case, draft: Draft, actor: Actor, rules: Rules) -> bool:
    """Whether the draft waits for this person."""
    review = rules.handling.review
    if actor.id in draft.approvals or (actor.id == draft.by and not review.own_draft):
        return False
    if actor.role is Role.RESPONDER and actor.unit != case.unit:
        return False
    level = next_level(case, draft, review)
    return not level.roles or actor.role in level.roles


_Steps = Iterator[NextStep]


def _nothing(_case: Case, _actor: Actor, _rules: Rules, _now: datetime) -> _Steps:
    return iter(())


def _desk(case: Case, actor: Actor, rules: Rules, now: datetime) -> _Steps:
    if waits_for_measure(case):
        yield NextStep("hand_over", "移送紧急服务")
    if any(task.return_asked for task in case.tasks):
        yield NextStep("decide_return", "审批退回")
    if case.extension_request is not None:
        yield NextStep("decide_extension", "审批延期")
    if case.open and not case.dispatched:
        yield NextStep("assign", "派单")
    if case.state is State.PAUSED:
        yield _ends_wait(case)
        return
    if case.open:
        if approved_draft(case):
            yield NextStep("deliver", "发送答复")
        yield from _review(case, actor, rules)
        if _late(case, now) and not pressed_today(case, now):
            yield NextStep("press", "催办")
        return
    if case.state in (State.REPLIED, State.CLOSED):
        yield from _answered(case)


def _ends_wait(case: Case) -> NextStep:
    if case.waiting is None:
        return NextStep("resume", "恢复办理")
    if case.waiting.why is Wait.SUPPLEMENT:
        return NextStep("take_supplement", "收到补正")
    if case.waiting.why is Wait.FEE:
        noticed = case.waiting.until is not None
        return NextStep(*(("take_payment", "登记缴费") if noticed else ("fee_noticed", "登记送达")))
    return NextStep("end_consultation", "登记意见")


def _answered(case: Case) -> _Steps:
    if case.item.disclosure and case.outcome is None and case.state is State.REPLIED:
        yield NextStep("decide_disclosure", "登记答复结果")
    if case.round.deliveries and case.round.callback is None and not case.item.disclosure:
        yield NextStep("call_back", "回访")
    if case.state is State.REPLIED:
        yield NextStep("close", "办结")
    kept = case.confidential or case.item.not_public
    if case.publication is None and case.round.deliveries and not kept:
        yield NextStep("publish", "公开答复")


def _responder(case: Case, actor: Actor, rules: Rules, _now: datetime) -> _Steps:
    task = case.task(actor.unit)
    if task is None or task.return_asked:
        # Who asks to give a case back waits for the answer.
        return
    if case.open and (case.dispatched or not task.lead) and task.acknowledged_at is None:
        yield NextStep("acknowledge", "签收")
        return
    if not task.lead:
        if case.open and task.finished_at is None:
            yield NextStep("finish_share", "提交协办意见")
        return
    if case.open:
        if approved_draft(case):
            yield NextStep("deliver", "发送答复")
        yield from _review(case, actor, rules)
    if any(one.rung is not Rung.REMIND for one in open_pressures(case)):
        yield NextStep("report_on_pressure", "反馈督办")
    if any(one.reported_at is None for one in case.instructions):
        yield NextStep("report_on_instruction", "办理反馈")
    working = case.state is State.HANDLING
    if working and waiting_draft(case) is None and approved_draft(case) is None:
        yield NextStep("draft_reply", "起草答复")


def _reviewer(case: Case, actor: Actor, rules: Rules, _now: datetime) -> _Steps:
    if case.open or case.state is State.REPLIED:
        yield from _review(case, actor, rules)


def _leader(case: Case, actor: Actor, rules: Rules, _now: datetime) -> _Steps:
    if case.open:
        if rules.handling.review.named(disclosure=case.item.disclosure):
            yield from _review(case, actor, rules)
        yield NextStep("instruct", "批示")


def _review(case: Case, actor: Actor, rules: Rules) -> _Steps:
    draft = waiting_draft(case)
    if draft and may_review(case, draft, actor, rules):
        level = next_level(case, draft, rules.handling.review)
        yield NextStep("approve_reply", level.name)


def _late(case: Case, now: datetime) -> bool:
    """On the day a clock of the unit ends, and after it."""
    clocks = [clock for clock in case.round.clocks if clock.paused_since is None]
    if case.round.acknowledged_at is not None:
        clocks = [clock for clock in clocks if clock.name != "acknowledge"]
    return any(clock.due_at.date() <= now.date() for clock in clocks)


def may_remind(case: Case, now: datetime) -> bool:
    """Whether the desk should be offered to remind the unit: it has not acknowledged the case, or
    a date of its own ends today or is past, and nobody has pressed today."""
    if not case.open or not case.dispatched or case.state is State.PAUSED:
        return False
    waits = case.round.acknowledged_at is None or _late(case, now)
    return waits and not pressed_today(case, now)


def pressed_today(case: Case, now: datetime) -> bool:
    """Whether a 催办 or more was sent today."""
    return any(one.at.date() == now.date() for one in case.pressures)


_STEPS = {
    Role.DESK: _desk,
    Role.RESPONDER: _responder,
    Role.REVIEWER: _reviewer,
    Role.LEADER: _leader,
}
