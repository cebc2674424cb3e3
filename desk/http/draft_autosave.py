"""What a person has typed and not yet submitted, kept so that no closed browser loses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Self

from msgspec import Struct

from desk.accounts.accounts import Accounts
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
WRITING: Final = timedelta(minutes=10)
"""Who typed within these is told to others who open the same reply."""


class TypedText(Struct, frozen=True):
    text: str
    seen: int
    """How long the history of the case was when the writing began."""
    at: datetime


class DraftAutosave:
    """One text per person and case: the reply that is being written."""

    def __init__(self, file: DeskFile, name_of: Callable[[str], str] = str) -> None:
        """`name_of`: an account's id to the person's name."""
        self._file = file
        self._name_of = name_of
        file.ensure("typed", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        def name_of(account_id: str) -> str:
            account = desk.get(Accounts).get(account_id)
            return account.name if account else account_id

        return cls(desk.file, name_of)

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

    def add(self, person: str, case_id: str, text: str, seen: int, now: datetime) -> None:
        """At the end of what the person has typed so far."""
        kept = self.text(person, case_id)
        whole = f"{kept.text.rstrip()}\n{text}" if kept else text
        self.keep(person, case_id, whole, seen, now)

    def text(self, person: str, case_id: str) -> TypedText | None:
        with self._file.reading() as db:
            row = db.execute(
                "SELECT text, seen, at FROM typed WHERE person = ? AND case_id = ?",
                (person, case_id),
            ).fetchone()
        return TypedText(row[0], row[1], datetime.fromisoformat(row[2])) if row else None

    def others(self, person: str, case_id: str, now: datetime) -> tuple[str, ...]:
        """Who else is typing a reply to this now: 林某 正在起草，10:32. The last to type first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT person, at FROM typed WHERE case_id = ? AND person <> ? AND at >= ? "
                "ORDER BY at DESC",
                (case_id, person, (now - WRITING).isoformat()),
            ).fetchall()
        return tuple(
            f"{self._name_of(who)} 正在起草，{datetime.fromisoformat(at):%H:%M}" for who, at in rows
        )

    def forget(self, person: str, case_id: str) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM typed WHERE person = ? AND case_id = ?", (person, case_id))
