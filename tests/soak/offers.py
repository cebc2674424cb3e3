"""What comes to a door, and how it is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Final

from msgspec import Struct

from cases.words.times import BEIJING
from streams.sources.seam.base import Batch
from tests.soak import poison

NOW: Final = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)


class Offer(Struct, frozen=True):
    """One thing that comes to a door."""

    data: bytes
    records: int | None
    """How many records it holds; None where its bytes were damaged, so that nobody knows."""


Door = tuple[Callable[[Random, int], Offer], Callable[[bytes], Iterator[Batch]]]
"""What is offered (by a number that never comes twice), and what the door makes of it. It
raises `SourceError` for what it cannot read as a whole."""


def maybe_damaged(rng: Random, data: bytes, records: int) -> Offer:
    if rng.random() < 0.15:
        return Offer(poison.mutated(rng, data), None)
    return Offer(data, records)


def printable(text: str) -> str:
    """What XML may hold: a document that is none is read by a lenient parser, record for record
    no longer."""
    return "".join(
        char
        for char in text
        if char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff"
    )
