"""An alert that goes out though nothing can be written: the disk is full.

The book of alerts lies on that disk. So nothing remembers that it was sent, and the caller
sees to it that it is not sent too often.
"""

from __future__ import annotations

import logging
from datetime import datetime

from cases.alerts import Alert
from sinks.alerts.base import Line, Message, Outcome, Unclear, Unsent
from sinks.alerts.config import AlertSetup, Outlet

_log = logging.getLogger(__name__)


def send_unrecorded(alert: Alert, setup: AlertSetup, now: datetime, real: datetime) -> bool:
    """Sends by every channel of the alert's routes at once, quiet hours or not, and by the
    fallback of one that does not take it. True where some channel took it, or may have.

    `now`: the office's time, for the routes; `real`: the machine's."""
    message = Message(message_id=f"m-{alert.alert_id}", lines=(Line(alert=alert),), at=real)
    taken = False
    for way in setup.routing.plan(alert, now).ways:
        outlet: Outlet | None = setup.outlets[way.channel]
        asked: set[str] = {way.channel}
        while outlet is not None:
            outcome = _send(outlet, message, real)
            taken = taken or not isinstance(outcome, Unsent)
            follow = outlet.fallback if isinstance(outcome, Unsent) else ""
            outlet = setup.outlets.get(follow) if follow not in asked else None
            asked.add(follow)
    return taken


def _send(outlet: Outlet, message: Message, real: datetime) -> Outcome:
    try:
        return outlet.channel.send(message, now=real)
    except Exception as error:  # noqa: BLE001  the other channels are tried all the same
        # The text of the error may quote an address that holds a key.
        _log.error("告警发送时程序出错：%s", type(error).__name__)
        return Unclear(detail="发送时程序出错，不能确定是否已发出")
