"""Hashed character n-grams (n = 1..3) of a message, title and body kept apart.

An n-gram of the title is counted once as a title feature and once with the
body's, so short messages share what long ones teach. Without a title the first
characters of the body stand in. Digits are all alike, and an n-gram that touches
a masked place or the name of a well-known one is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.model.place_names import PATTERN as PLACE_NAMES
from classifiers.text.folding import PLACE, Codes, Folded

Keys = NDArray[np.uint32]
Ints = NDArray[np.int64]

MOST_MESSAGES = 32
"""How many messages share one pass. More gain nothing: their arrays leave the cache."""

_KEY_BITS, _PLACE_BITS = 32, 26
_SIZES = (1, 2, 3)
_LEAD = 24
_TITLE_SALT = np.uint32(0x9E3779B1)
_A, _B, _C = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F)
_BMP = 0x10000
_BREAKS = " \n.,;:'\"(){}<>-_/\\|~·…—`^=+*&%$#@。" + PLACE


def _meaning() -> NDArray[np.uint32]:
    """What a folded character is to an n-gram: itself, a digit, or 0 for a break."""
    table = np.arange(_BMP, dtype=np.uint32)
    table[ord("0") : ord("9") + 1] = ord("0")
    table[[ord(char) for char in _BREAKS]] = 0
    return table


_MEANING = _meaning()


class Ngrams(Struct, frozen=True):
    """Distinct n-grams of some messages, and what it takes to find them again.

    Message after message; those of message i are rows `start[i]:start[i + 1]`.
    `keys` is sorted within a message; `counts` tells how often each occurs there.
    """

    messages: Sequence[Folded]
    keys: Keys
    counts: NDArray[np.float32]
    owner: Ints
    """Number of the message each n-gram belongs to."""
    start: Ints
    first: Ints
    """Where each n-gram occurs first, as an index into `places`."""
    places: Ints
    """Where each n-gram of each size stands in the joined messages, block after block."""
    bounds: Ints
    """End of each block in `places`: n = 1, 2, 3 of the whole text, then of the titles."""
    offset: Ints
    """Where each message begins in the joined messages."""

    def locate(self, rows: Ints) -> list[tuple[int, int]]:
        """For each n-gram the half-open range of its message where it occurs first."""
        first = self.first[rows]
        starts = self.places[first] - self.offset[self.owner[rows]]
        ends = starts + self.bounds.searchsorted(first, side="right") % len(_SIZES) + 1
        return list(zip(starts.tolist(), ends.tolist(), strict=True))


def ngrams(messages: Sequence[Folded]) -> Ngrams:
    """All n-grams of at most `MOST_MESSAGES` messages, at once.

    A few array operations cost the same for one message and for fifty, and most
    messages are short: together they take half the time or less.
    """
    lengths = np.array([len(message.codes) + 1 for message in messages], dtype=np.int64)
    offset = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(messages), dtype=np.uint64), lengths)
    leading = np.zeros(len(owner), dtype=bool)
    for message, begin in zip(messages, offset.tolist(), strict=True):
        leading[begin : begin + min(message.split or _LEAD, len(message.codes))] = True
    whole = _hash(_meant(messages))
    inside = [leading[starts] for _, starts in whole]
    blocks = [starts for _, starts in whole]
    blocks += [starts[lead] for starts, lead in zip(blocks, inside, strict=True)]
    hashes = [hashed for hashed, _ in whole]
    hashes += [hashed[lead] ^ _TITLE_SALT for hashed, lead in zip(hashes, inside, strict=True)]
    places, every = np.concatenate(blocks), np.concatenate(hashes)
    # Message, n-gram and place in one number: one plain sort brings equal n-grams
    # together and the first place of each to the front.
    packed = owner[places] << np.uint64(_KEY_BITS + _PLACE_BITS)
    packed |= every.astype(np.uint64) << np.uint64(_PLACE_BITS)
    packed |= np.arange(len(every), dtype=np.uint64)
    packed.sort()
    grams = packed >> np.uint64(_PLACE_BITS)
    new = np.empty(len(every) + 1, dtype=bool)
    new[0] = new[-1] = True
    np.not_equal(grams[1:], grams[:-1], out=new[1:-1])
    edges = new.nonzero()[0]
    chosen = edges[:-1] if len(every) else edges[:0]
    owners = (grams[chosen] >> np.uint64(_KEY_BITS)).astype(np.int64)
    return Ngrams(
        messages=messages,
        keys=grams[chosen].astype(np.uint32),
        counts=np.diff(edges).astype(np.float32) if len(every) else np.empty(0, np.float32),
        owner=owners,
        start=owners.searchsorted(np.arange(len(messages) + 1)),
        first=(packed[chosen] & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.int64),
        places=places,
        bounds=np.cumsum([len(block) for block in blocks]),
        offset=offset,
    )


def _meant(messages: Sequence[Folded]) -> Codes:
    """What each character is to an n-gram, a break after each message; place names are breaks."""
    text = "".join([message.text + "\n" for message in messages])
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    meaning = _MEANING[np.minimum(codes, _BMP - 1)]
    above = codes >= _BMP
    if above.any():
        meaning = np.where(above, codes, meaning)
    for match in PLACE_NAMES.finditer(text):
        meaning[match.start() : match.end()] = 0
    return meaning


def _hash(codes: Codes) -> list[tuple[Keys, Ints]]:
    """For n = 1, 2, 3: hashes of the n-grams without breaks, and where they start."""
    good = codes != 0
    result: list[tuple[Keys, Ints]] = []
    key = codes * _A
    whole = good
    for size in _SIZES:
        if size > 1:
            whole = whole[:-1] & good[size - 1 :]
            key = (key[:-1] ^ (key[:-1] >> np.uint32(15))) * _B + codes[size - 1 :] * _C
        starts = whole.nonzero()[0]
        mixed = key[starts]
        mixed = (mixed ^ (mixed >> np.uint32(16))) * _A
        result.append((mixed ^ (mixed >> np.uint32(13)), starts))
        if len(key) < 2:
            empty = np.empty(0, dtype=np.int64)
            result.extend((np.empty(0, np.uint32), empty) for _ in range(len(_SIZES) - size))
            break
    return result
