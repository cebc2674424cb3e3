"""The intake on Kafka: observations first, acknowledged; then how far we are.

A crash in between reads a batch again. Its observations get the ids they had, so
what is written twice is one message; its dead letters name their occurrence.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from cases.alerts import Alert
from cases.record.case import OPEN_STATES
from cases.record.item import content_hash
from cases.record.messages import Observation, decode_message
from sinks.files import FileStore
from sinks.ledger.base import Ledger, Order, Query
from streams.dead_letters import DeadLetter
from streams.intake import ERASED_VERSION, IntakeCounts, Taken, take
from streams.kafka.connection import KafkaAddress
from streams.kafka.keyring import ring_of
from streams.kafka.log import AlertWriter, DeadLetterWriter, Inbox
from streams.kafka.oversized import Oversized
from streams.kafka.progress import Progress
from streams.kafka.reader import Reader
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.metrics import Metrics
from streams.sources.seam.base import Batch, OpenItem
from streams.sources.seam.health import SourceHealth

POLLER = "intake"
"""Writer name of the polling process; imports have one each."""
MOST_RECHECKS = 500
_MOST_REMEMBERED = 300_000


class KafkaIntake:
    """Implements `IntakeStore`, and for `KafkaRunner` what a poll stores and reads. For one
    thread."""

    def __init__(
        self,
        address: KafkaAddress,
        writer: Writer,
        ledger: Ledger,
        clock: Callable[[], datetime],
        progress: Progress,
        *,
        files: FileStore,
        name: str = POLLER,
        metrics: Metrics | None = None,
    ) -> None:
        """`files`: takes what no record holds; `name`: who counts.

        Raises `LogError` and `LogDown`."""
        topics = Topics(address.prefix)
        self.clock = clock
        self.progress = progress
        self._metrics = metrics
        self._name = name
        self._ledger = ledger
        self._oversized = Oversized(files)
        self._inbox = Inbox(writer, topics)
        self._alerts = AlertWriter(writer, topics)
        self._letters = DeadLetterWriter(writer, topics)
        self._ring = ring_of(address)
        self._written: OrderedDict[str, str] = OrderedDict()
        self._remember_waiting(address, topics)

    def _remember_waiting(self, address: KafkaAddress, topics: Topics) -> None:
        """Versions that are in the inbox and not in the ledger yet."""
        with Reader(address, group=address.group) as reader:
            start, end = reader.committed(topics.inbox), reader.ends(topics.inbox)
            for entry in reader.read(start, end):
                try:
                    message = decode_message(entry.value or b"")
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
                if isinstance(message, Observation):
                    self._remember(message.case_id, version_after(message))

    def _remember(self, case_id: str, version: str) -> None:
        self._written[case_id] = version
        self._written.move_to_end(case_id)
        if len(self._written) > _MOST_REMEMBERED:
            self._written.popitem(last=False)

    # -- streams.intake.IntakeStore ------------------------------------------

    def known_versions(self, case_ids: Sequence[str]) -> dict[str, str]:
        """What was written last, else what the ledger has; no version of an erased case is
        taken in again. Raises `LedgerUnavailable`, `LogError`, `LogDown`."""
        asked = [case_id for case_id in case_ids if case_id not in self._written]
        known = {
            case_id: f"{case.version}#{case.versions}"
            for case_id, case in self._ledger.load(asked).items()
        }
        self._ring.catch_up()
        for case_id in case_ids:
            if self._ring.is_erased(case_id):
                known[case_id] = ERASED_VERSION
            elif case_id in self._written:
                known[case_id] = self._written[case_id]
        return known

    def store(self, taken: Taken) -> None:
        """Raises `LogError`, and `LogDown` when the writer's patience ends."""
        before = self.progress.counts(taken.source, self._name)
        self._inbox.append(taken.observations)
        self._letters.add_named(self._occurrences(taken, before.read))
        self.progress.move(taken.source, self._name, before + taken.counts, taken.cursor)
        for case_id, version in taken.versions.items():
            self._remember(case_id, version)

    def _occurrences(self, taken: Taken, read_before: int) -> list[tuple[DeadLetter, str]]:
        comings: Counter[str] = Counter()
        named = []
        for letter in taken.dead_letters:
            comings[letter.letter_id] += 1
            n = comings[letter.letter_id]
            named.append((letter, f"{self._name}|{read_before}|{letter.letter_id}|{n}"))
        return named

    # -- what a poll needs ------------------------------------------------------

    def take(self, source: str, batch: Batch) -> IntakeCounts:
        """Once it returns, the items are safe."""
        return take(source, self._oversized.take_out(batch), self, self.clock())

    def take_from(self, source: str, batch: Batch, cursor: str | None) -> IntakeCounts | None:
        return self.take(source, batch) if self.cursor(source) == cursor else None

    def cursor(self, source: str) -> str | None:
        return self.progress.cursor(source)

    def open_items(self, source: str) -> list[OpenItem]:
        query = Query(
            source=source, states=tuple(OPEN_STATES), order=Order.DUE, limit=MOST_RECHECKS
        )
        return [
            OpenItem(case.item.source_item_id, case.item.url, case.item.truncated)
            for case in self._ledger.search(query).cases
        ]

    def health(self, source: str) -> SourceHealth | None:
        self.progress.refresh()
        return self.progress.health(source)

    def change_health(
        self, source: str, change: Callable[[SourceHealth | None], SourceHealth]
    ) -> None:
        health = self.progress.change_health(source, change)
        if self._metrics is not None:
            self._metrics.source(health)

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self._alerts.raise_alerts(alerts)


def version_after(message: Observation) -> str:
    """The version known once this observation is stored, as `Taken.versions` names it."""
    number = int(message.replaces.partition("#")[2] or 0) + 1
    return f"{content_hash(message.item)}#{number}"
