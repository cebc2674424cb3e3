"""The group robots of three chat programs: they check what the real ones check and answer
200 to nearly everything, with the code inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from tests.standins.server import Hit, Reply, StandIn


def answer(code: int, message: str, names: tuple[str, str] = ("errcode", "errmsg")) -> Reply:
    """`names`: what the code and the message are called."""
    body = dict(zip(names, (code, message), strict=True))
    return Reply(body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


class Robot(StandIn):
    """`shown` is what a person in the group reads."""

    path = "/"

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(clock)
        self.shown: list[str] = []
        self.payloads: list[dict[str, Any]] = []
        self.limit = 20

    @property
    def address(self) -> str:
        return self.url + self.path

    def too_fast(self) -> bool:
        """Over the limit of a minute, the refused ones included."""
        now = self._clock()
        return sum(now - hit.at < 60 for hit in self.log) > self.limit

    def take(self, payload: dict[str, Any], text: str) -> None:
        self.payloads.append(payload)
        self.shown.append(text)


class DingTalkRobot(Robot):
    path = "/robot/send?access_token=T0KEN"

    def __init__(self, clock: Callable[[], float], *, secret: str = "", keyword: str = "") -> None:
        super().__init__(clock)
        self.secret = secret
        self.keyword = keyword

    def answer(self, hit: Hit) -> Reply:
        if hit.path != "/robot/send" or hit.query.get("access_token") != "T0KEN":
            return answer(400101, "access_token不存在")
        if self.too_fast():
            return answer(130101, "send too fast, exceed 20 times per minute")
        if self.secret and not self._signed(hit):
            return answer(310000, "sign not match")
        payload = json.loads(hit.body)
        if payload.get("msgtype") != "markdown" or len(hit.body) > 20_000:
            return answer(460101, "message too long, exceed 20000 bytes")
        text = payload["markdown"]["text"]
        if self.keyword and self.keyword not in text:
            return answer(310000, "keywords not in content")
        self.take(payload, text)
        return answer(0, "ok")

    def _signed(self, hit: Hit) -> bool:
        stamp = hit.query.get("timestamp", "")
        if abs(self._clock() - int(stamp or 0) / 1000) > 3600:
            return False
        text = f"{stamp}\n{self.secret}".encode()
        wanted = base64.b64encode(hmac.new(self.secret.encode(), text, hashlib.sha256).digest())
        return hmac.compare_digest(wanted.decode(), hit.query.get("sign", ""))


class WeComRobot(Robot):
    path = "/cgi-bin/webhook/send?key=K3Y"

    def answer(self, hit: Hit) -> Reply:
        if hit.query.get("key") != "K3Y":
            return answer(93000, "invalid webhook url")
        if self.too_fast():
            return answer(45009, "api freq out of limit")
        payload = json.loads(hit.body)
        kind = payload.get("msgtype")
        most = {"text": 2048, "markdown": 4096}.get(kind, 0)
        text = payload.get(kind, {}).get("content", "")
        if not 0 < len(text.encode()) <= most:
            return answer(40058, "content exceed max length")
        self.take(payload, text)
        return answer(0, "ok")


class FeishuRobot(Robot):
    path = "/open-apis/bot/v2/hook/0b0e"

    def __init__(self, clock: Callable[[], float], *, secret: str = "", keyword: str = "") -> None:
        super().__init__(clock)
        self.limit = 100
        self.secret = secret
        self.keyword = keyword

    def answer(self, hit: Hit) -> Reply:
        def say(code: int, message: str) -> Reply:
            return answer(code, message, ("code", "msg"))

        payload = json.loads(hit.body)
        if self.too_fast():
            return say(11232, "frequency limited")
        if self.secret and not self._signed(payload):
            return say(19021, "sign match fail or timestamp is not within one hour")
        if payload.get("msg_type") != "text" or len(hit.body) > 20 * 1024:
            return say(9499, "Bad Request")
        text = payload["content"]["text"]
        if self.keyword and self.keyword not in text:
            return say(19024, "Key Words Not Found")
        self.take(payload, text)
        body = {"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "Extra": None}
        return Reply(body=json.dumps(body).encode())

    def _signed(self, payload: dict[str, Any]) -> bool:
        stamp = payload.get("timestamp", "")
        if abs(self._clock() - int(stamp or 0)) > 3600:
            return False
        key = f"{stamp}\n{self.secret}".encode()
        wanted = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted, payload.get("sign", ""))
