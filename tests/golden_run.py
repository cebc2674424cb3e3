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
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.places import OVERLAY
from cases.record.events import encode_event
from sinks.ledger.base import Query
from sinks.ledger.stored_case import encode_stored
from streams.embedded.store import EmbeddedStore

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


def rows(values: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update(value)
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
        store = EmbeddedStore(home / "huiyin.db", readonly=True)
        print("journal", rows(encode_event(event) for event in store.journal()))
        print("ledger", rows(encode_stored(case) for case in store.ledger.scan(Query())))
        store.close()
        run(home, "audit")
        print("audit balanced")
    return 0


if __name__ == "__main__":
    sys.exit(main())
