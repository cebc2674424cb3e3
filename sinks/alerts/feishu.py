"""飞书 group robots.

Signed: `timestamp` (seconds) and `sign` stand in the body; `sign` is HMAC-SHA256 over nothing,
with timestamp, line end and secret as the key, base64. 100 messages a minute and 5 a second; a body
holds 20 KB. A robot cannot call people by their mobile number: they are named.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from sinks.alerts import wording
from sinks.alerts.answers import Codes, post
from sinks.alerts.base import Limit, Message, Outcome
from sinks.alerts.robot import Robot

MOST_BYTES: Final = 15_000
"""Of the text; quotes and line ends grow in the body of 20 KB."""
_CODES: Final = Codes(
    # Older robots answer with StatusCode alone.
    fields=("code", "StatusCode"),
    message="msg",
    limited={11232: 60.0, 99991400: 60.0},
    words={
        19021: "签名没有通过：请核对签名密钥，并校准本机时间（相差不能超过一小时）",
        19022: "本机的出口地址不在机器人的 IP 白名单里，请加入",
        19024: "安全设置的关键词没有出现：请把关键词设为“回音”",
        19001: "机器人地址无效，请从群设置里重新复制",
        9499: "请求格式不被接受，请升级程序",
    },
)


def sign(secret: str, seconds: int) -> str:
    key = f"{seconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


class Feishu(Robot):
    """One robot."""

    most_bytes = MOST_BYTES

    def send(self, message: Message, *, now: datetime) -> Outcome:
        lines = [wording.heading(message), *wording.body(message), wording.duty(message)]
        payload: dict[str, object] = {}
        if self._secret:
            stamp = int(now.timestamp())
            payload = {"timestamp": str(stamp), "sign": sign(self._secret, stamp)}
        text = wording.cut("\n".join(filter(None, lines)), MOST_BYTES)
        payload |= {"msg_type": "text", "content": {"text": text}}
        return post(self._post, self._address, payload, _CODES)


LIMITS: Final = (Limit(100, timedelta(minutes=1)), Limit(5, timedelta(seconds=1)))
