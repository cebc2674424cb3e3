"""How a reply stands on its way out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from desk.delivery.waiting import WaitingReply
from sinks.delivery.base import Delivery, NotTaken, Receipt, Unclear
from sinks.delivery.by_hand import ByHand
from sinks.delivery.log import DeliveryState, Stage
from sinks.delivery.template import places_named


class How(StrEnum):
    """How a reply stands on its way out."""

    READY = "ready"
    """One press sends it."""
    BY_HAND = "by_hand"
    """The source has no way back for programs: post it there, then record the proof."""
    SENDING = "sending"
    SENT = "sent"
    WAITING = "waiting"
    """Refused for now; it is tried again by itself."""
    FAILED = "failed"
    UNCLEAR = "unclear"
    """Perhaps delivered: a person finds out."""


class ReplyStanding(Struct, frozen=True, kw_only=True):
    how: How
    door: str
    detail: str = ""
    """Plain Chinese."""
    since: datetime | None = None
    next_at: datetime | None = None
    tries: int = 0
    fields: tuple[str, ...] = ()
    """What the platform's form asks for besides the text."""


def reply_standing(
    door: Delivery, state: DeliveryState | None, waiting: WaitingReply | None
) -> ReplyStanding:
    """`state`: as the log of deliveries has it; `waiting`: what is still to be tried."""
    by_hand = isinstance(door, ByHand)
    if state is None:
        how = How.SENDING if waiting else How.BY_HAND if by_hand else How.READY
        where = door.where if isinstance(door, ByHand) else ""
        return ReplyStanding(how=how, door=door.name, detail=where, fields=fields_of(door))
    outcome = state.outcome
    detail = ""
    if isinstance(outcome, Receipt):
        how, detail = How.SENT, " ".join(p for p in (outcome.reference, outcome.proof) if p)
    elif isinstance(outcome, Unclear):
        how, detail = How.UNCLEAR, outcome.detail
    elif isinstance(outcome, NotTaken):
        how = How.WAITING if waiting else How.FAILED
        detail = outcome.detail
    elif state.stage is Stage.INTENT and waiting:
        how = How.SENDING
    else:
        how, detail = How.UNCLEAR, "上次发送中断，没有结果：请到平台核实是否已经送达。"
    return ReplyStanding(
        how=how,
        door=state.door,
        detail=detail,
        since=state.since,
        next_at=waiting.next_at if waiting and how is How.WAITING else None,
        tries=state.attempts,
        fields=fields_of(door),
    )


def fields_of(door: Delivery) -> tuple[str, ...]:
    """What the form of this door asks a person for besides the text."""
    payload = getattr(door, "payload", None)
    return places_named(payload, "field") if payload is not None else ()
