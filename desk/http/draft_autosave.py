"""What a person has typed and not yet submitted, kept so that no closed browser loses it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

from msgspec import Struct

from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile

_STEPS = (
    """
    CREATE TABLE typed (
        person TEXT NOT NULL, case_id TEXT NOT NULL, text TEXT NOT NULL,
        seen INTEGER NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (person, case_id)
    ) WITHOUT ROWID;
    CREATE INDEX typed_at ON typed (at)
    """,
)
KEPT: Final = timedelta(days=30)
"""A text nobody came back for holds personal data for nothing."""
MOST_CHARACTERS: Final = 100_000


class TypedText(Struct, frozen=True):
    text: str
    seen: int
    """How long the history of the case was when the writing began."""
    at: datetime


class DraftAutosave:
    """One text per person and case: the reply that is being written."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file
        file.ensure("typed", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file)

    def keep(self, person: str, case_id: str, text: str, seen: int, now: datetime) -> None:
        """In place of what was kept before; an empty text is forgotten."""
        if not text.strip():
            self.forget(person, case_id)
            return
        with self._file.writing() as db:
            db.execute("DELETE FROM typed WHERE at < ?", ((now - KEPT).isoformat(),))
            db.execute(
                "INSERT INTO typed VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "text = excluded.text, seen = excluded.seen, at = excluded.at",
                (person, case_id, text[:MOST_CHARACTERS], seen, now.isoformat()),
            )

    def text(self, person: str, case_id: str) -> TypedText | None:
        with self._file.reading() as db:
            row = db.execute(
                "SELECT text, seen, at FROM typed WHERE person = ? AND case_id = ?",
                (person, case_id),
            ).fetchone()
        return TypedText(row[0], row[1], datetime.fromisoformat(row[2])) if row else None

    def forget(self, person: str, case_id: str) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM typed WHERE person = ? AND case_id = ?", (person, case_id))
