"""Three small pages for whoever watches a process: /healthz, /readyz, /metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from streams.metrics import CONTENT_TYPE, Metrics


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
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise PortTaken(
                f"健康检查不能在 {host} 的端口 {port} 上监听：{error.strerror}。"
                "请另选 HUIYIN_HEALTH_PORT，或设为 0 由系统选择。"
            ) from None
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        threading.Thread(
            target=self._server.serve_forever, name="huiyin-health", daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
