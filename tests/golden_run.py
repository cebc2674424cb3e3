"""What the real files become, as digests: the same before and after a change that should change
nothing.

    python -m tests.golden_run --data ../shared/data

takes each file of the folder into a home of its own, at a fixed time, and prints a line for each
export, for the journal and for the ledger. Run it before and after, and compare the lines.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.places import OVERLAY

NOW = "2026-11-22T09:00"
FILES = {
    "messages/replies.csv": "board-export",
    "messages/hotspot.csv": "board-export",
    "liuyan/hangzhou.csv": "liuyan-export",
}
FORMATS = ("jsonl", "csv")


def run(home: Path, *arguments: str) -> None:
    program = Path(sys.executable).with_name("huiyin")
    environment = os.environ | {
        "HUIYIN_HOME": str(home),
        "HUIYIN_NOW": NOW,
        "HUIYIN_OVERLAY": str(OVERLAY),
    }
    subprocess.run([program, *arguments], check=True, env=environment, capture_output=True)


def rows(database: Path, query: str) -> str:
    digest = hashlib.sha256()
    with sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True) as connection:
        for row in connection.execute(query):
            for value in row:
                digest.update(value if isinstance(value, bytes) else str(value).encode())
                digest.update(b"\0")
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.golden_run", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="a folder for the exports themselves, gzipped")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for name, source in FILES.items():
            run(home, "ingest", str(given.data / name), "--source", source)
        for form in FORMATS:
            out = Path(folder) / f"ledger.{form}"
            span = ("--from", "2010-01-01", "--to", "2030-12-31")
            run(home, "export", "ledger", *span, "--format", form, "--out", str(out))
            data = out.read_bytes()
            print(f"ledger.{form}", hashlib.sha256(data).hexdigest())
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                (given.keep / f"{out.name}.gz").write_bytes(gzip.compress(data))
        database = home / "huiyin.db"
        print("journal", rows(database, "SELECT data FROM journal ORDER BY case_id, seq"))
        print("ledger", rows(database, "SELECT case_id, doc FROM cases ORDER BY case_id"))
        run(home, "audit")
        print("audit balanced")
    return 0


if __name__ == "__main__":
    sys.exit(main())
