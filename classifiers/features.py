"""Hashed character n-grams (n = 1..3) of a message, title and body kept apart.

An n-gram of the title is counted once as a title feature and once with the
body's, so short messages share what long ones teach. Without a title the first
characters of the body stand in. Digits are all alike, and an n-gram that touches
a masked place is none.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.text import PLACE, Folded

Keys = NDArray[np.uint32]

_SIZES = (1, 2, 3)
_LEAD = 24
_TITLE_SALT = np.uint32(0x9E3779B1)
_A, _B, _C = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F)
_DIGIT_0, _DIGIT_9 = 0x30, 0x39
_BREAKS = np.zeros(0x10000, dtype=bool)
_BREAKS[[ord(char) for char in " \n.,;:'\"(){}<>-_/\\|~·…—`^=+*&%$#@。"]] = True
_BREAKS[ord(PLACE)] = True


class Ngrams(Struct, frozen=True):
    """Distinct n-grams of a message.

    `keys` is sorted; `counts[i]` is how often `keys[i]` occurs; `first[i]` is the
    index of its first occurrence in the list that `Layout.locate` explains.
    """

    keys: Keys
    counts: NDArray[np.float32]
    first: NDArray[np.int64]
    layout: Layout


class Layout(Struct, frozen=True):
    """Which n-gram starts where: blocks of (field, size, start of each n-gram)."""

    blocks: list[tuple[Folded, int, NDArray[np.int64]]]

    def locate(self, index: int) -> tuple[Folded, int, int]:
        """Field and half-open range in its folded text of the n-gram at `index`."""
        for field, size, starts in self.blocks:
            if index < len(starts):
                start = int(starts[index])
                return field, start, start + size
            index -= len(starts)
        raise IndexError("n-gram index outside of the message")


def ngrams(title: Folded, body: Folded) -> Ngrams:
    """All n-grams of a message; empty arrays for a message without characters."""
    keys: list[Keys] = []
    blocks: list[tuple[Folded, int, NDArray[np.int64]]] = []
    for field in (title, body):
        for size, (hashed, starts) in zip(_SIZES, _hash(field), strict=True):
            keys.append(hashed)
            blocks.append((field, size, starts))
            if field is not title and len(title.codes):
                continue
            if field is body:
                starts = starts[: int(np.searchsorted(starts, _LEAD))]
                hashed = hashed[: len(starts)]
            keys.append(hashed ^ _TITLE_SALT)
            blocks.append((field, size, starts))
    distinct, first, counts = np.unique(np.concatenate(keys), return_index=True, return_counts=True)
    return Ngrams(distinct, counts.astype(np.float32), first, Layout(blocks))


def _hash(field: Folded) -> list[tuple[Keys, NDArray[np.int64]]]:
    codes = field.codes
    digit = (codes >= _DIGIT_0) & (codes <= _DIGIT_9)
    codes = np.where(digit, np.uint32(_DIGIT_0), codes)
    good = ~_BREAKS[np.minimum(codes, 0xFFFF)]
    result: list[tuple[Keys, NDArray[np.int64]]] = []
    key = codes * _A
    whole = good
    for size in _SIZES:
        if size > 1:
            whole = whole[:-1] & good[size - 1 :]
            key = (key[:-1] ^ (key[:-1] >> np.uint32(15))) * _B + codes[size - 1 :] * _C
        starts = np.flatnonzero(whole)
        mixed = key[starts]
        mixed = (mixed ^ (mixed >> np.uint32(16))) * _A
        result.append((mixed ^ (mixed >> np.uint32(13)), starts))
        if len(key) < 2:
            empty = np.empty(0, dtype=np.int64)
            result.extend((np.empty(0, np.uint32), empty) for _ in range(len(_SIZES) - size))
            break
    return result
