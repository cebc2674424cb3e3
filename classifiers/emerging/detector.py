"""Something begins: more people than chance would have it speak of one thing, in other words each.

For every pair of characters that stands near each other in the new message (`near_pairs`) it is
asked how many people used it within the last 2, 8 and 24 hours, and how many would have: of all who
wrote in those hours, the share that usually uses it at this time of the day and of the week. All is
put against the number of messages that came, so a busy morning is no event. The chance of what was
seen, times how often in a year such a question is asked, is how often chance alone brings it about.

It is asked of the whole county, of the 街道 and of the 小区 of the message (`areas`): five
neighbours are few in a county, and many in a 小区. What is told names the narrowest of them that
explains it.

What one person writes again, and what is nearly the same text as another (a campaign, which is the
burst of `classifiers.matter`), is not counted. One event is told once, and again when it doubles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cases.words.times import BEIJING, beijing
from classifiers.base import Text
from classifiers.emerging.areas import Area, without_names
from classifiers.emerging.common_words import common_words
from classifiers.emerging.near_pairs import Hashes, near_pairs, pairs_in
from classifiers.emerging.recent import Recent, RecentMessages, narrowest
from classifiers.emerging.told import Told, ToldEvents
from classifiers.emerging.usual import Usual, usual_shares
from classifiers.emerging.windows import Window, log_chance

__all__ = ["Emergence", "Emerging", "EmergingState"]

_HOUR: Final = 3600.0
WINDOWS: Final = (2, 8, 24)
"""Hours."""
_FEWEST: Final = 4
"""People of whom one speaks of an event."""
_FEWEST_OF_AREA: Final = 5
"""Neighbours talk to each other."""
_EVERYDAY: Final = 0.03
"""A pair in more letters than this tells no subject."""
_ALIKE: Final = 8.0
"""About so many pairs of a letter ask one and the same question."""
_SPREAD: Final = 1.35
"""Letters come in clumps even when nothing is the matter: the expected number is taken to be so
much larger; and within one area, where neighbours write of one thing, `_SPREAD_OF_AREA` times."""
_SPREAD_OF_AREA: Final = 3.0
_UNSURE: Final = 0.03
"""Added to every expected number: what was never seen is not impossible."""
_UNSURE_OF_AREA: Final = 0.06
_RARE: Final = 1.0
"""How many times a year chance may bring about what is told."""
_BOUND: Final = 10.0
"""So much more often the bounds used here say that chance brings something about than it did in
generated streams without an event (docs/emerging.md)."""
_SHOWN: Final = 160
"""Characters."""


class EmergingState(Struct, omit_defaults=True):
    """All that goes on after a restart."""

    recent: list[Recent] = []
    told: list[Told] = []
    used: bytes = b""
    """How many letters used each bucket, by time of the week; decayed to `decayed_at`."""
    letters: list[float] = []
    decayed_at: float = 0.0


class Emergence(Struct, frozen=True, kw_only=True):
    """Something that begins."""

    case_id: str
    """The message that tells of it: the newest of which something may be shown, if there is one."""
    cases: tuple[str, ...]
    """All that speak of it, oldest first."""
    since: datetime
    """When the first of them was received."""
    words: tuple[str, ...]
    """What they have in common; each stands in the message that tells of it."""
    places: tuple[str, ...]
    """Where, as far as it may be shown; each once."""
    where: str
    """The narrowest place that explains it; "" for the county, or where none may be shown."""
    people: int
    hours: int
    """Within so many hours."""
    usual: float
    """So many people would have written of it in these hours, there."""
    years: float
    """Chance alone would bring it about once in so many years."""
    grown: bool
    """It was told before, and has doubled since."""
    muted_by: str
    """The case whose mute covers it, "" for none."""


class _Found(Struct, frozen=True):
    bucket: int
    hours: int
    area: str
    """The key; "" for the county."""
    usual: float
    a_year: float


class Emerging:
    """`add` the messages about in the order in which they were received: one that comes a day or
    more after newer ones begins nothing any more. One stream owns it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._usual = Usual()
        self._windows = {hours: Window(hours * _HOUR) for hours in WINDOWS}
        self._recent = RecentMessages()
        self._told = ToldEvents()
        self._newest = 0.0

    def add(
        self,
        case_id: str,
        text: Text,
        at: datetime,
        *,
        person: str = "",
        place: str = "",
        areas: tuple[Area, ...] = (),
        said: str = "",
        copy: bool = False,
    ) -> Emergence | None:
        """What begins with this message, if anything does. `person`: tells writers apart, "" for
        nobody knows; `place`, `said`: as much of place and text as may be shown, "" for nothing;
        `areas`: where it is from, which counts even where it may not be shown; `copy`: nearly
        the same text was there before, or the writer has written of the same before."""
        moment = beijing(at).timestamp()
        pairs = _telling(near_pairs(text))
        self._newest = now = max(self._newest, moment)
        if moment < now - max(WINDOWS) * _HOUR:
            self._usual.learn(moment, pairs)
            return None
        self._recent.forget(now - max(WINDOWS) * _HOUR)
        for window in self._windows.values():
            window.forget(now)
        again = bool(person) and any(one.person == person for one in self._recent.all)
        counted = not (copy or again)
        self._recent.add(
            Recent(case_id, moment, person, place, said[:_SHOWN], pairs.tobytes(), counted, areas)
        )
        if not counted:
            return None
        for window in self._windows.values():
            window.add(moment, pairs, now)
        # That everybody of a place names the place is no event.
        asked = _telling(without_names(text, areas)) if areas else pairs
        found = self._rarest(now, asked, areas)
        self._usual.learn(moment, pairs)
        return None if found is None else self._tell(now, found)

    def mute(self, case_id: str, until: datetime | None) -> None:
        """What was told of with this case calls nobody until then; None takes it back."""
        self._told.mute(case_id, beijing(until).timestamp() if until else 0.0)

    # -- what is rare --------------------------------------------------------

    def _rarest(self, now: float, pairs: Hashes, areas: Sequence[Area]) -> _Found | None:
        """The rarest that is rare enough, in the county or in an area."""
        asked = math.log(
            (1 + len(areas)) * len(WINDOWS) * max(len(pairs), 1) / _ALIKE
            * self._letters_a_year() / _BOUND
        )  # fmt: skip
        found = [
            _rarest(
                window.counts[pairs].astype(np.float64),
                window.letters * self._usual.share(now, pairs),
                pairs, hours, "", asked, _FEWEST, (_SPREAD, _UNSURE),
            )
            for hours, window in self._windows.items()
        ]  # fmt: skip
        found += self._rarest_of_areas(now, pairs, areas, asked)
        rare = [one for one in found if one is not None]
        return min(rare, key=lambda one: one.a_year, default=None)

    def _rarest_of_areas(
        self, now: float, pairs: Hashes, areas: Sequence[Area], asked: float
    ) -> Iterator[_Found | None]:
        near = {area.key: self._recent.counted_of(area.key) for area in areas}
        if not any(len(letters) >= _FEWEST_OF_AREA for letters in near.values()):
            return
        share = self._usual.share(now, pairs)
        for key, letters in near.items():
            for hours in WINDOWS:
                within = [one.hashes() for one in letters if one.at >= now - hours * _HOUR]
                if len(within) < _FEWEST_OF_AREA:
                    continue
                seen = np.zeros(len(pairs))
                for each in within:
                    seen += np.isin(pairs, each, assume_unique=True)
                rules = (_SPREAD_OF_AREA, _UNSURE_OF_AREA)
                yield _rarest(
                    seen, len(within) * share, pairs, hours, key, asked, _FEWEST_OF_AREA, rules
                )

    def _letters_a_year(self) -> float:
        day = self._windows[24].letters
        return max(day, 20) * 365.25

    # -- what is told --------------------------------------------------------

    def _tell(self, now: float, found: _Found) -> Emergence | None:
        near = self._recent.counted_of(found.area) if found.area else self._recent.all
        members = [
            one
            for one in near
            if one.counted and one.at >= now - found.hours * _HOUR and one.has(found.bucket)
        ]
        cases = [one.case_id for one in members]
        telling = self._told.tell(now, cases, found.bucket)
        if telling is None:
            return None
        teller = next((one for one in reversed(members) if one.said), members[-1])
        return Emergence(
            case_id=teller.case_id,
            cases=tuple(cases),
            since=datetime.fromtimestamp(min(one.at for one in members), BEIJING),
            words=_words([one.said for one in members], teller.said, found.bucket),
            places=tuple(dict.fromkeys(one.place for one in members if one.place)),
            where=narrowest(members),
            people=len(members),
            hours=found.hours,
            usual=found.usual,
            years=1 / max(found.a_year, 1e-9),
            grown=telling.grown,
            muted_by=telling.muted_by,
        )

    # -- keeping -------------------------------------------------------------

    def state(self) -> EmergingState:
        return EmergingState(
            recent=self._recent.all,
            told=self._told.events,
            used=self._usual.kept(),
            letters=[float(each) for each in self._usual.letters],
            decayed_at=self._usual.decayed_at,
        )

    def restore(self, state: EmergingState) -> None:
        """Goes on from `state`; what is usual is learnt anew where it is of another size."""
        self._begin()
        self._usual.restore(state.used, state.letters, state.decayed_at)
        self._told = ToldEvents(state.told)
        self._newest = max((one.at for one in state.recent), default=0.0)
        for one in state.recent:
            self._recent.add(one)
            if one.counted:
                for window in self._windows.values():
                    window.add(one.at, one.hashes(), self._newest)


