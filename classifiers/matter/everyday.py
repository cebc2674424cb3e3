"""How much two letters have in common when they share a pair of characters.

`everyday_pairs.txt` lists the pairs that letters of two cities have in common (2,816 of one
and 1,001 of another; the share is the geometric mean, names of places of either city drop
out), each line a share of the letters and the pairs that at least this share holds. What is
not listed is rare. A fixed table, and no count of the letters seen so far: the first letter of
a desk is judged like the hundred thousandth, and reading the journal again gives the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from classifiers.matter.similar import BUCKETS, Floats, Ints, bucket

_TABLE: Final = Path(__file__).with_name("everyday_pairs.txt")
_RARE: Final = 0.002
"""The share that a pair that is not listed is taken to have."""


@cache
def _shares() -> dict[str, float]:
    found = {}
    for line in _TABLE.read_text("utf-8").splitlines():
        share, joined = line.split()
        for at in range(0, len(joined), 2):
            found[joined[at : at + 2]] = float(share)
    return found


@cache
def _weights() -> Floats:
    weights = np.full(BUCKETS, -np.log(_RARE), dtype=np.float32)
    for pair, share in _shares().items():
        weights[bucket(pair)] = -np.log(share)
    return weights


def share(pair: str) -> float:
    """The share of letters with this pair of characters, 0 where it is a rare one."""
    return _shares().get(pair, 0.0)


def rarity(features: Ints) -> Floats:
    """Of hashed pairs (`similar.pairs`): how much sharing each of them says."""
    return _weights()[features]
