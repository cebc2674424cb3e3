"""Hashed character n-grams (n = 1..3) of a message, title and body kept apart.

An n-gram of the title is counted once as a title feature and once with the
body's, so short messages share what long ones teach. Without a title the first
characters of the body stand in. Digits are all alike, and an n-gram that touches
a masked place or the name of a well-known one is none.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.place_names import PATTERN as PLACE_NAMES
from classifiers.text import PLACE, Codes, Folded

Keys = NDArray[np.uint32]

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
    """Distinct n-grams of a message, and what it takes to find them again.

    `keys` is sorted; `counts[i]` is how often `keys[i]` occurs. `blocks` are the
    hashes as they stand in the text: size, start of each n-gram, its hash.
    """

    message: Folded
    keys: Keys
    counts: NDArray[np.float32]
    blocks: list[tuple[int, NDArray[np.int64], Keys]]

    def locate(self, keys: Keys) -> list[tuple[int, int]]:
        """For each of these keys the half-open range where it occurs first.

        The keys must be the message's own.
        """
        if not len(keys):
            return []
        every = np.concatenate([hashed for _, _, hashed in self.blocks])
        found: list[tuple[int, int]] = []
        for at in (every == keys[:, None]).argmax(axis=1).tolist():
            index = at
            for size, starts, _ in self.blocks:
                if index < len(starts):
                    start = int(starts[index])
                    found.append((start, start + size))
                    break
                index -= len(starts)
        return found


def ngrams(message: Folded) -> Ngrams:
    """All n-grams of a message; empty arrays for a message without characters."""
    blocks: list[tuple[int, NDArray[np.int64], Keys]] = []
    lead = message.split or _LEAD
    for size, (hashed, starts) in zip(_SIZES, _hash(_meant(message)), strict=True):
        title = int(starts.searchsorted(lead))
        blocks.append((size, starts, hashed))
        blocks.append((size, starts[:title], hashed[:title] ^ _TITLE_SALT))
    every = np.sort(np.concatenate([hashed for _, _, hashed in blocks]))
    if not len(every):
        return Ngrams(message, every, np.empty(0, np.float32), blocks)
    # np.unique would do, but this is the inner loop and a plain sort is much faster.
    new = np.empty(len(every) + 1, dtype=bool)
    new[0] = new[-1] = True
    np.not_equal(every[1:], every[:-1], out=new[1:-1])
    edges = new.nonzero()[0]
    return Ngrams(message, every[edges[:-1]], np.diff(edges).astype(np.float32), blocks)


def _meant(message: Folded) -> Codes:
    """What each character is to an n-gram; place names are breaks."""
    codes = message.codes
    meaning = _MEANING[np.minimum(codes, _BMP - 1)]
    if (codes >= _BMP).any():
        meaning = np.where(codes >= _BMP, codes, meaning)
    for match in PLACE_NAMES.finditer(message.text):
        meaning[match.start() : match.end()] = 0
    return meaning


def _hash(codes: Codes) -> list[tuple[Keys, NDArray[np.int64]]]:
    """For n = 1, 2, 3: hashes of the n-grams without breaks, and where they start."""
    good = codes != 0
    result: list[tuple[Keys, NDArray[np.int64]]] = []
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
