"""The ledger in SQLite: documents, the columns that are searched, and full text.

The connection is the caller's, and so is the transaction: the embedded runner
writes inbox position, journal and ledger in one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from cases.figures.case_facts import CaseFacts, decode_facts
from cases.record.case import Case
from cases.words.times import beijing
from sinks.ledger.base import Change, Counts, Facets, Page, Query
from sinks.ledger.case_index import CaseIndex, index_of
from sinks.ledger.sqlite_query import (
    ORDERS,
    conditions,
    facets,
    high_risk,
    index_for,
    listed,
    seconds_of,
    tokens,
)
from sinks.ledger.sqlite_units import Search, by_unit, count_of, page_of
from sinks.ledger.stored_case import decode_stored, encode_stored

_VALUES = "channel, topic, kind, state"
_LISTS = "units, risk"
_FLAGS = "source, sentiment, urgent, dispatched, open, replied, satisfied, returned, withheld_from"
_COVERED = f"{_VALUES}, {_LISTS}, {_FLAGS}"
"""What is listed and counted by. The indexes below hold all of it: the rows themselves are
large, and reading a million of them for one column takes minutes."""

_TABLE = """
CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
    source TEXT NOT NULL,
    channel TEXT NOT NULL,
    units TEXT NOT NULL,
    topic TEXT NOT NULL,
    kind TEXT NOT NULL,
    risk TEXT NOT NULL,
    sentiment TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    state TEXT NOT NULL,
    dispatched INTEGER NOT NULL,
    open INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    due_at INTEGER,
    due_by TEXT NOT NULL,
    replied_at INTEGER,
    replied INTEGER NOT NULL,
    on_time INTEGER,
    satisfied INTEGER,
    returned INTEGER NOT NULL,
    matters TEXT NOT NULL,
    todo TEXT NOT NULL,
    promise_due INTEGER,
    look_by INTEGER,
    provisional_calendar TEXT NOT NULL,
    outline TEXT NOT NULL,
    withheld_from TEXT NOT NULL,
    text TEXT NOT NULL,
    doc BLOB NOT NULL
)
"""
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS cases_by_receipt ON cases (received_at, case_id, due_at, {_COVERED});
CREATE INDEX IF NOT EXISTS cases_by_value
    ON cases ({_VALUES}, {_LISTS}, {_FLAGS}, received_at, due_at);
CREATE INDEX IF NOT EXISTS cases_by_unit
    ON cases ({_LISTS}, {_VALUES}, {_FLAGS}, received_at, due_at);
CREATE INDEX IF NOT EXISTS cases_open
    ON cases (due_at, case_id, received_at, {_COVERED}) WHERE open;
CREATE INDEX IF NOT EXISTS cases_due ON cases (due_at, case_id);
CREATE INDEX IF NOT EXISTS cases_todo ON cases (due_at, case_id, todo, units)
    WHERE todo <> '';
CREATE INDEX IF NOT EXISTS cases_matters ON cases (matters) WHERE matters <> '';
CREATE INDEX IF NOT EXISTS cases_promise ON cases (promise_due) WHERE promise_due IS NOT NULL;
CREATE INDEX IF NOT EXISTS cases_outlines ON cases (received_at, case_id, outline);
CREATE INDEX IF NOT EXISTS cases_look_by ON cases (look_by) WHERE look_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS cases_provisional ON cases (provisional_calendar)
    WHERE provisional_calendar <> '';
"""
_TEXTS = """
CREATE VIRTUAL TABLE IF NOT EXISTS cases_text USING fts5 (
    text, content='', tokenize='unicode61 remove_diacritics 0'
)
"""
"""One token per character: a phrase query is then an exact substring search,
as with Elasticsearch's `standard` analysis, and words of two characters are found."""

