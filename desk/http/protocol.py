"""One connection of the web server, with the limits that uvicorn leaves to a proxy.

uvicorn has no limit for the time that headers and bodies take, for a reader who does not
read, or for the connections of one address. An office without a proxy in front needs them,
so `LimitedProtocol` adds them to uvicorn's own protocol and changes nothing else in it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from desk.ground.limits import (
    FREE_CHUNKS,
    HEADER_BYTES,
    HEADER_FIELDS,
    SEND_BUFFER,
    SMALLEST_CHUNK,
    TARGET_BYTES,
    TARGET_CONDITIONS,
    WebLimits,
)
from desk.http.connections import ConnectionStanding, Patience, Phase, Roster

_log = logging.getLogger(__name__)

_TEXTS: Final = {
    400: "请求不合 HTTP 规范，没有受理。",
    408: "等了很久，请求还没有发完，连接已断开。请检查网络后重试。",
    414: f"网址太长：最长 {TARGET_BYTES >> 10} KB，最多 {TARGET_CONDITIONS} 个条件。请减少条件。",
    431: f"请求头太大：最多 {HEADER_BYTES >> 10} KB、{HEADER_FIELDS} 项。"
    "请清除本站的 Cookie 后重试；仍不行请联系管理员。",
    501: "不支持这种传送编码。",
}
_BOTH: Final = {b"content-length", b"transfer-encoding"}
_FULL: Final = "连接太多，暂时不能受理。请稍后重试。".encode()
_REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"retry-after: 10\r\ncache-control: no-store\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_FULL), _FULL)
)


class Connections:
    """All connections of one server."""

    def __init__(
        self,
        limits: WebLimits,
        unlimited: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`unlimited`: as for `Roster`."""
        self.limits = limits
        self.clock = clock
        self.roster: Roster[LimitedProtocol] = Roster(limits, unlimited)
        shortest = min(limits.header_seconds, limits.body_seconds, limits.write_seconds)
        self._every = min(1.0, shortest / 4)

    def protocol(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> LimitedProtocol:
        """What uvicorn makes for each connection."""
        return LimitedProtocol(self, config, server_state, app_state, _loop)

    async def watch(self) -> None:
        """Ends what takes too long, until it is cancelled."""
        while True:
            await asyncio.sleep(self._every)
            now = self.clock()
            for member in self.roster.members():
                member.look(now)


class _Parser(h11.Connection):
    """h11 with limits on what a complete header holds, and on the pieces of a body.

    Remembers why it gave up."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=HEADER_BYTES)
        self.problem = 400
        self._fresh = 0
        self._chunks = 0
        self._bytes = 0

    def receive_data(self, data: bytes) -> None:
        self._fresh += len(data)
        super().receive_data(data)

    def next_event(self) -> Any:
        try:
            self._check_size()
            event = super().next_event()
            self._check(event)
        except h11.RemoteProtocolError as error:
            self.problem = error.error_status_hint if error.error_status_hint in _TEXTS else 400
            raise
        return event

    def _check_size(self) -> None:
        """Before parsing: sixty thousand short headers cost a tenth of a second."""
        if self.their_state is not h11.IDLE or self._fresh <= HEADER_BYTES:
            return
        waiting = self.trailing_data[0]
        head = waiting[: HEADER_BYTES + 1].replace(b"\r\n", b"\n")
        self._fresh = len(waiting) if len(waiting) <= HEADER_BYTES else 0
        if len(waiting) > HEADER_BYTES and b"\n\n" not in head:
            line = waiting.partition(b"\n")[0]
            status = 414 if len(line) > TARGET_BYTES else 431
            raise h11.RemoteProtocolError("header too large", error_status_hint=status)

    def _check(self, event: object) -> None:
        if isinstance(event, h11.Request):
            self._chunks = self._bytes = 0
            if len(event.target) > TARGET_BYTES or event.target.count(b"&") > TARGET_CONDITIONS:
                raise h11.RemoteProtocolError("target too long", error_status_hint=414)
            if {name for name, _ in event.headers} >= _BOTH:
                # A proxy that goes by the other one takes part of the body for a request.
                raise h11.RemoteProtocolError("length and chunks", error_status_hint=400)
            size = sum(len(name) + len(value) for name, value in event.headers)
            if size > HEADER_BYTES or len(event.headers) > HEADER_FIELDS:
                raise h11.RemoteProtocolError("headers too large", error_status_hint=431)
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._bytes += len(event.data)
            if self._chunks > FREE_CHUNKS + self._bytes / SMALLEST_CHUNK:
                raise h11.RemoteProtocolError("chunks too small", error_status_hint=400)


class LimitedProtocol(H11Protocol):
    """uvicorn's protocol, counted in a roster and looked at once a second."""

    conn: _Parser

    def __init__(
        self,
        connections: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _Parser()
        self._connections = connections
        self._patience = Patience(connections.limits, connections.clock())
        self._turn = 0
        self._received = 0
        self._drained = 0
        self._asked = False
        """Whether anything of a next request has come in."""
        self._over = False
        """We have said our last word; what still comes in is thrown away."""

    # -- what asyncio tells ------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        address = self.client[0] if self.client else ""
        admitted, leaver = self._connections.roster.room_for(address)
        if not admitted:
            _log.warning("connections of %s or in all: full", address)
            self.transport.write(_REFUSAL)
            self.transport.close()
            return
        if leaver is not None:
            leaver.drop()
        self._connections.roster.join(self, address)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.roster.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._asked = True
        self._received += len(data)
        if not self._over:
            super().data_received(data)

    def resume_writing(self) -> None:
        self._drained += 1
        super().resume_writing()

    # -- what uvicorn tells ------------------------------------------------------

    def on_response_complete(self) -> None:
        self._turn += 1
        self._received = 0
        self._asked = False
        super().on_response_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Anybody may ask; it is answered as if nothing had been asked, and no line of the log."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (ours are in Chinese)
        self._give_up(self.conn.problem)

    # -- how it stands -----------------------------------------------------------

    @property
    def standing(self) -> ConnectionStanding:
        return ConnectionStanding(
            phase=self._phase,
            turn=self._turn,
            received=self._received,
            reading=not self.flow.read_paused,
            unread=self.flow.write_paused,
            drained=self._drained,
        )

    @property
    def spare(self) -> int | None:
        return self.standing.spare

    @property
    def _phase(self) -> Phase:
        if self.transport.is_closing():
            return Phase.CLOSING
        body = self.conn.their_state is h11.SEND_BODY
        if self.cycle is not None and not self.cycle.response_complete and not self._over:
            return Phase.BODY if body else Phase.WORKING
        if body or self._over:
            return Phase.LINGER
        return Phase.IDLE if self._turn and not self._asked else Phase.HEADER

    def look(self, now: float) -> None:
        """Ends the connection when its patience is exhausted."""
        standing = self.standing
        if not self._patience.exhausted(now, standing):
            return
        if standing.phase is Phase.CLOSING or standing.unread:
            self.transport.abort()
        elif standing.phase in (Phase.HEADER, Phase.BODY) and self._received:
            self._give_up(408)
        else:
            # A browser opens connections ahead of need: nothing was asked, nothing is said.
            self.transport.close()

    def drop(self) -> None:
        """Makes room at once."""
        self._connections.roster.leave(self)
        self.transport.abort()

    def _give_up(self, status: int) -> None:
        """Answers where no answer has begun, and ends. A request that is being worked on sees
        that its sender is gone."""
        begun = self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._unset_keepalive_if_required()
        if begun or self.transport.is_closing():
            self.transport.close()
            return
        text = _TEXTS[status].encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(text)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=text),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        # Closed at once, what has not been read would tear the answer down.
        self._over, self._received = True, 0
        self.flow.resume_reading()
        self.transport.write_eof()
