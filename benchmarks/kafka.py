"""`make bench-kafka`: the production mode against its references, in one run.

One broker, one Elasticsearch node, two partitions, two worker processes, all on this
machine; every rate is taken from the same messages on the same topics. Bare Faust and
ours are measured with one worker as well: on two cores, two workers and both servers
are in each other's way.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from benchmarks.messages import write_board_csv
from cases.record.messages import encode_message, observe
from desk.ground import production, wiring
from sinks.ledger.base import Change, Page, Query
from streams.kafka.log import AlertWriter, DeadLetterWriter, JournalWriter
from streams.kafka.rebuild import journal_length, rebuild
from streams.process import Ports
from streams.sources.registry import file_source
from tests.installation import ROOT, Installation, until
from tests.servers import Elasticsearch, Kafka

WORKERS = 2
SINGLE = 200
"""So many messages of the one-at-a-time reference are enough to know its rate."""
PATIENCE = 1_200
"""Seconds for the messages of one kind of worker, on a machine that does other things as well."""


class _Work(NamedTuple):
    """What the processes of a kind did."""

    rate: float
    """Messages a second."""
    cpu: float
    """Microseconds of a worker's CPU for a message, its start not counted."""


def _lines(folder: Path, mode: str) -> list[list[tuple[float, int, float]]]:
    """Of each worker that has had a batch: (done at, messages, CPU by then) of its batches."""
    files = sorted(folder.glob(f"{mode}-*.times"))
    split = ([line.split() for line in path.open()] for path in files)
    return [[(float(at), int(n), float(cpu)) for at, n, cpu in lines] for lines in split]


def _judged(workers: list[list[tuple[float, int, float]]]) -> _Work:
    """From when every worker had done its first batch: starting, joining and what a client
    has fetched ahead by then are not what is measured, in no mode."""
    begin = max(lines[0][0] for lines in workers)
    later = [(at, n) for lines in workers for at, n, _ in lines if at > begin]
    used = sum(lines[-1][2] - lines[0][2] for lines in workers)
    counted = sum(n for lines in workers for _, n, _ in lines[1:])
    seconds = max(at for at, _ in later) - begin
    return _Work(sum(n for _, n in later) / seconds, used / counted * 1e6)


def _work(
    town: Installation, mode: str, enough: int, within: float, workers: int = WORKERS
) -> _Work:
    """Until they have had `enough` messages, all but the last of which wait."""
    processes = []
    for n in range(workers):
        log = (town.folder / f"{mode}-{n}.log").open("wb")
        processes.append(
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.kafka_worker",
                    mode,
                    str(town.folder / f"{mode}-{n}.times"),
                ],
                cwd=ROOT,
                env={**os.environ, **town.environment, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        )
    try:

        def done() -> bool:
            assert all(process.poll() is None for process in processes), f"see {mode}-*.log"
            return sum(line[1] for lines in _lines(town.folder, mode) for line in lines) >= enough

        until(done, within)
        return _judged(_lines(town.folder, mode))
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


def _stages(folder: Path) -> Counter[str]:
    """Seconds by stage, added up over the workers."""
    total: Counter[str] = Counter()
    for path in folder.glob("ours-*.stages"):
        total.update(json.loads(path.read_text()))
    return total


def _feed(town: Installation, path: Path) -> float:
    start = time.perf_counter()
    result = town.feed(path)
    assert not result.error, result.error
    return time.perf_counter() - start


class _Round(NamedTuple):
    """Messages a second on one topic."""

    bare: float
    ours: float
    loop: float
    floor: float


def _ratio(rounds: list[_Round], to: Callable[[_Round], float]) -> float:
    return median(each.ours / to(each) for each in rounds)


RATIOS: Final[tuple[tuple[str, Callable[[_Round], float]], ...]] = (
    ("huiyin worker to bare Faust", lambda each: each.bare),
    ("huiyin worker to a plain aiokafka loop around the same work", lambda each: each.loop),
    (
        "huiyin worker to the floor (decode, a ledger write, a journal write)",
        lambda each: each.floor,
    ),
)


class _NoLedger:
    """Takes everything and has nothing: for filling a journal fast."""

    def load(self, _case_ids: object) -> dict[str, object]:
        return {}

    def store(self, _changes: list[Change]) -> tuple[str, ...]:
        return ()


def _rebuild(town: Installation, path: Path, progress: Callable[[str], None]) -> str:
    settings = town.settings
    processor = wiring.build_processor(settings)
    writer = production.writer(settings, 60)
    topics = production.cluster(settings).topics
    ports = Ports(
        ledger=_NoLedger(),  # type: ignore[arg-type]
        journal=JournalWriter(writer, topics),
        alerts=AlertWriter(writer, topics),
        dead_letters=DeadLetterWriter(writer, topics),
    )
    reader = file_source(wiring.build_sources(settings), "board-export")
    cases = 0
    for batch in reader.read(path, now=settings.clock()):
        data = [encode_message(observe(each, "")) for each in batch.found]  # type: ignore[arg-type]
        processor.process(data, ports, settings.clock())
        cases += len(data)
    writer.close()
    progress(f"journal of {cases:,} cases written")
    parts = production.ledger(settings)
    records = journal_length(production.address(settings))
    start = time.perf_counter()
    done = rebuild(production.address(settings), parts.ledger)
    seconds = time.perf_counter() - start
    assert done.cases == cases
    return (
        f"rebuild: {done.cases:,} cases from {records:,} events in {seconds:.0f} s "
        f"({done.cases / seconds:,.0f} cases/s)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        help="of bare Faust and ours in turn, for each number of workers",
    )
    parser.add_argument("--rebuild", type=int, default=0, metavar="CASES")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="huiyin-bench-") as name:
        folder = Path(name)
        write_board_csv(folder / "messages.csv", wanted.rows)
        with (
            Kafka(folder / "kafka") as kafka,
            Elasticsearch(folder / "elasticsearch") as elasticsearch,
        ):
            _Bench(folder, wanted.rows, kafka, elasticsearch).run(wanted.rounds)
            if wanted.rebuild:
                write_board_csv(folder / "many.csv", wanted.rebuild)
                (folder / "again").mkdir()
                again = Installation(folder / "again", kafka, elasticsearch)
                again.create()
                print(_rebuild(again, folder / "many.csv", print), flush=True)


