"""How much waits for a person, as the navigation shows it beside each section."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final, Self

from msgspec import Struct

from cases.words.actors import Actor, Role
from desk.ground.context import DeskContext, PageStore

MOST: Final = 99
"""A person reads no more than "many" from a larger number, and counting it costs time."""

_LASTS: Final = 5.0
"""Seconds. What another process did without a message, like taking note of an alert, is seen
after them."""

Count = Callable[[PageStore, Actor], int]
"""How much waits for this person; counting may stop beyond `MOST`."""


class _Known(Struct, frozen=True):
    revision: int
    until: float
    words: dict[str, str]


class WaitingCounts:
    """Features say what waits in their section; the frame of every page asks.

    All people of one role and unit have the same numbers, so they are counted once for them,
    and again when something was processed."""

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}
        self._known: dict[tuple[Role, str], _Known] = {}
        self._lock = Lock()

    @classmethod
    def open(cls, desk: DeskContext) -> Self:  # noqa: ARG003  (every service is opened so)
        return cls()

    def register(self, section: str, count: Count) -> None:
        """`section`: as in `desk.http.sections`."""
        self._counts[section] = count

    def forget(self) -> None:
        """For what changes without a message: the next page counts again."""
        with self._lock:
            self._known.clear()

    def shown(self, store: PageStore, actor: Actor) -> dict[str, str]:
        """By the name of the section; one where nothing waits is missing."""
        key, revision = (actor.role, actor.unit), store.processed
        with self._lock:
            known = self._known.get(key)
        if known is not None and known.revision == revision and monotonic() < known.until:
            return known.words
        numbers = {name: count(store, actor) for name, count in self._counts.items()}
        words = {
            name: f"{number}" if number <= MOST else f"{MOST}+"
            for name, number in numbers.items()
            if number
        }
        with self._lock:
            self._known[key] = _Known(revision, monotonic() + _LASTS, words)
        return words
