"""Which replies are still to be sent, in the desk's file, so that a restart goes on there."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile

_STEPS = (
    """
    CREATE TABLE outbox (
        case_id TEXT NOT NULL, draft INTEGER NOT NULL, actor BLOB NOT NULL,
        fields BLOB NOT NULL, tries INTEGER NOT NULL, next_at TEXT NOT NULL,
        PRIMARY KEY (case_id, draft)
    ) WITHOUT ROWID
    """,
)


class WaitingReply(Struct, frozen=True):
    case_id: str
    draft: int
    actor: Actor
    fields: dict[str, str]
    tries: int
    next_at: datetime


class WaitingReplies:
    def __init__(self, file: DeskFile) -> None:
        self._file = file
        file.ensure("outbox", _STEPS)

    def all(self) -> list[WaitingReply]:
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT case_id, draft, actor, fields, tries, next_at FROM outbox ORDER BY next_at"
            ).fetchall()
        return [_read(row) for row in rows]

    def one(self, case_id: str, draft: int) -> WaitingReply | None:
        with self._file.reading() as db:
            row = db.execute(
                "SELECT case_id, draft, actor, fields, tries, next_at FROM outbox "
                "WHERE case_id = ? AND draft = ?",
                (case_id, draft),
            ).fetchone()
        return _read(row) if row else None

    def put(self, one: WaitingReply) -> None:
        with self._file.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?)",
                (
                    one.case_id,
                    one.draft,
                    msgspec.json.encode(one.actor),
                    msgspec.json.encode(one.fields),
                    one.tries,
                    one.next_at.isoformat(),
                ),
            )

    def drop(self, case_id: str, draft: int) -> None:
        with self._file.writing() as db:
            db.execute("DELETE FROM outbox WHERE case_id = ? AND draft = ?", (case_id, draft))


def _read(row: tuple[str, int, bytes, bytes, int, str]) -> WaitingReply:
    case_id, draft, actor, fields, tries, next_at = row
    return WaitingReply(
        case_id,
        draft,
        msgspec.json.decode(actor, type=Actor),
        msgspec.json.decode(fields, type=dict[str, str]),
        tries,
        datetime.fromisoformat(next_at),
    )
