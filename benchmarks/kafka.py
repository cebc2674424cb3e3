"""`make bench-kafka`: the production mode against its references, in one run.

One broker, one Elasticsearch node, two partitions, two worker processes, all on this
machine; every rate is taken from the same messages on the same topics.
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
from tempfile import TemporaryDirectory

from benchmarks.messages import write_board_csv
from desk import production, wiring
from sinks.ledger import Change, Page, Query
from streams.kafka.log import AlertWriter, DeadLetterWriter, JournalWriter
from streams.kafka.rebuild import journal_length, rebuild
from streams.process import Ports
from streams.sources.registry import file_source
from tests.installation import ROOT, Installation, until
from tests.servers import Elasticsearch, Kafka

WORKERS = 2
SINGLE = 200
"""So many messages of the one-at-a-time reference are enough to know its rate."""


def _spans(folder: Path, mode: str) -> list[tuple[float, float, int]]:
    lines = [line.split() for path in folder.glob(f"{mode}-*.times") for line in path.open()]
    return [(float(begin), float(end), int(n)) for begin, end, n in lines]


def _rate(spans: list[tuple[float, float, int]]) -> float:
    """Messages a second from the first to the last."""
    begin = min(span[0] for span in spans)
    end = max(span[1] for span in spans)
    return sum(span[2] for span in spans) / (end - begin)


def _work(town: Installation, mode: str, enough: int, within: float) -> float:
    """The rate of `WORKERS` processes of a kind until they have had `enough` messages."""
    processes = []
    for n in range(WORKERS):
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
        until(lambda: sum(s[2] for s in _spans(town.folder, mode)) >= enough, within)
        # The rebalance when the second joins is not what is measured: from when both work.
        return _rate(_steady(town.folder, mode))
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


def _steady(folder: Path, mode: str) -> list[tuple[float, float, int]]:
    """The batches since every worker had its first one."""
    files = list(folder.glob(f"{mode}-*.times"))
    if len(files) < WORKERS:
        return _spans(folder, mode)
    both = max(min(float(line.split()[0]) for line in path.open()) for path in files)
    steady = [span for span in _spans(folder, mode) if span[0] >= both]
    return steady if sum(span[2] for span in steady) > 1000 else _spans(folder, mode)


def _stages(folder: Path) -> Counter[str]:
    """Seconds by stage, and of CPU in all, added up over the workers."""
    total: Counter[str] = Counter()
    for path in folder.glob("ours-*.stages"):
        total.update(json.loads(path.read_text()))
    return total


def _feed(town: Installation, path: Path) -> float:
    start = time.perf_counter()
    result = town.feed(path)
    assert not result.error, result.error
    return time.perf_counter() - start


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
    from cases.messages import encode_message, observe

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
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rebuild", type=int, default=0, metavar="CASES")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="huiyin-bench-") as name:
        folder = Path(name)
        write_board_csv(folder / "messages.csv", wanted.rows)
        with (
            Kafka(folder / "kafka") as kafka,
            Elasticsearch(folder / "elasticsearch") as elasticsearch,
        ):
            _measure(folder, wanted.rows, kafka, elasticsearch)
            if wanted.rebuild:
                write_board_csv(folder / "many.csv", wanted.rebuild)
                (folder / "again").mkdir()
                again = Installation(folder / "again", kafka, elasticsearch)
                again.create()
                print(_rebuild(again, folder / "many.csv", print), flush=True)


def _measure(folder: Path, rows: int, kafka: Kafka, elasticsearch: Elasticsearch) -> None:
    load = os.getloadavg()[0]
    (folder / "town").mkdir()
    town = Installation(folder / "town", kafka, elasticsearch)
    town.create()
    feeding = _feed(town, folder / "messages.csv")
    print(f"load before: {load:.1f}; intake alone: {rows / feeding:,.0f} items/s", flush=True)
    # A round to warm the servers up is the bare one: it changes nothing.
    bare = _work(town, "bare", rows, 300)
    print(f"bare noack_take(500), {WORKERS} workers: {bare:,.0f} messages/s", flush=True)
    single = _work(town, "single", SINGLE, 300)
    print(f"one at a time, SnowNLP, one index call each: {single:,.1f} messages/s", flush=True)
    (folder / "live").mkdir()
    live = Installation(folder / "live", kafka, elasticsearch)
    live.create()
    for _ in range(WORKERS):
        live.start_worker()
    until(lambda: all("处理进程启动" in worker.said() for worker in live.workers), 60)
    time.sleep(10)  # until both have joined: nothing says so from outside
    parts = production.ledger(live.settings)
    start = time.perf_counter()
    _feed(live, folder / "messages.csv")

    def all_found() -> bool:
        found: Page = parts.ledger.search(Query(limit=1))
        return found.total == rows

    until(all_found, 300)
    seconds = time.perf_counter() - start
    live.close()
    drained = _work(town, "ours", rows, 300)
    print(f"huiyin worker, {WORKERS} workers, messages waiting: {drained:,.0f} messages/s")
    for stage, spent in sorted(_stages(town.folder).items(), key=lambda pair: -pair[1]):
        print(f"  {stage:8} {spent / rows * 1e6:6.0f} µs a message")
    print(
        f"file to searchable ledger, {WORKERS} workers: {rows / seconds:,.0f} items/s "
        f"({rows:,} in {seconds:.1f} s)\n"
        f"ratio to one at a time: {rows / seconds / single:,.0f} × "
        f"(messages waiting: {drained / single:,.0f} ×)\n"
        f"ratio to bare Faust: {drained / bare:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
