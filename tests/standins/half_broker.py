"""A Kafka broker that lets clients in and then answers nothing, as one that is overloaded."""

from __future__ import annotations

import socketserver
import ssl
import struct
import threading
from typing import Any, Self

_METADATA, _API_VERSIONS = 3, 18


class HalfBroker:
    """Answers ApiVersions, the first request of every connection, and nothing after it. `address` is
    what clients take; `connected` counts the connections that were let in."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.connected = 0
        broker = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                request: Any = self.request
                try:
                    if tls is not None:
                        request = tls.wrap_socket(request, server_side=True)
                    broker.connected += 1
                    while size := request.recv(4):
                        text = request.recv(struct.unpack(">i", size)[0])
                        key, version, number = struct.unpack(">hhi", text[:8])
                        if key == _API_VERSIONS:
                            known = struct.pack(">hi6h", 0, 2, _METADATA, 0, 5, key, 0, 2)
                            throttled = struct.pack(">i", 0) if version else b""
                            answer = struct.pack(">i", number) + known + throttled
                            request.sendall(struct.pack(">i", len(answer)) + answer)
                except OSError:
                    pass
                finally:
                    request.close()

        class Servers(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Servers(("127.0.0.1", 0), Connection)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
