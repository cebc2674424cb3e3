"""What every answer carries, and which requests are answered at all."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.ground.context import DeskContext

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
_OWN_LIMITS: Final = (_PUSHED, "/uploads/", "/site/report")
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
    in: a body sent in pieces does not say how long it will be."""

    def __init__(self, app: ASGIApp, most: int = MOST_BODY_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OWN_LIMITS):
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if not (said.isascii() and said.isdigit() and int(said) <= self._most):
            await _too_large(scope["path"])(scope, receive, send)
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


_TOO_LARGE: Final = "提交的内容太大，没有收下。"


def _too_large(path: str) -> Response:
    if path.startswith("/api/"):
        return JSONResponse({"error": {"code": "too_large", "message": _TOO_LARGE}}, 413)
    return PlainTextResponse(_TOO_LARGE, 413)


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A platform pushes under whatever name it knows us by, and proves who it is.
        free = scope["type"] != "http" or scope["path"].startswith(_PUSHED)
        if free or self._knows(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        answer = PlainTextResponse(
            "不认识这个网址里的主机名。请用启动时显示的网址，或服务器的 IP 地址访问；"
            "要用别的名字，请设置 HUIYIN_PUBLIC_URL。",
            421,
        )
        await answer(scope, receive, send)

    def _knows(self, header: str) -> bool:
        bracketed = header.startswith("[")  # an IPv6 address
        name = header[1:].partition("]")[0] if bracketed else header.partition(":")[0]
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.lower() in self._known
        return True
