"""alerts.db: which alerts there are, who acknowledged them, and what was sent where.

A file of its own in both runtimes: what is about to be sent is committed before it is sent,
whatever transaction the rest of the program is in, with full synchronisation.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from cases.words.times import BEIJING
from huiyin.store.counting import Counted
from huiyin.store.migrations import Step, ensure, has_table
from huiyin.store.sqlite import Connection, connect

CALLED: Final = "告警的数据文件"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS alerts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id TEXT NOT NULL UNIQUE, data BLOB NOT NULL,
    unit TEXT NOT NULL, role TEXT NOT NULL, level INTEGER NOT NULL, taken_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS acknowledgements (
    alert_id TEXT PRIMARY KEY, actor TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (
    alert_id TEXT NOT NULL, route TEXT NOT NULL, until REAL NOT NULL, done INTEGER NOT NULL,
    PRIMARY KEY (alert_id, route)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS steps_open ON steps (until) WHERE NOT done;
CREATE TABLE IF NOT EXISTS sendings (
    alert_id TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,
    due REAL NOT NULL, held INTEGER NOT NULL, message_id TEXT, noted INTEGER NOT NULL,
    PRIMARY KEY (alert_id, channel)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sendings_waiting ON sendings (channel, due) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS sendings_message ON sendings (message_id);
CREATE INDEX IF NOT EXISTS sendings_to_note ON sendings (noted)
    WHERE NOT noted AND state IN ('sent', 'unclear', 'failed');
CREATE TABLE IF NOT EXISTS messages (
    message_id TEXT PRIMARY KEY, channel TEXT NOT NULL, state TEXT NOT NULL,
    created_at REAL NOT NULL, tries INTEGER NOT NULL, next_try REAL NOT NULL,
    changed_at REAL NOT NULL, detail TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_open ON messages (channel, created_at)
    WHERE state IN ('queued', 'sending');
CREATE INDEX IF NOT EXISTS messages_bad ON messages (changed_at)
    WHERE state IN ('failed', 'unclear');
CREATE TABLE IF NOT EXISTS posts (channel TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS posts_at ON posts (channel, at);
CREATE TABLE IF NOT EXISTS channels (
    name TEXT PRIMARY KEY, last_sent REAL, failing_since REAL, failures INTEGER NOT NULL,
    error TEXT NOT NULL, next_try REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


def _for_programs_before_numbers(db: Connection) -> None:
    """They look here whether the file is too new for them."""
    db.execute("PRAGMA user_version = 2")


_STEPS: Final[tuple[Step, ...]] = (_SCHEMA, _for_programs_before_numbers)


class SendState(StrEnum):
    """How far an alert is on one channel."""

    WAITING = "waiting"
    """For its turn, or for the morning."""
    QUEUED = "queued"
    """In a message that is being sent or will be again."""
    SENT = "sent"
    UNCLEAR = "unclear"
    """Perhaps sent; not sent again by the program."""
    FAILED = "failed"
    MOVED = "moved"
    """Goes out by the fallback instead."""
    DROPPED = "dropped"
    """Acknowledged before it was sent."""


class AlertFile:
    """The connection. Safe to share between threads; one statement or transaction at a time."""

    def __init__(self, path: Path) -> None:
        """Raises `StoreError`."""
        self.path = path
        self._lock = threading.RLock()
        # A forgotten intent would be a second message: full synchronisation.
        self.db = connect(path, CALLED)
        try:
            ensure(self.db, "alerts", _STEPS, written=lambda db: has_table(db, "alerts"))
            self.db.acknowledging = self.counted = Counted(self.db)
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._lock:
            yield self.db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All of the body or nothing; other writers, of other processes too, wait."""
        with self._lock, self.db.transaction():
            yield self.db

    def fact(self, name: str) -> str:
        with self.reading() as db:
            row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_fact(self, name: str, value: str) -> None:
        with self.writing() as db:
            put_fact(db, name, value)


def put_fact(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (name, value),
    )


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, BEIJING)


def maybe(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
