"""A socket that sends whatever it likes."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from typing import Self

PATIENCE = 30.0
"""Seconds after which an attack stops waiting; what holds answers long before."""


class Wire:
    """One connection. A broken one is no error: that the desk hung up is an outcome."""

    def __init__(self, port: int, source: str = "127.0.0.1", receive_buffer: int = 0) -> None:
        """`source`: any address in 127.0.0.0/8, for a sender of its own."""
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes) -> bool:
        """Whether the connection still took it."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def read(self, most: int = 1 << 16) -> bytes:
        """b"" when the other side has ended, or broken, the connection."""
        try:
            return self.socket.recv(most)
        except OSError:
            return b""

    def status(self) -> int:
        """Of the next answer; 0 when the connection ended without one."""
        data = b""
        while b"\r\n" not in data:
            more = self.read()
            if not more:
                return 0
            data += more
        return int(data.split(b" ", 2)[1])

    def rest(self) -> bytes:
        """All that comes until the connection ends."""
        data = bytearray()
        while more := self.read():
            data += more
        return bytes(data)

    def ended(self) -> bool:
        """Whether the desk ends the connection in time, reading what it still sends."""
        self.socket.settimeout(1.0)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if not self.socket.recv(1 << 16):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
        return False

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Gone without a word, as when a cable is pulled."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def request(
    target: str, *headers: str, method: str = "GET", body: bytes = b"", host: str = "127.0.0.1"
) -> bytes:
    """The bytes of a request; `Content-Length` where there is a body."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
