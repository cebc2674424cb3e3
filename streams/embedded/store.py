"""The SQLite file: inbox, journal, alerts, dead letters, and what the intake knows.

One file, one writer at a time, in WAL mode with full synchronisation: what a
transaction has committed survives the process and the power.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from cases.alerts import Alert, decode_alert, encode_alert
from cases.record.events import Recorded, decode_event, encode_event
from cases.record.messages import Action, Message, encode_message
from sinks.ledger.sqlite import SqliteLedger
from streams.dead_letters import SET_ASIDE, DeadLetter, Stage, StoredLetter
from streams.intake import IntakeCounts, Taken
from streams.linking import Position
from streams.sources.seam.health import SourceHealth

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL,
    UNIQUE (case_id, seq)
);
CREATE TABLE IF NOT EXISTS alerts (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id TEXT NOT NULL UNIQUE, data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS dead_letters (
    letter_id TEXT PRIMARY KEY,
    stage TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    origin TEXT NOT NULL, original BLOB NOT NULL, at TEXT NOT NULL, message_id TEXT NOT NULL,
    replayed_at TEXT, times INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
    case_id TEXT PRIMARY KEY, version TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intake (
    source TEXT PRIMARY KEY, cursor TEXT,
    read INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0,
    later INTEGER NOT NULL DEFAULT 0, unchanged INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (
    name TEXT PRIMARY KEY, value INTEGER NOT NULL, state BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class StoreError(Exception):
    """The data file cannot be used; the text says why and what to do, in Chinese."""


class EmbeddedStore:
    """Implements `IntakeStore`, `Journal`, `AlertSink` and `DeadLetters`; its `ledger`
    shares the connection. Not for use by several threads at once."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        """Raises `StoreError`."""
        self.path = path
        try:
            self._open(path, readonly=readonly)
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreError(
                f"数据文件 {path} 打不开：{error}。请检查磁盘空间和权限；"
                "如文件已损坏，请从备份恢复。"
            ) from error
        self.ledger = SqliteLedger(self._db)

    def _open(self, path: Path, *, readonly: bool) -> None:
        if readonly:
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=30,
                isolation_level=None,
                check_same_thread=False,
            )
            self._db.execute("PRAGMA query_only = 1")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        # The file holds personal data: nobody but its owner reads it.
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        # 32 MB of log between checkpoints: a batch is seldom held up by one.
        self._db.execute("PRAGMA wal_autocheckpoint = 8000")
        self._db.execute("PRAGMA cache_size = -65536")
        self._db.executescript(SCHEMA)
        SqliteLedger.create(self._db)
        found = int(self.fact("schema_version") or SCHEMA_VERSION)
        if found > SCHEMA_VERSION:
            raise StoreError(
                f"数据文件 {path} 是更新版本的程序写的（{found}，本程序支持到 {SCHEMA_VERSION}）。"
                "请升级程序。"
            )
        self.set_fact("schema_version", str(SCHEMA_VERSION))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the body or nothing; other writers wait."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # -- facts ---------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (name, value),
        )

    # -- inbox ---------------------------------------------------------------

    def append(self, messages: Sequence[Message]) -> None:
        self.append_raw([encode_message(message) for message in messages])

    def append_raw(self, data: Sequence[bytes]) -> None:
        self._db.executemany("INSERT INTO inbox (data) VALUES (?)", [(each,) for each in data])

    def inbox(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Positions and data, in order, of what came after `after`."""
        return self._db.execute(
            "SELECT position, data FROM inbox WHERE position > ? ORDER BY position LIMIT ?",
            (after, limit),
        ).fetchall()

    @property
    def processed(self) -> int:
        """Position of the last inbox message that was processed."""
        return int(self.fact("processed") or 0)

    def set_processed(self, position: int) -> None:
        self.set_fact("processed", str(position))

    def waiting(self) -> int:
        """Inbox messages not processed yet."""
        row = self._db.execute(
            "SELECT count(*) FROM inbox WHERE position > ?", (self.processed,)
        ).fetchone()
        return int(row[0])

    # -- intake --------------------------------------------------------------

    def known_versions(self, case_ids: Sequence[str]) -> dict[str, str]:
        known: dict[str, str] = {}
        for start in range(0, len(case_ids), 500):
            ids = case_ids[start : start + 500]
            marks = ", ".join("?" * len(ids))
            known.update(
                self._db.execute(
                    f"SELECT case_id, version FROM versions WHERE case_id IN ({marks})", ids
                )
            )
        return known

    def store(self, taken: Taken) -> None:
        """Within the caller's transaction."""
        self.append(taken.observations)
        self._db.executemany(
            "INSERT INTO versions VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET version = excluded.version",
            taken.versions.items(),
        )
        self.add(taken.dead_letters)
        counts = taken.counts
        self._db.execute(
            """INSERT INTO intake VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
            cursor = coalesce(excluded.cursor, cursor), read = read + excluded.read,
            new = new + excluded.new, later = later + excluded.later,
            unchanged = unchanged + excluded.unchanged, rejected = rejected + excluded.rejected""",
            (
                taken.source,
                taken.cursor,
                counts.read,
                counts.new,
                counts.later,
                counts.unchanged,
                counts.rejected,
            ),
        )

    def cursor(self, source: str) -> str | None:
        row = self._db.execute("SELECT cursor FROM intake WHERE source = ?", (source,)).fetchone()
        return row[0] if row else None

    def set_cursor(self, source: str, cursor: str | None) -> None:
        """Moves a cursor by hand: to None, the source is read from its beginning."""
        self._db.execute(
            "INSERT INTO intake (source, cursor) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
            (source, cursor),
        )

    def health(self, source: str) -> SourceHealth | None:
        found = self.fact(f"health:{source}")
        return msgspec.json.decode(found, type=SourceHealth) if found else None

    def set_health(self, health: SourceHealth) -> None:
        self.set_fact(f"health:{health.source}", msgspec.json.encode(health).decode())

    def intake_counts(self) -> dict[str, IntakeCounts]:
        rows = self._db.execute(
            "SELECT source, read, new, later, unchanged, rejected FROM intake ORDER BY source"
        )
        return {source: IntakeCounts(*counts) for source, *counts in rows}

    # -- journal, alerts, dead letters ---------------------------------------

    def append_events(self, events: Sequence[Recorded]) -> None:
        self._db.executemany(
            "INSERT INTO journal (case_id, seq, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(event.case_id, event.seq, encode_event(event)) for event in events],
        )

    def journal(self) -> Iterator[Recorded]:
        """All events, case by case, each case in order."""
        rows = self._db.execute("SELECT data FROM journal ORDER BY case_id, seq")
        return (decode_event(data) for (data,) in rows)

    def journal_after(self, position: int, limit: int) -> list[tuple[int, Recorded]]:
        """Events in the order in which they were written, with their positions."""
        rows = self._db.execute(
            "SELECT position, data FROM journal WHERE position > ? ORDER BY position LIMIT ?",
            (position, limit),
        )
        return [(at, decode_event(data)) for at, data in rows]

    def linked(self) -> Position | None:
        row = self._db.execute("SELECT value, state FROM progress WHERE name = 'linked'").fetchone()
        return Position(int(row[0]), row[1]) if row else None

    def link(self, actions: Sequence[Action], saved: Position | None) -> None:
        with self.transaction():
            self.append(actions)
            if saved is not None:
                self._db.execute(
                    "INSERT INTO progress VALUES ('linked', ?, ?) ON CONFLICT DO UPDATE SET "
                    "value = excluded.value, state = excluded.state",
                    (saved.after, saved.state),
                )

    def journal_size(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM journal").fetchone()[0])

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self._db.executemany(
            "INSERT INTO alerts (alert_id, data) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(alert.alert_id, encode_alert(alert)) for alert in alerts],
        )

    def alerts(self, limit: int) -> list[Alert]:
        """The newest alerts first."""
        rows = self._db.execute("SELECT data FROM alerts ORDER BY position DESC LIMIT ?", (limit,))
        return [decode_alert(data) for (data,) in rows]

    def alerts_after(self, position: int, limit: int) -> list[tuple[int, Alert]]:
        """Alerts in the order they were raised, with their positions."""
        rows = self._db.execute(
            "SELECT position, data FROM alerts WHERE position > ? ORDER BY position LIMIT ?",
            (position, limit),
        )
        return [(at, decode_alert(data)) for at, data in rows]

    def add(self, letters: Sequence[DeadLetter]) -> None:
        self._db.executemany(
            # One that comes again after a replay waits again.
            "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 1) "
            "ON CONFLICT DO UPDATE SET times = times + 1, replayed_at = NULL, "
            "reason = excluded.reason, detail = excluded.detail",
            [
                (
                    letter.letter_id,
                    letter.stage.value,
                    letter.source,
                    letter.reason,
                    letter.detail,
                    letter.origin,
                    letter.original,
                    letter.at.isoformat(),
                    letter.message_id,
                )
                for letter in letters
            ],
        )

    def catch_up(self) -> None:
        """A commit is seen at once."""

    def letters_waiting(self) -> int:
        """Dead letters that no replay has taken in yet."""
        row = self._db.execute(
            "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"
        ).fetchone()
        return int(row[0])

    def newest_letters(self, limit: int, offset: int = 0) -> list[StoredLetter]:
        """A page of the dead letters that wait, the newest first."""
        return self._letters(
            "WHERE replayed_at IS NULL ORDER BY at DESC, letter_id LIMIT ? OFFSET ?",
            (limit, offset),
        )

    def letters_aside(self, limit: int, offset: int = 0) -> list[StoredLetter]:
        """The same of those with a reason of `SET_ASIDE`."""
        return self._letters(
            "WHERE replayed_at IS NULL AND reason IN (?, ?) "
            "ORDER BY at DESC, letter_id LIMIT ? OFFSET ?",
            (*SET_ASIDE, limit, offset),
        )

    def aside_counts(self) -> dict[str, int]:
        """How many of them wait, by source."""
        return dict(
            self._db.execute(
                "SELECT source, count(*) FROM dead_letters "
                "WHERE replayed_at IS NULL AND reason IN (?, ?) GROUP BY source",
                SET_ASIDE,
            ).fetchall()
        )

    def letter(self, letter_id: str) -> StoredLetter | None:
        found = self._letters("WHERE letter_id = ?", (letter_id,))
        return found[0] if found else None

    def dead_letters(self, *, waiting_only: bool = False) -> list[StoredLetter]:
        """In the order they came."""
        where = "WHERE replayed_at IS NULL " if waiting_only else ""
        return self._letters(where + "ORDER BY at, letter_id")

    def _letters(self, clause: str, values: tuple[int | str, ...] = ()) -> list[StoredLetter]:
        rows = self._db.execute(
            "SELECT letter_id, stage, source, reason, detail, origin, original, at, message_id, "
            "replayed_at, times FROM dead_letters " + clause,
            values,
        )
        return [
            StoredLetter(
                DeadLetter(
                    letter_id=letter_id,
                    stage=Stage(stage),
                    source=source,
                    reason=reason,
                    detail=detail,
                    origin=origin,
                    original=original,
                    at=datetime.fromisoformat(at),
                    message_id=message_id,
                ),
                datetime.fromisoformat(replayed_at) if replayed_at else None,
                times,
            )
            for (
                letter_id,
                stage,
                source,
                reason,
                detail,
                origin,
                original,
                at,
                message_id,
                replayed_at,
                times,
            ) in rows
        ]

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        self._db.execute(
            "UPDATE dead_letters SET replayed_at = ? WHERE letter_id = ?",
            (at.isoformat(), letter_id),
        )

    def clear_ledger(self) -> None:
        """Empties the ledger, for a rebuild within the caller's transaction."""
        SqliteLedger.clear(self._db)


class JournalPort:
    """The store's journal under the name that `process` calls."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store

    def append(self, events: Sequence[Recorded]) -> None:
        self._store.append_events(events)