_COLUMNS = (
    "case_id, seq, source, channel, units, topic, kind, risk, sentiment, urgent, state, "
    "dispatched, open, received_at, due_at, due_by, replied_at, replied, on_time, satisfied, "
    "returned, matters, todo, promise_due, look_by, provisional_calendar, outline, withheld_from, "
    "text, doc"
)
_UPSERT = f"""
INSERT INTO cases (id, {_COLUMNS}) VALUES ({", ".join("?" * 31)})
ON CONFLICT (id) DO UPDATE SET
    {", ".join(f"{name}=excluded.{name}" for name in _COLUMNS.split(", ")[1:])}
"""
_MOST_PARAMETERS = 500
_FIRST, _LAST = -(1 << 62), 1 << 62
"""Seconds before and after all times."""


class SqliteLedger:
    """Implements `sinks.ledger.base.Ledger`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @staticmethod
    def create(connection: sqlite3.Connection) -> None:
        """Creates what is missing, and brings what an older version of the program wrote up
        to date. Safe to call again."""
        found = {row[1] for row in connection.execute("PRAGMA table_info(cases)")}
        if found and not found.issuperset(_COLUMNS.split(", ")):
            _renew(connection)
        connection.executescript(f"{_TABLE};{_INDEXES}{_TEXTS}")

    @staticmethod
    def clear(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM cases")
        connection.execute("INSERT INTO cases_text (cases_text) VALUES ('delete-all')")

    def load(self, case_ids: Sequence[str]) -> dict[str, Case]:
        found: dict[str, Case] = {}
        for ids in _chunks(case_ids):
            marks = ", ".join("?" * len(ids))
            for case_id, doc in self._db.execute(
                f"SELECT case_id, doc FROM cases WHERE case_id IN ({marks})", ids
            ):
                found[case_id] = decode_stored(doc)
        return found

    def store(self, changes: Sequence[Change]) -> tuple[str, ...]:
        stored = self._stored([change.case.case_id for change in changes])
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
            rows.append(_row(key, index, encode_stored(case)))
        self._db.executemany(_UPSERT, rows)
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
        rows = self._db.execute(
            f"SELECT doc FROM (SELECT id FROM cases {way.index} WHERE {way.where} ORDER BY {order} "
            f"LIMIT ? OFFSET ?) JOIN cases USING (id) ORDER BY {order}",
            (*way.values, query.limit, query.offset),
        )
        return Page(total, tuple(decode_stored(doc) for (doc,) in rows), exact)

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
                f"SELECT case_id, doc FROM cases WHERE {where} AND case_id > ? "
                "ORDER BY case_id LIMIT 500",
                (*values, after),
            ).fetchall()
            for _, doc in rows:
                yield decode_stored(doc)
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


def _renew(connection: sqlite3.Connection) -> None:
    """Fills a new table from the documents of the old one: they hold everything."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'cases' "
            "AND sql IS NOT NULL"
        ).fetchall():
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute("ALTER TABLE cases RENAME TO cases_before")
        connection.execute(_TABLE)
        rows = connection.execute("SELECT id, doc FROM cases_before")
        connection.executemany(
            _UPSERT, (_row(key, index_of(decode_stored(doc)), doc) for key, doc in rows)
        )
        connection.execute("DROP TABLE cases_before")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _row(key: int, index: CaseIndex, doc: bytes) -> tuple[object, ...]:
    return (
        key,
        index.case_id,
        index.seq,
        index.source,
        index.channel,
        listed(index.units),
        index.topic,
        index.kind,
        listed(index.risk),
        index.sentiment,
        index.urgent,
        index.state,
        index.dispatched,
        index.open,
        seconds_of(index.received_at),
        seconds_of(index.due_at),
        index.due_by,
        seconds_of(index.replied_at),
        index.replied,
        index.on_time,
        index.satisfied,
        index.returned,
        listed(index.matters),
        listed(index.todo),
        seconds_of(index.promise_due),
        seconds_of(index.look_by),
        index.provisional_calendar,
        index.outline,
        listed(index.withheld_from),
        index.text,
        doc,
    )


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _MOST_PARAMETERS):
        yield list(values[start : start + _MOST_PARAMETERS])
