"""The HTTP part of every stand-in: real sockets, a log of requests, faults to order."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Hit:
    """One request as it arrived. `at` is the stand-in's clock."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Callable[[], Iterator[bytes]] | None = None
    """A body in pieces, sent with chunked encoding."""


Change = Callable[[Hit, Reply], Reply]


@dataclass
class Fault:
    """Changes the next `times` answers on paths that contain `path`."""

    change: Change
    path: str = ""
    times: int = 1
    skip: int = 0
    """Requests that pass unharmed first."""


class StandIn:
    """A server in a thread; subclasses answer in `answer`."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.log: list[Hit] = []
        self.faults: list[Fault] = []
        self.released = threading.Event()
        self._clock = clock
        self._lock = threading.Lock()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet, or each answer waits 40 ms for an ack
            timeout = 10  # of an idle connection: a forgotten client does not hang the tests

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                hit = Hit(
                    at=stand_in._clock(),
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={key.lower(): value for key, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
                reply = stand_in._reply(hit)
                try:
                    self._send(reply)
                except OSError:
                    self.close_connection = True  # the client left, as some tests want

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.chunks is None:
                    if "Content-Length" not in reply.headers:
                        self.send_header("Content-Length", str(len(reply.body)))
                    else:
                        self.close_connection = True
                    self.end_headers()
                    self.wfile.write(reply.body)
                    return
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for chunk in reply.chunks():
                    self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def host(self) -> str:
        """As `http.hosts` wants it."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def answer(self, hit: Hit) -> Reply:
        return Reply(status=404)

    def fault(self, change: Change, *, path: str = "", times: int = 1, skip: int = 0) -> None:
        self.faults.append(Fault(change, path, times, skip))

    def _reply(self, hit: Hit) -> Reply:
        with self._lock:
            self.log.append(hit)
            reply = self.answer(hit)
            for fault in self.faults:
                if fault.path not in hit.path or not fault.times:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                change = fault.change
                break
            else:
                return reply
        return change(hit, reply)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def status(code: int, **headers: str) -> Change:
    """Refuse with `code`; `retry_after="120"` becomes the header Retry-After."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda hit, reply: Reply(status=code, body=b"<html>refused</html>", headers=named)


def body(data: bytes, **headers: str) -> Change:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda hit, reply: Reply(body=data, headers={**reply.headers, **named})


EMPTY = body(b"")
HTML = body("<html><title>访问验证</title><body>请完成验证</body></html>".encode())


def truncated(hit: Hit, reply: Reply) -> Reply:
    """Only half of the body, with an honest length: as a proxy in between does."""
    return Reply(body=reply.body[: len(reply.body) // 2], headers=reply.headers)


def cut_connection(hit: Hit, reply: Reply) -> Reply:
    """Half of the body where all of it was promised."""
    length = {"Content-Length": str(len(reply.body))}
    return Reply(body=reply.body[: len(reply.body) // 2], headers={**reply.headers, **length})


def redirect(target: str, code: int = 302) -> Change:
    return lambda hit, reply: Reply(status=code, headers={"Location": target})


def huge(hit: Hit, reply: Reply) -> Reply:
    """Two gigabytes."""

    def chunks() -> Iterator[bytes]:
        chunk = b"x" * (1 << 20)
        for _ in range(2048):
            yield chunk

    return Reply(chunks=chunks, headers=reply.headers)


def bomb(hit: Hit, reply: Reply) -> Reply:
    """64 MB that travel as 64 kB."""
    packer = zlib.compressobj(wbits=31)
    data = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(64)) + packer.flush()
    return Reply(body=data, headers={**reply.headers, "Content-Encoding": "gzip"})
