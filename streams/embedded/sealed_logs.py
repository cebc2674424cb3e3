"""Inbox and journal in SQLite: each row sealed under the key of its case, and chained.

The whole body of a row is sealed. What has to be known without reading it stands beside it:
position, the case and number of an event, the number of the key. The chain is taken over the
bytes as they lie there. When a case was erased its key is gone, and `remains` holds what
is left of each of its rows: the same message or event without what people wrote.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from cases.record import commands as do
from cases.record import events as ev
from cases.record.events import Recorded, decode_event, encode_event
from cases.record.messages import Action, Message, encode_message
from huiyin.store.chain import Head, beginning, link, links
from huiyin.store.counting import last_of
from huiyin.store.row_keys import RowKeys
from huiyin.store.sqlite import Connection

SCHEMA: Final = """
ALTER TABLE inbox ADD COLUMN key INTEGER;
ALTER TABLE journal ADD COLUMN key INTEGER;
CREATE INDEX inbox_key ON inbox (key) WHERE key IS NOT NULL;
CREATE INDEX inbox_open ON inbox (position) WHERE key IS NULL;
CREATE TABLE remains (
    log TEXT NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (log, position)
) WITHOUT ROWID;
CREATE TABLE erasures (
    case_id TEXT PRIMARY KEY, journal INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, files TEXT NOT NULL DEFAULT '',
    copies INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID
"""
PEOPLE: Final = "ALTER TABLE erasures ADD COLUMN people TEXT NOT NULL DEFAULT ''"
_MESSAGE: Final = "INSERT INTO inbox (position, data, chain, key) VALUES (?, ?, ?, ?)"
_EVENT: Final = (
    "INSERT INTO journal (position, case_id, seq, key, data, chain) VALUES (?, ?, ?, ?, ?, ?)"
)
_Row = tuple[str, int, int | None, bytes]
"""Case, number, key and stored bytes of an event."""


def is_erasure(message: Message) -> bool:
    """Such a message lies open, and lasts."""
    return isinstance(message, Action) and isinstance(message.command, do.Erase)


class _OfCase(Struct):
    case_id: str


def case_of(data: bytes) -> str:
    """Of a message; "" for what is none."""
    try:
        return msgspec.json.decode(data, type=_OfCase).case_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


class SealedLogs:
    """Transactions are the caller's."""

    def __init__(self, db: Connection, keys: RowKeys) -> None:
        self._db = db
        self._keys = keys

    # -- inbox ---------------------------------------------------------------

    def append(self, messages: Sequence[Message]) -> None:
        keys = self._keys.of([m.case_id for m in messages if not is_erasure(m)])
        rows: list[tuple[int | None, bytes]] = []
        for message in messages:
            data = encode_message(message)
            key = None if is_erasure(message) else keys[message.case_id]
            rows.append((key.number, key.seal(data)) if key else (None, data))
        self._append(rows)

    def append_raw(self, data: Sequence[bytes]) -> None:
        """Sealed as far as they say of which case they speak."""
        keys = self._keys.of([case_id for each in data if (case_id := case_of(each))])
        rows: list[tuple[int | None, bytes]] = []
        for each in data:
            key = keys.get(case_of(each))
            rows.append((key.number, key.seal(each)) if key else (None, each))
        self._append(rows)

    def inbox(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        rows = self._db.execute(
            f"SELECT inbox.position, {self._body('inbox')} WHERE inbox.position > ? "
            "ORDER BY inbox.position LIMIT ?",
            (after, limit),
        )
        return [(position, self._keys.open(data, wrapped)) for position, data, wrapped in rows]

    def inbox_of(self, case_ids: Sequence[str], after: int) -> list[bytes]:
        """Every message of these cases behind a position, in order: those that their keys seal,
        and those that lie open, such as an erasure."""
        wanted = frozenset(case_ids)
        found = {
            position: body
            for position, body in self.open_messages(after)
            if case_of(body) in wanted
        }
        for case_id in wanted:
            for key in self._keys.numbers(case_id):
                found |= dict(self.sealed_messages(key, after))
        return [found[position] for position in sorted(found)]

    def _append(self, data: Sequence[tuple[int | None, bytes]]) -> None:
        head = last_of(self._db, "inbox") or beginning("inbox")
        rows = list(enumerate((row for _, row in data), head.position + 1))
        self._db.executemany(
            _MESSAGE,
            [
                (position, row, after.link, key)
                for (position, row), after, (key, _) in zip(
                    rows, links(head, rows), data, strict=True
                )
            ],
        )

    # -- journal -------------------------------------------------------------

    def append_events(self, events: Sequence[Recorded]) -> None:
        """Once each: an event that is there already is left out."""
        head = last_of(self._db, "journal") or beginning("journal")
        keys = self._keys.of([e.case_id for e in events if not isinstance(e.body, ev.Erased)])
        encoded: list[_Row] = []
        for event in events:
            data = encode_event(event)
            if isinstance(event.body, ev.Erased):
                encoded.append((event.case_id, event.seq, None, data))
            else:
                key = keys[event.case_id]
                encoded.append((event.case_id, event.seq, key.number, key.seal(data)))
        rows = list(enumerate((row[-1] for row in encoded), head.position + 1))
        self._db.execute("SAVEPOINT events")
        try:
            self._db.executemany(
                _EVENT,
                [
                    (after.position, *event, after.link)
                    for event, after in zip(encoded, links(head, rows), strict=True)
                ],
            )
        except sqlite3.IntegrityError:
            # Seldom: a message came again, and its events with it.
            self._db.execute("ROLLBACK TO events")
            self._append_missing(head, encoded)
        for event in events:
            if isinstance(event.body, ev.Erased):
                self._note_erasure(event)
        # After another error there may be none: on a full disk SQLite has rolled back already.
        self._db.execute("RELEASE events")

    def _note_erasure(self, event: Recorded) -> None:
        """What is left to do: see `streams.embedded.erasing`."""
        (journal,) = self._db.execute(
            "SELECT position FROM journal WHERE case_id = ? AND seq = ?", (event.case_id, event.seq)
        ).fetchone()
        self._db.execute(
            "INSERT INTO erasures (case_id, journal) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (event.case_id, journal),
        )

    def _append_missing(self, head: Head, encoded: Sequence[_Row]) -> None:
        for row in encoded:
            position = head.position + 1
            after = link(head.link, position, row[-1])
            done = self._db.execute(
                f"{_EVENT} ON CONFLICT (case_id, seq) DO NOTHING", (position, *row, after)
            )
            if done.rowcount:
                head = Head(position, after)

    def journal(self) -> Iterator[Recorded]:
        """All events, case by case, each case in order."""
        rows = self._db.execute(
            f"SELECT {self._body('journal')} ORDER BY journal.case_id, journal.seq"
        )
        return (decode_event(self._keys.open(*row)) for row in rows)

    def journal_after(self, position: int, limit: int) -> list[tuple[int, Recorded]]:
        """Events in the order in which they were written, with their positions."""
        rows = self._db.execute(
            f"SELECT journal.position, {self._body('journal')} WHERE journal.position > ? "
            "ORDER BY journal.position LIMIT ?",
            (position, limit),
        )
        return [(at, decode_event(self._keys.open(data, wrapped))) for at, data, wrapped in rows]

    # -- of one case ---------------------------------------------------------

    def journal_of(self, case_id: str) -> list[Recorded]:
        """The events of one case, in order."""
        rows = self._db.execute(
            f"SELECT {self._body('journal')} WHERE journal.case_id = ? ORDER BY journal.seq",
            (case_id,),
        )
        return [decode_event(self._keys.open(*row)) for row in rows]

    def events_of(self, case_id: str) -> list[tuple[int, int | None, bytes, bytes]]:
        """Position, number of the key, stored bytes and body of each event of a case."""
        rows = self._db.execute(
            f"SELECT journal.position, journal.key, journal.data, {self._body('journal')} "
            "WHERE journal.case_id = ? ORDER BY journal.seq",
            (case_id,),
        )
        return [(at, key, data, self._keys.open(*row)) for at, key, data, *row in rows]

    def sealed_messages(self, key: int, after: int = 0) -> list[tuple[int, bytes]]:
        """Position and body of each message that this key seals, behind a position."""
        rows = self._db.execute(
            f"SELECT inbox.position, {self._body('inbox')} WHERE inbox.key = ? "
            "AND inbox.position > ?",
            (key, after),
        )
        return [(at, self._keys.open(*row)) for at, *row in rows]

    def open_messages(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Those that no key seals, behind a position: of programs from before, erasures, and what
        is no message."""
        position = after
        while rows := self._db.execute(
            "SELECT position, data FROM inbox INDEXED BY inbox_open "
            "WHERE key IS NULL AND position > ? ORDER BY position LIMIT 1000",
            (position,),
        ).fetchall():
            yield from rows
            position = rows[-1][0]

    # -- both ----------------------------------------------------------------

    def chain(self, log: str) -> Iterator[tuple[int, bytes, bytes | None]]:
        """The rows of a log with their links: position, stored bytes, link."""
        position = 0
        while rows := self._db.execute(
            f"SELECT position, data, chain FROM {log} WHERE position > ? "
            "ORDER BY position LIMIT 1000",
            (position,),
        ).fetchall():
            yield from rows
            position = rows[-1][0]

    def _body(self, log: str) -> str:
        """What stands for the body of a row, and the key that opens it, if one does."""
        if not self._keys.there:
            return f"{log}.data, NULL FROM {log}"
        return (
            f"coalesce(remains.data, {log}.data), keys.wrapped FROM {log} "
            f"LEFT JOIN keys ON keys.id = {log}.key "
            f"LEFT JOIN remains ON remains.log = '{log}' AND remains.position = {log}.position"
        )
