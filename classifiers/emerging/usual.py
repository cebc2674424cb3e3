"""How often a pair of characters stands in a letter, before this desk has letters of its own.

`usual_pairs.bin` (zlib) has one byte for each bucket of `near_pairs`: eight times the negative
binary logarithm of the share of letters with a pair of the bucket, in 7,142 letters of two cities.
"""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_TABLE: Final = Path(__file__).with_name("usual_pairs.bin")


@cache
def usual_shares() -> NDArray[np.float32]:
    """By bucket. Read only."""
    eighths = np.frombuffer(zlib.decompress(_TABLE.read_bytes()), dtype=np.uint8)
    shares = np.exp2(-eighths.astype(np.float32) / 8)
    shares.flags.writeable = False
    return shares
