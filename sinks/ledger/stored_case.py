"""A case as the ledgers store it: its history, from which the case is folded again.

Everything else in a case is what its events say once more (the item, its labels, its
clocks), and would double the document. Folding what was decided needs no rules, and
gives on every load what a rebuild from the journal gives.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from cases.life.evolve import fold
from cases.record.case import Case
from cases.record.events import Recorded


class _Whole(Struct):
    """A case that was stored as it is, by programs before the first release."""

    history: tuple[Recorded, ...]


_SHOWN: Final = 600
"""Cases kept after they were shown: what a desk's first page and its lists show at a time."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(tuple[Recorded, ...])
_whole_decoder = msgspec.json.Decoder(_Whole)


def encode_stored(case: Case) -> bytes:
    """Stable bytes, about half of what `cases.record.case.encode_case` gives."""
    return _encoder.encode(case.history)


def decode_stored(data: bytes | str) -> Case:
    """Raises `msgspec.MsgspecError` or `ValueError` for anything but a stored case."""
    whole = data[:1] in ("{", b"{")
    case = fold(_whole_decoder.decode(data).history if whole else _decoder.decode(data))
    if case is None:
        raise ValueError("a stored case has no events")
    return case


@lru_cache(maxsize=_SHOWN)
def decode_shown(data: bytes | str) -> Case:
    """The same for pages, which show the same open cases to everybody again and again: folding a
    case takes a third of a millisecond. Another version of a case is other data."""
    return decode_stored(data)


def forget_shown() -> None:
    """After an erasure: what was shown before it stays in memory no longer."""
    decode_shown.cache_clear()
