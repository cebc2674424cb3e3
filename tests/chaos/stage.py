"""The stage for fault runs: items and desk actions flow, workers are restarted when they
fall, and at the end everything is counted and compared with an undisturbed run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from benchmarks.messages import write_board_csv
from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.ground import production, wiring
from desk.ground.settings import Settings, read_settings
from sinks.ledger.base import LedgerUnavailable, Query
from sinks.reports.export import csv_lines, jsonl
from streams.audit import Audit
from streams.intake import IntakeCounts
from streams.kafka.errors import LogDown
from streams.sources.registry import file_source
from streams.sources.seam.base import Batch
from tests.installation import Installation, Worker, until
from tests.servers import Elasticsearch, Kafka
from tests.standins.refusing import RefusingProxy

ROWS = 600
CHUNKS = 8
NOW = "2026-11-22T09:00"
UNIT = "housing"


class Taker(Protocol):
    """What the flow needs of a runtime."""

    def take(self, source: str, batch: Batch) -> IntakeCounts: ...

    def act(self, action: Action) -> None: ...


def chunks(path: Path, settings: Settings) -> list[Batch]:
    """The file in `CHUNKS` batches, and its first rows once more with more likes."""
    reader = file_source(wiring.build_sources(settings), "board-export")
    found = [each for batch in reader.read(path, now=settings.clock()) for each in batch.found]
    size = -(-len(found) // CHUNKS)
    items = iter(found)
    return [Batch(found=tuple(part)) for part in iter(lambda: list(islice(items, size)), [])]


def actions(number: int, batch: Batch, settings: Settings) -> list[Action]:
    """What the desk does with some of the cases of a chunk. Each case keeps its order."""
    ids = [each.case_id for each in batch.found if hasattr(each, "case_id")][:20]
    desk = Actor(id="wang", role=Role.DESK)
    unit = Actor(id="li", role=Role.RESPONDER, unit=UNIT)
    steps: list[tuple[Actor, do.AnyCommand]] = [
        (desk, do.Assign(lead=UNIT, reason="重新派单")),
        (unit, do.Acknowledge()),
        (unit, do.LogContact(text="已电话联系来信人")),
    ]
    return [
        Action(
            message_id=f"a-{number}-{case_id}-{step}",
            case_id=case_id,
            actor=actor,
            command=command,
            at=settings.clock(),
        )
        for case_id in ids
        for step, (actor, command) in enumerate(steps)
    ]


def flow(
    taker: Taker,
    batches: list[Batch],
    settings: Settings,
    rest: float,
    gate: threading.Event | None = None,
) -> None:
    """Everything, chunk by chunk, all but the first behind the `gate`. What fails because a
    server is away is done again."""
    for number, batch in enumerate(batches):
        if number and gate is not None:
            gate.wait()
        _insisting(lambda batch=batch: taker.take("board-export", batch))  # type: ignore[misc]
        for action in actions(number, batch, settings):
            _insisting(lambda action=action: taker.act(action))  # type: ignore[misc]
        time.sleep(rest)


def _insisting(step: Callable[[], object]) -> None:
    while True:
        try:
            step()
        except (LogDown, LedgerUnavailable):
            time.sleep(0.3)
        else:
            return


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What the same input gives where nothing happens: the embedded runtime, once."""

    path: Path
    batches: list[Batch]
    exported: tuple[bytes, bytes]
    messages: int


def undisturbed(folder: Path, rows: int = ROWS) -> Undisturbed:
    path = folder / "messages.csv"
    write_board_csv(path, rows)
    settings = read_settings({"HUIYIN_HOME": str(folder / "calm"), "HUIYIN_NOW": NOW})
    batches = chunks(path, settings)
    runner = wiring.open_runner(settings)
    flow(runner, batches, settings, 0)
    runner.pump_all()
    name = wiring.build_router(settings).register.name
    cases = runner.store.ledger
    exported = (
        b"".join(jsonl(cases.scan(Query()), name)),
        b"".join(csv_lines(cases.scan(Query()), name)),
    )
    runner.store.close()
    messages = rows + sum(
        len(actions(number, batch, settings)) for number, batch in enumerate(batches)
    )
    return Undisturbed(path, batches, exported, messages)


@dataclass(slots=True)
class Slot:
    """A place where a worker runs; whoever falls is started again."""

    worker: Worker | None = None
    wanted: bool = True
    starts: int = 0


