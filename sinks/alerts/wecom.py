"""企业微信 group robots: the key stands in the address. Markdown up to 4096 bytes, text up to
2048; only text can call people by their mobile number. 20 messages a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sinks.alerts import wording
from sinks.alerts.answers import Codes, post
from sinks.alerts.base import Limit, Message, Outcome
from sinks.alerts.robot import Robot

MARKDOWN_BYTES: Final = 4096
TEXT_BYTES: Final = 2048
_CODES: Final = Codes(
    fields=("errcode",),
    message="errmsg",
    limited={45009: 60.0, 45033: 60.0},
    busy=frozenset({-1}),
    words={
        93000: "机器人地址无效：可能已被移出群。请重新添加机器人并更新地址",
        40008: "消息类型或内容不被接受，请升级程序",
        40058: "消息内容不被接受（可能太长），请升级程序",
    },
)


class WeCom(Robot):
    """One robot."""

    most_bytes = TEXT_BYTES
    """Whether a person is called is known only when it is sent: the smaller of the two."""

    def send(self, message: Message, *, now: datetime) -> Outcome:  # noqa: ARG002  nothing is signed
        payload = self._text(message) if message.mobiles else self._markdown(message)
        return post(self._post, self._address, payload, _CODES)

    def _text(self, message: Message) -> dict[str, object]:
        lines = [wording.heading(message), *wording.body(message), wording.duty(message)]
        content = wording.cut("\n".join(filter(None, lines)), TEXT_BYTES)
        mobiles = list(message.mobiles)
        return {
            "msgtype": "text",
            "text": {"content": content, "mentioned_list": [], "mentioned_mobile_list": mobiles},
        }

    def _markdown(self, message: Message) -> dict[str, object]:
        title = f"### {wording.heading(message)}"
        lines = [title, *wording.body(message, _link), wording.duty(message)]
        content = wording.cut("\n".join(filter(None, lines)), MARKDOWN_BYTES)
        return {"msgtype": "markdown", "markdown": {"content": content}}


def _link(address: str) -> str:
    return f"[打开事项]({address})"


LIMITS: Final = (Limit(20, timedelta(minutes=1)),)
