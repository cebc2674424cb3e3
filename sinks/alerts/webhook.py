"""Any other program: signed JSON with an id.

The signature is HMAC-SHA256 in hexadecimal over timestamp, "." and body, as our own receiver
of pushes checks it (docs/sources/webhook.md). The id stays the same when a message is
repeated, so the receiver can drop what it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sinks.alerts.base import Answer, Limit, Line, Message, Outcome, Post
from sinks.alerts.signed import judge, post_signed
from sinks.alerts.wording import name_of, said, unit_of

_MOST_LINES: Final = 100
_NAMELESS: Final = "confidential"
"""Stands for every kind of alert about a case of which nothing is said outside."""


class Webhook:
    """One receiver. Any answer of the 200s is a receipt."""

    idempotent = True

    def __init__(
        self, name: str, url: str, post: Post, *, secret: str, limits: tuple[Limit, ...]
    ) -> None:
        self.name = name
        self.limits = limits
        self._url = url
        self._secret = secret
        self._post = post

    def fits(self, lines: Sequence[Line]) -> int:
        return max(1, min(len(lines), _MOST_LINES))

    def send(self, message: Message, *, now: datetime) -> Outcome:
        headers = {"x-huiyin-id": message.message_id}
        answer = post_signed(self._post, self._url, _payload(message), self._secret, now, headers)
        return judge(answer) if isinstance(answer, Answer) else answer


def _payload(message: Message) -> dict[str, object]:
    return {
        "id": message.message_id,
        "test": message.test,
        "at": message.at.isoformat(),
        "on_duty": list(message.names),
        "alerts": [_alert(line) for line in message.lines],
    }


def _alert(line: Line) -> dict[str, object]:
    alert = line.alert
    return {
        # The last part of an id is the kind; one event raises one alert.
        "id": alert.alert_id.rpartition(":")[0] if line.secret else alert.alert_id,
        "kind": _NAMELESS if line.secret else alert.kind.value,
        "name": name_of(line),
        "level": alert.level.value,
        "at": alert.at.isoformat(),
        "text": said(line),
        "case_id": alert.case_id,
        "unit": "" if line.secret else alert.unit,
        "unit_name": unit_of(line),
        "url": line.link,
    }


LIMITS: Final = (Limit(600, timedelta(minutes=1)),)
