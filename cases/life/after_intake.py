"""What a case looks like after its source has shown something."""

from __future__ import annotations

from msgspec.structs import replace

from cases.life.after_reply import delivered
from cases.life.applying import after, ended, in_round
from cases.record import events as ev
from cases.record.case import CallBackResult, Case, Delivery, Round, State, unique
from cases.record.events import Recorded
from cases.record.item import SourceReply


def opened(body: ev.CaseOpened, event: Recorded) -> Case:
    return Case(
        case_id=event.case_id,
        item=body.item,
        version=body.version,
        versions=1,
        received_at=body.item.received_at,
        opened_at=event.at,
        labels=body.labels,
        state=State.RECEIVED,
        rounds=(
            Round(number=1, started_at=min(body.item.received_at, event.at), clocks=body.clocks),
        ),
        confidential=body.item.confidential,
        notes=body.notes,
    )


@after(ev.VersionSeen)
def _(case: Case, body: ev.VersionSeen, event: Recorded) -> Case:
    return replace(
        case,
        item=body.item,
        version=body.version,
        versions=case.versions + 1,
        labels=body.labels or case.labels,
        # Secrecy asked for once is not taken back by a later export.
        confidential=case.confidential or body.item.confidential,
        notes=unique((*case.notes, *body.item.notes)),
    )


@after(ev.ReplySeenAtSource)
def _(case: Case, body: ev.ReplySeenAtSource, event: Recorded) -> Case:
    reply: SourceReply = body.reply
    case = replace(case, notes=unique((*case.notes, *body.notes)))
    return delivered(
        case, Delivery(text=reply.text, at=reply.at, via=case.item.channel, unit=reply.unit)
    )


@after(ev.ClosedAtSource)
def _(case: Case, body: ev.ClosedAtSource, event: Recorded) -> Case:
    changes: dict[str, object] = {"closed_at": body.at}
    if not case.round.deliveries:
        changes["exception"] = "来源平台已办结，未提供答复内容"
    if body.resolved is not None or body.satisfied is not None:
        changes["callback"] = CallBackResult(
            resolved=body.resolved, satisfied=body.satisfied, at=body.at, note="来源平台回访"
        )
    return ended(in_round(case, **changes), State.CLOSED)


@after(ev.WithdrawnAtSource)
def _(case: Case, body: ev.WithdrawnAtSource, event: Recorded) -> Case:
    return replace(case, item=replace(case.item, withdrawn=True))
