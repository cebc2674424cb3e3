"""Near duplicates by MinHash: which texts are the same but for a few words.

Used to keep copies of one message on one side of every train/test split, and by
the stream that links messages about the same matter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.text.folding import fold

Signature = NDArray[np.uint32]

PERMUTATIONS = 64
BANDS = 16
_ROWS = PERMUTATIONS // BANDS
_SHINGLE = 4
_BASE = np.uint64(0x100000001B3)


def _multipliers() -> NDArray[np.uint64]:
    random = np.random.Generator(np.random.PCG64(20_260_101))
    return random.integers(0, 1 << 63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


_MULTIPLIERS = _multipliers()


def shingles(text: str) -> NDArray[np.uint32]:
    """Distinct hashed runs of four letters or characters of a folded text, marks left out."""
    kept = "".join(char for char in fold(text).text if char.isalnum())
    codes = np.frombuffer(kept.encode("utf-32-le"), np.uint32).astype(np.uint64)
    if len(codes) == 0:
        return np.empty(0, np.uint32)
    size = min(_SHINGLE, len(codes))
    key = codes[: len(codes) - size + 1].copy()
    for offset in range(1, size):
        key = key * _BASE + codes[offset : len(codes) - size + 1 + offset]
    key ^= key >> np.uint64(29)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    return np.unique((key >> np.uint64(32)).astype(np.uint32))


def signature(items: NDArray[np.uint32]) -> Signature:
    """MinHash of a set of shingles: (64,) uint32, all ones for the empty set."""
    if len(items) == 0:
        return np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint32)
    # Multiply-shift: the high half of an odd product is a new order of the shingles.
    hashed = (items.astype(np.uint64) + np.uint64(1))[:, None] * _MULTIPLIERS
    least: NDArray[np.uint64] = hashed.min(axis=0)
    return (least >> np.uint64(32)).astype(np.uint32)


def bands(sign: Signature) -> list[int]:
    """One key per band; texts that share a key are candidates."""
    rows = sign.reshape(BANDS, _ROWS).astype(np.uint64)
    key = np.arange(BANDS, dtype=np.uint64)
    for column in range(_ROWS):
        key = (key ^ rows[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(31)
    return [int(value) for value in key]


def similarity(left: Signature, right: Signature) -> float:
    """Estimated share of common shingles (Jaccard), 0 to 1."""
    return float((left == right).mean())


def groups(texts: Sequence[str], threshold: float = 0.6) -> list[int]:
    """A group number per text; texts in one group are near duplicates, transitively.

    The number is the position of the group's first text. Texts without any
    letters are alone.
    """
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    signs: list[Signature] = []
    buckets: dict[int, list[int]] = {}
    for index, text in enumerate(texts):
        items = shingles(text)
        sign = signature(items)
        signs.append(sign)
        if len(items) == 0:
            continue
        for key in bands(sign):
            bucket = buckets.setdefault(key, [])
            for other in bucket:
                left, right = root(other), root(index)
                if left != right and similarity(signs[other], sign) >= threshold:
                    parent[max(left, right)] = min(left, right)
            if len(bucket) < 20:
                bucket.append(index)
    return [root(index) for index in range(len(texts))]
