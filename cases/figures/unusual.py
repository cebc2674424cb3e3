"""What stands out of the usual, and why: numbers of cases vary by themselves.

Cases that come in independently vary by about the root of their number (Poisson). A number is told
as unusual only where it differs from what was expected by more than two standard deviations and by
at least five cases, so that a chart never makes a story of chance.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

from msgspec import Struct

__all__ = ["Shift", "shift", "usual_most"]

_DEVIATIONS: Final = 2
_LEAST: Final = 5


class Shift(Struct, frozen=True):
    """A number against the one before."""

    more: int
    """Negative: fewer."""
    band: int
    """By so much the difference varies by itself."""

    @property
    def unusual(self) -> bool:
        return abs(self.more) > self.band


def shift(now: int, before: int) -> Shift:
    """The difference of two independent counts has the variance of their sum."""
    return Shift(now - before, max(_LEAST - 1, ceil(_DEVIATIONS * sqrt(now + before))))


def usual_most(total: int, places: int) -> int:
    """The most that one of `places` equal stretches has by chance (three deviations: there are
    many to choose from)."""
    mean = total / places if places else 0.0
    return max(_LEAST - 1, ceil(mean + 3 * sqrt(mean)))