class Stage:
    """One fault run. `kafka` and `elasticsearch` are the scenario's to stop and freeze."""

    def __init__(
        self, town: Installation, kafka: Kafka, elasticsearch: Elasticsearch, calm: Undisturbed
    ) -> None:
        self.town = town
        self.kafka = kafka
        self.elasticsearch = elasticsearch
        self.calm = calm
        self.notes: list[str] = []
        self.expected_dead = 0
        self.slots: list[Slot] = []
        self._over = threading.Event()
        self._tender = threading.Thread(target=self._tend, daemon=True)
        self.feeder: threading.Thread | None = None
        self.proxy: RefusingProxy | None = None
        self._tender.start()

    def _tend(self) -> None:
        while not self._over.wait(0.1):
            for slot in self.slots:
                if slot.wanted and (slot.worker is None or not slot.worker.running):
                    slot.worker = self.town.start_worker()
                    slot.starts += 1

    def worker(self, **fault: str) -> Slot:
        """A new worker, the first time with these variables."""
        slot = Slot(self.town.start_worker(**fault), starts=1)
        self.slots.append(slot)
        return slot

    def start_flow(self, rest: float, gate: threading.Event | None = None) -> None:
        """Items and actions begin to come, in a thread of their own."""

        def feed() -> None:
            runner = production.open_runner(self.town.settings, name="feed")
            try:
                flow(runner, self.calm.batches, self.town.settings, rest, gate)
            finally:
                runner.store.close()

        self.feeder = threading.Thread(target=feed, daemon=True)
        self.feeder.start()

    def begin_flow(self, rest: float) -> None:
        """The workers are at it, and most of the flow is still to come: however fast they are,
        what is done to them next meets them at work."""
        gate = threading.Event()
        self.start_flow(rest, gate)
        try:
            self.until_some()
        finally:
            gate.set()

    @property
    def processed(self) -> int:
        """Messages acknowledged so far; -1 while nobody can say."""
        from streams.kafka.liveness import lag

        with suppress(LogDown):
            return sum(lag(production.address(self.town.settings)).committed.values())
        return -1

    def until_more(self, within: float = 60.0) -> float:
        """Waits for the workers to get on, or to be done; gives the seconds."""
        before, start = self.processed, time.monotonic()

        def moved() -> bool:
            if self.processed > before:
                return True
            fed = self.feeder is not None and not self.feeder.is_alive()
            return fed and self.town.waiting == 0

        until(moved, within, self._diagnosis)
        return time.monotonic() - start

    def until_some(self, n: int = 1, within: float = 90.0) -> None:
        until(lambda: self.processed >= n, within, self._diagnosis)

    def until_fallen(self, slot: Slot, starts: int, within: float = 90.0) -> None:
        """Until the worker of this slot has been started so many times."""
        until(lambda: slot.starts >= starts, within, self._diagnosis)

    def finish(self, within: float = 120.0) -> Audit:
        """Lets everything come to an end, and gives the proof."""
        if self.feeder is not None:
            self.feeder.join(within)
            assert not self.feeder.is_alive(), "the flow hangs"
        until(lambda: self.town.waiting == 0, within, self._diagnosis)
        self._over.set()
        self._tender.join()
        for slot in self.slots:
            slot.wanted = False
            if slot.worker is not None and slot.worker.running:
                with suppress(Exception):
                    slot.worker.stop()
        return self.town.audit()

    def exports_equal(self) -> bool:
        return self.town.export() == self.calm.exported

    def _diagnosis(self) -> str:
        return "\n".join(
            f"--- {worker.log.name}\n{worker.said()[-1500:]}" for worker in self.town.workers
        )

    def close(self) -> None:
        self._over.set()
        self._tender.join()
        self.town.close()


@contextmanager
def stage(
    folder: Path,
    kafka: Kafka,
    elasticsearch: Elasticsearch,
    calm: Undisturbed,
    **more: Any,
) -> Iterator[Stage]:
    folder.mkdir(parents=True, exist_ok=True)
    town = Installation(folder, kafka, elasticsearch, now=NOW, **more)
    town.create()
    it = Stage(town, kafka, elasticsearch, calm)
    try:
        yield it
    finally:
        it.close()


__all__ = ["Stage", "Undisturbed", "stage", "undisturbed"]
