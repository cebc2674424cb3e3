"""Ids made of several parts: different parts, different ids."""

from __future__ import annotations

import hashlib


def joined_digest(*parts: str, size: int = 16) -> str:
    """`2 * size` hex digits over the parts, in order. With each part goes its length: a
    separator alone could also stand inside a part, and `("1-k",)` after `x` would be `k`
    after `x-1`."""
    digest = hashlib.blake2b(digest_size=size)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def escaped(part: str, separator: str) -> str:
    """A part that may stand before `separator` in an id that people read: it holds none of
    them. What holds neither it nor "%" stays as it is."""
    return part.replace("%", "%25").replace(separator, f"%{ord(separator):02X}")
