"""How often a pair of characters stands in a letter: what is usual, here and at this time.

Before this desk has letters of its own, `usual_pairs.bin` tells (zlib): one byte for each bucket of
`near_pairs`, eight times the negative binary logarithm of the share of letters with a pair of the
bucket, in 7,142 letters of two cities.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cases.words.times import BEIJING
from classifiers.emerging.near_pairs import BITS, Hashes

_TABLE: Final = Path(__file__).with_name("usual_pairs.bin")
_PRIOR: Final = 3000.0
"""Letters that the shipped shares count like; and for one time of the week, like `_PRIOR_OF_TIME`
letters of all times."""
_PRIOR_OF_TIME: Final = 800.0
_DAY: Final = 24 * 3600.0
_HALF_LIFE: Final = 28 * _DAY
"""After so long a letter counts half in what is usual."""
_TIMES: Final = 4


@cache
def usual_shares() -> NDArray[np.float32]:
    """By bucket. Read only."""
    eighths = np.frombuffer(zlib.decompress(_TABLE.read_bytes()), dtype=np.uint8)
    shares = np.exp2(-eighths.astype(np.float32) / 8)
    shares.flags.writeable = False
    return shares


class Usual:
    """Learns from the letters of this desk. Times are seconds since 1970."""

    def __init__(self) -> None:
        self._used = np.zeros((_TIMES, 1 << BITS), dtype=np.float32)
        self.letters = np.zeros(_TIMES)
        """By time of the week, like what they used; both decayed to `decayed_at`."""
        self.decayed_at = 0.0

    def learn(self, now: float, pairs: Hashes) -> None:
        passed = now - self.decayed_at if self.decayed_at else 0.0
        if passed >= _DAY:
            factor = 0.5 ** (passed / _HALF_LIFE)
            self._used *= np.float32(factor)
            self.letters *= factor
        if passed >= _DAY or not self.decayed_at:
            self.decayed_at = now
        slot = _time_of_week(now)
        self._used[slot, pairs] += 1
        self.letters[slot] += 1

    def share(self, now: float, pairs: Hashes) -> NDArray[np.float64]:
        """The share of letters that use each pair at this time of the week."""
        slot = _time_of_week(now)
        used = self._used[:, pairs].astype(np.float64)
        always = (used.sum(axis=0) + _PRIOR * usual_shares()[pairs]) / (self.letters.sum() + _PRIOR)
        now_and_then = (used[slot] + _PRIOR_OF_TIME * always) / (
            self.letters[slot] + _PRIOR_OF_TIME
        )
        return np.asarray(np.maximum(now_and_then, always / 2))

    # -- keeping -------------------------------------------------------------

    def kept(self) -> bytes:
        return self._used.astype(np.float16).tobytes()

    def restore(self, used: bytes, letters: list[float], decayed_at: float) -> None:
        """What was kept; of another size it is left alone, and learning begins anew."""
        if len(used) == self._used.size * 2 and len(letters) == _TIMES:
            shares = np.frombuffer(used, dtype=np.float16)
            self._used = shares.reshape(self._used.shape).astype(np.float32)
            self.letters = np.array(letters)
            self.decayed_at = decayed_at


def _time_of_week(now: float) -> int:
    """By day or by night, from Monday to Friday or at the weekend; holidays are not told apart."""
    moment = datetime.fromtimestamp(now, BEIJING)
    night = moment.hour >= 19 or moment.hour < 7
    return 2 * (moment.weekday() >= 5) + night
