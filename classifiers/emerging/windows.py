"""How many letters of the last hours used each pair, and how unlikely so many are."""

from __future__ import annotations

from bisect import insort
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from classifiers.emerging.near_pairs import BITS, Hashes


class Window:
    """The letters of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.counts = np.zeros(1 << BITS, dtype=np.uint16)
        self._in: list[tuple[float, Hashes]] = []

    @property
    def letters(self) -> int:
        return len(self._in)

    def add(self, at: float, pairs: Hashes, now: float) -> None:
        if at >= now - self._seconds:
            insort(self._in, (at, pairs), key=itemgetter(0))
            self.counts[pairs] += 1

    def forget(self, now: float) -> None:
        gone = 0
        while gone < len(self._in) and self._in[gone][0] < now - self._seconds:
            self.counts[self._in[gone][1]] -= 1
            gone += 1
        del self._in[:gone]


def log_chance(seen: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """An upper bound (Chernoff) of the logarithm of the chance of so many or more, where so many
    are expected: for a Poisson number. 0 where no more than expected were seen."""
    bound = seen - expected - seen * np.log(seen / expected)
    return np.where(seen > expected, bound, 0.0)
