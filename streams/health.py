"""Three small pages for those who watch a process: /healthz, /readyz, /metrics."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from streams.metrics import CONTENT_TYPE, Metrics

_log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 32
"""Each has a thread; the oldest makes room for the next."""
MOST_SECONDS: Final = 10.0
"""From the connection to the end of the answer."""


class _Server(ThreadingHTTPServer):
    """Half-open connections neither pile up nor keep the watcher out."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: dict[Any, float] = {}
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = time.monotonic()
            over = list(self._open)[:-MOST_CONNECTIONS]
        for each in over:
            self._cut(each)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Twice a second."""
        self.end_older_than(time.monotonic() - MOST_SECONDS)

    def end_older_than(self, moment: float) -> None:
        with self._lock:
            old = [request for request, since in self._open.items() if since < moment]
        for each in old:
            self._cut(each)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exception()
        if not isinstance(error, OSError):
            _log.error("health page", exc_info=error)

    def _cut(self, request: Any) -> None:
        """Its thread reads the end of the stream, and closes it."""
        with self._lock:
            self._open.pop(request, None)
        with suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)


class PortTaken(Exception):
    """The text says which, and what to do."""


class HealthPages:
    """Answers in a thread of its own until closed. No request changes anything."""

    def __init__(
        self,
        host: str,
        port: int,
        metrics: Metrics,
        *,
        alive: Callable[[], str],
        ready: Callable[[], str],
    ) -> None:
        """`alive` and `ready` give "" or what is wrong. Port 0 takes a free one.
        Raises `PortTaken`."""
        pages: dict[str, Callable[[], str]] = {"/healthz": alive, "/readyz": ready}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, metrics.text(), CONTENT_TYPE)
                elif self.path in pages:
                    wrong = pages[self.path]()
                    self._answer(503 if wrong else 200, (wrong or "ok").encode())
                else:
                    self._answer(404, b"not found")

            def _answer(
                self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8"
            ) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        try:
            self._server = _Server((host, port), Handler)
        except OSError as error:
            raise PortTaken(
                f"健康检查不能在 {host} 的端口 {port} 上监听：{error.strerror}。"
                "请另选 HUIYIN_HEALTH_PORT，或设为 0 由系统选择。"
            ) from None
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        threading.Thread(
            target=self._server.serve_forever, name="huiyin-health", daemon=True
        ).start()

    def end_older_than(self, moment: float) -> None:
        """Ends what began before `moment` of `time.monotonic`, as it happens by itself twice
        a second."""
        self._server.end_older_than(moment)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
