"""答复 of a case: what was written and sent, what waits, and what this person does next."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cases.life.available_actions import AvailableAction
from cases.life.handling import ReviewLevel
from cases.life.next_step import may_review
from cases.life.reply import approved_draft, waiting_draft
from cases.privacy.visibility import Eyes
from cases.record.case import Case, Delivery, Draft
from cases.words.actors import Actor
from cases.words.doors import door_word
from classifiers.reply.promises import find_promises
from classifiers.reply.secrecy import SecrecyTable
from desk.actions.reply_flow import (
    STANDARD_POINTS,
    ForReview,
    FoundPromise,
    for_review,
    promises_in,
)
from desk.delivery.outbox import OutboxError, ReplyOutbox
from desk.delivery.standing import ReplyStanding
from desk.ground.context import DeskContext
from desk.http.draft_autosave import DraftAutosave
from desk.phrasing.page_text import shown

HIDDEN = "（保密件：说明理由、显示内容后可见）"


class Reply(Struct, frozen=True, kw_only=True):
    heading: str
    at: datetime | None
    text: str
    state: str
    note: str = ""
    """Why it was rejected; the proof of its delivery."""


class Review(Struct, frozen=True, kw_only=True):
    """For who may approve or reject."""

    number: int
    level: str
    points: tuple[str, ...]
    required: bool
    """Whether every point has to be ticked."""
    text: ForReview


class Writing(Struct, frozen=True, kw_only=True):
    """For who may write the reply."""

    text: str
    kept_at: datetime | None
    """When the text was kept that was typed and not submitted."""
    rejected: str
    """Why the last draft came back."""
    newer: bool
    """Another person has submitted a draft since this one was begun."""
    others: tuple[str, ...]
    """Who else is writing it at this moment, in words."""
    may_reason: bool
    """Whether this person may let personal data stand, with a reason."""


class Sending(Struct, frozen=True, kw_only=True):
    number: int
    text: str
    standing: ReplyStanding | None
    problem: str
    """Why the doors cannot be used."""
    may: bool


class Replies(Struct, frozen=True, kw_only=True):
    lines: tuple[Reply, ...]
    review: Review | None
    writing: Writing | None
    sending: Sending | None
    promises: tuple[FoundPromise, ...]
    """Found in the text, and not tracked yet."""


def replies(
    case: Case,
    actor: Actor,
    eyes: Eyes,
    may: dict[str, AvailableAction],
    office: DeskContext,
    table: SecrecyTable,
    now: datetime,
) -> Replies:
    def possible(name: str) -> bool:
        return name in may and may[name].possible

    waiting = waiting_draft(case)
    review = None
    if waiting and possible("approve_reply") and may_review(case, waiting, actor, office.rules):
        level = _level(waiting, _steps(case, office))
        review = _review(waiting, eyes, level, table)
    sending = _sending(case, eyes, office, may=possible("deliver"))
    shown_above = {one.number for one in (review, sending) if one}
    return Replies(
        lines=_lines(case, eyes, office, shown_above),
        review=review,
        writing=_writing(case, actor, eyes, office, now) if possible("draft_reply") else None,
        sending=sending,
        promises=_untracked(case, office, now)
        if possible("record_promise") and not eyes.withheld
        else (),
    )


# -- what was written --------------------------------------------------------


def _lines(case: Case, eyes: Eyes, office: DeskContext, left_out: set[int]) -> tuple[Reply, ...]:
    lines: list[Reply] = []
    steps = _steps(case, office)
    for round_ in case.rounds:
        name = f"第 {round_.number} 轮" if len(case.rounds) > 1 else ""
        sent = {one.draft for one in round_.deliveries} | left_out
        lines += [_delivered(one, name, eyes, office) for one in round_.deliveries]
        lines += [
            _draft(one, name, eyes, office, steps)
            for one in round_.drafts
            if one.number not in sent
        ]
    return tuple(lines)


def _delivered(sent: Delivery, round_name: str, eyes: Eyes, office: DeskContext) -> Reply:
    # What a source calls the unit is the source's text; units of our own are known.
    known = sent.unit in office.register
    who = office.register.name(sent.unit) if known else shown(eyes, sent.unit, by_office=True)
    proof = shown(eyes, sent.proof)
    return Reply(
        heading=" ".join(
            part for part in (round_name, f"答复（{who or door_word(sent.via)}）") if part
        ),
        at=sent.at,
        text=shown(eyes, sent.text, by_office=True, instead=HIDDEN),
        state="已答复群众" if sent.at else "已答复，来源没有可用的答复时间",
        note=f"经{door_word(sent.via)}送达。{proof}" if sent.draft else "",
    )


def _steps(case: Case, office: DeskContext) -> tuple[ReviewLevel, ...]:
    return office.rules.handling.review.steps_of(disclosure=case.item.disclosure)


def _draft(
    draft: Draft, round_name: str, eyes: Eyes, office: DeskContext, steps: tuple[ReviewLevel, ...]
) -> Reply:
    note = ""
    if draft.rejected:
        state, note = "已退改", f"退改理由：{shown(eyes, draft.rejected)}"
    elif draft.approved:
        state = "审核通过，待答复"
    else:
        state = f"待{_level(draft, steps).name}"
        if len(steps) > 1:
            state += f"（{len(draft.approvals) + 1}/{len(steps)}）"
    who = office.register.name(draft.unit) if draft.unit else "值班台"
    return Reply(
        heading=" ".join(part for part in (round_name, f"答复稿 {draft.number}（{who}）") if part),
        at=draft.at,
        text=shown(eyes, draft.text, by_office=True, instead=HIDDEN),
        state=state,
        note=note,
    )


def _level(draft: Draft, steps: tuple[ReviewLevel, ...]) -> ReviewLevel:
    return steps[min(len(draft.approvals), len(steps) - 1)]


# -- what waits --------------------------------------------------------------


def _review(draft: Draft, eyes: Eyes, level: ReviewLevel, table: SecrecyTable) -> Review:
    text = shown(eyes, draft.text, by_office=True)
    return Review(
        number=draft.number,
        level=level.name,
        points=level.checklist or STANDARD_POINTS,
        required=bool(level.checklist),
        text=for_review(text, table),
    )


def _writing(case: Case, actor: Actor, eyes: Eyes, office: DeskContext, now: datetime) -> Writing:
    typed = office.get(DraftAutosave)
    kept = typed.text(actor.id, case.case_id)
    last = case.round.drafts[-1] if case.round.drafts else None
    text = kept.text if kept else last.text if last and last.rejected else ""
    since = kept.seen if kept else case.seq
    return Writing(
        text=eyes.text(text, by_office=True) if eyes.withheld else text,
        kept_at=kept.at if kept else None,
        rejected=shown(eyes, last.rejected) if last else "",
        others=typed.others(actor.id, case.case_id, now),
        newer=any(d.seq > since and d.by != actor.id for d in case.round.drafts),
        may_reason=actor.role in office.rules.handling.review.personal_data_reason,
    )


def _sending(case: Case, eyes: Eyes, office: DeskContext, *, may: bool) -> Sending | None:
    draft = approved_draft(case)
    if draft is None or not (case.open or case.round.deliveries):
        return None
    text = shown(eyes, draft.text, by_office=True)
    try:
        standing = office.get(ReplyOutbox).standing(case, draft)
    except OutboxError as error:
        return Sending(number=draft.number, text=text, standing=None, problem=str(error), may=may)
    return Sending(number=draft.number, text=text, standing=standing, problem="", may=may)


def _untracked(case: Case, office: DeskContext, now: datetime) -> tuple[FoundPromise, ...]:
    """Of the draft that waits or was approved, else of the last delivery."""
    draft = waiting_draft(case) or approved_draft(case)
    texts = [(draft.text, draft.at)] if draft else []
    texts += [(d.text, d.at) for d in case.round.deliveries[-1:] if d.at and not draft]
    for text, at in texts:
        found = promises_in(case, find_promises(text, at.date()), at.date(), office.rules)
        return tuple(one for one in found if one.due >= now.date())
    return ()
