"""钉钉 group robots.

Signed: `timestamp` (milliseconds) and `sign` join the address; `sign` is HMAC-SHA256 with the
secret as key over timestamp, line end and secret, base64, escaped once. Robots that check a
keyword or an IP address instead need no secret. 20 messages a minute; who sends more is kept
out for about ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from sinks.alerts import wording
from sinks.alerts.answers import Codes, post
from sinks.alerts.base import Limit, Message, Outcome
from sinks.alerts.robot import Robot

MOST_BYTES: Final = 15_000
"""Of the text. The program takes 20,000 bytes of JSON; quotes and line ends grow in it."""
_CODES: Final = Codes(
    fields=("errcode",),
    message="errmsg",
    limited={130101: 600.0},
    busy=frozenset({-1}),
    words={
        310000: "安全设置没有通过：关键词应含“回音”；用加签的，核对密钥和本机时间；"
        "用 IP 的，把本机的出口地址加入白名单",
        400101: "access_token 不存在，请从群设置里重新复制机器人地址",
        400102: "机器人已停用，请在群设置里启用",
        400105: "消息类型不支持，请升级程序",
        400106: "机器人已被删除，请重新添加并更新地址",
    },
)


def sign(secret: str, milliseconds: int) -> str:
    """The signature, escaped for the address."""
    text = f"{milliseconds}\n{secret}".encode()
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return quote(base64.b64encode(digest), safe="")


class DingTalk(Robot):
    """One robot."""

    most_bytes = MOST_BYTES

    def send(self, message: Message, *, now: datetime) -> Outcome:
        title = wording.heading(message)
        mentions = " ".join(f"@{mobile}" for mobile in message.mobiles)
        lines = [f"### {title}", *wording.body(message, _link), wording.duty(message), mentions]
        text = wording.cut("\n\n".join(filter(None, lines)), MOST_BYTES)
        payload = {
            "msgtype": "markdown",
            "markdown": {"title": title, "text": text},
            "at": {"atMobiles": list(message.mobiles), "isAtAll": False},
        }
        return post(self._post, self._signed(now), payload, _CODES)

    def _signed(self, now: datetime) -> str:
        if not self._secret:
            return self._address
        stamp = int(now.timestamp() * 1000)
        return f"{self._address}&timestamp={stamp}&sign={sign(self._secret, stamp)}"


def _link(address: str) -> str:
    return f"[打开事项]({address})"


LIMITS: Final = (Limit(20, timedelta(minutes=1)),)
