"""Which messages are about the same matter, told one message at a time.

Two messages belong together when they are nearly the same text and not certainly
about different places (a form letter from another estate is another matter), when they
name the same place and describe the same problem, or when neither can be told by a place and
both ask about the same subject. A message is compared with a few candidates found by hash
or by a word of the title, never with everything; what nobody has written
about for weeks is forgotten, so memory is bounded and the state can be saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

import msgspec
import numpy as np

from cases.words.times import beijing
from classifiers.matter.likeness import member_of, sameness
from classifiers.matter.places import apart, district, elsewhere
from classifiers.matter.types import BurstRule, Link, Matter, MatterState, Member, Sighting
from classifiers.rules.tables import CrowdTable
from classifiers.text.near import Signature, bands, shingles, signature, similarity

__all__ = [
    "BurstRule",
    "Link",
    "Matter",
    "MatterState",
    "Matters",
    "Member",
    "Sighting",
    "decode",
    "encode",
]

K = TypeVar("K", int, str)

_SAME_TEXT = 0.5
_NEARLY = 0.85
_CERTAIN = 1.5
"""Half again as alike as they have to be: closer than that says nothing more."""
_SECOND = 0.5
"""Least sameness with a second member, where a matter has more than …"""
_ENOUGH_ALONE = 2
_MEMBERS_COMPARED = 6
_CANDIDATES = 40
_PEOPLE_KEPT = 2_000
_CASES_KEPT = 5_000


class Matters:
    """The live matters of a desk.

    `add` is idempotent by case_id: a message shown again changes nothing. Not safe for
    concurrent use; one stream owns it.
    """

    def __init__(
        self,
        crowd: CrowdTable,
        burst: BurstRule | None = None,
        *,
        max_age: timedelta = timedelta(days=60),
        limit: int = 20_000,
        latest: int = 5_000,
    ) -> None:
        """Letters further apart than `max_age` are never of one matter. A matter that old is
        forgotten once `latest` more messages were added: files of past years do not come in the
        order in which they were written. So are the longest silent ones when there are more than
        `limit`. Without a `burst` rule nothing is a burst."""
        self._crowd = crowd
        self._burst = burst
        self._max_age = max_age.total_seconds()
        self._limit = limit
        self._latest = latest
        self._added = 0
        self._matters: dict[str, Matter] = {}
        self._by_case: dict[str, str] = {}
        self._by_band: dict[int, list[str]] = {}
        self._by_place: dict[str, list[str]] = {}
        self._by_word: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self._matters)

    def add(self, sighting: Sighting) -> Link:
        """Put a message into its matter."""
        at = beijing(sighting.at).timestamp()
        known = self._matters.get(self._by_case.get(sighting.case_id, ""))
        if known is not None:
            return self._link(known, at, joined=known.case_count > 1, reason="same text")
        sign = signature(shingles(f"{sighting.text.title}{sighting.text.body}"))
        where = district(sighting.text)
        member = member_of(sighting, sign)
        self._added += 1
        matter, reason = self._closest(sign, member, where, sighting.person, at)
        repeat = matter is not None and sighting.person in matter.people
        if matter is None:
            matter = self._begin(sighting, where, at)
        self._join(matter, member, sign, sighting, at)
        self._forget(at)
        joined = reason != "new"
        link = self._link(matter, at, joined=joined, reason=reason)
        return msgspec.structs.replace(link, repeat=repeat, burst=self._came(matter, at))

    def cases(self, matter_id: str) -> list[str]:
        """The case ids of a live matter, oldest first."""
        matter = self._matters.get(matter_id)
        return [] if matter is None else list(matter.cases)

    def state(self) -> MatterState:
        """Everything needed to go on after a restart."""
        return MatterState(list(self._matters.values()), self._added)

    def restore(self, state: MatterState) -> None:
        """Replace what is known by a saved state."""
        self._matters.clear()
        self._by_case.clear()
        self._by_band.clear()
        self._by_place.clear()
        self._by_word.clear()
        self._added = state.added
        for matter in state.matters:
            self._matters[matter.matter_id] = matter
            for case_id in matter.cases:
                self._by_case[case_id] = matter.matter_id
            for member in matter.members:
                self._index(matter, member, np.frombuffer(member.signature, np.uint32))

    def _closest(
        self, sign: Signature, member: Member, where: str, person: str, at: float
    ) -> tuple[Matter | None, str]:
        """Of the matters that are close enough, and nearly as close as the closest, the largest:
        pieces of one matter grow together. And why."""
        found: list[tuple[float, Matter, str]] = []
        buckets = [
            *(self._by_band.get(key) for key in bands(sign)),
            *(self._by_place.get(key) for key in member.places),
            *(self._by_word.get(key) for key in member.found_by),
        ]
        for matter_id in _recent(buckets):
            matter = self._within_reach(matter_id, at)
            if matter is None:
                continue
            near = _near(matter, member, person)
            reasons = [_same_text(sign, other) for other in near]
            if not elsewhere(where, matter.district):
                reasons += [sameness(member, other) for other in near]
            score, reason = max(reasons, default=(0.0, ""))
            if reason != "same text" and _alone(reasons):
                continue
            if score >= 1:
                same_text = any(told == "same text" and own >= 1 for own, told in reasons)
                found.append((score, matter, "same text" if same_text else reason))
        if not found:
            return None, "new"
        enough = _NEARLY * min(_CERTAIN, max(score for score, _, _ in found))
        _, matter, reason = max(
            (one for one in found if one[0] >= enough), key=lambda one: (one[1].case_count, one[0])
        )
        return matter, reason

    def _within_reach(self, matter_id: str, at: float) -> Matter | None:
        """The matter, unless it was silent for too long before `at`, or began too long after."""
        matter = self._matters.get(matter_id)
        if matter is None or max(at - matter.last_at, matter.first_at - at) > self._max_age:
            return None
        return matter

    def _begin(self, sighting: Sighting, where: str, at: float) -> Matter:
        matter = Matter(
            matter_id=sighting.case_id,
            district=where,
            members=[],
            cases={},
            case_count=0,
            people={},
            people_count=0,
            first_at=at,
            last_at=at,
        )
        self._matters[matter.matter_id] = matter
        return matter

    def _join(
        self,
        matter: Matter,
        member: Member,
        sign: Signature,
        sighting: Sighting,
        at: float,
    ) -> None:
        # The first member stays as the anchor, so that a matter cannot drift away.
        matter.members.append(member)
        self._index(matter, member, sign)
        if len(matter.members) > _MEMBERS_COMPARED:
            self._unindex(matter, matter.members.pop(1))
        person = sighting.person or f"case {sighting.case_id}"
        new_person = person not in matter.people
        matter.people[person] = max(at, matter.people.get(person, at))
        matter.people_count += new_person
        if len(matter.people) > _PEOPLE_KEPT:
            del matter.people[min(matter.people, key=lambda name: matter.people[name])]
        matter.cases[sighting.case_id] = 0
        self._by_case[sighting.case_id] = matter.matter_id
        if len(matter.cases) > _CASES_KEPT:
            oldest = next(iter(matter.cases))
            del matter.cases[oldest]
            self._by_case.pop(oldest, None)
        matter.case_count += 1
        matter.touched = self._added
        matter.first_at = min(matter.first_at, at)
        matter.last_at = max(matter.last_at, at)
        # Keep the dictionary in the order of last activity: _forget looks at its head.
        self._matters[matter.matter_id] = self._matters.pop(matter.matter_id)

    def _index(self, matter: Matter, member: Member, sign: Signature) -> None:
        for key in bands(sign):
            _remember(self._by_band.setdefault(key, []), matter.matter_id)
        for place in member.places:
            _remember(self._by_place.setdefault(place, []), matter.matter_id)
        for word in member.found_by:
            _remember(self._by_word.setdefault(word, []), matter.matter_id)

    def _unindex(self, matter: Matter, gone: Member) -> None:
        """Forget where a member stood, but for what the remaining members share."""
        kept_bands = {key for other in matter.members for key in _bands_of(other)}
        for key in set(_bands_of(gone)) - kept_bands:
            _drop(self._by_band, key, matter.matter_id)
        kept_places = {place for other in matter.members for place in other.places}
        for place in set(gone.places) - kept_places:
            _drop(self._by_place, place, matter.matter_id)
        kept_words = {word for other in matter.members for word in other.found_by}
        for word in set(gone.found_by) - kept_words:
            _drop(self._by_word, word, matter.matter_id)

    def _forget(self, now: float) -> None:
        while self._matters:
            oldest = next(iter(self._matters.values()))
            recent = self._added - oldest.touched < self._latest
            fresh = recent or now - oldest.last_at <= self._max_age
            if len(self._matters) <= self._limit and fresh:
                return
            del self._matters[oldest.matter_id]
            for case_id in oldest.cases:
                self._by_case.pop(case_id, None)
            while oldest.members:
                self._unindex(oldest, oldest.members.pop())

    def _came(self, matter: Matter, at: float) -> int:
        """A case came at `at`; gives the number within the window when a burst begins. It is
        over when only half as many are left: one that hovers at the limit is told once."""
        rule = self._burst
        if rule is None:
            return 0
        window = rule.hours * 3600
        arrivals = sorted((*matter.arrivals, at))
        arrivals = [each for each in arrivals if arrivals[-1] - each <= window]
        # More than that tells nothing new.
        matter.arrivals = arrivals[-rule.cases :]
        count = len(arrivals)
        if count >= rule.cases and not matter.burst:
            matter.burst = True
            return count
        if count <= rule.cases // 2:
            matter.burst = False
        return 0

    def _people(self, matter: Matter, at: float) -> int:
        window = self._crowd.window_hours * 3600
        return sum(abs(at - seen) <= window for seen in matter.people.values())

    def _link(self, matter: Matter, at: float, *, joined: bool, reason: str) -> Link:
        people = self._people(matter, at)
        return Link(
            matter_id=matter.matter_id,
            joined=joined,
            reason=reason,
            cases=matter.case_count,
            people=people,
            crowd=people >= self._crowd.distinct_people,
        )


def encode(state: MatterState) -> bytes:
    """The state as bytes for a file or a record."""
    return msgspec.msgpack.encode(state)


def decode(content: bytes) -> MatterState:
    """The state from bytes. Raises `msgspec.MsgspecError` on anything else."""
    return msgspec.msgpack.decode(content, type=MatterState)


def _same_text(sign: Signature, other: Member) -> tuple[float, str]:
    return similarity(sign, np.frombuffer(other.signature, np.uint32)) / _SAME_TEXT, "same text"


def _alone(reasons: list[tuple[float, str]]) -> bool:
    """Whether of several members only one is like the message: so a matter drifts from one
    company to the next."""
    own = sorted((score for score, told in reasons if told != "same text"), reverse=True)
    return len(own) > _ENOUGH_ALONE and own[1] < _SECOND


def _near(matter: Matter, member: Member, person: str) -> list[Member]:
    """Members that are not certainly somewhere else. Who writes again about a matter may
    name the place another way."""
    if person in matter.people:
        return matter.members
    return [other for other in matter.members if not apart(member.spots, other.spots)]


def _bands_of(member: Member) -> list[int]:
    return bands(np.frombuffer(member.signature, np.uint32))


def _recent(buckets: Iterable[list[str] | None]) -> list[str]:
    """Matter ids of some buckets, the latest first, each once."""
    found: dict[str, None] = {}
    for bucket in buckets:
        for matter_id in reversed(bucket or ()):
            found.setdefault(matter_id)
    return list(found)[:_CANDIDATES]


def _remember(bucket: list[str], matter_id: str) -> None:
    """Move to the end; a crowded bucket forgets its oldest."""
    if matter_id in bucket:
        bucket.remove(matter_id)
    bucket.append(matter_id)
    if len(bucket) > _CANDIDATES:
        del bucket[0]


def _drop(buckets: dict[K, list[str]], key: K, matter_id: str) -> None:
    bucket = buckets.get(key, [])
    if matter_id in bucket:
        bucket.remove(matter_id)
    if not bucket:
        buckets.pop(key, None)
