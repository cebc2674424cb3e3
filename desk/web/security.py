"""What every answer carries, and which requests are answered at all."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    # Nothing from elsewhere, nothing inline: an injected tag stays text.
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_PAGE_CACHE: Final = "no-store"
"""Pages tell about people: no copy stays on a shared computer."""


_PUSHED: Final = "/push/"


class SafeHeaders:
    """Adds `HEADERS` to every answer; what sets no caching of its own is not stored."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", _PAGE_CACHE)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


class KnownHosts:
    """Answers only requests that name this machine.

    A page on the internet can point a name of its own at 127.0.0.1 and so read what
    is served there (DNS rebinding). Its requests carry that name. So a name has to be
    known; an address is nobody's name and always fine.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._known = {"localhost", host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A platform pushes under whatever name it knows us by, and proves who it is.
        free = scope["type"] != "http" or scope["path"].startswith(_PUSHED)
        if free or self._knows(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        answer = PlainTextResponse(
            "不认识这个网址里的主机名。请用启动时显示的网址，或服务器的 IP 地址访问。", 421
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
