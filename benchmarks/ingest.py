"""Items per second from a file to the searchable ledger, embedded, one core.

The reference, in the same run, is the least that any program would do with the
file: read it with the standard library's csv module and store each row as one
JSON document with a full-text entry in SQLite, with the same durability.
"""

from __future__ import annotations

import csv
import json
import resource
import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.messages import write_board_csv
from benchmarks.places import OVERLAY
from desk.ground import wiring
from desk.ground.settings import read_settings
from streams.sources.registry import file_source

ROWS = 10_000


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


def _ingest(path: Path, home: Path, engine: str) -> tuple[float, dict[str, float]]:
    """Seconds in all and by stage."""
    settings = read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_OVERLAY": str(OVERLAY),
            "HUIYIN_NOW": "2026-11-22T09:00",
            "HUIYIN_CLASSIFIER": engine,
        }
    )
    reader = file_source(wiring.build_sources(settings), "board-export")
    runner = wiring.open_runner(settings)
    spent = dict.fromkeys(("read", "intake"), 0.0)
    start = mark = perf_counter()
    for batch in reader.read(path, now=runner.clock()):
        now = perf_counter()
        spent["read"] += now - mark
        runner.take(reader.name, batch)
        spent["intake"] += perf_counter() - now
        runner.pump_all()
        mark = perf_counter()
    total = perf_counter() - start
    runner.store.close()
    spent |= runner.processor.times.seconds
    spent["commit"] = total - sum(spent.values())
    return total, spent


def main() -> None:
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    with TemporaryDirectory() as folder:
        path = Path(folder) / "messages.csv"
        write_board_csv(path, rows)
        reference = _reference(path, Path(folder) / "reference.db")
        print(
            f"reference (csv + SQLite, no case, no clock, no classification): "
            f"{rows / reference:,.0f} items/s"
        )
        for engine in ("rules", "model"):
            total, spent = _ingest(path, Path(folder) / engine, engine)
            print(
                f"{engine}: {rows} items in {total:.2f} s: {rows / total:,.0f} items/s, "
                f"{total / reference:.1f} × the time of the reference"
            )
            for stage, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
                print(f"  {stage:8} {seconds / total:6.1%}  {seconds / rows * 1e6:6.0f} µs")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MB")
