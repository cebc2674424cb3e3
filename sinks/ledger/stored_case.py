"""A case as the ledgers store it: its history, from which the case is folded again.

Everything else in a case is what its events say once more (the item, its labels, its
clocks), and would double the document. Folding what was decided needs no rules, and
gives on every load what a rebuild from the journal gives.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from cases.life.evolve import fold
from cases.record.case import Case
from cases.record.events import Recorded


class _Whole(Struct):
    """A case that was stored as it is, by programs before the first release."""

    history: tuple[Recorded, ...]


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
