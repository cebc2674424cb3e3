"""How much two letters have in common when they share a pair of characters.

`everyday_pairs.txt` lists the pairs that letters of two cities have in common (2,816 of one
and 1,001 of another; the share is the geometric mean, names of places of either city drop
out), each line a share of the letters and the pairs that at least this share holds.

`common_pairs.bin` tells words from names: the pairs that everybody writes, whatever the town
(`classifiers.training.common_pairs` makes it). A pair that is in neither is most likely part of
a name: 梅岭 and 岭国 of 梅岭国际.

Fixed tables, and no count of the letters seen so far: the first letter of a desk is judged like
the hundred thousandth, and reading the journal again gives the same.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
"""Pairs of characters: the code point of the first in the high half, of the second in the low."""
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_TABLE: Final = Path(__file__).with_name("everyday_pairs.txt")
_COMMON: Final = Path(__file__).with_name("common_pairs.bin")
_RARE: Final = 0.0007
"""The share that a word that is not listed is taken to have."""
_NAME: Final = 0.00012
"""The share that a name is taken to have."""
_FIRST: Final = 0x3400
_LAST: Final = 0x9FFF
"""Of the characters that are words."""


@cache
def _shares() -> dict[str, float]:
    found = {}
    for line in _TABLE.read_text("utf-8").splitlines():
        share, joined = line.split()
        for at in range(0, len(joined), 2):
            found[joined[at : at + 2]] = float(share)
    return found


@cache
def _words() -> tuple[Codes, Floats]:
    """Every pair that is no name, sorted, and how much sharing it says."""
    common = unpacked(_COMMON.read_bytes())
    listed = {ord(pair[0]) << 16 | ord(pair[1]): share for pair, share in _shares().items()}
    every = np.union1d(common, np.array(list(listed), dtype=np.uint32))
    shares = np.array([listed.get(code, _RARE) for code in every.tolist()], dtype=np.float32)
    return every, -np.log(shares)


def share(pair: str) -> float:
    """The share of letters with this pair of characters, 0 where it is a rare one."""
    return _shares().get(pair, 0.0)


def pair_codes(text: str) -> Codes:
    """The pairs of a text, in their order, each as often as it stands there."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    words = (codes >= _FIRST) & (codes <= _LAST)
    beside = words[:-1] & words[1:]
    found: Codes = (codes[:-1] << np.uint32(16) | codes[1:])[beside]
    return found


def rarity(codes: Codes) -> tuple[Floats, Mask]:
    """How much sharing each of these pairs says, and which of them are names."""
    words, weights = _words()
    at = np.minimum(np.searchsorted(words, codes), len(words) - 1)
    names = words[at] != codes
    return np.where(names, np.float32(-np.log(_NAME)), weights[at]), names


def packed(codes: Codes) -> bytes:
    """Sorted pairs as the file holds them: the steps from one to the next, byte by byte."""
    steps = np.diff(codes, prepend=np.uint32(0)).astype("<u4")
    return zlib.compress(steps.view(np.uint8).reshape(-1, 4).T.tobytes(), 9)


def unpacked(content: bytes) -> Codes:
    columns = np.frombuffer(zlib.decompress(content), np.uint8).reshape(4, -1)
    steps = np.ascontiguousarray(columns.T).view("<u4").ravel()
    found: Codes = np.cumsum(steps, dtype=np.uint32)
    return found
