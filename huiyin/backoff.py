"""How long to wait before what failed is tried again."""

from __future__ import annotations

from typing import Final

_MOST_DOUBLINGS: Final = 60
"""A server may be down for months."""


def backoff(failures: int, *, first: float, most: float) -> float:
    """Seconds after so many failures in a row, at least one: `first`, twice as long each time,
    never more than `most`."""
    return min(most, first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
