"""The SQLite file: inbox, journal, alerts, dead letters, and what the intake knows.

One file, one writer at a time, in WAL mode with full synchronisation: what a
transaction has committed survives the process and the power. What is said of a case lies
sealed under a key of that case (`streams.embedded.sealed_logs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from cases.alerts import Alert, decode_alert, encode_alert
from cases.notices import MARK
from cases.record.events import Recorded
from cases.record.messages import Action, Message
from huiyin.store.chain import beginning, links
from huiyin.store.counting import Counted
from huiyin.store.master import NO_MASTER, Master
from huiyin.store.migrations import Step, ensure, has_table
from huiyin.store.row_keys import RowKeys
from huiyin.store.sqlite import Connection, connect
from sinks.ledger.sqlite import SqliteLedger
from streams.dead_letters import DeadLetter, StoredLetter
from streams.embedded.sealed_logs import PEOPLE, SealedLogs
from streams.embedded.sealed_logs import SCHEMA as SEALED
from streams.intake import IntakeCounts, Taken
from streams.letter_table import SCHEMA as LETTERS
from streams.letter_table import LetterTable
from streams.linking import Position
from streams.sources.seam.health import SourceHealth

CALLED = "数据文件"
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


CHAINED = ("inbox", "journal")
"""Logs whose rows are chained, in `chain`: see `huiyin.store.chain`."""
WIPED = "wiped"
"""A fact: no deleted text stands in free pages, since all was deleted by overwriting."""
DERIVED = ("cases",)
"""Tables that a rebuild makes anew."""


def _begin_chains(db: Connection) -> None:
    """Rows that are there already get their links; programs from before there were any do
    not open the file any more."""
    for log in CHAINED:
        db.execute(f"ALTER TABLE {log} ADD COLUMN chain BLOB")
        head = beginning(log)
        while rows := db.execute(
            f"SELECT position, data FROM {log} WHERE position > ? ORDER BY position LIMIT 1000",
            (head.position,),
        ).fetchall():
            heads = list(links(head, rows))
            db.executemany(
                f"UPDATE {log} SET chain = ? WHERE position = ?",
                [(each.link, each.position) for each in heads],
            )
            head = heads[-1]
    db.execute(
        "INSERT INTO facts VALUES ('schema_version', '2') "
        "ON CONFLICT DO UPDATE SET value = excluded.value"
    )


STEPS: tuple[Step, ...] = (SCHEMA, _begin_chains, LETTERS, SEALED, PEOPLE)


class EmbeddedStore:
    """Implements `IntakeStore`, `Journal`, `AlertSink` and `DeadLetters`; its `ledger`
    shares the connection. Not for use by several threads at once."""

    def __init__(self, path: Path, *, readonly: bool = False, master: Master = NO_MASTER) -> None:
        """`master`: by what the keys of cases are wrapped. Raises `StoreError`."""
        self.path = path
        self.master = master
        self._db = connect(path, CALLED, readonly=readonly)
        try:
            if not readonly:
                # 32 MB of log between checkpoints: a batch is seldom held up by one.
                self._db.execute("PRAGMA wal_autocheckpoint = 8000")
                self._db.execute("PRAGMA cache_size = -65536")
            ensure(self._db, "store", STEPS, written=lambda db: has_table(db, "inbox"))
            if self._db.was_empty and not readonly:
                self.set_fact(WIPED, "1")
            self.keys = RowKeys(self._db, master)
            if not readonly:
                self.keys.wrap_all()
            self.ledger = SqliteLedger(self._db, self.keys)
            self.letters = LetterTable(self._db, self.keys)
            self.logs = SealedLogs(self._db, self.keys)
            SqliteLedger.create(self._db)
            if not readonly:
                self._db.acknowledging = self.counted = Counted(
                    self._db, chained=CHAINED, uncounted=DERIVED
                )
        except BaseException:
            self._db.close()
            raise

    @property
    def connection(self) -> Connection:
        """For the proof of the file."""
        return self._db

    def close(self) -> None:
        self._db.close()

    def transaction(self, *, acknowledged: bool = True) -> AbstractContextManager[None]:
        """All of the body or nothing; other writers wait. `acknowledged`: see
        `huiyin.store.sqlite.Connection`. Raises `StoreError`."""
        return self._db.transaction(acknowledged=acknowledged)

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
        self.logs.append(messages)

    def append_raw(self, data: Sequence[bytes]) -> None:
        self.logs.append_raw(data)

    def inbox(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Positions and data, in order, of what came after `after`."""
        return self.logs.inbox(after, limit)

    @property
    def processed(self) -> int:
        """Position of the last inbox message that was processed."""
        return int(self.fact("processed") or 0)

    def set_processed(self, position: int) -> None:
        self.set_fact("processed", str(position))

    def inbox_of(self, case_ids: Sequence[str], after: int) -> list[bytes]:
        """Every message of these cases that came in after a position, in order."""
        return self.logs.inbox_of(case_ids, after)

    def more_waiting_than(self, number: int) -> bool:
        """The same question as `waiting`, answered without counting all of them."""
        row = self._db.execute(
            "SELECT 1 FROM inbox WHERE position > ? LIMIT 1 OFFSET ?", (self.processed, number)
        ).fetchone()
        return row is not None

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
        """Once each: an event that is there already is left out."""
        self.logs.append_events(events)

    def chain(self, log: str) -> Iterator[tuple[int, bytes, bytes | None]]:
        """The rows of a log with their links: position, stored bytes, link."""
        return self.logs.chain(log)

    def journal(self) -> Iterator[Recorded]:
        """All events, case by case, each case in order."""
        return self.logs.journal()

    def journal_after(self, position: int, limit: int) -> list[tuple[int, Recorded]]:
        """Events in the order in which they were written, with their positions."""
        return self.logs.journal_after(position, limit)

    def linked(self) -> Position | None:
        row = self._db.execute("SELECT value, state FROM progress WHERE name = 'linked'").fetchone()
        return Position(int(row[0]), row[1]) if row else None

    def link(self, actions: Sequence[Action], saved: Position | None) -> None:
        with self.transaction(acknowledged=False):
            self.append(actions)
            if saved is not None:
                self.link_state(saved)

    def link_state(self, saved: Position) -> None:
        """Within the caller's transaction."""
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
        """The newest alerts first, without those for the people of a unit alone."""
        rows = self._db.execute(
            "SELECT data FROM alerts WHERE NOT instr(data, ?) ORDER BY position DESC LIMIT ?",
            (MARK, limit),
        )
        return [decode_alert(data) for (data,) in rows]

    def alerts_after(self, position: int, limit: int) -> list[tuple[int, Alert]]:
        """Alerts in the order they were raised, with their positions."""
        rows = self._db.execute(
            "SELECT position, data FROM alerts WHERE position > ? ORDER BY position LIMIT ?",
            (position, limit),
        )
        return [(at, decode_alert(data)) for at, data in rows]

    def add(self, letters: Sequence[DeadLetter]) -> None:
        self.letters.add(letters)

    def catch_up(self) -> None:
        """A commit is seen at once."""

    def letters_waiting(self) -> int:
        """Dead letters that no replay has taken in yet."""
        return self.letters.count()

    def newest_letters(self, limit: int, offset: int = 0) -> list[StoredLetter]:
        """A page of the dead letters that wait, the newest first."""
        return self.letters.newest(limit, offset)

    def waiting_reasons(self) -> list[tuple[str, str]]:
        return self.letters.reasons()

    def letters_aside(self, limit: int, offset: int = 0) -> list[StoredLetter]:
        """The same of those with a reason of `SET_ASIDE`."""
        return self.letters.aside(limit, offset)

    def aside_counts(self) -> dict[str, int]:
        """How many of them wait, by source."""
        return self.letters.aside_counts()

    def letter(self, letter_id: str) -> StoredLetter | None:
        return self.letters.get(letter_id)

    def dead_letters(self, *, waiting_only: bool = False) -> Iterator[StoredLetter]:
        """In the order they came, one at a time."""
        return self.letters.each(waiting_only=waiting_only)

    @contextmanager
    def letter_table(self) -> Iterator[LetterTable]:
        yield self.letters

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        self.letters.mark([letter_id], at)

    def mark_all_replayed(self, letter_ids: Sequence[str], at: datetime) -> None:
        self.letters.mark(letter_ids, at)

    def still_waiting(self, letter_ids: Sequence[str]) -> set[str]:
        return self.letters.still_waiting(letter_ids)

    def clear_ledger(self) -> None:
        """Empties the ledger, for a rebuild within the caller's transaction."""
        SqliteLedger.clear(self._db)


class JournalPort:
    """The store's journal under the name that `process` calls."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store

    def append(self, events: Sequence[Recorded]) -> None:
        self._store.append_events(events)
