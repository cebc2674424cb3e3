"""The pulled sources of this process: one loop each, so that a slow server keeps
nobody else waiting, and one that looks after the health of all doors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Event

from desk.sources.service import health_rules
from streams.history import HistoryLine, history_of
from streams.polling import SourceBusy, poll_once, watch
from streams.runtime import Runtime
from streams.sources.registry import Source, SourceContext, open_sources
from streams.sources.seam.base import PullSource, PushSource, SourceError
from streams.sources.seam.config import SourceEntry


@dataclass(frozen=True, slots=True)
class Pull:
    """A pulled source and how often it is asked."""

    source: PullSource
    channel: str
    seconds: float
    history: HistoryLine | None = None
    """What comes in as history."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The enabled sources of a process, by how they work."""

    all: dict[str, Source]
    entries: tuple[SourceEntry, ...]
    pulls: tuple[Pull, ...]
    pushes: dict[str, PushSource]


def open_doors(entries: Sequence[SourceEntry], around: SourceContext) -> Doors:
    """Builds the enabled sources. Raises `SourceError`: a door that cannot be opened as
    configured is told at the start, not found out by silence. One that needs a package that does
    not work is told, too, and its health is watched: the others open."""
    enabled = tuple(entry for entry in entries if entry.enabled)
    built = open_sources({entry.name: entry for entry in enabled}, around)
    pulls = tuple(
        Pull(source, entry.channel, entry.poll_minutes * 60, history_of(entry))
        for entry in enabled
        if isinstance(source := built.get(entry.name), PullSource)
    )
    pushes = {name: source for name, source in built.items() if isinstance(source, PushSource)}
    return Doors(all=built, entries=enabled, pulls=pulls, pushes=pushes)


def poll_step(
    runner: Runtime, pull: Pull, stop: Event, taken: Callable[[], None]
) -> Callable[[], bool]:
    """One turn of a source's loop. Raises `SourceError` for the page to show."""

    def step() -> bool:
        try:
            result = poll_once(runner, pull.source, runner.clock, stop.is_set, pull.history)
        except SourceBusy:
            return False  # a person had it read just now, which is this turn
        if result.counts.new or result.counts.later:
            taken()
        if result.error:
            raise SourceError(result.error)
        # A person rewound the source meanwhile, and waits for what that brings.
        return result.moved

    return step


def watch_step(
    runner: Runtime, entries: Sequence[SourceEntry], is_workday: Callable[[date], bool]
) -> Callable[[], bool]:
    """One look at the health of every door; what is wrong becomes an alert, once."""
    rules = [(entry, health_rules(entry)) for entry in entries]

    def step() -> bool:
        for entry, wanted in rules:
            watch(runner, entry.name, entry.channel, wanted, runner.clock(), is_workday)
        return False

    return step
