"""What a reader keeps: columns and page size, and filters by name."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from desk.ground.deskfile import DeskFile

MOST_FILTERS: Final = 12
"""Of one account; a longer list is read by nobody."""
LONGEST_NAME: Final = 20

_STEPS = (
    """
    CREATE TABLE saved_filters (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL COLLATE NOCASE, shared INTEGER NOT NULL,
        name TEXT NOT NULL, address TEXT NOT NULL, at TEXT NOT NULL,
        UNIQUE (account, name)
    );
    CREATE TABLE preferences (
        account TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) WITHOUT ROWID
    """,
)


class SavedFilter(Struct, frozen=True, kw_only=True):
    id: int
    account: str
    shared: bool
    """Every account of the desk sees it."""
    name: str
    address: str
    """What stands behind the question mark."""

    @property
    def href(self) -> str:
        return f"/ledger?{self.address}" if self.address else "/ledger"


class SaveRefused(ValueError):
    """The text says why, in Chinese."""


class Saved:
    def __init__(self, file: DeskFile) -> None:
        self._file = file
        file.ensure("saved", _STEPS)

    def filters(self, account: str, *, with_shared: bool) -> list[SavedFilter]:
        """Own ones first, by name."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, account, shared, name, address FROM saved_filters "
                "WHERE account = ? OR (shared AND ?) "
                "ORDER BY account = ? DESC, name, id",
                (account, with_shared, account),
            ).fetchall()
        return [
            SavedFilter(id=key, account=whose, shared=bool(shared), name=name, address=address)
            for key, whose, shared, name, address in rows
        ]

    def keep(self, account: str, name: str, address: str, at: datetime, *, shared: bool) -> None:
        """Under the same name it takes the place of the one before. Raises `SaveRefused`."""
        name = name.strip()
        if not 1 <= len(name) <= LONGEST_NAME:
            raise SaveRefused(f"筛选名称应为 1 至 {LONGEST_NAME} 个字，实际是 {len(name)} 个。")
        with self._file.writing() as db:
            others = db.execute(
                "SELECT count(*) FROM saved_filters WHERE account = ? AND name <> ?",
                (account, name),
            ).fetchone()[0]
            if others >= MOST_FILTERS:
                raise SaveRefused(f"已存 {others} 个筛选，请先删去不用的再存。")
            db.execute(
                "INSERT INTO saved_filters (account, shared, name, address, at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, name) DO UPDATE SET "
                "shared = excluded.shared, address = excluded.address, at = excluded.at",
                (account, shared, name, address, at.isoformat()),
            )

    def drop(self, account: str, filter_id: int) -> None:
        """One's own; those of others stay."""
        with self._file.writing() as db:
            db.execute(
                "DELETE FROM saved_filters WHERE id = ? AND account = ?", (filter_id, account)
            )

    def preference(self, account: str, name: str) -> str:
        """ "" where nothing was chosen."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT value FROM preferences WHERE account = ? AND name = ?", (account, name)
            ).fetchone()
        return row[0] if row else ""

    def prefer(self, account: str, name: str, value: str) -> None:
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO preferences VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET value = excluded.value",
                (account, name, value),
            )
