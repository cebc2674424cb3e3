"""What was told, so that one event is told once, and what of it is muted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

_OVER: Final = 48 * 3600.0
"""An event that nobody has written about for so long is over."""
_KEPT: Final = 31 * 24 * 3600.0
"""Told events are kept for so long: a mute, which is no longer than that, may come late."""
_SHARED: Final = 0.5
"""An event is the one told before when this part of its messages is."""


class Told(Struct):
    cases: list[str]
    people: int
    last_at: float
    buckets: list[int] = []
    """The pairs by which it was found."""
    muted_until: float = 0.0
    muted_by: str = ""
    """The case whose mute covers it."""


class Telling(Struct, frozen=True):
    grown: bool
    muted_by: str


class ToldEvents:
    """Times are seconds since 1970."""

    def __init__(self, told: Iterable[Told] = ()) -> None:
        self.events = list(told)

    def tell(self, now: float, cases: list[str], bucket: int) -> Telling | None:
        """What is to be told of these cases, which speak of the pair `bucket`; None where it was
        told before and has not doubled since. A mute covers what goes on, and what begins anew
        about the same."""
        self.events = [each for each in self.events if now - each.last_at < _KEPT]
        known = next(
            (
                each
                for each in reversed(self.events)
                if (now - each.last_at < _OVER or each.muted_until > now)
                and _same(each.cases, cases)
            ),
            None,
        )
        if known is None:
            mute = next(
                (
                    each
                    for each in reversed(self.events)
                    if each.muted_until > now and bucket in each.buckets
                ),
                None,
            )
            new = Told(cases, len(cases), now, [bucket])
            if mute is not None:
                new.muted_until, new.muted_by = mute.muted_until, mute.muted_by
            self.events.append(new)
            return Telling(grown=False, muted_by=new.muted_by)
        known.last_at = now
        known.cases = list(dict.fromkeys((*known.cases, *cases)))
        known.buckets = list(dict.fromkeys((*known.buckets, bucket)))
        if len(cases) < 2 * known.people:
            return None
        known.people = len(cases)
        return Telling(grown=True, muted_by=known.muted_by if known.muted_until > now else "")

    def mute(self, case_id: str, until: float) -> None:
        """What was told of with this case calls nobody until then; 0 takes it back, also for what
        began meanwhile under this mute."""
        for each in self.events:
            if case_id in each.cases or each.muted_by == case_id:
                each.muted_until = until
                each.muted_by = case_id if until else ""


def _same(known: Iterable[str], cases: Iterable[str]) -> bool:
    before, now = set(known), set(cases)
    return len(before & now) >= _SHARED * min(len(before), len(now))
