"""A hotline platform: it pushes work orders to us and takes replies back, well or badly."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from streams.sources.seam.base import PushRequest

TOKEN = "platform-token-1"


def order(number: str = "260305101108115409", /, **changed: object) -> dict[str, object]:
    """A work order in the names of one platform, with its flow."""
    return {
        "record_number": number,
        "受理时间 ": "2026-03-05 10:11:08",
        "处理期限": "2026-03-12 18:00:00",
        "诉求标题": "小区停水",
        "市民诉求": "柳林小区 3 栋停水两天，请尽快恢复。",
        "市民称呼": "王女士",
        "联系电话": "13800000000",
        "事发地点": "柳林小区",
        "工单类型": "投诉",
        "flow": [
            {"date": "2026-03-05 10:11:08", "di_title": "受理组", "ps_caption": "受理", "pss_caption_end": "待派遣"},
            {"date": "2026-03-05 11:02:00", "di_title": "水务局", "ps_caption": "处置", "pss_caption_end": "待处置"},
        ],
        **changed,
    }  # fmt: skip


def push(body: object, *, token: str = TOKEN, headers: dict[str, str] | None = None) -> PushRequest:
    """A push as the platform sends it; `body` as bytes is sent as it is."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return PushRequest(
        method="POST",
        query={},
        headers={"authorization": f"Bearer {token}", **(headers or {})},
        body=data,
    )


def signed(body: bytes, *, key: str, at: float, separator: str = ".") -> PushRequest:
    """A push with an HMAC signature, computed independently of our own code."""
    stamp = str(int(at))
    digest = hmac.new(key.encode(), stamp.encode() + separator.encode() + body, hashlib.sha256)
    headers = {"x-timestamp": stamp, "x-signature": digest.hexdigest()}
    return PushRequest(method="POST", query={}, headers=headers, body=body)


@dataclass
class Taken:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass
class Platform:
    """Takes replies on loopback. `behave` says how; what it took is in `taken`."""

    behave: str = "ok"
    taken: list[Taken] = field(default_factory=list)

    def __enter__(self) -> Self:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                platform.answer(self)

            def log_message(self, *_: object) -> None:
                """Not into the test's output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/handle"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        if self.behave == "drop-before-reading":
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        length = int(request.headers.get("content-length", "0"))
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.taken.append(Taken(request.path, headers, request.rfile.read(length)))
        if self.behave == "drop-after-reading":
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.behave == "slow":
            time.sleep(1.5)
        status, body = _ANSWERS.get(self.behave, (200, b'{"code": "0000", "data": {"id": "R-77"}}'))
        if self.behave.isdigit():
            status, body = int(self.behave), b'{"message": "platform says no"}'
        try:
            request.send_response(status)
            if 300 <= status < 400:
                request.send_header("location", "http://elsewhere.example/")
            if self.behave == "half":
                request.send_header("content-length", "1000")
            elif self.behave != "endless":
                request.send_header("content-length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
            if self.behave == "endless":
                for _ in range(2000):
                    request.wfile.write(b" " * 64 * 1024)
        except OSError:
            pass  # the client had enough, as it should


_ANSWERS = {
    "refused": (200, '{"code": "0001", "message": "工单已办结"}'.encode()),
    "other-number": (200, b'{"code": "0000", "data": {"id": "R-77", "record_number": "999"}}'),
    "login-page": (200, b"<html>login</html>"),
    "no-code": (200, b'{"result": 1}'),
    "half": (200, b'{"code": "00'),
    "endless": (200, b'{"code": "0000"'),
}
