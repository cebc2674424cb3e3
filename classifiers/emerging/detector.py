"""Something begins: more people than chance would have it speak of one thing, in other words each.

For every pair of characters that stands near each other in the new message (`near_pairs`) it is
asked how many people used it within the last 2, 8 and 24 hours, and how many would have: of all who
wrote in those hours, the share that usually uses it at this time of the day and of the week. All is
put against the number of messages that came, so a busy morning is no event. The chance of what was
seen, times how often in a year such a question is asked, is how often chance alone brings it about.

What one person writes again, and what is nearly the same text as another (a campaign, which is the
burst of `classifiers.matter`), is not counted. One event is told once, and again when it doubles.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cases.words.times import BEIJING, beijing
from classifiers.base import Text
from classifiers.emerging.common_words import common_words
from classifiers.emerging.near_pairs import BITS, Hashes, near_pairs, pairs_in
from classifiers.emerging.usual import usual_shares

__all__ = ["Emergence", "Emerging", "EmergingState"]

_HOUR: Final = 3600.0
WINDOWS: Final = (2, 8, 24)
"""Hours."""
_FEWEST: Final = 4
"""People of whom one speaks of an event."""
_EVERYDAY: Final = 0.03
"""A pair in more letters than this tells no subject."""
_PRIOR: Final = 3000.0
"""Letters that the shipped shares count like; and for one time of the week, like `_PRIOR_OF_TIME`
letters of all times."""
_PRIOR_OF_TIME: Final = 800.0
_HALF_LIFE: Final = 28 * 24 * _HOUR
"""After so long a letter counts half in what is usual."""
_ALIKE: Final = 8.0
"""About so many pairs of a letter ask one and the same question."""
_SPREAD: Final = 1.35
"""Letters come in clumps even when nothing is the matter: the expected number is taken to be so
much larger."""
_UNSURE: Final = 0.03
"""Added to every expected number: what was never seen is not impossible."""
_RARE: Final = 1.0
"""How many times a year chance may bring about what is told."""
_BOUND: Final = 10.0
"""So much more often the bounds used here say that chance brings something about than it did in
generated streams without an event (docs/emerging.md)."""
_OVER: Final = 48 * _HOUR
"""An event that nobody has written about for so long is over."""
_SHARED: Final = 0.5
"""An event is the one told before when this part of its messages is."""
_SHOWN: Final = 160
"""Characters."""
_MOST_RECENT: Final = 20_000


class _Recent(Struct):
    """A message of the last day."""

    case_id: str
    at: float
    person: str
    place: str
    said: str
    """The beginning of what may be shown of it, for the words they have in common."""
    pairs: bytes
    counted: bool


class _Told(Struct):
    cases: list[str]
    people: int
    last_at: float


class EmergingState(Struct, omit_defaults=True):
    """All that goes on after a restart."""

    recent: list[_Recent] = []
    told: list[_Told] = []
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
    words: tuple[str, ...]
    """What they have in common; each stands in the message that tells of it."""
    places: tuple[str, ...]
    """Where, as far as it may be shown; each once."""
    people: int
    hours: int
    """Within so many hours."""
    usual: float
    """So many people would have written of it in these hours."""
    years: float
    """Chance alone would bring it about once in so many years."""
    grown: bool
    """It was told before, and has doubled since."""


class Emerging:
    """`add` the messages about in the order in which they were received: one that comes a day or
    more after newer ones begins nothing any more. One stream owns it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._used = np.zeros((_TIMES, 1 << BITS), dtype=np.float32)
        self._letters = np.zeros(_TIMES)
        self._decayed_at = 0.0
        self._windows = {hours: _Window(hours * _HOUR) for hours in WINDOWS}
        self._recent: list[_Recent] = []
        self._told: list[_Told] = []
        self._newest = 0.0

    def add(
        self,
        case_id: str,
        text: Text,
        at: datetime,
        *,
        person: str = "",
        place: str = "",
        said: str = "",
        copy: bool = False,
    ) -> Emergence | None:
        """What begins with this message, if anything does. `person`: tells writers apart, "" for
        nobody knows; `place`, `said`: as much of place and text as may be shown, "" for nothing;
        `copy`: nearly the same text was there before."""
        moment = beijing(at).timestamp()
        pairs = near_pairs(text)
        pairs = pairs[usual_shares()[pairs] < _EVERYDAY]
        self._newest = now = max(self._newest, moment)
        if moment < now - max(WINDOWS) * _HOUR:
            self._learn(moment, pairs)
            return None
        self._forget(now)
        again = bool(person) and any(one.person == person for one in self._recent)
        counted = not (copy or again)
        self._recent.append(
            _Recent(case_id, moment, person, place, said[:_SHOWN], pairs.tobytes(), counted)
        )
        if not counted:
            return None
        for window in self._windows.values():
            window.add(moment, pairs, now)
        found = self._rarest(now, pairs)
        self._learn(moment, pairs)
        return None if found is None else self._tell(now, *found)

    # -- what is rare --------------------------------------------------------

    def _rarest(self, now: float, pairs: Hashes) -> tuple[int, int, float, float] | None:
        """Bucket, hours, expected number and times a year of the rarest that is rare enough."""
        share = self._share(now, pairs)
        best: tuple[int, int, float, float] | None = None
        asked_a_year = len(WINDOWS) * max(len(pairs), 1) / _ALIKE * self._letters_a_year()
        for hours, window in self._windows.items():
            seen = window.counts[pairs].astype(np.float64)
            wanted = seen >= _FEWEST
            if not wanted.any():
                continue
            expected = _SPREAD * window.letters * share[wanted] + _UNSURE
            log_chance = _log_chance(seen[wanted], expected)
            n = int(np.argmin(log_chance))
            a_year = math.exp(min(float(log_chance[n]) + math.log(asked_a_year / _BOUND), 50.0))
            if a_year <= _RARE and (best is None or a_year < best[3]):
                usual = float(window.letters * share[wanted][n])
                best = int(pairs[wanted][n]), hours, usual, a_year
        return best

    def _share(self, now: float, pairs: Hashes) -> NDArray[np.float64]:
        """The share of letters that use each pair at this time of the week."""
        slot = _time_of_week(now)
        used = self._used[:, pairs].astype(np.float64)
        always = (used.sum(axis=0) + _PRIOR * usual_shares()[pairs]) / (
            self._letters.sum() + _PRIOR
        )
        now_and_then = (used[slot] + _PRIOR_OF_TIME * always) / (
            self._letters[slot] + _PRIOR_OF_TIME
        )
        return np.asarray(np.maximum(now_and_then, always / 2))

    def _letters_a_year(self) -> float:
        day = self._windows[24].letters
        return max(day, 20) * 365.25

    def _learn(self, now: float, pairs: Hashes) -> None:
        """The letter becomes part of what is usual."""
        passed = now - self._decayed_at if self._decayed_at else 0.0
        if passed >= 24 * _HOUR:
            factor = 0.5 ** (passed / _HALF_LIFE)
            self._used *= np.float32(factor)
            self._letters *= factor
        if passed >= 24 * _HOUR or not self._decayed_at:
            self._decayed_at = now
        slot = _time_of_week(now)
        self._used[slot, pairs] += 1
        self._letters[slot] += 1

    # -- what is told --------------------------------------------------------

    def _tell(
        self, now: float, bucket: int, hours: int, usual: float, a_year: float
    ) -> Emergence | None:
        members = [
            one
            for one in self._recent
            if one.counted and one.at >= now - hours * _HOUR and _has(one, bucket)
        ]
        cases = [one.case_id for one in members]
        people = len(members)
        self._told = [each for each in self._told if each.last_at >= now - _OVER]
        known = next((each for each in self._told if _same(each.cases, cases)), None)
        if known is not None:
            known.last_at = now
            known.cases = list(dict.fromkeys((*known.cases, *cases)))
            if people < 2 * known.people:
                return None
            known.people = people
        else:
            self._told.append(_Told(cases, people, now))
        teller = next((one for one in reversed(members) if one.said), members[-1])
        return Emergence(
            case_id=teller.case_id,
            cases=tuple(cases),
            words=_words([one.said for one in members], teller.said, bucket),
            places=tuple(dict.fromkeys(one.place for one in members if one.place)),
            people=people,
            hours=hours,
            usual=usual,
            years=1 / max(a_year, 1e-9),
            grown=known is not None,
        )

    def _forget(self, now: float) -> None:
        oldest = now - max(WINDOWS) * _HOUR
        gone = 0
        while gone < len(self._recent) and (
            self._recent[gone].at < oldest or len(self._recent) - gone > _MOST_RECENT
        ):
            gone += 1
        del self._recent[:gone]
        for window in self._windows.values():
            window.forget(now)

    # -- keeping -------------------------------------------------------------

    def state(self) -> EmergingState:
        return EmergingState(
            recent=self._recent,
            told=self._told,
            used=self._used.astype(np.float16).tobytes(),
            letters=[float(each) for each in self._letters],
            decayed_at=self._decayed_at,
        )

    def restore(self, state: EmergingState) -> None:
        """Goes on from `state`; one of another size is left alone, and learning begins anew."""
        self._begin()
        if len(state.used) == self._used.size * 2 and len(state.letters) == _TIMES:
            used = np.frombuffer(state.used, dtype=np.float16)
            self._used = used.reshape(self._used.shape).astype(np.float32)
            self._letters = np.array(state.letters)
            self._decayed_at = state.decayed_at
        self._recent, self._told = list(state.recent), list(state.told)
        self._newest = max((one.at for one in self._recent), default=0.0)
        for one in self._recent:
            if one.counted:
                for window in self._windows.values():
                    window.add(one.at, _pairs(one), self._newest)


