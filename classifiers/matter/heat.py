"""Heat of a matter: what happened, decaying with time, in two paces."""

from __future__ import annotations

import math

from msgspec import Struct

_DAY = 86_400.0
_FAST = 1.0 * _DAY
_SLOW = 7.0 * _DAY
_PERSON = 1.0
_LIKES = 0.5
_MAX_GROWTH = 3.0


class Heat(Struct):
    """Two sums of weights with half-lives of a day and a week.

    A case counts 1, a person heard for the first time 1 more, likes half their
    logarithm. Both sums decay, so a matter cools when nobody writes.
    """

    fast: float = 0.0
    slow: float = 0.0
    at: float = 0.0

    def case(self, at: float, *, new_person: bool, likes: int) -> None:
        """Count a message written at `at` (seconds since the epoch)."""
        self._add(at, 1.0 + _PERSON * new_person + _LIKES * math.log1p(max(likes, 0)))

    def liked(self, at: float, more: int) -> None:
        """Count likes that came after the message."""
        self._add(at, _LIKES * math.log1p(more))

    def index(self, now: float) -> float:
        """The heat index: the weekly sum, up to doubled while it grows."""
        _, slow = self._sums(now)
        return slow * (1.0 + 0.5 * max(0.0, self.growth(now) - 1.0))

    def growth(self, now: float) -> float:
        """Pace of the last day against that of the last week, 0 to 3; steady is 1."""
        fast, slow = self._sums(now)
        if slow <= 0.0:
            return 0.0
        return min(_MAX_GROWTH, (fast / _FAST) / (slow / _SLOW))

    def _sums(self, now: float) -> tuple[float, float]:
        age = max(0.0, now - self.at)
        return self.fast * 0.5 ** (age / _FAST), self.slow * 0.5 ** (age / _SLOW)

    def _add(self, at: float, weight: float) -> None:
        if at >= self.at:
            self.fast, self.slow = self._sums(at)
            self.at = at
            self.fast += weight
            self.slow += weight
            return
        # A late arrival has already cooled by the time we are at.
        age = self.at - at
        self.fast += weight * 0.5 ** (age / _FAST)
        self.slow += weight * 0.5 ** (age / _SLOW)