def _rarest(
    seen: NDArray[np.float64],
    usual: NDArray[np.float64],
    pairs: Hashes,
    hours: int,
    area: str,
    asked: float,
    fewest: int,
    rules: tuple[float, float],
) -> _Found | None:
    """The rarest of the pairs, where it is rare enough. `seen`, `usual`: people, by pair; `asked`:
    logarithm of how often a year; `rules`: how much more, and added, is expected."""
    wanted = seen >= fewest
    if not wanted.any():
        return None
    spread, unsure = rules
    chances = log_chance(seen[wanted], spread * usual[wanted] + unsure)
    n = int(np.argmin(chances))
    a_year = math.exp(min(float(chances[n]) + asked, 50.0))
    if a_year > _RARE:
        return None
    return _Found(int(pairs[wanted][n]), hours, area, float(usual[wanted][n]), a_year)


def _telling(pairs: Hashes) -> Hashes:
    return pairs[usual_shares()[pairs] < _EVERYDAY]


def _words(texts: list[str], shown: str, bucket: int) -> tuple[str, ...]:
    """What the texts have in common and `shown` has too: words, or the pair of characters where
    each puts it otherwise."""
    found = tuple(word for word in common_words([t for t in texts if t]) if word in shown)
    return found or next(pairs_in(shown, bucket), ())
