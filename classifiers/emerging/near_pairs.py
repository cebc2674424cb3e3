"""What a message speaks of, as pairs of characters that stand near each other.

水发黄, 水是黄的 and 黄水 share the pair 水-黄 although they share no word: two characters of
one sentence, in either order, at most `_REACH` apart. Pairs of everyday letters are left out by
their share (`usual`), and what is left tells the subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.base import Text
from classifiers.text.folding import fold

__all__ = ["BITS", "Hashes", "near_pairs"]

Hashes = NDArray[np.uint32]
"""Distinct, sorted."""

BITS: Final = 18
"""Pairs fall into 2 to this many buckets."""
_REACH: Final = 8
_BODY: Final = 220
"""Characters of the body that are looked at: who complains says it first."""
_FIRST: Final = 0x3400
_LAST: Final = 0x9FFF
"""Of the characters that are words."""
_ENDS: Final = np.array([ord(each) for each in "。！？；!?;\n"], dtype=np.uint32)
"""What ends a sentence."""
_FILLERS: Final = np.array(
    sorted(
        ord(each)
        for each in "的了是我你他她它们在有和与或就都也很不没被把给让请对从向于为以及到着过"
        "这那哪个些吗呢吧啊么什怎去来上下里中等能会可要还又再已将并且但而因所如若之其此各每该某本一二两三四五六七八九十"
    ),
    dtype=np.uint32,
)
_MASK: Final = np.uint32((1 << BITS) - 1)


def near_pairs(text: Text) -> Hashes:
    """The hashed pairs of title and beginning of the body."""
    codes = fold(text.body[:_BODY], text.title).codes.astype(np.uint32)
    han = (codes >= _FIRST) & (codes <= _LAST)
    breaks = np.concatenate(([0], np.cumsum(np.isin(codes, _ENDS))))
    said = han & ~np.isin(codes, _FILLERS)
    parts = []
    for apart in range(1, min(_REACH, len(codes) - 1) + 1):
        left, right = codes[:-apart], codes[apart:]
        unbroken = breaks[apart + 1 :] == breaks[: -apart - 1]
        kept = said[:-apart] & said[apart:] & unbroken & (left != right)
        parts.append(_hashed(left[kept], right[kept]))
    if not parts:
        return np.empty(0, dtype=np.uint32)
    return np.unique(np.concatenate(parts))


def pairs_in(text: str, bucket: int) -> Iterator[tuple[str, str]]:
    """The pairs of a text that fall into a bucket, in their order."""
    for at, left in enumerate(text):
        for right in text[at + 1 : at + 1 + _REACH]:
            if left != right and pair_of(left, right) == bucket:
                yield left, right


def pair_of(left: str, right: str) -> int:
    """The hash of one pair, for people who look for it."""
    return int(_hashed(np.array([ord(left)], np.uint32), np.array([ord(right)], np.uint32))[0])


def _hashed(left: Hashes, right: Hashes) -> Hashes:
    low, high = np.minimum(left, right), np.maximum(left, right)
    mixed = (low * np.uint32(2654435761) + high * np.uint32(40503)).astype(np.uint32)
    hashed: Hashes = (mixed ^ (mixed >> np.uint32(15))) & _MASK
    return hashed
