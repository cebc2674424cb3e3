"""One POST to an address of the configuration: over the guarded network, without redirects,
without repetition, with a limit on time and on what is read of the answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

import httpcore2
import httpx2

from huiyin.net.guarded import AddressRefused, Deadline, GuardedTransport, Resolve, resolve
from huiyin.net.http_errors import retry_after
from sinks.alerts.base import Answer, LostAnswer, NotPosted, Post
from sinks.alerts.building import HttpOptions
from sinks.beginning import beginning

_MOST_ANSWER: Final = 64 * 1024
_LONGEST_PAUSE: Final = 3600.0


def open_post(
    options: HttpOptions, *, resolve: Resolve = resolve, clock: Callable[[], float] = time.time
) -> Post:
    """The network of one channel. Each POST has a connection of its own."""

    def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        deadline = Deadline()
        deadline.start(options.timeout_seconds)
        transport = GuardedTransport(
            deadline,
            allow_private=options.allow_private_addresses,
            proxy=options.proxy,
            ca_file=options.ca_file,
            resolve=resolve,
        )
        with (
            _in_words(),
            httpx2.Client(
                transport=transport,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx2.Timeout(options.timeout_seconds),
            ) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            pause = retry_after(response.headers.get("retry-after", ""), clock())
            return Answer(
                response.status_code, beginning(response, _MOST_ANSWER), min(pause, _LONGEST_PAUSE)
            )

    return post


class _in_words:  # noqa: N801  used like a function
    """Errors of the wire as the channel knows them. No text names the address: it may hold
    the robot's key."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, AddressRefused):
            raise NotPosted(
                "地址指向内部网络，已拒绝。若服务器确在内网，请设置 allow_private_addresses = true",
                retry=False,
            ) from None
        if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
            raise NotPosted("地址不是有效的网址", retry=False) from None
        if isinstance(error, httpx2.ConnectTimeout | httpcore2.ConnectTimeout):
            raise NotPosted("连接超时，消息未发出。请检查网络和防火墙", retry=True) from None
        if isinstance(error, httpx2.ConnectError | httpcore2.ConnectError | httpx2.PoolTimeout):
            raise NotPosted("连接不上，消息未发出。请检查网络、防火墙和地址", retry=True) from None
        if isinstance(error, httpx2.HTTPError | httpcore2.TimeoutException):
            raise LostAnswer(_LOST.get(type(error).__name__, "连接中断")) from None


_LOST: Final = {"ReadTimeout": "对方没有回应", "WriteTimeout": "发送超时"}
