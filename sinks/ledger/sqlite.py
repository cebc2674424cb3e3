"""The ledger in SQLite: documents, the columns that are searched, and full text.

The connection is the caller's, and so is the transaction: the embedded runner
writes inbox position, journal and ledger in one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from cases.figures.case_facts import CaseFacts, decode_facts
from cases.record.case import Case
from cases.words.times import beijing
from huiyin.store.errors import StoreError
from huiyin.store.row_keys import KEY_OF_NAME, RowKeys
from huiyin.store.sqlite import Connection
from sinks.ledger.base import Change, Counts, Facets, Page, Query
from sinks.ledger.case_index import index_of
from sinks.ledger.fields import listed, seconds_of, tokens
from sinks.ledger.sqlite_query import (
    ORDERS,
    conditions,
    facets,
    high_risk,
    index_for,
)
from sinks.ledger.sqlite_table import UPSERT, ensure_table, row_of
from sinks.ledger.sqlite_units import Search, by_unit, count_of, page_of
from sinks.ledger.stored_case import decode_shown, decode_stored, encode_stored

_MOST_PARAMETERS = 500
_KEY = KEY_OF_NAME.format(name="case_id")
_FIRST, _LAST = -(1 << 62), 1 << 62
"""Seconds before and after all times."""


class SqliteLedger:
    """Implements `sinks.ledger.base.Ledger`."""

    def __init__(self, connection: sqlite3.Connection, keys: RowKeys | None = None) -> None:
        """`keys`: what documents are sealed with, where they are. What search looks in is masked,
        and lies as it is."""
        self._db = connection
        self._keys = keys
        self._doc = f"doc, {_KEY if keys and keys.there else 'NULL'}"

    @staticmethod
    def create(connection: Connection) -> None:
        """Creates what is missing, and brings what an older version of the program wrote up
        to date, with a copy first. Safe to call again. Raises `StoreError`, also when a newer
        version has written the file."""
        ensure_table(connection)

    @staticmethod
    def clear(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM cases")
        connection.execute("INSERT INTO cases_text (cases_text) VALUES ('delete-all')")

    def load(self, case_ids: Sequence[str]) -> dict[str, Case]:
        found: dict[str, Case] = {}
        for ids in _chunks(case_ids):
            marks = ", ".join("?" * len(ids))
            for case_id, doc, wrapped in self._db.execute(
                f"SELECT case_id, {self._doc} FROM cases WHERE case_id IN ({marks})", ids
            ):
                found[case_id] = self._case(doc, wrapped)
        return found

    def store(self, changes: Sequence[Change]) -> tuple[str, ...]:
        case_ids = [change.case.case_id for change in changes]
        stored = self._stored(case_ids)
        # Of an erased case nothing is left to seal, and it has no key any more.
        sealed = [change.case.case_id for change in changes if change.case.erased_at is None]
        keys = self._keys.of(sealed) if self._keys else {}
        conflicts = []
        rows: list[tuple[object, ...]] = []
        dropped: list[tuple[int, str]] = []
        texts: list[tuple[int, str]] = []
        top = self._db.execute("SELECT coalesce(max(id), 0) FROM cases").fetchone()[0]
        for change in changes:
            case = change.case
            key, seq, text = stored.get(case.case_id, (0, 0, ""))
            if seq != change.expected_seq:
                conflicts.append(case.case_id)
                continue
            index = index_of(case)
            if not key:
                top += 1
                key = top
                texts.append((key, tokens(index.text)))
            elif text != index.text:
                dropped.append((key, tokens(text)))
                texts.append((key, tokens(index.text)))
            doc = encode_stored(case)
            sealing = keys.get(case.case_id)
            rows.append(row_of(key, index, sealing.seal(doc) if sealing else doc))
        self._db.executemany(UPSERT, rows)
        self._db.executemany(
            "INSERT INTO cases_text (cases_text, rowid, text) VALUES ('delete', ?, ?)", dropped
        )
        self._db.executemany("INSERT INTO cases_text (rowid, text) VALUES (?, ?)", texts)
        return tuple(conflicts)

    def _stored(self, case_ids: Sequence[str]) -> dict[str, tuple[int, int, str]]:
        stored: dict[str, tuple[int, int, str]] = {}
        for ids in _chunks(case_ids):
            marks = ", ".join("?" * len(ids))
            for case_id, key, seq, text in self._db.execute(
                f"SELECT case_id, id, seq, text FROM cases WHERE case_id IN ({marks})", ids
            ):
                stored[case_id] = (key, seq, text)
        return stored

    def _case(
        self,
        doc: bytes,
        wrapped: bytes | None,
        decode: Callable[[bytes], Case] = decode_stored,
    ) -> Case:
        if self._keys is None:
            return decode(doc)
        try:
            return decode(self._keys.open(doc, wrapped))
        except StoreError as error:
            raise StoreError(
                f"台账里有一件打不开，可用 huiyin rebuild 重建台账。{error}"
            ) from error

    def refresh(self) -> None:
        """A commit is found at once."""

    def search(self, query: Query) -> Page:
        where, values = conditions(query)
        plain = Search(where, tuple(values), index_for(query))
        own = by_unit(self._db, query, plain)
        found = f"FROM cases {own.index} WHERE {own.where}"
        if query.count_to:
            found = f"FROM (SELECT 1 {found} LIMIT {query.count_to + 1:d})"
        total = self._db.execute(f"SELECT count(*) {found}", own.values).fetchone()[0]
        exact = not query.count_to or total <= query.count_to
        if not exact:
            total = query.count_to
        order = ORDERS[query.order]
        way = page_of(self._db, query, total, plain, own)
        # The page is chosen by what the indexes hold; only its own documents are read.
        chosen = f"SELECT id FROM cases {way.index} WHERE {way.where} ORDER BY {order}"
        rows = self._db.execute(
            f"SELECT {self._doc} FROM ({chosen} "
            f"LIMIT ? OFFSET ?) JOIN cases USING (id) ORDER BY {order}",
            (*way.values, query.limit, query.offset),
        )
        shown = tuple(self._case(doc, wrapped, decode_shown) for doc, wrapped in rows)
        return Page(total, shown, exact)

    def scan(self, query: Query, *, one_moment: bool = False) -> Generator[Case, None, None]:
        if not one_moment:
            yield from self._scan(query)
            return
        self._db.execute("BEGIN")
        try:
            yield from self._scan(query)
        finally:
            self._db.execute("COMMIT")

    def _scan(self, query: Query) -> Iterator[Case]:
        where, values = conditions(query)
        after = ""
        while True:
            # Page by page, so that a long scan holds no read transaction open.
            rows = self._db.execute(
                f"SELECT case_id, {self._doc} FROM cases WHERE {where} AND case_id > ? "
                "ORDER BY case_id LIMIT 500",
                (*values, after),
            ).fetchall()
            for _, doc, wrapped in rows:
                yield self._case(doc, wrapped)
            if not rows:
                return
            after = rows[-1][0]

    def counts(self, now: datetime, high_risks: Iterable[str], unit: str = "") -> Counts:
        midnight = beijing(now).replace(hour=0, minute=0, second=0, microsecond=0)
        tomorrow = midnight + timedelta(days=1)
        urgent, risks = high_risk(list(high_risks))
        own, units = ("instr(units, ?)", [listed((unit,))]) if unit else ("1", [])
        # Three questions, each answered by an index alone: the rows themselves are large.
        if unit:
            total = count_of(self._db, unit)
        else:
            (total,) = self._db.execute("SELECT count(*) FROM cases").fetchone()
        (today,) = self._db.execute(
            f"SELECT count(*) FROM cases WHERE received_at >= ? AND received_at < ? AND {own}",
            (seconds_of(midnight), seconds_of(tomorrow), *units),
        ).fetchone()
        undispatched, due_today, overdue, risky = self._db.execute(
            f"""SELECT coalesce(sum(NOT dispatched), 0),
                coalesce(sum(due_at >= ? AND due_at < ?), 0),
                coalesce(sum(due_at < ?), 0),
                coalesce(sum({urgent}), 0)
            FROM cases WHERE open AND {own}""",
            (
                seconds_of(now),
                seconds_of(tomorrow),
                seconds_of(now),
                *risks,
                *units,
            ),
        ).fetchone()
        return Counts(
            total=total,
            today=today,
            undispatched=undispatched,
            due_today=due_today,
            overdue=overdue,
            high_risk=risky,
        )

    def facets(self, query: Query, seconds: float = 0.0) -> Facets:
        return facets(self._db, query, seconds)

    def outlines(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[CaseFacts]:
        rows = self._db.execute(
            "SELECT outline FROM cases INDEXED BY cases_outlines "
            "WHERE received_at >= ? AND received_at < ? ORDER BY received_at, case_id",
            (seconds_of(since) or _FIRST, _LAST if until is None else seconds_of(until)),
        )
        return (decode_facts(outline) for (outline,) in rows)

    def to_look_at(self, until: datetime, calendar: str) -> Iterator[str]:
        rows = self._db.execute(
            """SELECT case_id FROM cases WHERE look_by < ?
            UNION SELECT case_id FROM cases WHERE provisional_calendar NOT IN ('', ?)
            ORDER BY 1""",
            (seconds_of(until), calendar),
        ).fetchall()
        return iter([case_id for (case_id,) in rows])


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _MOST_PARAMETERS):
        yield list(values[start : start + _MOST_PARAMETERS])
