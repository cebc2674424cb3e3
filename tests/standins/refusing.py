"""A proxy in front of Elasticsearch that can refuse, as an overloaded cluster does, ask for
a password, and speak TLS: the node of the tests has no security of its own."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

_OURS = ("content-length", "transfer-encoding", "connection", "x-elastic-product")


class RefusingProxy:
    """`url` stands for the server's. While `refuse` is a status, every request gets it."""

    def __init__(
        self, server_url: str, *, login: str = "", tls: ssl.SSLContext | None = None
    ) -> None:
        """`login`: "user:password" that every request must show; any other gets a 401."""
        wanted = "Basic " + base64.b64encode(login.encode()).decode()
        self.refuse = 0
        self.refused = 0
        target = urlsplit(server_url).netloc
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if proxy.refuse:
                    proxy.refused += 1
                    reason = {"error": {"type": "es_rejected_execution_exception"}}
                    answer = json.dumps(reason | {"status": proxy.refuse}).encode()
                    self.give(proxy.refuse, {"Content-Type": "application/json"}, answer)
                    return
                if login and self.headers.get("Authorization") != wanted:
                    reason = {"error": {"type": "security_exception", "reason": "unable to"}}
                    answer = json.dumps(reason | {"status": 401}).encode()
                    self.give(401, {"Content-Type": "application/json"}, answer)
                    return
                there = http.client.HTTPConnection(target, timeout=60)
                headers = {
                    k: v
                    for k, v in self.headers.items()
                    if k.lower() not in ("host", "authorization")
                }
                there.request(self.command, self.path, body, headers)
                response = there.getresponse()
                answer = response.read()
                there.close()
                self.give(response.status, dict(response.getheaders()), answer)

            def give(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in _OURS:
                        self.send_header(name, value)
                self.send_header("X-elastic-product", "Elasticsearch")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
            setattr(Handler, f"do_{method}", Handler.handle_any)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = (
            f"{'http' if tls is None else 'https'}://127.0.0.1:{self._server.server_address[1]}"
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
