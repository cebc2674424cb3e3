"""Dead letters in a table of SQLite: the embedded runtime's own, and a passing one into which
a topic is read.

Letters are read one at a time, by key: a reader of a hundred thousand of them holds
one, and may write between two.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from huiyin.store.row_keys import KEY_OF_NAME, RowKeys
from streams.dead_letters import SET_ASIDE, DeadLetter, Stage, StoredLetter

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS dead_letters (
    letter_id TEXT PRIMARY KEY,
    stage TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    origin TEXT NOT NULL, original BLOB NOT NULL, at TEXT NOT NULL, message_id TEXT NOT NULL,
    replayed_at TEXT, times INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dead_letters_in_order ON dead_letters (at, letter_id);
CREATE INDEX IF NOT EXISTS dead_letters_waiting ON dead_letters (at, letter_id)
    WHERE replayed_at IS NULL;
"""
_COLUMNS: Final = (
    "letter_id, stage, source, reason, detail, origin, original, at, message_id, replayed_at, times"
)
_KEY_NAME: Final = "letter:"
"""In front of the id of a letter: the name of its key. It has one of its own, since of many
nobody can say to which case they belong."""
_KEY: Final = KEY_OF_NAME.format(name=f"'{_KEY_NAME}' || letter_id")
_ASIDE: Final = f"replayed_at IS NULL AND reason IN ({', '.join('?' * len(SET_ASIDE))})"
_KEYS: Final = 500
"""Keys read at a time."""


