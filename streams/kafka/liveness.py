"""Whether the workers get on: what is committed against what is there.

A consumer can die quietly while its process lives, so "the process is up" says
nothing. Work that waits while nothing is committed says it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec import Struct

from streams.kafka.connection import KafkaAddress
from streams.kafka.reader import Reader
from streams.kafka.topics import Topics


class Lag(Struct, frozen=True, kw_only=True):
    """One moment, by partition of the inbox."""

    committed: Mapping[int, int]
    ends: Mapping[int, int]

    @property
    def waiting(self) -> Mapping[int, int]:
        """Messages that no worker has acknowledged."""
        return {p: max(0, end - self.committed.get(p, 0)) for p, end in self.ends.items()}

    @property
    def total(self) -> int:
        return sum(self.waiting.values())


def lag(address: KafkaAddress) -> Lag:
    """Raises `LogError` and `LogDown`."""
    with Reader(address, group=address.group) as reader:
        return lag_of(reader, Topics(address.prefix).inbox)


def lag_of(reader: Reader, inbox: str) -> Lag:
    """The same with a reader of the group that is open. Raises `LogError` and `LogDown`."""
    committed = reader.committed(inbox)
    return Lag(
        committed={partition: offset for (_, partition), offset in committed.items()},
        ends={partition: offset for (_, partition), offset in reader.ends(inbox).items()},
    )


class Liveness:
    """Alive while nothing waits, or while what is committed moves on."""

    def __init__(self, patience: float, now: Callable[[], float] = time.monotonic) -> None:
        """`patience`: seconds that waiting work may stand still."""
        self._patience = patience
        self._now = now
        self._last: Lag | None = None
        self._moved = now()

    def see(self, found: Lag) -> None:
        if self._last is None or found.total == 0 or found.committed != self._last.committed:
            self._moved = self._now()
        self._last = found

    @property
    def waiting(self) -> int | None:
        """Messages that waited when it was looked last; None before the first time."""
        return None if self._last is None else self._last.total

    @property
    def stalled(self) -> float:
        """Seconds that waiting work has stood still; 0 when nothing waits."""
        if self._last is None or not self._last.total:
            return 0.0
        return self._now() - self._moved

    @property
    def alive(self) -> bool:
        return self.stalled <= self._patience
