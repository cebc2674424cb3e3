"""年度自查: looked through, signed with a note, and kept; what was signed is never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

import msgspec
from msgspec import Struct

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.accounts.accounts import Accounts
from desk.annual_review.look import Look
from desk.annual_review.looks import looks
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer

_STEPS: Final = (
    """
    CREATE TABLE annual_reviews (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,
        name TEXT NOT NULL, note TEXT NOT NULL, figures TEXT NOT NULL
    )
    """,
)
_LASTS: Final = timedelta(days=366)
_SHORTEST: Final = 5
_LONGEST: Final = 2000


class Signed(Struct, frozen=True, kw_only=True):
    """A review as it was signed."""

    number: int
    at: datetime
    who: str
    """Account id."""
    name: str
    note: str
    looks: tuple[Look, ...]
    """With the figures of that day."""


class AnnualReviews:
    """For administrators. Every method with a `Doer` raises `NotPermitted`."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        desk.file.ensure("annual-reviews", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def look(self, by: Doer, *, count_holds: bool = False) -> tuple[Look, ...]:
        """Everything to look at, with its figure of now."""
        self._desk.permit(by, Role.ADMIN, to="做年度自查")
        with self._desk.readers.reader() as store:
            return looks(self._desk, store, count_holds=count_holds)

    def sign(self, by: Doer, note: str, *, count_holds: bool = False) -> Signed:
        """With the figures of now. Raises `NotAllowed` for a note that says nothing."""
        found = self.look(by, count_holds=count_holds)
        note = note.strip()
        if not _SHORTEST <= len(note) <= _LONGEST:
            raise NotAllowed(
                f"请写自查的结论，{_SHORTEST} 至 {_LONGEST} 个字："
                "看到什么、改了什么、还有什么没有办。"
            )
        now = self._desk.clock()
        with self._desk.file.writing() as db:
            made = db.execute(
                "INSERT INTO annual_reviews (at, who, name, note, figures) VALUES (?, ?, ?, ?, ?)",
                (
                    now.isoformat(),
                    by.actor.id,
                    by.actor.name,
                    note,
                    msgspec.json.encode(found).decode(),
                ),
            )
        number = made.lastrowid or 0
        self._desk.note(by, AuditAction.REGISTER, f"第 {number} 次年度自查", "签字")
        return Signed(
            number=number, at=now, who=by.actor.id, name=by.actor.name, note=note, looks=found
        )

    def history(self) -> tuple[Signed, ...]:
        """The newest first."""
        with self._desk.file.reading() as db:
            rows = db.execute(
                "SELECT number, at, who, name, note, figures FROM annual_reviews "
                "ORDER BY number DESC"
            ).fetchall()
        return tuple(
            Signed(
                number=number,
                at=datetime.fromisoformat(at),
                who=who,
                name=name,
                note=note,
                looks=msgspec.json.decode(figures, type=tuple[Look, ...]),
            )
            for number, at, who, name, note, figures in rows
        )

    def overdue(self) -> str:
        """What an administrator is told where a year has gone by since the last one, or since the
        first account where there was none; else ""."""
        with self._desk.file.reading() as db:
            (last,) = db.execute("SELECT max(at) FROM annual_reviews").fetchone()
        if last is not None:
            since, what = datetime.fromisoformat(last), "上次年度自查"
        else:
            created = [one.created for one in self._desk.get(Accounts).all() if not one.demo]
            if not created:
                return ""
            since, what = min(created), "启用"
        if self._desk.clock() - since <= _LASTS:
            return ""
        return f"{what}是 {since:%Y-%m-%d}，满一年了，请做个人信息和账号的年度自查"
