"""Send a reply at most once: intent, delivery, outcome, in this order and no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sinks.delivery.base import Delivery, NotTaken, Outcome, Outgoing, Receipt, Unclear
from sinks.delivery.log import DeliveryLog, Stage

log = logging.getLogger(__name__)


def deliver_once(
    door: Delivery, outgoing: Outgoing, record: DeliveryLog, *, clock: Callable[[], datetime]
) -> Outcome:
    """Deliver, unless this reply was delivered before or may have been.

    A reply that was delivered gives its receipt again. A crash at any point leaves either
    nothing (no intent: it may be tried), a clear outcome, or an intent without one, which
    `DeliveryLog.unclear` shows to a person.
    """
    now = clock()
    attempt = record.record_intent(
        outgoing.delivery_id, case_id=outgoing.case_id, door=door.name, now=now
    )
    if not attempt:
        return _known(record, outgoing.delivery_id)
    try:
        outcome = door.deliver(outgoing, now=now)
    except Exception as error:  # noqa: BLE001  it may have been sent before this happened
        # The text of the error may quote the letter or the server; its kind is enough.
        log.error("送达 %s 时程序出错：%s", outgoing.delivery_id, type(error).__name__)  # noqa: TRY400
        outcome = Unclear(detail=f"发送时程序出错（{type(error).__name__}），不能确定是否已送达")
    record.record_outcome(outgoing.delivery_id, attempt, outcome, now=clock())
    return outcome


def _known(record: DeliveryLog, delivery_id: str) -> Outcome:
    state = record.state(delivery_id)
    if state is None:
        raise RuntimeError(f"the delivery log refused {delivery_id} and knows nothing of it")
    if isinstance(state.outcome, Receipt | NotTaken | Unclear):
        return state.outcome
    if state.stage is Stage.INTENT:
        return Unclear(detail=f"自 {state.since:%m-%d %H:%M} 起正在送达，或上次送达中断，尚无结果")
    raise RuntimeError(f"delivery {delivery_id} is at {state.stage} without an outcome")
