"""Which version each part of each data file has. Run as the account that owns the files: what
opens a SQLite file may leave side files beside it."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

Versions = dict[str, dict[str, int]]


def read(home: Path) -> Versions:
    """By file and part; a file that older programs wrote without numbers has none."""
    found: Versions = {}
    for path in sorted(home.glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            try:
                found[path.name] = dict(db.execute("SELECT name, version FROM parts"))
            except sqlite3.DatabaseError:
                found[path.name] = {}
    return found


def newer(now: Versions, before: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The files that the program of before may not read any more. A file that it did not have
    does not concern it."""
    return [
        name
        for name, parts in now.items()
        if name in before
        and any(version > before[name].get(part, 0) for part, version in parts.items())
    ]


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
