"""How much one sender may ask of the web server: the settings, and what is fixed.

What an office may have to change is a setting; what no honest request comes near is a
constant here. docs/operations.md has both as one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec import Struct

HEADER_BYTES: Final = 32 << 10
"""Request line and headers together; a gateway's token is a few KB."""
HEADER_FIELDS: Final = 100
TARGET_BYTES: Final = 8 << 10
"""Path and query as they are sent."""
TARGET_CONDITIONS: Final = 500
"""Of a query: names and values."""
BODY_BYTES_A_SECOND: Final = 4 << 10
"""What a body has to bring on average after its first seconds."""
SMALLEST_CHUNK: Final = 256
"""Bytes of a piece of a chunked body, on average: a million pieces of one byte are a
minute of work."""
FREE_CHUNKS: Final = 1_000
"""Pieces before the average counts."""
LINGER_SECONDS: Final = 5.0
LINGER_BYTES: Final = 16 << 20
"""A body that was refused is still read for so long, and thrown away: a sender that is cut
off in the middle does not see the answer."""
SEND_BUFFER: Final = 128 << 10
"""Of the system, for one connection. Left to itself it grows to megabytes, and a reader who
takes them slowly looks like one who does not read."""
BACKLOG: Final = 128
"""Connections that are taken on in one go; each needs a file handle before it can be refused."""
RESERVED_HANDLES: Final = 256
"""For data files, attachments and the other loops of the process."""
UNPROVEN_SECONDS: Final = 30
"""For the whole body of a push whose proof is over the body."""


class LimitsError(ValueError):
    """A setting that cannot be used; the text is plain Chinese."""


class _Limit(NamedTuple):
    field: str
    """Of `WebLimits`."""
    name: str
    default: str
    help: str
    least: int
    most: int


TABLE: Final = (
    _Limit(
        "connections", "HUIYIN_WEB_CONNECTIONS", "1024", "网页服务同时保持的连接数", 16, 100_000
    ),
    _Limit(
        "connections_per_address",
        "HUIYIN_WEB_CONNECTIONS_PER_ADDRESS",
        "256",
        "其中来自同一地址的连接数；反向代理的地址不受此限",
        4,
        100_000,
    ),
    _Limit("header_seconds", "HUIYIN_WEB_HEADER_SECONDS", "10", "请求头应在多少秒内到齐", 1, 300),
    _Limit(
        "body_seconds",
        "HUIYIN_WEB_BODY_SECONDS",
        "20",
        "请求正文至少每秒 4 KB，开头多给的秒数",
        1,
        3600,
    ),
    _Limit(
        "idle_seconds",
        "HUIYIN_WEB_IDLE_SECONDS",
        "15",
        "答复以后连接空着等下一个请求的秒数",
        1,
        300,
    ),
    _Limit(
        "write_seconds", "HUIYIN_WEB_WRITE_SECONDS", "60", "对方不接收答复，多少秒后断开", 1, 3600
    ),
    _Limit(
        "push_megabytes",
        "HUIYIN_WEB_PUSH_MEGABYTES",
        "32",
        "推送地址同时在内存里的正文总量（MB）",
        4,
        4096,
    ),
)
"""Environment variables: name, default, help, least and most."""


class WebLimits(Struct, frozen=True, kw_only=True):
    """Connections, seconds and megabytes, as in `TABLE`."""

    connections: int = 1024
    connections_per_address: int = 256
    header_seconds: float = 10
    body_seconds: float = 20
    idle_seconds: float = 15
    write_seconds: float = 60
    push_megabytes: int = 32

    @property
    def push_bytes(self) -> int:
        return self.push_megabytes << 20


def read_limits(values: Mapping[str, str]) -> WebLimits:
    """From the settings' values by name. Raises `LimitsError`."""
    read: dict[str, int] = {}
    for limit in TABLE:
        text = values[limit.name]
        short = text.isascii() and text.isdigit() and len(text) < 10
        if not (short and limit.least <= int(text) <= limit.most):
            raise LimitsError(
                f"{limit.name} 应为 {limit.least} 至 {limit.most} 的整数，实际是 {text!r}。"
            )
        read[limit.field] = int(text)
    return WebLimits(**read)
