"""Ids seen in one file: one number for two different messages, and rounded numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cases.record.item import Item
from streams.sources.values.cells import trailing_zeros_only

_HALF: Final = 0xFFFFFFFF
_START: Final = 40
_ENOUGH: Final = 3


class SeenIds:
    """Remembers title and beginning of text per id, in two integers each, so that a
    million rows stay small. Hashes only: a chance of one in 2^32 per repeated id
    that two texts count as one, which lets the later row pass as a new version."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def contradicts(self, item: Item) -> bool:
        """True when the id came before and neither title nor text is the same. A text
        that has grown, or a cut one, begins alike and is a later version."""
        start = "".join(item.body[: 2 * _START].split())[:_START]
        title = hash(item.title) & _HALF
        body = hash(start) & _HALF
        key = hash(item.source_item_id)
        known = self._seen.setdefault(key, title << 32 | body)
        return known >> 32 != title and known & _HALF != body


def look_rounded(ids: Iterable[str]) -> str | None:
    """The first id, if all the long ones (at least three) end in zeros after digit 15.

    That is what a spreadsheet makes of long numbers when it saves them as text; one
    such id alone can be chance."""
    long = [number for number in ids if trailing_zeros_only(number) is not None]
    if len(long) >= _ENOUGH and all(map(trailing_zeros_only, long)):
        return long[0]
    return None