class _Window:
    """How many letters of the last hours used each bucket."""

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


_TIMES: Final = 4


def _time_of_week(now: float) -> int:
    """By day or by night, from Monday to Friday or at the weekend; holidays are not told apart."""
    moment = _moment(now)
    night = moment.hour >= 19 or moment.hour < 7
    return 2 * (moment.weekday() >= 5) + night


def _log_chance(seen: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """An upper bound (Chernoff) of the logarithm of the chance of so many or more, where so many
    are expected: for a Poisson number. 0 where no more than expected were seen."""
    bound = seen - expected - seen * np.log(seen / expected)
    return np.where(seen > expected, bound, 0.0)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, BEIJING)


def _pairs(one: _Recent) -> Hashes:
    return np.frombuffer(one.pairs, dtype=np.uint32)


def _has(one: _Recent, bucket: int) -> bool:
    pairs = _pairs(one)
    at = int(np.searchsorted(pairs, bucket))
    return at < len(pairs) and int(pairs[at]) == bucket


def _words(texts: list[str], shown: str, bucket: int) -> tuple[str, ...]:
    """What the texts have in common and `shown` has too: words, or the pair of characters where
    each puts it otherwise."""
    found = tuple(word for word in common_words([t for t in texts if t]) if word in shown)
    return found or next(pairs_in(shown, bucket), ())


def _same(known: Iterable[str], cases: Iterable[str]) -> bool:
    before, now = set(known), set(cases)
    return len(before & now) >= _SHARED * min(len(before), len(now))
