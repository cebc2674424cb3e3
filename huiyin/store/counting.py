"""Counts inside a data file, and what is found when they do not fit what was acknowledged.

Each table has the number of its rows, kept by triggers: a row that vanishes without a
DELETE is missing from the count. Each transaction whose success is reported has a number.
Both go into the small file beside it (`huiyin.store.acknowledged`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from secrets import token_hex
from typing import Final

import msgspec
from msgspec import Struct

from huiyin.store.acknowledged import CountFile, Damaged, State
from huiyin.store.chain import Head
from huiyin.store.migrations import ensure
from huiyin.store.sqlite import Connection

_log = logging.getLogger(__name__)
_BEIJING: Final = timezone(timedelta(hours=8))
_STEPS: Final = (
    """
    CREATE TABLE commits (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        file TEXT NOT NULL, era INTEGER NOT NULL, number INTEGER NOT NULL
    );
    CREATE TABLE row_counts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE incidents (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL,
        acknowledged BLOB, stored BLOB NOT NULL,
        explained_at TEXT, reason TEXT NOT NULL DEFAULT '', by TEXT NOT NULL DEFAULT ''
    )
    """,
    lambda db: _number(db),  # noqa: PLW0108  (defined below)
)
_OURS: Final = frozenset({"commits", "row_counts", "incidents", "parts"})


class Kind(StrEnum):
    LOST = "lost"
    """Less is stored than was acknowledged."""
    OTHER = "other"
    """Another file lies in the place of the one that was written to."""
    UNCOUNTED = "uncounted"
    """The small file is gone or damaged: nobody can say."""


class Incident(Struct, frozen=True, kw_only=True):
    """What was found when the file was opened."""

    number: int
    at: datetime
    kind: Kind
    acknowledged: State | None
    stored: State
    explained_at: datetime | None
    """When a person said what had happened, such as a restore from a backup."""
    reason: str
    by: str


class Counted:
    """How a file is counted; for all connections to it."""

    def __init__(
        self, db: Connection, *, chained: Sequence[str] = (), uncounted: Sequence[str] = ()
    ) -> None:
        """Looks whether everything is there that was acknowledged, and says so in the log
        and in the file when it is not. `chained`: logs with columns `position` and `chain`.
        `uncounted`: tables that are derived from others. Raises `StoreError`."""
        self._chained = tuple(chained)
        self._uncounted = frozenset(uncounted) | _OURS
        self.file = CountFile(db.path)
        ensure(db, "acknowledged", _STEPS, written=lambda db: not db.was_empty)
        if self._tables(db) != self._counted_here(db):
            with db.transaction(acknowledged=False):
                self.recount(db)
        self._compare(db)

    def __call__(self, db: Connection) -> Callable[[], None]:
        """Counts the transaction that is about to be committed; gives what writes that down
        after it."""
        db.execute("UPDATE commits SET number = number + 1")
        state = self.state(db)
        return lambda: self.file.write(state)

    def state(self, db: Connection) -> State:
        file, era, number = db.execute("SELECT file, era, number FROM commits").fetchone()
        return State(
            file=file,
            era=era,
            commits=number,
            rows=dict(db.execute("SELECT name, rows FROM row_counts").fetchall()),
            heads={log: head for log in self._chained if (head := last_of(db, log))},
        )

    def recount(self, db: Connection) -> None:
        """Within a transaction, after tables were made or changed: what has no counts yet
        gets them."""
        tables = self._tables(db)
        triggers = set(_names(db, "trigger"))
        known = dict(db.execute("SELECT name, rows FROM row_counts").fetchall())
        for gone in known.keys() - set(tables):
            db.execute("DELETE FROM row_counts WHERE name = ?", (gone,))
        for table in tables:
            missing = [sql for name, sql in _triggers(table).items() if name not in triggers]
            if not missing and table in known:
                continue
            for sql in missing:
                db.execute(sql)
            db.execute("DELETE FROM row_counts WHERE name = ?", (table,))
            db.execute(f"INSERT INTO row_counts SELECT '{table}', count(*) FROM {table}")  # noqa: S608

    def stored_rows(self, db: Connection) -> dict[str, int]:
        """Counted one by one. Raises `StoreError` at a bad page."""
        return {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in self._tables(db)
        }

    def incidents(self, db: Connection) -> list[Incident]:
        rows = db.execute(
            "SELECT number, at, kind, acknowledged, stored, explained_at, reason, by "
            "FROM incidents ORDER BY number"
        ).fetchall()
        return [
            Incident(
                number=number,
                at=datetime.fromisoformat(at),
                kind=Kind(kind),
                acknowledged=msgspec.json.decode(known, type=State) if known else None,
                stored=msgspec.json.decode(stored, type=State),
                explained_at=datetime.fromisoformat(explained) if explained else None,
                reason=reason,
                by=by,
            )
            for number, at, kind, known, stored, explained, reason, by in rows
        ]

    def explain(self, db: Connection, reason: str, by: str) -> list[Incident]:
        """Says what had happened, for all incidents that nobody has explained yet; gives
        them."""
        open_ones = [one for one in self.incidents(db) if one.explained_at is None]
        if open_ones:
            with db.transaction():
                db.execute(
                    "UPDATE incidents SET explained_at = ?, reason = ?, by = ? "
                    "WHERE explained_at IS NULL",
                    (_now().isoformat(), reason, by),
                )
        return open_ones

    def found(self, db: Connection) -> tuple[Kind, State | None] | None:
        """What does not fit, and what was acknowledged; None where all is well."""
        try:
            # Before the file itself: what is acknowledged in between is stored by then.
            known = self.file.read()
        except Damaged:
            return Kind.UNCOUNTED, None
        state = self.state(db)
        if known is None:
            return (Kind.UNCOUNTED, None) if state.commits else None
        if known.file != state.file:
            return Kind.OTHER, known
        return (Kind.LOST, known) if known.order > state.order else None

    def _compare(self, db: Connection) -> None:
        if self.found(db) is None:
            if self.file.read() is None:
                self.file.write(self.state(db))
            return
        with db.transaction(acknowledged=False):
            # Again, now that nobody else is at it.
            found = self.found(db)
            if found is None:
                return
            kind, known = found
            state = self.state(db)
            db.execute(
                "INSERT INTO incidents (at, kind, acknowledged, stored) VALUES (?, ?, ?, ?)",
                (
                    _now().isoformat(),
                    kind.value,
                    msgspec.json.encode(known) if known else None,
                    msgspec.json.encode(state),
                ),
            )
            db.execute(
                "UPDATE commits SET era = max(era, ?) + 1, number = number + 1",
                (known.era if known else 0,),
            )
            state = self.state(db)
        self.file.write(state, anew=True)
        _log.error("%s %s 与确认过的写入不符，请运行 huiyin audit 查看。", db.called, db.path)

    @staticmethod
    def _counted_here(db: Connection) -> list[str]:
        return [name for (name,) in db.execute("SELECT name FROM row_counts ORDER BY name")]

    def _tables(self, db: Connection) -> list[str]:
        """Ordinary tables that are counted."""
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        virtual = tuple(f"{name}_" for name, sql in rows if sql.startswith("CREATE VIRTUAL"))
        return sorted(
            name
            for name, sql in rows
            if name not in self._uncounted
            and not name.startswith(("sqlite_", *virtual))
            and not sql.startswith("CREATE VIRTUAL")
        )


def last_of(db: Connection, log: str) -> Head | None:
    """The last row of a log; None where it is empty."""
    row = db.execute(
        f"SELECT position, chain FROM {log} ORDER BY position DESC LIMIT 1"  # noqa: S608
    ).fetchone()
    return Head(row[0], row[1] or b"") if row else None


def _number(db: Connection) -> None:
    db.execute("INSERT INTO commits VALUES (1, ?, 0, 0)", (token_hex(8),))


def _triggers(table: str) -> dict[str, str]:
    """By name: the statements that make them."""
    change = "UPDATE row_counts SET rows = rows"
    return {
        f"count_{word}_{table}": f"CREATE TRIGGER count_{word}_{table} AFTER {deed} ON {table} "
        f"BEGIN {change} {one} WHERE name = '{table}'; END"
        for word, deed, one in (("in", "INSERT", "+ 1"), ("out", "DELETE", "- 1"))
    }


def _names(db: Connection, kind: str) -> list[str]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
    return [name for (name,) in rows]


def _now() -> datetime:
    return datetime.now(_BEIJING)
