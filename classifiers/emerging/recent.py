"""The messages of the last day, all and by the area that they are from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from classifiers.emerging.areas import Area
from classifiers.emerging.near_pairs import Hashes

_MOST: Final = 20_000
_MOST_OF_AREA: Final = 400
"""Newest messages of one area that are looked at."""
_NEARLY_ALL: Final = 0.8
"""A place explains an event when this part of its people is from there."""


class Recent(Struct):
    """A message of the last day."""

    case_id: str
    at: float
    person: str
    place: str
    said: str
    """The beginning of what may be shown of it, for the words they have in common."""
    pairs: bytes
    counted: bool
    areas: tuple[Area, ...] = ()
    """Narrowest first."""

    def hashes(self) -> Hashes:
        return np.frombuffer(self.pairs, dtype=np.uint32)

    def has(self, bucket: int) -> bool:
        pairs = self.hashes()
        at = int(np.searchsorted(pairs, bucket))
        return at < len(pairs) and int(pairs[at]) == bucket


class RecentMessages:
    """In the order in which they were added. Times are seconds since 1970."""

    def __init__(self) -> None:
        self.all: list[Recent] = []
        self._of_area: dict[str, list[Recent]] = {}

    def add(self, one: Recent) -> None:
        self.all.append(one)
        for area in one.areas:
            self._of_area.setdefault(area.key, []).append(one)

    def counted_of(self, key: str) -> Sequence[Recent]:
        return [one for one in self._of_area.get(key, ()) if one.counted][-_MOST_OF_AREA:]

    def forget(self, oldest: float) -> None:
        gone = 0
        while gone < len(self.all) and (self.all[gone].at < oldest or len(self.all) - gone > _MOST):
            for area in self.all[gone].areas:
                # Each list has the order of all.
                near = self._of_area[area.key]
                del near[0]
                if not near:
                    del self._of_area[area.key]
            gone += 1
        del self.all[:gone]


def narrowest(members: Iterable[Recent]) -> str:
    """The name of the narrowest area that nearly all of them share, as one calls it that may be
    shown; "" for none."""
    members = list(members)
    shared = Counter(area.key for one in members for area in one.areas)
    ranks = {area.key: rank for one in members for rank, area in enumerate(one.areas)}
    enough = _NEARLY_ALL * len(members)
    keys = sorted((key for key, n in shared.items() if n >= enough), key=lambda key: ranks[key])
    shown = [area for one in members if one.place or one.said for area in one.areas]
    return next((area.name for key in keys for area in shown if area.key == key), "")
