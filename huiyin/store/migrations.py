"""Tables brought up to date in numbered steps, forward only.

A file is made of parts, each with a list of steps that is only ever added to. Before a
file that an older program has written is changed, a whole copy of it is put beside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from huiyin.store.errors import StoreError
from huiyin.store.sqlite import Connection, copy

Step = str | Callable[[Connection], None]
"""A script, or what does the work, within the transaction of its migration."""
_PARTS: Final = "CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, version INTEGER NOT NULL)"


def ensure(
    db: Connection,
    part: str,
    steps: Sequence[Step],
    *,
    written: Callable[[Connection], bool] = lambda _: False,
    finish: Callable[[Connection], None] = lambda _: None,
) -> None:
    """Brings one part up to date.

    `steps` are each run once, in order, for ever; `finish` after them, if there were any.
    `written`: whether an older program has written this part before there were numbers.
    Raises `StoreError`, also when a newer program has written the file; a connection that only
    reads is told that, and changes nothing."""
    if _known(db, part, len(steps)) == len(steps) or db.readonly:
        return
    with db.transaction():
        # Again, now that nobody else is at it.
        done = _known(db, part, len(steps))
        if done == len(steps):
            return
        if done or written(db):
            copy_first(db)
        db.execute(_PARTS)
        for step in steps[done:]:
            if callable(step):
                step(db)
                continue
            for statement in _statements(step):
                db.execute(statement)
        db.execute(
            "INSERT INTO parts VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
            (part, len(steps)),
        )
        finish(db)


def has_table(db: Connection, name: str) -> bool:
    found = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


def copy_first(db: Connection) -> None:
    """A copy of the file beside it, once for each connection: all parts are brought up to
    date together. Within a transaction; the copy has what was committed before."""
    if db.copied:
        return
    at = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    copy(db.path, db.path.with_name(f"{db.path.name}.before-upgrade-{at}"), db.called)
    db.copied = True


def copies(path: Path) -> list[Path]:
    """The copies that upgrades of this file have left, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.before-upgrade-*"))


def _known(db: Connection, part: str, most: int) -> int:
    if not has_table(db, "parts"):
        return 0
    row = db.execute("SELECT version FROM parts WHERE name = ?", (part,)).fetchone()
    done = int(row[0]) if row else 0
    if done > most:
        raise StoreError(
            f"{db.path} 是更新版本的程序写的（{part} {done}，本程序到 {most}）。请升级程序。"
        )
    return done


def _statements(script: str) -> Iterator[str]:
    """The statements of a script. A semicolon inside a text or a trigger ends none."""
    statement = ""
    for piece in script.split(";"):
        statement += piece
        if sqlite3.complete_statement(statement + ";"):
            if statement.strip():
                yield statement
            statement = ""
        else:
            statement += ";"
    if statement.strip("; \n\t"):
        yield statement.removesuffix(";")
