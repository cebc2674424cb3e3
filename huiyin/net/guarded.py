"""The network under the HTTP client: which address may be connected to, and for how long.

The name is resolved once, every address is checked, and the checked address is the one
that is connected to, so that a name server cannot answer differently a second time. A
time limit holds for the whole exchange: a server that sends one byte a second keeps
every single read short and would otherwise never be cut off.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import httpcore2
import httpx2
from httpcore2 import NetworkBackend, NetworkStream, SyncBackend

from huiyin.net.addresses import Reach, reach

OVER = "total"
"""Text of the time-out that ends an exchange as a whole."""


class AddressRefused(Exception):
    """The name leads to an address that must not be connected to."""


class Deadline:
    """When the running exchange must be over. Real time: it guards a real socket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = float("inf")

    def start(self, seconds: float) -> None:
        self._at = self._clock() + seconds

    def cut(self, timeout: float | None) -> float:
        """`timeout`, shortened to what is left. Raises `ReadTimeout` when nothing is."""
        left = self._at - self._clock()
        if left <= 0:
            raise httpcore2.ReadTimeout(OVER)
        return left if timeout is None else min(timeout, left)

    @property
    def over(self) -> bool:
        return self._clock() >= self._at


class _TimedStream(NetworkStream):
    def __init__(self, inner: NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._inner.read(max_bytes, self._deadline.cut(timeout))
        except httpcore2.ReadTimeout:
            if self._deadline.over:
                raise httpcore2.ReadTimeout(OVER) from None
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cut(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.cut(timeout))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, in the order of the operating system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(NetworkBackend):
    """Connects only to addresses that are allowed."""

    def __init__(self, deadline: Deadline, *, allow_private: bool, resolve: Resolve) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            # UnicodeError: a name that cannot be written in the DNS.
            raise httpcore2.ConnectError(f"找不到主机名 {host}（{error}）") from error
        addresses = [self._checked(host, text) for text in addresses]
        trouble: Exception = httpcore2.ConnectError(f"主机名 {host} 没有地址")
        for text in addresses:
            try:
                stream = self._inner.connect_tcp(
                    text, port, self._deadline.cut(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                trouble = error
            else:
                return _TimedStream(stream, self._deadline)
        raise trouble

    def _checked(self, host: str, text: str) -> str:
        """The address in its plain form, so that nothing reads it in another way when it is
        connected to. Raises `AddressRefused`."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise AddressRefused(f"{host} → {text}") from None
        found = reach(address)
        if found is Reach.PUBLIC or (found is Reach.PRIVATE and self._allow_private):
            return str(address)
        raise AddressRefused(f"{host} → {text}")


@lru_cache(maxsize=8)
def _trusted(ca_file: str) -> ssl.SSLContext:
    # Shared: loading the certificates takes longer than most requests.
    return ssl.create_default_context(cafile=ca_file or None)


class GuardedTransport(httpx2.HTTPTransport):
    """httpx2's own transport on a `GuardedBackend`.

    With a proxy it is the proxy that resolves names, so addresses cannot be checked here;
    the list of hosts still holds."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        allow_private: bool,
        proxy: str = "",
        ca_file: str = "",
        resolve: Resolve = resolve,
    ) -> None:
        context = _trusted(ca_file)
        super().__init__(verify=context, trust_env=False)
        self._pool.close()
        backend = GuardedBackend(
            deadline, allow_private=allow_private or bool(proxy), resolve=resolve
        )
        if proxy:
            self._pool = httpcore2.HTTPProxy(
                proxy,
                ssl_context=context,
                max_connections=2,
                keepalive_expiry=5.0,
                network_backend=backend,
            )
        else:
            self._pool = httpcore2.ConnectionPool(
                ssl_context=context,
                max_connections=2,
                keepalive_expiry=5.0,
                network_backend=backend,
            )
