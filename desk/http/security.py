"""What every answer carries, and which requests are answered at all."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.ground.context import DeskContext
from desk.http.problems import Problem, problem_answer

HEADERS: Final = {
    # Nothing from elsewhere, nothing inline: an injected tag stays text.
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with it a form of our own would name its origin as "null".
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_TLS_ONLY: Final = {"strict-transport-security": "max-age=31536000"}
_PAGE_CACHE: Final = "no-store"
"""Pages tell about people: no copy stays on a shared computer."""
_PUSHED: Final = "/push/"
_OWN_LIMITS: Final = (_PUSHED, "/uploads/", "/site/report", "/admin/upload")
MOST_BODY_BYTES: Final = 4 << 20
"""The largest form or JSON document is far below; pushes and files have limits of their own."""


def headers_for(*, secure: bool) -> dict[str, str]:
    """What every answer carries. `secure`: people come through TLS, and browsers are told
    to stay with it."""
    return HEADERS | (_TLS_ONLY if secure else {})


class SafeHeaders:
    """Adds `headers_for` to every answer; what sets no caching of its own is not stored."""

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self._app = app
        self._headers = headers_for(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    # A page with charts says itself what little more it needs.
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", _PAGE_CACHE)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


class SmallBodies:
    """Refuses what is larger than any request has to be, by its own word or as it comes
    in: a body sent in pieces does not say how long it will be. Refuses packed bodies too: nothing
    here unpacks one, and what is read of it as a form would be nothing, in silence."""

    def __init__(
        self, app: ASGIApp, clock: Callable[[], datetime], most: int = MOST_BODY_BYTES
    ) -> None:
        self._app = app
        self._clock = clock
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_PUSHED):
            await self._app(scope, receive, send)
            return
        if Headers(scope=scope).get("content-encoding", "identity").lower() != "identity":
            packed = Problem(status=415, code="media_type", text=_PACKED)
            answer = problem_answer(scope, packed, self._clock())
            await answer(scope, receive, send)
            return
        if scope["path"].startswith(_OWN_LIMITS):
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if not (said.isascii() and said.isdigit() and int(said) <= self._most):
            too_large = Problem(status=413, code="too_large", text=_TOO_LARGE)
            answer = problem_answer(scope, too_large, self._clock())
            await answer(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, counted, send)


_PACKED: Final = "不接受压缩的正文，请不压缩再提交。"
_TOO_LARGE: Final = "提交的内容太大，没有收下。"


class KnownHosts:
    """Answers only requests that name this machine.

    A page on the internet can point a name of its own at 127.0.0.1 and so read what
    is served there (DNS rebinding). Its requests carry that name. So a name has to be
    known; an address is nobody's name and always fine.
    """

    def __init__(self, app: ASGIApp, office: DeskContext) -> None:
        self._app = app
        public = urlsplit(office.settings.public_url).hostname or "localhost"
        own = {office.settings.host.lower(), socket.gethostname().lower()}
        self._known = {"localhost", public.lower(), *own}
        self._clock = office.clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A platform pushes under whatever name it knows us by, and proves who it is.
        free = scope["type"] != "http" or scope["path"].startswith(_PUSHED)
        if free or self._knows(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        answer = problem_answer(scope, _UNKNOWN_HOST, self._clock())
        await answer(scope, receive, send)

    def _knows(self, header: str) -> bool:
        """`header`: a name or address, and perhaps a port. Nothing else: it may be repeated."""
        found = _HOST.fullmatch(header)
        if found is None:
            return False
        name = found["bracketed"] or found["name"]
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.lower() in self._known
        return True


_HOST: Final = re.compile(
    r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?"
)
_UNKNOWN_HOST: Final = Problem(
    status=421,
    code="unknown_host",
    text="不认识这个网址里的主机名。请用启动时显示的网址，或服务器的 IP 地址访问；"
    "要用别的名字，请设置 HUIYIN_PUBLIC_URL。",
)


def own_address(scope: Scope, public_url: str) -> str:
    """Scheme and host under which this request reached us, for an address in an answer: the
    public one, or that of the socket. Never what the request calls us, which may be anything
    and would stay in caches."""
    if public_url:
        return public_url
    host, port = scope.get("server") or ("127.0.0.1", None)
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}" + (f":{port}" if port not in (None, 80) else "")
