"""Items per second from a file to the searchable ledger, embedded, one core.

The reference, in the same run, is the least that any program would do with the
file: read it with the standard library's csv module and store each row as one
JSON document with a full-text entry in SQLite, with the same durability.

The floor is the least that our own program could do with what it reads and writes: decode each
message, write each case and each event once, with everything computed before. Of all steps the
processor time is printed too, which hardly changes with what else the machine does.
"""

from __future__ import annotations

import csv
import json
import resource
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from msgspec import Struct

from benchmarks.messages import write_board_csv
from benchmarks.places import OVERLAY
from cases.record.messages import decode_message
from classifiers.base import Classifier
from classifiers.encoder import judge
from classifiers.model.engine import load_model
from classifiers.rules.engine import RulesClassifier
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from sinks.ledger.base import Query
from sinks.ledger.case_index import index_of
from sinks.ledger.fields import tokens
from sinks.ledger.sqlite_table import UPSERT, row_of
from sinks.ledger.stored_case import encode_stored
from streams.embedded.runner import BATCH
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.registry import file_source

ROWS = 10_000
_TEXT = "INSERT INTO cases_text (rowid, text) VALUES (?, ?)"


def _reference(path: Path, database: Path) -> float:
    start = perf_counter()
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE docs (id INTEGER PRIMARY KEY, doc BLOB)")
    db.execute("CREATE VIRTUAL TABLE docs_text USING fts5 (text, content='')")
    with path.open(encoding="utf-8", newline="") as lines:
        batch: list[dict[str, str]] = []
        number = 0

        def flush() -> None:
            db.execute("BEGIN")
            for row in batch:
                nonlocal number
                number += 1
                db.execute("INSERT INTO docs VALUES (?, ?)", (number, json.dumps(row)))
                db.execute(
                    "INSERT INTO docs_text (rowid, text) VALUES (?, ?)",
                    (number, " ".join(row["留言主题"] + row["留言详情"] + row["答复意见"])),
                )
            db.execute("COMMIT")
            batch.clear()

        for row in csv.DictReader(lines):
            batch.append(row)
            if len(batch) == 500:
                flush()
        flush()
    db.close()
    return perf_counter() - start


class _Spent(Struct, frozen=True):
    seconds: float
    processor: float
    """Seconds of processor time."""
    by_stage: dict[str, float]


def _settings(home: Path, engine: str) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_OVERLAY": str(OVERLAY),
            "HUIYIN_NOW": "2026-11-22T09:00",
            "HUIYIN_CLASSIFIER": engine,
        }
    )


def _ingest(path: Path, settings: Settings, classifier: Classifier) -> _Spent:
    reader = file_source(wiring.build_sources(settings), "board-export")
    rules, router = wiring.build_rules(settings), wiring.build_router(settings)
    runner = wiring.open_runner(settings, Processor(rules, classifier, router))
    spent = dict.fromkeys(("read", "intake"), 0.0)
    used, start = process_time(), perf_counter()
    mark = start
    for batch in reader.read(path, now=runner.clock()):
        now = perf_counter()
        spent["read"] += now - mark
        runner.take(reader.name, batch)
        spent["intake"] += perf_counter() - now
        runner.pump_all()
        mark = perf_counter()
    total, used = perf_counter() - start, process_time() - used
    runner.store.close()
    spent |= runner.processor.times.seconds
    spent["commit"] = total - sum(spent.values())
    return _Spent(total, used, spent)


def _floor(settings: Settings, database: Path) -> dict[str, float]:
    """Processor time of each step, for all that was taken in."""
    with closing(EmbeddedStore(settings.database, readonly=True)) as store:
        cases = list(store.ledger.scan(Query()))
        inbox = [data for _, data in store.inbox(0, len(cases) * 2)]
    rows = [
        (row_of(key, index := index_of(case), encode_stored(case)), tokens(index.text))
        for key, case in enumerate(cases, 1)
    ]
    events = [case.history for case in cases]
    spent = dict.fromkeys(("decode a message", "write a case", "write its events"), 0.0)

    def step(name: str, work: Callable[[], object]) -> None:
        used = process_time()
        work()
        spent[name] += process_time() - used

    step("decode a message", lambda: [decode_message(data) for data in inbox])
    with closing(EmbeddedStore(database)) as store:
        db = store.connection
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            new = [event for each in events[start : start + BATCH] for event in each]
            with store.transaction():
                step("write a case", partial(db.executemany, UPSERT, [row for row, _ in part]))
                texts = [(row[0], text) for row, text in part]
                step("write a case", partial(db.executemany, _TEXT, texts))
                step("write its events", partial(store.append_events, new))
    return spent


def main() -> None:
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "messages.csv"
        write_board_csv(path, rows)
        used = process_time()
        reference = _reference(path, folder / "reference.db")
        print(
            f"reference (csv + SQLite, no case, no clock, no classification): "
            f"{rows / reference:,.0f} items/s, {(process_time() - used) / rows * 1e6:.0f} µs"
        )
        tables = wiring.build_tables(_settings(folder, "model"))
        engines: dict[str, Classifier] = {
            "rules": RulesClassifier(tables),
            "fast judge": load_model(tables),
        }
        if judge.available():
            engines["both judges"] = load_model(tables, second=True)
        for engine, classifier in engines.items():
            settings = _settings(folder / engine, "model")
            spent = _ingest(path, settings, classifier)
            print(
                f"{engine}: {rows} items in {spent.seconds:.2f} s: "
                f"{rows / spent.seconds:,.0f} items/s, "
                f"{spent.seconds / reference:.1f} × the time of the reference; "
                f"processor {spent.processor / rows * 1e6:.0f} µs an item"
            )
            for stage, seconds in sorted(spent.by_stage.items(), key=lambda pair: -pair[1]):
                print(f"  {stage:8} {seconds / spent.seconds:6.1%}  {seconds / rows * 1e6:6.0f} µs")
        floor = _floor(_settings(folder / "rules", "rules"), folder / "floor.db")
        print(f"floor: {sum(floor.values()) / rows * 1e6:.0f} µs of processor time an item")
        for step, seconds in floor.items():
            print(f"  {step:16} {seconds / rows * 1e6:6.0f} µs")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MB")
