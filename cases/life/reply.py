"""What follows when a person answers: drafts, review, delivery, publication."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.handling import HandlingRules, Review, ReviewLevel
from cases.life.reaching import reaches
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    applies,
    decides,
    in_round,
    require,
    require_lead,
    require_not_ended,
    require_text,
)
from cases.privacy.public_text import is_newer_than_released, left_in, replies_of
from cases.privacy.reply_text import personal_data_in
from cases.privacy.visibility import Sight, checked_item, sight_of
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import (
    Case,
    Delivery,
    Draft,
    Publication,
    State,
)
from cases.record.events import Recorded
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed


@decides(do.DraftReply, probe=lambda _c, _a: do.DraftReply(text=SOME_TEXT))
def draft_reply(case: Case, command: do.DraftReply, attempt: Attempt) -> list[ev.EventBody]:
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
    require(
        sight_of(case, attempt.actor) >= Sight.MASKED,
        "此件的内容对您不显示，不能起草答复，请由承办此件的人员起草。",
    )
    found = personal_data_in(text, checked_item(case, attempt.actor))
    if not found:
        return
    kinds = "、".join(dict.fromkeys(span.kind.value for span in found))
    may = attempt.rules.handling.review.personal_data_reason
    require(
        attempt.actor.role in may or attempt.actor.role is Role.SYSTEM,
        f"答复中有个人信息（{kinds}），请删去后再提交；确需保留的，请联系值班台说明理由。",
    )
    require(reason, f"答复中有个人信息（{kinds}），请删去，或写明必须保留的理由。")


def waiting_draft(case: Case) -> Draft | None:
    """The newest draft of the round that nobody has rejected, approved or sent."""
    last = case.round.drafts[-1] if case.round.drafts else None
    return last if last and not last.rejected and not last.approved else None


def approved_draft(case: Case) -> Draft | None:
    """The newest draft that may go out and has not."""
    sent = {delivery.draft for delivery in case.round.deliveries}
    ready = (d for d in reversed(case.round.drafts) if d.approved and d.number not in sent)
    return next(ready, None)


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


def _draft_to_review(case: Case) -> int:
    draft = waiting_draft(case)
    return draft.number if draft else 0


def _approve(case: Case, attempt: Attempt) -> do.ApproveReply:
    steps = attempt.rules.handling.review.steps_of(disclosure=case.item.disclosure)
    points = {p for step in steps for p in step.checklist}
    return do.ApproveReply(draft=_draft_to_review(case), checklist=tuple(points))


@decides(do.ApproveReply, probe=_approve)
def approve_reply(case: Case, command: do.ApproveReply, attempt: Attempt) -> list[ev.EventBody]:
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


def _reject(case: Case, _attempt: Attempt) -> do.RejectReply:
    ready = approved_draft(case)
    number = _draft_to_review(case) or (ready.number if ready else 0)
    return do.RejectReply(draft=number, reason=SOME_TEXT)


@decides(do.RejectReply, probe=_reject)
def reject_reply(case: Case, command: do.RejectReply, attempt: Attempt) -> list[ev.EventBody]:
    require_not_ended(case)
    draft = _draft(case, command.draft)
    require_text(command.reason, "退改的理由")
    require_lead(case, attempt.actor)
    delivered = any(d.draft == draft.number for d in case.round.deliveries)
    require(not delivered, "此稿已经答复群众，不能再退改。")
    return [ev.ReplyRejected(number=draft.number, reason=command.reason)]


def _deliver(case: Case, _attempt: Attempt) -> do.Deliver:
    last = case.round.drafts[-1].number if case.round.drafts else 0
    ready = approved_draft(case)
    return do.Deliver(draft=ready.number if ready else last, via=SOME_TEXT)


@decides(do.Deliver, probe=_deliver)
def deliver(case: Case, command: do.Deliver, attempt: Attempt) -> list[ev.EventBody]:
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
    return reaches(
        case,
        draft.number,
        draft.text,
        draft.rests_on,
        at=at,
        via=command.via,
        proof=command.proof,
        attempt=attempt,
    )


def _publish(case: Case, _attempt: Attempt) -> do.Publish:
    text = SOME_TEXT if is_newer_than_released(case) else ""
    return do.Publish(where=SOME_TEXT, text=text, reply=text)


@decides(do.Publish, probe=_publish)
def publish(case: Case, command: do.Publish, attempt: Attempt) -> list[ev.EventBody]:
    require(not case.confidential, "保密件不得公开。")
    require(not case.item.not_public, "来信人不愿公开，不得公开；请登记不公开的理由。")
    require(any(r.deliveries for r in case.rounds), "还没有答复群众，不能公开。")
    if case.publication is not None and case.publication.where:
        new = case.publication.at < case.round.started_at and case.round.deliveries
        released = command.text.strip() and is_newer_than_released(case)
        require(
            new or released,
            "此件已经公开，之后没有新的答复。要改公开的文字，请先撤回公开，再重新公开。",
        )
    require_text(command.where, "公开的位置")
    if not command.text.strip():
        require(
            not (command.reply.strip() or command.place.strip()),
            "公开文本缺少来信内容，请补上；只登记公开位置的，请把公开文本各栏都留空。",
        )
        return [ev.Published(where=command.where)]
    require_text(command.reply, "公开的答复")
    left = left_in(case, command.text, command.place, command.reply)
    kinds = "、".join(dict.fromkeys(span.kind.value for span in left))
    require(not left, f"公开文本中还有个人信息（{kinds}），请改成星号或删去后再公开。")
    return [
        ev.Published(
            where=command.where, text=command.text, place=command.place, reply=command.reply
        )
    ]


@decides(do.WithdrawPublication, probe=lambda _c, _a: do.WithdrawPublication())
def withdraw_publication(
    case: Case, command: do.WithdrawPublication, attempt: Attempt
) -> list[ev.EventBody]:
    public = case.publication is not None and case.publication.where
    require(public, "此件没有公开，无需撤回。")
    return [ev.PublicationWithdrawn(reason=command.reason)]


@decides(do.DeclinePublication, probe=lambda _c, _a: do.DeclinePublication(reason=SOME_TEXT))
def decline_publication(
    case: Case, command: do.DeclinePublication, attempt: Attempt
) -> list[ev.EventBody]:
    require(case.publication is None, "此件的公开情况已经登记。")
    require_text(command.reason, "不公开的理由")
    return [ev.PublicationDeclined(reason=command.reason)]


@applies(ev.ReplyDrafted)
def reply_drafted(case: Case, body: ev.ReplyDrafted, event: Recorded) -> Case:
    draft = Draft(
        number=body.number,
        text=body.text,
        by=event.actor.id,
        unit=body.unit,
        at=event.at,
        seq=event.seq,
        rests_on=body.rests_on,
    )
    return in_round(case, drafts=(*case.round.drafts, draft))


@applies(ev.ReplyApproved)
def reply_approved(case: Case, body: ev.ReplyApproved, event: Recorded) -> Case:
    draft = case.draft(body.number)
    approvals = (*(draft.approvals if draft else ()), event.actor.id)
    return _with_draft(case, body.number, approvals=approvals, approved=body.final)


@applies(ev.ReplyRejected)
def reply_rejected(case: Case, body: ev.ReplyRejected, event: Recorded) -> Case:
    return _with_draft(case, body.number, rejected=body.reason, approved=False)


def _with_draft(case: Case, number: int, **changes: object) -> Case:
    drafts = tuple(replace(d, **changes) if d.number == number else d for d in case.round.drafts)
    return in_round(case, drafts=drafts)


@applies(ev.ReplyDelivered)
def reply_delivered(case: Case, body: ev.ReplyDelivered, event: Recorded) -> Case:
    return delivered(
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


def delivered(case: Case, delivery: Delivery) -> Case:
    text = "".join(delivery.text.split())
    # A reply whose time the source shows only now is the same reply.
    others = tuple(
        d
        for d in case.round.deliveries
        if d.at is not None or d.draft or "".join(d.text.split()) != text
    )
    case = in_round(case, deliveries=(*others, delivery))
    if case.open:
        case = replace(case, state=State.REPLIED, resume_state=None, suspension=None, waiting=None)
    return case


@applies(ev.Published)
def published(case: Case, body: ev.Published, event: Recorded) -> Case:
    released = bool(body.text)
    return replace(
        case,
        publication=Publication(
            at=event.at,
            where=body.where,
            text=body.text,
            place=body.place,
            reply=body.reply,
            version=case.version if released else "",
            replies=replies_of(case) if released else 0,
        ),
    )


@applies(ev.PublicationWithdrawn)
def publication_withdrawn(case: Case, body: ev.PublicationWithdrawn, event: Recorded) -> Case:
    reason = body.reason or "已撤回公开"
    return replace(case, publication=Publication(at=event.at, declined=reason))


@applies(ev.PublicationDeclined)
def publication_declined(case: Case, body: ev.PublicationDeclined, event: Recorded) -> Case:
    return replace(case, publication=Publication(at=event.at, declined=body.reason))


# -- promises ----------------------------------------------------------------
