"""Signed JSON to a server of the county's own, and what the status of its answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from sinks.alerts.base import (
    RATE_LIMITED,
    Answer,
    LostAnswer,
    NotPosted,
    Outcome,
    Post,
    Sent,
    Unclear,
    Unsent,
)


def sign(key: str, timestamp: str, body: bytes) -> str:
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post_signed(
    send: Post,
    url: str,
    payload: Mapping[str, object],
    secret: str,
    now: datetime,
    headers: Mapping[str, str],
) -> Answer | Unsent | Unclear:
    """Posts `payload` as JSON with the signature beside `headers`; gives the answer, or what became
    of a message that got none. `now`: the machine's time."""
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    stamp = str(int(now.timestamp()))
    signed = {
        "content-type": "application/json; charset=utf-8",
        **headers,
        "x-timestamp": stamp,
        "x-signature": sign(secret, stamp, body),
    }
    try:
        return send(url, body, signed)
    except NotPosted as error:
        return Unsent(reason="unreachable", detail=str(error), retry=error.retry)
    except LostAnswer as error:
        return Unclear(detail=f"消息已交出，但没有收到完整的回答（{error}）。请到对方系统核对")


def judge(answer: Answer) -> Outcome:
    """By the status alone."""
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
        return Unclear(detail=f"对方服务器出错（HTTP {status}）。请到对方系统核对")
    if 300 <= status < 400:
        detail = f"地址要求跳转（HTTP {status}），没有跟随。请把配置中的 url 改为最终地址"
        return Unsent(reason="redirected", detail=detail, retry=False)
    detail = f"对方拒绝接收（HTTP {status}）。请核对 url 和签名密钥"
    return Unsent(reason="rejected", detail=detail, retry=False)
