"""The choices beside the ledger, each with how many cases it would leave."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.visibility import marks_of
from cases.record.case import OPEN_STATES, STATE_WORDS, State
from cases.words.actors import Actor
from cases.words.labels import Kind
from desk.ground.sight import facets
from desk.ledger.filters import OPEN, STATES, Filter
from sinks.ledger.base import Facets, Ledger, Order, Query

SECONDS: Final = 0.15
"""What the numbers may cost a page; beyond it they say ≥."""
_KEPT_SECONDS: Final = 10.0
_MOST_KEPT: Final = 64
SHOWN: Final = 6
"""Values of a facet before 更多."""


class Choice(Struct, frozen=True):
    text: str
    count: int
    href: str
    chosen: bool


class Facet(Struct, frozen=True):
    heading: str
    first: tuple[Choice, ...]
    more: tuple[Choice, ...]


class FacetMemory:
    """Counts again when something happened, or after a few seconds: due today moves."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[Query, tuple[str, ...]], tuple[int, float, Facets]] = {}

    def read(self, ledger: Ledger, query: Query, revision: int, actor: Actor) -> Facets:
        plain = replace(query, order=Order.NEWEST, limit=0, offset=0)
        key = (plain, (actor.role.value, *marks_of(actor)))
        with self._lock:
            at, until, known = self._kept.get(key, (-1, 0.0, Facets()))
        if at == revision and until > monotonic():
            return known
        found = facets(ledger, plain, actor, SECONDS)
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (revision, monotonic() + _KEPT_SECONDS, found)
        return found


def facet_links(
    found: Facets, wanted: Filter, unit_name: Callable[[str], str], *, units: bool
) -> tuple[Facet, ...]:
    """`units`: False for who sees one unit's cases only."""
    shown = [
        _facet("状态", "state", found.state, wanted, lambda name: STATES[name]),
        _facet("渠道", "channel", found.channel, wanted, str),
        _facet("单位", "unit", found.unit, wanted, unit_name),
        _facet("分类", "topic", found.topic, wanted, str),
        _facet("诉求", "kind", found.kind, wanted, str),
        _facet("风险", "risk", found.risk, wanted, str),
    ]
    if not units:
        shown.pop(2)
    return tuple(facet for facet in shown if facet.first)


def _facet(
    heading: str,
    name: str,
    counts: tuple[tuple[str, int], ...],
    wanted: Filter,
    word: Callable[[str], str],
) -> Facet:
    now = getattr(wanted, name) or ""
    if name == "state":
        order = [state.value for state in STATE_WORDS]
        if within := wanted.view_states:
            counts = tuple(pair for pair in counts if State(pair[0]) in within)
        running = sum(n for value, n in counts if State(value) in OPEN_STATES)
        counts = tuple(sorted(counts, key=lambda pair: order.index(pair[0])))
        counts = ((OPEN, running), *counts) if running else counts
    if now and now not in [value for value, _ in counts]:
        counts = (*counts, (now, 0))
    choices = [
        Choice(
            word(value),
            n,
            (
                wanted.without(name)
                if value == now
                else wanted.having(name, Kind(value) if name == "kind" else value)
            ).href,
            chosen=value == now,
        )
        for value, n in counts
    ]
    shown = SHOWN if name != "state" else len(choices)
    # What was chosen is seen without asking for more.
    first = choices[:shown] + [c for c in choices[shown:] if c.chosen]
    return Facet(heading, tuple(first), tuple(c for c in choices[shown:] if not c.chosen))
