"""Cases per second into and out of an Elasticsearch ledger, one client, one node, one shard.

`python -m benchmarks.elastic [CASES]` starts its own server. The cases are those of generated
messages, two of three with a reply, as `process` leaves them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import psutil

from benchmarks.messages import write_board_csv
from cases.record.case import Case
from desk.ground import wiring
from desk.ground.settings import read_settings
from sinks.elastic import ElasticLedger, connect, ensure_index, reindex_and_swap
from sinks.elastic.document import encode_document
from sinks.ledger.base import Change, Query
from sinks.ledger.stored_case import encode_stored
from streams.sources.registry import file_source
from tests.servers import Elasticsearch, Missing

CASES = 6_000
BATCH = 500
WARM_UP = 4
"""Times everything is written and read before measuring: the server compiles as it goes."""
SEARCHES = ("停车费", "路灯坏了半个月没有人", "1", "河西镇小区物业 盼复")


def _cases(folder: Path, rows: int) -> list[Case]:
    path = folder / "messages.csv"
    write_board_csv(path, rows)
    settings = read_settings({"HUIYIN_HOME": str(folder), "HUIYIN_NOW": "2026-11-22T09:00"})
    reader = file_source(wiring.build_sources(settings), "board-export")
    runner = wiring.open_runner(settings)
    for batch in reader.read(path, now=runner.clock()):
        runner.take(reader.name, batch)
        runner.pump_all()
    cases = list(runner.store.ledger.scan(Query()))
    runner.store.close()
    return cases


class _Meter:
    """Rates by the wall clock, and the processor time behind them, which stays the same on a
    machine that is busy with something else."""

    def __init__(self, cases: int) -> None:
        self._cases = cases
        self._server = next(p for p in psutil.Process().children() if p.name() == "java")
        print(f"  {'':<28}{'cases/s':>9}{'CPU ms a 1,000 cases: client':>32}{'server':>9}")

    def __call__(self, name: str, work: Callable[[], object]) -> None:
        used, start, own = self._used(), perf_counter(), process_time()
        work()
        seconds = perf_counter() - start
        times = (process_time() - own, self._used() - used)
        client, server = (1_000_000 * each / self._cases for each in times)
        print(f"  {name:<28}{self._cases / seconds:>9,.0f}{client:>32,.0f}{server:>9,.0f}")

    def _used(self) -> float:
        times = self._server.cpu_times()
        return float(times.user + times.system)


def _batches(cases: list[Case]) -> list[list[Case]]:
    return [cases[start : start + BATCH] for start in range(0, len(cases), BATCH)]


def _fill(ledger: ElasticLedger, cases: list[Case]) -> None:
    for batch in _batches(cases):
        if ledger.store([Change(case, 0) for case in batch]):
            raise RuntimeError("conflicts in an empty ledger")


def _measure(url: str, cases: list[Case]) -> None:
    with connect([url], timeout=120) as client:
        ids = [[case.case_id for case in batch] for batch in _batches(cases)]
        for number in range(WARM_UP):
            ensure_index(client, f"warm{number}")
            ledger = ElasticLedger(client, f"warm{number}")
            _fill(ledger, cases)
            for each in ids:
                ledger.load(each)
            client.indices.delete(index=f"warm{number}-v1")
        ensure_index(client, "bench")
        ledger = ElasticLedger(client, "bench")
        number = len(cases)
        rate = _Meter(number)
        rate("encode", lambda: [encode_document(case) for case in cases])
        rate("store new", lambda: _fill(ledger, cases))
        rate("load", lambda: [ledger.load(each) for each in ids])
        again = [[Change(case, case.seq) for case in batch] for batch in _batches(cases)]
        rate("store over", lambda: [ledger.store(each) for each in again])
        ledger.refresh()
        rate("scan (export)", lambda: list(ledger.scan(Query())))
        for text in SEARCHES:
            start = perf_counter()
            page = ledger.search(Query(text=text))
            spent = (perf_counter() - start) * 1000
            print(f"  search {text:<21}{spent:>8.0f} ms, {page.total:,} found")
        rate("reindex and swap", lambda: reindex_and_swap(client, "bench"))
        client.indices.forcemerge(index="bench", max_num_segments=1)
        # The merged-away segments count until the next flush.
        client.indices.flush(index="bench")
        stats = client.indices.stats(index="bench", metric="store")
        size = stats["_all"]["primaries"]["store"]["size_in_bytes"]
        document = sum(len(encode_stored(case)) for case in cases) / number
        print(f"  bytes per case: {document:,.0f} stored, {size / number:,.0f} in the index")


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with TemporaryDirectory() as folder:
        cases = _cases(Path(folder), number)
        server = Elasticsearch(Path(folder) / "elasticsearch")
        try:
            server.start()
        except Missing as reason:
            print(f"  skipped: {reason}")
            return
        try:
            _measure(server.url, cases)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
