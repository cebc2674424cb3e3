"""Any other program: signed JSON with an id.

The signature is HMAC-SHA256 in hexadecimal over timestamp, "." and body, as our own receiver
of pushes checks it (docs/sources/webhook.md). The id stays the same when a message is
repeated, so the receiver can drop what it has.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sinks.alerts.base import (
    RATE_LIMITED,
    Answer,
    Limit,
    Line,
    LostAnswer,
    Message,
    NotPosted,
    Outcome,
    Post,
    Sent,
    Unclear,
    Unsent,
)
from sinks.alerts.wording import name_of, said, unit_of

_MOST_LINES: Final = 100
_NAMELESS: Final = "confidential"
"""Stands for every kind of alert about a case of which nothing is said outside."""


def sign(key: str, timestamp: str, body: bytes) -> str:
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


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
        body = json.dumps(_payload(message), ensure_ascii=False).encode("utf-8", "replace")
        stamp = str(int(now.timestamp()))
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-huiyin-id": message.message_id,
            "x-timestamp": stamp,
            "x-signature": sign(self._secret, stamp, body),
        }
        try:
            return _judge(self._post(self._url, body, headers))
        except NotPosted as error:
            return Unsent(reason="unreachable", detail=str(error), retry=error.retry)
        except LostAnswer as error:
            return Unclear(detail=f"消息已交出，但没有收到完整的回答（{error}）")


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


def _judge(answer: Answer) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Sent(receipt=f"HTTP {status}")
    if status == 429:
        wait = answer.retry_after or 60.0
        detail = f"对方限流（HTTP 429），{wait:.0f} 秒后再发"
        return Unsent(reason=RATE_LIMITED, detail=detail, retry=True, wait_seconds=wait)
    if status == 503:
        detail = "对方服务器暂时不可用（HTTP 503）"
        return Unsent(reason="busy", detail=detail, retry=True, wait_seconds=answer.retry_after)
    if status >= 500 or status == 408:
        return Unclear(detail=f"对方服务器出错（HTTP {status}）")
    if 300 <= status < 400:
        detail = f"地址要求跳转（HTTP {status}），没有跟随。请把配置中的 url 改为最终地址"
        return Unsent(reason="redirected", detail=detail, retry=False)
    detail = f"对方拒绝接收（HTTP {status}）。请核对 url 和签名密钥"
    return Unsent(reason="rejected", detail=detail, retry=False)


LIMITS: Final = (Limit(600, timedelta(minutes=1)),)
