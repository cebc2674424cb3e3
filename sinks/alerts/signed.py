"""Signed JSON to a receiver that answers by its status: a webhook, a gateway for short messages.

The signature is HMAC-SHA256 in hexadecimal over timestamp, "." and body, as our own receiver of
pushes checks it (docs/sources/webhook.md).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from sinks.alerts.base import (
    RATE_LIMITED,
    Answer,
    LostAnswer,
    NotPosted,
    Outcome,
    Post,
    Unclear,
    Unsent,
)


class Receiver(Struct, frozen=True, kw_only=True):
    """Where it goes, and how people speak of it."""

    url: str
    secret: str
    called: str = "对方"
    sent: str = "消息"
    unclear: str = ""
    """What to do where it is not known whether it arrived; "" where it is sent again."""


def sign(key: str, timestamp: str, body: bytes) -> str:
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post_signed(
    send: Post,
    to: Receiver,
    payload: Mapping[str, object],
    headers: Mapping[str, str],
    now: datetime,
) -> Answer | Outcome:
    """The answer of a receiver that took it; else what became of the message."""
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    stamp = str(int(now.timestamp()))
    signed = {
        "content-type": "application/json; charset=utf-8",
        **headers,
        "x-timestamp": stamp,
        "x-signature": sign(to.secret, stamp, body),
    }
    try:
        answer = send(to.url, body, signed)
    except NotPosted as error:
        return Unsent(reason="unreachable", detail=str(error), retry=error.retry)
    except LostAnswer as error:
        return Unclear(detail=f"{to.sent}已交出，但没有收到完整的回答（{error}）{to.unclear}")
    return answer if 200 <= answer.status < 300 else _refused(answer, to)


def _refused(answer: Answer, to: Receiver) -> Outcome:
    status = answer.status
    if status == 429:
        wait = answer.retry_after or 60.0
        detail = f"{to.called}限流（HTTP 429），{wait:.0f} 秒后再发"
        return Unsent(reason=RATE_LIMITED, detail=detail, retry=True, wait_seconds=wait)
    if status == 503:
        detail = f"{to.called}暂时不可用（HTTP 503）"
        return Unsent(reason="busy", detail=detail, retry=True, wait_seconds=answer.retry_after)
    if 300 <= status < 400:
        detail = f"地址要求跳转（HTTP {status}），没有跟随。请把配置中的 url 改为最终地址"
        return Unsent(reason="redirected", detail=detail, retry=False)
    if 400 <= status < 500 and status != 408:
        detail = f"{to.called}拒绝接收（HTTP {status}）。请核对 url 和签名密钥"
        return Unsent(reason="rejected", detail=detail, retry=False)
    return Unclear(detail=f"{to.called}出错（HTTP {status}）{to.unclear}")
