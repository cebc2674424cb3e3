"""Registers: numbered records with their whole history, for what is not a case.

A register (整改事项, 问答库, 事件档案, 值班表 …) keeps what was written, never what is
true now: a record is the list of its entries, and the part of the program whose
register it is folds them. Writing says which entry the writer has seen, so two
people never overwrite each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from cases.words.actors import Actor
from desk.ground.deskfile import DeskFile

_STEPS = (
    """
    CREATE TABLE entries (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        register TEXT NOT NULL, record TEXT NOT NULL, seq INTEGER NOT NULL,
        at TEXT NOT NULL, by BLOB NOT NULL, body BLOB NOT NULL,
        UNIQUE (register, record, seq)
    );
    CREATE INDEX entries_register ON entries (register, position)
    """,
)


class RegisterEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened to a record. `(register, record, seq)` names it for ever."""

    record: str
    seq: int
    at: datetime
    by: Actor
    body: bytes
    """JSON of what happened; its shape is the register's own."""


class Changed(Exception):
    """The record was written to meanwhile: load it again and look."""

    def __init__(self, record: str, expected: int, found: int) -> None:
        super().__init__(
            f"“{record}”刚被别人修改过（您看到的是第 {expected} 步，现在是第 {found} 步）。"
            "请看过新内容后再提交。"
        )


class Register:
    """One register in the desk's file."""

    def __init__(self, file: DeskFile, name: str) -> None:
        self._file = file
        self._name = name
        file.ensure("registers", _STEPS)

    def append(
        self, record: str, seen: int, at: datetime, by: Actor, body: object
    ) -> RegisterEntry:
        """Writes entry number `seen + 1`; `seen` 0 begins a record. Raises `Changed`."""
        return self.append_all(record, seen, at, by, [body])[0]

    def append_all(
        self, record: str, seen: int, at: datetime, by: Actor, bodies: list[object]
    ) -> list[RegisterEntry]:
        """All entries or none. Raises `Changed`."""
        entries = [
            RegisterEntry(
                record=record,
                seq=seen + n,
                at=at,
                by=by,
                body=body if isinstance(body, bytes) else msgspec.json.encode(body),
            )
            for n, body in enumerate(bodies, 1)
        ]
        with self._file.writing() as db:
            found = db.execute(
                "SELECT coalesce(max(seq), 0) FROM entries WHERE register = ? AND record = ?",
                (self._name, record),
            ).fetchone()[0]
            if found != seen:
                raise Changed(record, seen, found)
            db.executemany(
                "INSERT INTO entries (register, record, seq, at, by, body) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        self._name,
                        one.record,
                        one.seq,
                        one.at.isoformat(),
                        msgspec.json.encode(one.by),
                        one.body,
                    )
                    for one in entries
                ],
            )
        return entries

    def begin(self, prefix: str, at: datetime, by: Actor, body: object) -> RegisterEntry:
        """Begins a record under the next free number: `prefix` and four digits or more."""
        while True:
            with self._file.reading() as db:
                # By number, not by text: after 9999 comes 10000.
                last = db.execute(
                    "SELECT coalesce(max(CAST(substr(record, ?) AS INTEGER)), 0) FROM entries "
                    "WHERE register = ? AND substr(record, 1, ?) = ?",
                    (len(prefix) + 1, self._name, len(prefix), prefix),
                ).fetchone()[0]
            try:
                return self.append(f"{prefix}{last + 1:04d}", 0, at, by, body)
            except Changed:
                continue  # the number was taken first

    def load(self, record: str) -> list[RegisterEntry]:
        """The entries of one record, in order; empty when there is none."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT record, seq, at, by, body FROM entries "
                "WHERE register = ? AND record = ? ORDER BY seq",
                (self._name, record),
            ).fetchall()
        return [_entry(*row) for row in rows]

    def last(self) -> int:
        """Grows with every entry of this register."""
        with self._file.reading() as db:
            found: int = db.execute(
                "SELECT coalesce(max(position), 0) FROM entries WHERE register = ?", (self._name,)
            ).fetchone()[0]
        return found

    def all(self) -> dict[str, list[RegisterEntry]]:
        """Every record with its entries, in the order in which they were begun."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT record, seq, at, by, body FROM entries WHERE register = ? "
                "ORDER BY position",
                (self._name,),
            ).fetchall()
        found: dict[str, list[RegisterEntry]] = {}
        for entry in _entries(rows):
            found.setdefault(entry.record, []).append(entry)
        return found


def _entries(rows: list[tuple[str, int, str, bytes, bytes]]) -> Iterator[RegisterEntry]:
    return (_entry(*row) for row in rows)


def _entry(record: str, seq: int, at: str, by: bytes, body: bytes) -> RegisterEntry:
    return RegisterEntry(
        record=record,
        seq=seq,
        at=datetime.fromisoformat(at),
        by=msgspec.json.decode(by, type=Actor),
        body=body,
    )
