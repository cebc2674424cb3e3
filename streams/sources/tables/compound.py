"""One stream out of an OLE compound file: the container of old Office documents.

[MS-CFB]. Every chain is bounded by the number of sectors there are, so no file loops.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on are none."""
_ENTRY: Final = 128


class BadContainer(Exception):
    """The container is damaged."""


class Container:
    """The streams of a compound file by name."""

    def __init__(self, data: bytes) -> None:
        """Raises `BadContainer`."""
        try:
            self._read(data)
        except (struct.error, IndexError) as error:
            raise BadContainer("容器不完整") from error

    def _read(self, data: bytes) -> None:
        self._data = data
        shift, self._mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or self._mini_shift > shift:
            raise BadContainer("扇区大小有误")
        self._size = 1 << shift
        tables, directory = (
            struct.unpack_from("<L", data, 44)[0],
            struct.unpack_from("<L", data, 48)[0],
        )
        self._cutoff, mini_table = struct.unpack_from("<LL", data, 56)
        more = struct.unpack_from("<L", data, 68)[0]
        places = list(struct.unpack_from("<109L", data, 76))
        per_sector = self._size // 4
        seen = 0
        while more < _FREE and seen <= len(data) // self._size:
            block = struct.unpack(f"<{per_sector}L", self._sector(more))
            places += block[:-1]
            more = block[-1]
            seen += 1
        self._next: list[int] = []
        for place in [each for each in places if each < _FREE][:tables]:
            self._next += struct.unpack(f"<{per_sector}L", self._sector(place))
        entries = self._chain(directory)
        self.streams: dict[str, tuple[int, int]] = {}
        root = b""
        for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
            entry = entries[at : at + _ENTRY]
            length, kind = struct.unpack_from("<H", entry, 64)[0], entry[66]
            start, size = struct.unpack_from("<LL", entry, 116)
            if kind == 5:
                root = self._chain(start)[:size]
            elif kind == 2 and 2 <= length <= 64:
                name = entry[: length - 2].decode("utf-16-le", "replace")
                self.streams.setdefault(name, (start, size))
        self._mini = root
        table = self._chain(mini_table) if mini_table < _FREE else b""
        self._mini_next = struct.unpack(f"<{len(table) // 4}L", table)

    def stream(self, name: str) -> bytes:
        """The bytes of a stream. Raises `BadContainer`, `KeyError` for an unknown one."""
        start, size = self.streams[name]
        try:
            if size < self._cutoff:
                return self._mini_chain(start)[:size]
            return self._chain(start)[:size]
        except (struct.error, IndexError) as error:
            raise BadContainer("容器不完整") from error

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        found = self._data[at : at + self._size]
        if not found:
            raise BadContainer("容器不完整")
        return found.ljust(self._size, b"\x00")

    def _chain(self, start: int) -> bytes:
        return b"".join(map(self._sector, _followed(start, self._next)))

    def _mini_chain(self, start: int) -> bytes:
        size = 1 << self._mini_shift
        return b"".join(
            self._mini[number * size : (number + 1) * size]
            for number in _followed(start, self._mini_next)
        )


def _followed(start: int, following: Sequence[int]) -> list[int]:
    chain: list[int] = []
    while start < _FREE:
        if len(chain) > len(following):
            raise BadContainer("容器里的链接成环")
        chain.append(start)
        start = following[start]
    return chain