class _Bench:
    def __init__(self, folder: Path, rows: int, kafka: Kafka, elasticsearch: Elasticsearch) -> None:
        self._folder = folder
        self._rows = rows
        self._kafka = kafka
        self._elasticsearch = elasticsearch
        self._messages = folder / "messages.csv"

    def _town(self, name: str) -> Installation:
        (self._folder / name).mkdir()
        town = Installation(self._folder / name, self._kafka, self._elasticsearch)
        town.create()
        return town

    def run(self, rounds: int) -> None:
        print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
        # First, as it warms the servers up: they compile what they do often.
        searchable = self._live()
        town = self._town("single")
        feeding = _feed(town, self._messages)
        print(f"intake alone: {self._rows / feeding:,.0f} items/s", flush=True)
        single = _work(town, "single", SINGLE, PATIENCE).rate
        print(f"one at a time, SnowNLP, one index call each: {single:,.1f} messages/s", flush=True)
        alone = [self._round(n, 1) for n in range(rounds)]
        both = [self._round(n, WORKERS) for n in range(rounds)]
        drained = median(each.ours for each in both)
        print(
            f"file to searchable ledger, {WORKERS} workers: {searchable:,.0f} items/s\n"
            f"ratio to one at a time: {searchable / single:,.0f} × "
            f"(messages waiting: {drained / single:,.0f} ×)\n"
            + "\n".join(
                f"{title}, median of {rounds}: one worker {_ratio(alone, to):.2f}, "
                f"{WORKERS} workers {_ratio(both, to):.2f}"
                for title, to in RATIOS
            )
            + f"\nload at the end: {os.getloadavg()[0]:.1f}",
            flush=True,
        )

    def _live(self) -> float:
        """Items a second from a file until all of them are found."""
        town = self._town("live")
        for _ in range(WORKERS):
            town.start_worker()
        until(lambda: all("处理进程启动" in worker.said() for worker in town.workers), 60)
        time.sleep(10)  # until both have joined: nothing says so from outside
        parts = production.ledger(town.settings)
        start = time.perf_counter()
        _feed(town, self._messages)

        def all_found() -> bool:
            found: Page = parts.ledger.search(Query(limit=1))
            return found.total == self._rows

        until(all_found, PATIENCE)
        seconds = time.perf_counter() - start
        town.close()
        return self._rows / seconds

    def _round(self, number: int, workers: int) -> _Round:
        """Bare Faust, ours, and in a plain aiokafka loop the same work and the floor. The loop gets
        a topic and a ledger of its own: what is known already costs less."""
        town = self._town(f"round-{workers}-{number}")
        _feed(town, self._messages)
        bare = _work(town, "bare", self._rows, PATIENCE, workers)
        before = self._used()
        ours = _work(town, "ours", self._rows, PATIENCE, workers)
        broker, ledger = (
            (now - then) / self._rows * 1e6 for now, then in zip(self._used(), before, strict=True)
        )
        print(
            f"bare noack_take(500), {workers} workers: {bare.rate:,.0f} messages/s, "
            f"{bare.cpu:.0f} µs CPU each\n"
            f"huiyin worker, {workers} workers, messages waiting: {ours.rate:,.0f} messages/s, "
            f"{ours.cpu:.0f} µs CPU each (Kafka {broker:.0f}, Elasticsearch {ledger:.0f}): "
            f"{ours.rate / bare.rate:.2f}",
            flush=True,
        )
        stages = sorted(_stages(town.folder).items(), key=lambda pair: -pair[1])
        print(
            "  µs a message:", *(f"{s} {t / self._rows * 1e6:.0f}" for s, t in stages), flush=True
        )
        town.close()
        plain = self._town(f"loop-{workers}-{number}")
        _feed(plain, self._messages)
        loop = _work(plain, "loop", self._rows, PATIENCE, workers)
        floor = _work(plain, "floor", self._rows, PATIENCE, workers)
        plain.close()
        print(
            f"plain aiokafka loop, {workers} workers: {loop.rate:,.0f} messages/s, "
            f"{loop.cpu:.0f} µs CPU each: Faust's worker makes {ours.rate / loop.rate:.2f} of it\n"
            f"floor, {workers} workers: {floor.rate:,.0f} messages/s, {floor.cpu:.0f} µs CPU each "
            f"(load {os.getloadavg()[0]:.1f})",
            flush=True,
        )
        return _Round(bare.rate, ours.rate, loop.rate, floor.rate)

    def _used(self) -> tuple[float, float]:
        return self._kafka.cpu_seconds, self._elasticsearch.cpu_seconds


if __name__ == "__main__":
    main()
