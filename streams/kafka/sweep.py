"""The sweep in production: one leader at a time, taken up where the last one stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from cases.life.rules import Rules
from sinks.ledger.base import Ledger
from streams.kafka.connection import KafkaAddress
from streams.kafka.erasing import erase_what_came_late
from streams.kafka.keyring import ring_of
from streams.kafka.log import Inbox
from streams.kafka.progress import Progress
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.sweep import due_ticks


class LeaderSweep:
    """Called by the leader's timer. Sweeping twice, or by two leaders for a moment, asks
    once: the ids of the ticks are made of what they found."""

    def __init__(
        self,
        address: KafkaAddress,
        writer: Writer,
        ledger: Ledger,
        rules: Callable[[], Rules],
        clock: Callable[[], datetime],
    ) -> None:
        """`rules`: those that count at the moment of a sweep."""
        self._address = address
        self._writer = writer
        self._ledger = ledger
        self._rules = rules
        self._clock = clock
        self._inbox = Inbox(writer, Topics(address.prefix))
        self._progress: Progress | None = None
        self._asked: frozenset[str] = frozenset()
        """Ids asked for by this leader that may still wait in the inbox."""

    def sweep(self, every: timedelta) -> int:
        """Asks for looks; gives how many. Nothing when another leader swept less than
        half of `every` ago. Raises `LogError`, `LogDown`, `LedgerUnavailable`."""
        if self._progress is None:
            self._progress = Progress(self._address, self._writer)
        else:
            self._progress.refresh()
        erase_what_came_late(ring_of(self._address), self._writer)
        now = self._clock()
        last = self._progress.last_sweep()
        if last is not None and timedelta() <= now - last < every / 2:
            return 0
        ticks = due_ticks(self._ledger, self._rules(), now)
        fresh = [tick for tick in ticks if tick.message_id not in self._asked]
        self._inbox.append(fresh)
        self._asked = frozenset(tick.message_id for tick in ticks)
        # Last: a leader that dies before this line is followed by one that sweeps at once.
        self._progress.set_last_sweep(now)
        return len(fresh)
