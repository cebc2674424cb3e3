"""What a case looks like after a reply was written, approved, delivered, published, promised."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.applying import after, in_round
from cases.record import events as ev
from cases.record.case import Case, Delivery, Draft, Promise, Publication, State
from cases.record.events import Recorded

# -- reply -------------------------------------------------------------------


@after(ev.ReplyDrafted)
def _(case: Case, body: ev.ReplyDrafted, event: Recorded) -> Case:
    draft = Draft(
        number=body.number,
        text=body.text,
        by=event.actor.id,
        unit=body.unit,
        at=event.at,
        seq=event.seq,
    )
    return in_round(case, drafts=(*case.round.drafts, draft))


@after(ev.ReplyApproved)
def _(case: Case, body: ev.ReplyApproved, event: Recorded) -> Case:
    draft = case.draft(body.number)
    approvals = (*(draft.approvals if draft else ()), event.actor.id)
    return _with_draft(case, body.number, approvals=approvals, approved=body.final)


@after(ev.ReplyRejected)
def _(case: Case, body: ev.ReplyRejected, event: Recorded) -> Case:
    return _with_draft(case, body.number, rejected=body.reason, approved=False)


def _with_draft(case: Case, number: int, **changes: object) -> Case:
    drafts = tuple(replace(d, **changes) if d.number == number else d for d in case.round.drafts)
    return in_round(case, drafts=drafts)


@after(ev.ReplyDelivered)
def _(case: Case, body: ev.ReplyDelivered, event: Recorded) -> Case:
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


@after(ev.Published)
def _(case: Case, body: ev.Published, event: Recorded) -> Case:
    return replace(case, publication=Publication(at=event.at, where=body.where))


@after(ev.PublicationDeclined)
def _(case: Case, body: ev.PublicationDeclined, event: Recorded) -> Case:
    return replace(case, publication=Publication(at=event.at, declined=body.reason))


# -- promises ----------------------------------------------------------------


@after(ev.PromiseRecorded)
def _(case: Case, body: ev.PromiseRecorded, event: Recorded) -> Case:
    promise = Promise(
        number=body.number, text=body.text, due=body.due, owner=body.owner, at=event.at
    )
    return replace(case, promises=(*case.promises, promise))


@after(ev.PromiseVerified)
def _(case: Case, body: ev.PromiseVerified, event: Recorded) -> Case:
    return _with_promise(
        case, body.number, kept=body.kept, evidence=body.evidence, verified_by=event.actor.id
    )


@after(ev.PromisePublished)
def _(case: Case, body: ev.PromisePublished, event: Recorded) -> Case:
    return _with_promise(case, body.number, published=body.where)


def _with_promise(case: Case, number: int, **changes: object) -> Case:
    return replace(
        case,
        promises=tuple(replace(p, **changes) if p.number == number else p for p in case.promises),
    )
