"""What follows when a person answers: drafts, review, delivery, publication,
promises, call-back, closing and reopening."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.handling import HandlingRules, Review, ReviewLevel
from cases.life.on_observation import resumed
from cases.life.registry import (
    Attempt,
    on,
    require,
    require_lead,
    require_not_ended,
    require_text,
)
from cases.life.rules import NotAllowed, clocks_for
from cases.privacy.reply_text import personal_data_in
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import ENDED_STATES, STATE_WORDS, Case, Draft, State
from cases.record.disclosure import Result
from cases.words.actors import Actor, Role


@on(do.DraftReply)
def _(case: Case, command: do.DraftReply, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    require_text(command.text, "答复内容")
    require_lead(case, attempt.actor)
    if command.base_seq is not None:
        newer = next(
            (d for d in case.round.drafts if d.seq > command.base_seq and d.by != attempt.actor.id),
            None,
        )
        require(
            newer is None,
            "您编辑期间，他人提交了新的答复稿；您的文字没有保存为新稿，请对照后再提交。",
        )
    reason = command.personal_data_reason.strip()
    check_personal_data(case, command.text, reason, attempt)
    number = sum(len(round_.drafts) for round_ in case.rounds) + 1
    return [
        ev.ReplyDrafted(
            number=number,
            text=command.text,
            unit=attempt.actor.unit,
            personal_data_reason=reason,
        )
    ]


def check_personal_data(case: Case, text: str, reason: str, attempt: Attempt) -> None:
    found = personal_data_in(text, case.item)
    if not found:
        return
    kinds = "、".join(dict.fromkeys(span.kind.value for span in found))
    may = attempt.rules.handling.review.personal_data_reason
    require(
        attempt.actor.role in may or attempt.actor.role is Role.SYSTEM,
        f"答复中有个人信息（{kinds}），请删去后再提交；确需保留的，请联系值班台说明理由。",
    )
    require(reason, f"答复中有个人信息（{kinds}），请删去，或写明必须保留的理由。")


def _draft(case: Case, number: int) -> Draft:
    draft = case.draft(number)
    if draft is None:
        raise NotAllowed(f"本轮没有第 {number} 号答复稿。")
    require(not draft.rejected, f"第 {number} 号答复稿已被退改，请另拟新稿。")
    return draft


def next_level(case: Case, draft: Draft, review: Review) -> ReviewLevel:
    """The level that the draft waits for; the last one where the office has dropped levels
    since."""
    steps = review.steps_of(disclosure=case.item.disclosure)
    return steps[min(len(draft.approvals), len(steps) - 1)]


def require_level(case: Case, level: ReviewLevel, actor: Actor, handling: HandlingRules) -> None:
    """本单位审签 is the lead unit's business, every other level its own role's; a level that
    names no role is for those whom [may] lets approve."""
    by_role = (
        actor.role in level.roles
        if level.roles
        else "approve_reply" in handling.may.get(actor.role, frozenset())
    )
    require(
        by_role or actor.role is Role.SYSTEM,
        f"此稿正在等待“{level.name}”，请由该环节的人员审核。",
    )
    require_lead(case, actor)


@on(do.ApproveReply)
def _(case: Case, command: do.ApproveReply, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    draft = _draft(case, command.draft)
    review = attempt.rules.handling.review
    require(not draft.approved, f"第 {draft.number} 号答复稿已审核通过。")
    require(attempt.actor.id not in draft.approvals, "您已审核过此稿，请由另一人审核。")
    require(review.own_draft or attempt.actor.id != draft.by, "不能审核自己拟的答复稿。")
    step = next_level(case, draft, review)
    require_level(case, step, attempt.actor, attempt.rules.handling)
    missing = [point for point in step.checklist if point not in command.checklist]
    require(not missing, f"审核要点还没有确认：{'、'.join(missing)}。")
    level = len(draft.approvals) + 1
    return [
        ev.ReplyApproved(
            number=draft.number,
            level=level,
            final=level >= len(review.steps_of(disclosure=case.item.disclosure)),
            name=step.name if review.named(disclosure=case.item.disclosure) else "",
            checklist=command.checklist,
            note=command.note,
        )
    ]


@on(do.RejectReply)
def _(case: Case, command: do.RejectReply, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    draft = _draft(case, command.draft)
    require_text(command.reason, "退改的理由")
    require_lead(case, attempt.actor)
    delivered = any(d.draft == draft.number for d in case.round.deliveries)
    require(not delivered, "此稿已经答复群众，不能再退改。")
    return [ev.ReplyRejected(number=draft.number, reason=command.reason)]


@on(do.Deliver)
def _(case: Case, command: do.Deliver, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    require_lead(case, attempt.actor)
    draft = _draft(case, command.draft)
    require(draft.approved, f"第 {draft.number} 号答复稿还没有审核通过（先审后发）。")
    require_text(command.via, "答复渠道")
    already = any(d.draft == draft.number for d in case.round.deliveries)
    require(not already, f"第 {draft.number} 号答复稿已经答复群众。")
    at = command.at or attempt.at
    require(at <= attempt.at, "答复时间不能在将来。")
    require(at >= case.round.started_at, "答复时间不能早于本轮受理时间。")
    bodies: list[ev.EventBody] = []
    if case.state is State.PAUSED:
        bodies.append(resumed(case, at, attempt.rules, "已答复"))
    bodies.append(
        ev.ReplyDelivered(
            number=draft.number, text=draft.text, at=at, via=command.via, proof=command.proof
        )
    )
    return bodies


@on(do.Publish)
def _(case: Case, command: do.Publish, attempt: Attempt) -> list[ev.EventBody]:
    require(not case.confidential, "保密件不得公开。")
    require(any(r.deliveries for r in case.rounds), "还没有答复群众，不能公开。")
    if case.publication is not None and case.publication.where:
        new = case.publication.at < case.round.started_at and case.round.deliveries
        require(new, "此件已经公开，之后没有新的答复。")
    require_text(command.where, "公开的位置")
    return [ev.Published(where=command.where)]


@on(do.DeclinePublication)
def _(case: Case, command: do.DeclinePublication, attempt: Attempt) -> list[ev.EventBody]:
    require(case.publication is None, "此件的公开情况已经登记。")
    require_text(command.reason, "不公开的理由")
    return [ev.PublicationDeclined(reason=command.reason)]


@on(do.RecordPromise)
def _(case: Case, command: do.RecordPromise, attempt: Attempt) -> list[ev.EventBody]:
    require(case.state not in (State.REFUSED, State.INVALID), "事项不予受理或无效，不能登记承诺。")
    require_lead(case, attempt.actor)
    require_text(command.text, "承诺事项")
    require(command.due >= attempt.at.date(), "承诺期限不能早于今天。")
    owner = command.owner or case.unit
    require(owner, "请先派单，或写明承诺单位。")
    number = len(case.promises) + 1
    return [ev.PromiseRecorded(number=number, text=command.text, due=command.due, owner=owner)]


@on(do.VerifyPromise)
def _(case: Case, command: do.VerifyPromise, attempt: Attempt) -> list[ev.EventBody]:
    promise = next((p for p in case.promises if p.number == command.number), None)
    if promise is None:
        raise NotAllowed(f"没有第 {command.number} 号承诺。")
    require_text(command.evidence, "核查依据")
    require(attempt.actor.unit != promise.owner, "承诺的兑现应由承诺单位以外的人核查。")
    return [ev.PromiseVerified(number=promise.number, kept=command.kept, evidence=command.evidence)]


@on(do.PublishPromise)
def _(case: Case, command: do.PublishPromise, attempt: Attempt) -> list[ev.EventBody]:
    promise = next((p for p in case.promises if p.number == command.number), None)
    if promise is None:
        raise NotAllowed(f"没有第 {command.number} 号承诺。")
    require(promise.kept is not None, "请先核查承诺是否兑现，再公开。")
    require(not case.confidential, "保密件不得公开。")
    require_text(command.where, "公开的位置")
    return [ev.PromisePublished(number=promise.number, where=command.where)]


@on(do.CallBack)
def _(case: Case, command: do.CallBack, attempt: Attempt) -> list[ev.EventBody]:
    require(
        case.round.deliveries and case.state in (State.REPLIED, State.CLOSED),
        "答复群众之后才能回访。",
    )
    bodies: list[ev.EventBody] = [
        ev.CalledBack(resolved=command.resolved, satisfied=command.satisfied, note=command.note)
    ]
    if command.satisfied is False:
        bodies.append(_new_round(case, "回访不满意", attempt))
    return bodies


def _new_round(case: Case, reason: str, attempt: Attempt) -> ev.RoundStarted:
    return ev.RoundStarted(
        number=case.round.number + 1,
        reason=reason,
        # The source set its date for the first round; the new one has the office's clocks.
        clocks=clocks_for(
            attempt.rules,
            replace(case.item, due_at=None),
            case.labels,
            started_at=attempt.at,
            detected_at=attempt.at,
            event_level=case.event_level,
        ),
    )


@on(do.Close)
def _(case: Case, command: do.Close, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    if case.item.disclosure:
        require(case.outcome is not None, "依申请公开请先登记答复结果，再办结。")
    if case.round.deliveries:
        if attempt.rules.handling.closing.needs_callback:
            require(case.round.callback is not None, "请先回访，再办结。")
        return [ev.Closed(note=command.note)]
    if case.outcome is not None and case.outcome.result is Result.ABANDONED:
        unpaid = case.fee is not None and case.fee.paid_at is None
        what = "未缴纳信息处理费" if unpaid else "不补正"
        exception = command.exception or f"申请人逾期{what}，视为放弃申请"
        return [ev.Closed(note=command.note, exception=exception)]
    require(
        command.exception.strip(),
        "还没有答复群众，不能办结。确属特殊情况的，请写明例外理由。",
    )
    return [ev.Closed(note=command.note, exception=command.exception)]


@on(do.Reopen)
def _(case: Case, command: do.Reopen, attempt: Attempt) -> list[ev.EventBody]:
    require(
        case.state in ENDED_STATES or case.state is State.REPLIED,
        f"事项{STATE_WORDS[case.state]}，无需重新打开。",
    )
    require_text(command.reason, "重新打开的理由")
    return [_new_round(case, command.reason, attempt)]