class LetterTable:
    """Each letter once, by its id."""

    def __init__(self, db: sqlite3.Connection, keys: RowKeys | None = None) -> None:
        """`db` has `SCHEMA`; transactions are the caller's. `keys`: what letters are sealed
        with, where they are."""
        self._db = db
        self._keys = keys
        self._columns = f"{_COLUMNS}, {_KEY if keys and keys.there else 'NULL'}"

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """One that comes again after a replay waits again."""
        keys = self._keys.of([key_name(one.letter_id) for one in letters]) if self._keys else {}

        def sealed(letter: DeadLetter, data: bytes) -> bytes:
            key = keys.get(key_name(letter.letter_id))
            return key.seal(data) if key else data

        self._db.executemany(
            "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 1) "
            "ON CONFLICT DO UPDATE SET times = times + 1, replayed_at = NULL, "
            "reason = excluded.reason, detail = excluded.detail",
            (
                (
                    letter.letter_id,
                    letter.stage.value,
                    letter.source,
                    letter.reason,
                    sealed(letter, letter.detail.encode()) if keys else letter.detail,
                    letter.origin,
                    sealed(letter, letter.original),
                    letter.at.isoformat(),
                    letter.message_id,
                )
                for letter in letters
            ),
        )

    def mark(self, letter_ids: Sequence[str], at: datetime) -> None:
        """They were taken in, or given up."""
        self._db.executemany(
            "UPDATE dead_letters SET replayed_at = ? WHERE letter_id = ?",
            ((at.isoformat(), letter_id) for letter_id in letter_ids),
        )

    def get(self, letter_id: str) -> StoredLetter | None:
        row = self._db.execute(
            f"SELECT {self._columns} FROM dead_letters WHERE letter_id = ?", (letter_id,)
        ).fetchone()
        return self._stored(row) if row else None

    def count(self, source: str = "", after: str = "") -> int:
        """How many wait, of one source or of all; `after` as for `each`."""
        row = self._db.execute(
            "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL "
            "AND (at, letter_id) > (?, ?) AND ? IN ('', source)",
            (*_read_place(after), source),
        ).fetchone()
        return int(row[0])

    def still_waiting(self, letter_ids: Sequence[str]) -> set[str]:
        """Those of the letters that wait."""
        found = set()
        for letter_id in letter_ids:
            if self._db.execute(
                "SELECT 1 FROM dead_letters WHERE letter_id = ? AND replayed_at IS NULL",
                (letter_id,),
            ).fetchone():
                found.add(letter_id)
        return found

    def newest(self, limit: int, offset: int) -> list[StoredLetter]:
        """A page of those that wait, the newest first."""
        rows = self._db.execute(
            f"SELECT {self._columns} FROM dead_letters WHERE replayed_at IS NULL "
            "ORDER BY at DESC, letter_id LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [self._stored(row) for row in rows]

    def reasons(self) -> list[tuple[str, str]]:
        """Id and reason of every letter that waits."""
        return self._db.execute(
            "SELECT letter_id, reason FROM dead_letters WHERE replayed_at IS NULL "
            "ORDER BY at DESC, letter_id"
        ).fetchall()

    def aside(self, limit: int, offset: int) -> list[StoredLetter]:
        """A page of those that wait with a reason of `SET_ASIDE`, the newest first."""
        rows = self._db.execute(
            f"SELECT {self._columns} FROM dead_letters WHERE {_ASIDE} "
            "ORDER BY at DESC, letter_id LIMIT ? OFFSET ?",
            (*SET_ASIDE, limit, offset),
        )
        return [self._stored(row) for row in rows]

    def aside_counts(self) -> dict[str, int]:
        """How many of them wait, by source."""
        rows = self._db.execute(
            f"SELECT source, count(*) FROM dead_letters WHERE {_ASIDE} GROUP BY source", SET_ASIDE
        )
        return dict(rows.fetchall())

    def of_origins(self, origins: Collection[str]) -> list[str]:
        """Ids of the letters that came from one of these."""
        rows = self._db.execute("SELECT letter_id, origin FROM dead_letters")
        return [letter_id for letter_id, origin in rows if origin in origins]

    def each(
        self, *, waiting_only: bool = False, source: str = "", after: str = ""
    ) -> Iterator[StoredLetter]:
        """In the order they came, one at a time; `after`: from behind the place that
        `place_of` names. Letters that come meanwhile come last."""
        where = "replayed_at IS NULL AND" if waiting_only else ""
        at, letter_id = _read_place(after)
        while True:
            keys = self._db.execute(
                f"SELECT at, letter_id FROM dead_letters WHERE {where} (at, letter_id) > (?, ?) "
                f"AND ? IN ('', source) ORDER BY at, letter_id LIMIT {_KEYS}",
                (at, letter_id, source),
            ).fetchall()
            if not keys:
                return
            for at, letter_id in keys:  # noqa: B007  the place to go on from
                stored = self.get(letter_id)
                if stored is not None and not (waiting_only and stored.replayed_at):
                    yield stored

    def _stored(self, row: _Row) -> StoredLetter:
        letter_id, stage, source, reason, detail, origin, original = row[:7]
        at, message_id, replayed_at, times, wrapped = row[7:]
        if self._keys is not None:
            original = self._keys.open(original, wrapped)
            if isinstance(detail, bytes):
                detail = self._keys.open(detail, wrapped).decode()
        return StoredLetter(
            DeadLetter(
                letter_id=letter_id,
                stage=Stage(stage),
                source=source,
                reason=reason,
                detail=str(detail),
                origin=origin,
                original=original,
                at=datetime.fromisoformat(at),
                message_id=message_id,
            ),
            datetime.fromisoformat(replayed_at) if replayed_at else None,
            times,
        )


def place_of(letter: DeadLetter) -> str:
    """Names the letter's place among the others, for `LetterTable.each`."""
    return f"{letter.at.isoformat()}/{letter.letter_id}"


def _read_place(place: str) -> tuple[str, str]:
    at, _, letter_id = place.rpartition("/")
    return at, letter_id


_Row: TypeAlias = tuple[
    str, str, str, str, str | bytes, str, bytes, str, str, str | None, int, bytes | None
]


def key_name(letter_id: str) -> str:
    """The name of the key of a letter."""
    return _KEY_NAME + letter_id
