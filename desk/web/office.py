"""What the pages need to know about this office."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import LifoQueue

from msgspec import Struct

from cases.rules import Rules
from cases.units import UnitKind, UnitRegister
from desk.background import LoopState
from desk.web.words import Teller
from streams.embedded.store import EmbeddedStore


class Readers:
    """Read-only connections to the data file, each used by one request at a time."""

    def __init__(self, path: Path, most: int = 4) -> None:
        self._path = path
        self._idle: LifoQueue[EmbeddedStore | None] = LifoQueue()
        for _ in range(most):
            self._idle.put(None)

    @contextmanager
    def reader(self) -> Iterator[EmbeddedStore]:
        """Waits for a connection to be free. Raises `StoreError`."""
        store = self._idle.get()
        try:
            store = store or EmbeddedStore(self._path, readonly=True)
            yield store
        finally:
            self._idle.put(store)

    def close(self) -> None:
        """Closes what is idle; for after the last request."""
        while not self._idle.empty():
            store = self._idle.get()
            if store is not None:
                store.close()


class Folder(Struct, frozen=True):
    """A watched folder, as the desk names it."""

    source: str
    path: Path


class Office(Struct, frozen=True, kw_only=True):
    """Rules, units, clock and data of the office whose desk this is."""

    rules: Rules
    register: UnitRegister
    clock: Callable[[], datetime]
    readers: Readers
    folders: tuple[Folder, ...] = ()
    loops: Callable[[], tuple[LoopState, ...]] = tuple
    """How the background work of this process is doing; empty where it runs elsewhere."""

    @property
    def high_risks(self) -> tuple[str, ...]:
        return self.rules.handling.risk.high

    def teller(self, now: datetime) -> Teller:
        return Teller(self.register, now)

    def unit_groups(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Units to choose from, by kind: (kind, ((id, name), …))."""
        return tuple(
            (
                kind.value,
                tuple(
                    (u.id, u.name) for u in self.register if u.kind is kind and not u.merged_into
                ),
            )
            for kind in UnitKind
        )
