"""A chain over the rows of a log, so that a row that was cut or changed is seen.

    link(n) = SHA-256( link(n - 1) · position(n), 8 bytes big-endian · SHA-256(stored bytes(n)) )

It is taken over the bytes as they are stored, never over what they mean: texts that lie
encrypted under a key that was destroyed still have their links. The inner hash stands in
for the bytes of a row whose content was erased before there were keys
(docs/decisions/0009-chain-and-erasure.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from msgspec import Struct

MOST_EXAMPLES: Final = 5
_TOMBSTONE: Final = b"\x00erased\x00"
_TOMBSTONE_BYTES: Final = len(_TOMBSTONE) + 32 + 8


class Head(Struct, frozen=True):
    """How far a log has come: its last row."""

    position: int
    link: bytes

    @property
    def short(self) -> str:
        return self.link.hex()[:16]


def beginning(log: str) -> Head:
    """Before the first row. `log`: its name, so that no two logs share a chain."""
    return Head(0, sha256(f"huiyin:{log}".encode()).digest())


def link(before: bytes, position: int, data: bytes) -> bytes:
    return sha256(before + position.to_bytes(8, "big") + _inner(data)).digest()


def tombstone(data: bytes, by: int) -> bytes:
    """What stands in place of the bytes of a row from before there were keys: their hash, and
    the position of the row further down by which they were erased."""
    return _TOMBSTONE + sha256(data).digest() + by.to_bytes(8, "big")


def erased_by(data: bytes) -> int | None:
    """The position that a tombstone names; None for any other row."""
    if not data.startswith(_TOMBSTONE) or len(data) != _TOMBSTONE_BYTES:
        return None
    return int.from_bytes(data[-8:], "big")


def _inner(data: bytes) -> bytes:
    if erased_by(data) is not None:
        return data[len(_TOMBSTONE) : -8]
    return sha256(data).digest()


def links(head: Head, rows: Iterable[tuple[int, bytes]]) -> Iterator[Head]:
    """The heads after each of these rows, in order."""
    at = head.link
    for position, data in rows:
        at = link(at, position, data)
        yield Head(position, at)


def broken(head: Head, rows: Iterable[tuple[int, bytes, bytes | None]]) -> Iterator[str]:
    """What does not fit, in plain Chinese; rows: position, data, link. Goes on from each
    stored link, so that every place is named and not only the first."""
    before = head
    named: dict[int, int] = {}
    for position, data, stored in rows:
        by = erased_by(data)
        if by is not None:
            named[position] = by
        if stored != link(before.link, position, data):
            if position > before.position + 1:
                yield f"第 {position} 条之前缺第 {before.position + 1} 至 {position - 1} 条"
            else:
                yield f"第 {position} 条被改动，或它之前的一条被换过"
        before = Head(position, stored or b"")
    for position, by in named.items():
        if not position < by <= before.position:
            yield f"第 {position} 条写着已删除，却没有删除它的登记"


def in_words(log: str, places: Iterable[str]) -> list[str]:
    """A line for what is broken in a log, with the first places; none where all is well."""
    found = list(places)
    if not found:
        return []
    more = f"等 {len(found)} 处" if len(found) > MOST_EXAMPLES else ""
    return [f"{log}的校验链断了：{'；'.join(found[:MOST_EXAMPLES])}{more}"]
