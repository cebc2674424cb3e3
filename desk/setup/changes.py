"""The changes of the county's own files, in the desk's file: each is recorded before its file is
written, so that no file is ever changed without who, when and a way back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple, replace

from desk.ground.deskfile import DeskFile

_STEPS: Final = (
    """
    CREATE TABLE own_tables (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL, who TEXT NOT NULL, file TEXT NOT NULL, what TEXT NOT NULL,
        before TEXT, after TEXT
    )
    """,
    "ALTER TABLE own_tables ADD COLUMN written INTEGER NOT NULL DEFAULT 1",
)
"""`written`: 0 for a change that is recorded and perhaps not in its file yet."""
_SELECT: Final = "SELECT number, at, who, file, what, before, after FROM own_tables WHERE "
_LISTED: Final = 200


class Change(Struct, frozen=True, kw_only=True):
    """One change of one file."""

    number: int
    at: datetime
    who: str
    file: str
    what: str
    """In words."""
    newest: bool
    """Of its file: it can be taken back."""


class Recorded(Struct, frozen=True, kw_only=True):
    """A change with the whole text of its file; None where there was, or is, no file."""

    number: int = 0
    """0: not recorded yet."""
    at: str
    who: str
    file: str
    what: str
    before: str | None
    after: str | None


class ChangeRecord:
    """Every method raises `StoreError`."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file
        file.ensure("own-tables", _STEPS)

    def begin(self, change: Recorded) -> Recorded:
        """Before the file is written. Gives the change with its number."""
        with self._file.writing() as db:
            number = db.execute(
                "INSERT INTO own_tables (at, who, file, what, before, after, written) "
                "VALUES (?, ?, ?, ?, ?, ?, 0) RETURNING number",
                (change.at, change.who, change.file, change.what, change.before, change.after),
            ).fetchone()[0]
        return replace(change, number=number)

    def finish(self, change: Recorded) -> None:
        """The file is written. Also where another process took the unfinished record away."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO own_tables (number, at, who, file, what, before, after, written) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET written = 1",
                astuple(change),
            )

    def forget(self, change: Recorded) -> None:
        """The file was not written."""
        with self._file.writing() as db:
            db.execute("DELETE FROM own_tables WHERE number = ?", (change.number,))

    def unfinished(self) -> list[Recorded]:
        """What broke off, the oldest first."""
        return self._rows("NOT written ORDER BY number")

    def of(self, number: int) -> Recorded | None:
        return next(iter(self._rows("written AND number = ?", number)), None)

    def newest(self, file: str) -> int:
        """The number of the last change of this file; 0 for none."""
        found = self._rows("written AND file = ? ORDER BY number DESC LIMIT 1", file)
        return found[0].number if found else 0

    def listed(self) -> tuple[Change, ...]:
        """The newest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT number, at, who, file, what, number = (SELECT max(number) FROM own_tables "
                "AS later WHERE later.file = own_tables.file AND later.written) FROM own_tables "
                "WHERE written ORDER BY number DESC LIMIT ?",
                (_LISTED,),
            ).fetchall()
        return tuple(
            Change(
                number=number,
                at=datetime.fromisoformat(at),
                who=who,
                file=file,
                what=what,
                newest=bool(newest),
            )
            for number, at, who, file, what, newest in rows
        )

    def _rows(self, which: str, *values: object) -> list[Recorded]:
        with self._file.reading() as db:
            rows = db.execute(_SELECT + which, values).fetchall()
        names = Recorded.__struct_fields__
        return [Recorded(**dict(zip(names, row, strict=True))) for row in rows]
