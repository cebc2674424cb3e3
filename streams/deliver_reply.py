"""An approved reply goes out by the citizen's own door, and the case learns of it.

Sending and recording are two things, and the program may die between them. The
delivery log remembers the receipt, and the action that tells the case carries the
delivery's id, so the next sender tells it again and it counts once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from cases.life.decide import Rules, decide
from cases.record import events as ev
from cases.record.case import Case, Draft
from cases.record.commands import Deliver
from cases.record.messages import Action
from cases.words.actors import Actor
from sinks.delivery.base import Delivery, Outcome, Outgoing, Receipt, delivery_id
from sinks.delivery.by_hand import record_by_hand
from sinks.delivery.log import DeliveryLog
from sinks.delivery.once import deliver_once


class OutwardStore(Protocol):
    """What a delivery needs of a runtime."""

    def case(self, case_id: str) -> Case | None: ...

    def act(self, action: Action) -> None:
        """Stores the action; once it returns, it will be carried out."""
        ...


class NotSent(Exception):
    """Nothing was sent; the text says why, for who tried."""


class Sent(Struct, frozen=True, kw_only=True):
    delivery_id: str
    outcome: Outcome


class GivenByHand(Struct, frozen=True):
    """A reply that a person gave at the source."""

    proof: str
    """Number of a screenshot, address of the page, receipt of the platform."""
    at: datetime


def deliver_reply(
    store: OutwardStore,
    door: Delivery,
    log: DeliveryLog,
    rules: Rules,
    *,
    case_id: str,
    draft: int,
    actor: Actor,
    clock: Callable[[], datetime],
    fields: dict[str, str] | None = None,
) -> Sent:
    """Sends draft number `draft` of a case to the citizen, at most once, and records it.

    Raises `NotSent` when the case, in its state, does not allow it: asked before
    anything leaves the house.
    """
    outgoing = _outgoing(store, rules, case_id, draft, actor, clock(), fields=fields)
    outcome = deliver_once(door, outgoing, log, clock=clock)
    if isinstance(outcome, Receipt):
        record_receipt(store, case_id, draft, actor, outgoing.delivery_id, outcome)
    return Sent(delivery_id=outgoing.delivery_id, outcome=outcome)


def record_reply(
    store: OutwardStore,
    door: Delivery,
    log: DeliveryLog,
    rules: Rules,
    *,
    case_id: str,
    draft: int,
    actor: Actor,
    given: GivenByHand,
    now: datetime,
) -> Sent:
    """Records that a person gave this reply at the source. Nothing is sent, and from now
    on nothing will be.

    Raises `NotSent`, and `SettleError` without proof or when it was delivered already."""
    outgoing = _outgoing(store, rules, case_id, draft, actor, now, at=given.at)
    by = actor.name or actor.id
    receipt = record_by_hand(outgoing, log, door=door.name, by=by, proof=given.proof, at=given.at)
    record_receipt(store, case_id, draft, actor, outgoing.delivery_id, receipt)
    return Sent(delivery_id=outgoing.delivery_id, outcome=receipt)


def _outgoing(
    store: OutwardStore,
    rules: Rules,
    case_id: str,
    draft: int,
    actor: Actor,
    now: datetime,
    *,
    at: datetime | None = None,
    fields: dict[str, str] | None = None,
) -> Outgoing:
    case, text = allowed(store, rules, case_id, draft, actor, now, at)
    return Outgoing(
        delivery_id=delivery_id(case_id, text.seq),
        item=case.item,
        text=text.text,
        at=now,
        unit=case.unit,
        state=case.state_words,
        fields=fields or {},
    )


def allowed(
    store: OutwardStore,
    rules: Rules,
    case_id: str,
    draft: int,
    actor: Actor,
    now: datetime,
    at: datetime | None = None,
) -> tuple[Case, Draft]:
    """The case and the draft, if the decider would accept now that it was delivered at
    `at` (now, if not given).

    Raises `NotSent`."""
    case = store.case(case_id)
    if case is None:
        raise NotSent(f"没有编号为 {case_id} 的事项。")
    question = Action(
        message_id="?",
        case_id=case_id,
        actor=actor,
        command=Deliver(draft=draft, via="?", at=at),
        at=now,
    )
    for event in decide(case, question, now, rules):
        if isinstance(event.body, ev.ActionRefused):
            raise NotSent(event.body.reason)
    found = case.draft(draft)
    if found is None:
        raise NotSent(f"本轮没有第 {draft} 号答复稿。")
    return case, found


def action_id(sent: str) -> str:
    """The id of the action that tells a case of this delivery."""
    return f"a-{sent}"


def record_receipt(
    store: OutwardStore, case_id: str, draft: int, actor: Actor, sent: str, receipt: Receipt
) -> None:
    """Tells the case that the citizen has the reply. Telling it twice is telling it once."""
    store.act(
        Action(
            message_id=action_id(sent),
            case_id=case_id,
            actor=actor,
            command=Deliver(
                draft=draft,
                via=receipt.via,
                proof=" ".join(part for part in (receipt.reference, receipt.proof) if part),
                at=receipt.at,
            ),
            at=receipt.at,
        )
    )
