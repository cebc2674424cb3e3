"""Messages to the platform above go out at most once, and the case learns what became of them.

As with replies: an intent is written before anything is sent; what is refused for now is tried
again with growing pauses, what is unclear is for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cases.record.case import Case, PlatformMessage
from cases.record.commands import NotePlatform
from cases.record.messages import Action
from cases.record.platform import Sent
from cases.words.actors import SYSTEM
from sinks.delivery.base import NotTaken, Outcome, Receipt
from sinks.delivery.log import GRACE, PAUSES, DeliveryState, SqliteDeliveryLog, Stage
from sinks.delivery.once import deliver_once
from sinks.delivery.platform import Platforms, message_id, outgoing
from streams.deliver_reply import OutwardStore


def send_due(
    store: OutwardStore,
    case: Case,
    platforms: Platforms,
    log: SqliteDeliveryLog,
    clock: Callable[[], datetime],
) -> datetime | None:
    """Sends what waits of this case and tells the case; gives when something of it is due again.

    Raises what the runtime raises when it cannot store."""
    later: list[datetime] = []
    for message in case.upward:
        if message.sent is Sent.UNCLEAR:
            _settled(store, case, message, log, clock())
        elif message.sent is Sent.WAITS:
            again = _send(store, case, message, platforms, log, clock)
            later += [again] if again else []
    return min(later, default=None)


def _send(
    store: OutwardStore,
    case: Case,
    message: PlatformMessage,
    platforms: Platforms,
    log: SqliteDeliveryLog,
    clock: Callable[[], datetime],
) -> datetime | None:
    now = clock()
    state = log.state(message_id(case.case_id, message))
    if state is not None:
        due = _due(state)
        if due is not None and now < due:
            return due
    door = platforms.door(case.item.source, message.what)
    if door is None:
        text = "配置里已没有发送它的表，请在平台上办理"
        _tell(store, case, message, Sent.FAILED, text, now)
        return None
    options = platforms.options[case.item.source]
    outcome = deliver_once(door, outgoing(case, message, options), log, clock=clock)
    state = log.state(message_id(case.case_id, message))
    tries = state.attempts if state else 1
    if isinstance(outcome, NotTaken) and outcome.retry and tries <= len(PAUSES):
        return now + PAUSES[tries - 1]
    under_way = state is not None and state.stage is Stage.INTENT
    if state is not None and under_way and now - state.since < GRACE:
        # Another process is sending it, or died in the middle: unclear only after a while.
        return state.since + GRACE
    _tell(store, case, message, *_result(outcome), now)
    return None


def _due(state: DeliveryState) -> datetime | None:
    """When a message that was refused for now is tried again."""
    if isinstance(state.outcome, NotTaken) and state.outcome.retry:
        return state.since + PAUSES[min(state.attempts, len(PAUSES)) - 1]
    return None


def _result(outcome: Outcome) -> tuple[Sent, str]:
    if isinstance(outcome, Receipt):
        return Sent.TAKEN, " ".join(part for part in (outcome.reference, outcome.proof) if part)
    return (Sent.FAILED if isinstance(outcome, NotTaken) else Sent.UNCLEAR), outcome.detail


def _settled(
    store: OutwardStore,
    case: Case,
    message: PlatformMessage,
    log: SqliteDeliveryLog,
    now: datetime,
) -> None:
    """A person has found out what became of it, or a receipt came late."""
    state = log.state(message_id(case.case_id, message))
    if state is not None and isinstance(state.outcome, Receipt | NotTaken):
        _tell(store, case, message, *_result(state.outcome), now)


def _tell(
    store: OutwardStore,
    case: Case,
    message: PlatformMessage,
    sent: Sent,
    detail: str,
    now: datetime,
) -> None:
    store.act(
        Action(
            message_id=f"a-{message_id(case.case_id, message)}-{sent}",
            case_id=case.case_id,
            actor=SYSTEM,
            command=NotePlatform(number=message.number, sent=sent, detail=detail),
            at=now,
        )
    )
