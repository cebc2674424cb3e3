"""The ledger in SQLite: documents, the columns that are searched, and full text.

The connection is the caller's, and so is the transaction: the embedded runner
writes inbox position, journal and ledger in one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from cases.case import OPEN_STATES, Case, State, decode_case, encode_case
from cases.times import beijing
from sinks.case_index import CaseIndex, folded, index_of
from sinks.ledger import Change, Counts, Order, Page, Query

SCHEMA = """
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
    urgent INTEGER NOT NULL,
    state TEXT NOT NULL,
    dispatched INTEGER NOT NULL,
    open INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    due_at INTEGER,
    replied_at INTEGER,
    replied INTEGER NOT NULL,
    on_time INTEGER,
    look_by INTEGER,
    provisional_calendar TEXT NOT NULL,
    text TEXT NOT NULL,
    doc BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS cases_listed
    ON cases (received_at, case_id, due_at, channel, topic, state, open);
CREATE INDEX IF NOT EXISTS cases_due ON cases (due_at, case_id);
CREATE INDEX IF NOT EXISTS cases_open
    ON cases (due_at, case_id, state, dispatched, urgent, risk, received_at) WHERE open;
CREATE INDEX IF NOT EXISTS cases_channel ON cases (channel, received_at);
CREATE INDEX IF NOT EXISTS cases_topic ON cases (topic, received_at);
CREATE INDEX IF NOT EXISTS cases_state ON cases (state, received_at);
CREATE INDEX IF NOT EXISTS cases_units ON cases (units, received_at);
CREATE INDEX IF NOT EXISTS cases_look_by ON cases (look_by) WHERE look_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS cases_provisional ON cases (provisional_calendar)
    WHERE provisional_calendar <> '';
CREATE VIRTUAL TABLE IF NOT EXISTS cases_text USING fts5 (
    text, content='', tokenize='unicode61 remove_diacritics 0'
);
"""
"""One token per character: a phrase query is then an exact substring search,
as with Elasticsearch's `standard` analysis, and words of two characters are found."""

_COLUMNS = (
    "case_id, seq, source, channel, units, topic, kind, risk, urgent, state, dispatched, open, "
    "received_at, due_at, replied_at, replied, on_time, look_by, provisional_calendar, text, doc"
)
_UPSERT = f"""
INSERT INTO cases (id, {_COLUMNS}) VALUES ({", ".join("?" * 22)})
ON CONFLICT (id) DO UPDATE SET
    {", ".join(f"{name}=excluded.{name}" for name in _COLUMNS.split(", ")[1:])}
"""
_MOST_PARAMETERS = 500


class SqliteLedger:
    """Implements `sinks.ledger.Ledger`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @staticmethod
    def create(connection: sqlite3.Connection) -> None:
        """Creates what is missing. Safe to call again."""
        connection.executescript(SCHEMA)

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
                found[case_id] = decode_case(doc)
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
                texts.append((key, _tokens(index.text)))
            elif text != index.text:
                dropped.append((key, _tokens(text)))
                texts.append((key, _tokens(index.text)))
            rows.append(_row(key, index, encode_case(case)))
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

    def search(self, query: Query) -> Page:
        where, values = _conditions(query)
        index = _index(query)
        total = self._db.execute(
            f"SELECT count(*) FROM cases {index} WHERE {where}", values
        ).fetchone()[0]
        order = _ORDERS[query.order]
        # The page is chosen by what the indexes hold; only its own documents are read.
        rows = self._db.execute(
            f"SELECT doc FROM (SELECT id FROM cases {index} WHERE {where} ORDER BY {order} "
            f"LIMIT ? OFFSET ?) JOIN cases USING (id) ORDER BY {order}",
            (*values, query.limit, query.offset),
        )
        return Page(total, tuple(decode_case(doc) for (doc,) in rows))

    def scan(self, query: Query) -> Iterator[Case]:
        where, values = _conditions(query)
        after = ""
        while True:
            # Page by page, so that a long export holds no read transaction open.
            rows = self._db.execute(
                f"SELECT case_id, doc FROM cases WHERE {where} AND case_id > ? "
                "ORDER BY case_id LIMIT 500",
                (*values, after),
            ).fetchall()
            for _, doc in rows:
                yield decode_case(doc)
            if not rows:
                return
            after = rows[-1][0]

    def counts(self, now: datetime, high_risks: Iterable[str]) -> Counts:
        midnight = beijing(now).replace(hour=0, minute=0, second=0, microsecond=0)
        tomorrow = midnight + timedelta(days=1)
        high = list(high_risks)
        urgent, risks = _high_risk(high)
        # Three questions, each answered by an index alone: the rows themselves are large.
        (total,) = self._db.execute("SELECT count(*) FROM cases").fetchone()
        (today,) = self._db.execute(
            "SELECT count(*) FROM cases WHERE received_at >= ? AND received_at < ?",
            (_seconds(midnight), _seconds(tomorrow)),
        ).fetchone()
        undispatched, due_today, overdue, high_risk = self._db.execute(
            f"""SELECT coalesce(sum(NOT dispatched), 0),
                coalesce(sum(state <> ? AND due_at >= ? AND due_at < ?), 0),
                coalesce(sum(state <> ? AND due_at < ?), 0),
                coalesce(sum({urgent}), 0)
            FROM cases WHERE open""",
            (
                State.PAUSED.value,
                _seconds(now),
                _seconds(tomorrow),
                State.PAUSED.value,
                _seconds(now),
                *risks,
            ),
        ).fetchone()
        return Counts(
            total=total,
            today=today,
            undispatched=undispatched,
            due_today=due_today,
            overdue=overdue,
            high_risk=high_risk,
            by_channel=self._grouped("channel"),
            by_topic=self._grouped("topic"),
            by_state=tuple((State(name), n) for name, n in self._grouped("state")),
        )

    def _grouped(self, column: str) -> tuple[tuple[str, int], ...]:
        rows = self._db.execute(
            f"SELECT {column}, count(*) AS n FROM cases GROUP BY 1 ORDER BY n DESC, 1"
        )
        return tuple((name, n) for name, n in rows)

    def to_look_at(self, until: datetime, calendar: str) -> Iterator[str]:
        rows = self._db.execute(
            """SELECT case_id FROM cases WHERE look_by < ?
            UNION SELECT case_id FROM cases WHERE provisional_calendar NOT IN ('', ?)
            ORDER BY 1""",
            (_seconds(until), calendar),
        ).fetchall()
        return iter([case_id for (case_id,) in rows])


_ORDERS = {
    Order.NEWEST: "received_at DESC, case_id DESC",
    Order.DUE: "due_at NULLS LAST, case_id",
    Order.CASE_ID: "case_id",
}


def _conditions(query: Query) -> tuple[str, list[object]]:
    parts: list[str] = ["1"]
    values: list[object] = []

    def add(part: str, *bound: object) -> None:
        parts.append(part)
        values.extend(bound)

    for piece in filter(None, map(folded, query.text.split())):
        phrase = f'"{_tokens(piece)}"'
        add("id IN (SELECT rowid FROM cases_text WHERE cases_text MATCH ?)", phrase)
    for name in ("source", "channel", "topic", "kind"):
        if value := getattr(query, name):
            add(f"{name} = ?", value)
    if query.unit:
        # Unless told, SQLite reads every large row for this instead of the index.
        add(
            "id IN (SELECT id FROM cases INDEXED BY cases_units WHERE instr(units, ?))",
            _listed((query.unit,)),
        )
    if query.risk:
        add("instr(risk, ?)", _listed((query.risk,)))
    if query.high_risks is not None:
        part, risks = _high_risk(query.high_risks)
        add(part, *risks)
    if query.dispatched is not None:
        add("dispatched = ?", int(query.dispatched))
    if query.states:
        # The plus sign keeps SQLite from the index of all states where that of the open
        # cases, which is small and holds what is asked, will do.
        within_open = OPEN_STATES.issuperset(query.states)
        part = f"state IN ({', '.join('?' * len(query.states))})"
        add(f"open AND +{part}" if within_open else part, *(s.value for s in query.states))
    if query.replied is not None:
        add("replied = ?", int(query.replied))
    for part, at in _ranges(query):
        add(part, _seconds(at))
    return " AND ".join(parts), values


def _index(query: Query) -> str:
    """Which index to read, where SQLite would choose badly: of several conditions it takes
    the index of one and reads the large row of every case to ask for the others."""
    flags = (query.high_risks, query.dispatched, query.replied)
    if query.source or query.kind or query.risk or any(flag is not None for flag in flags):
        return ""
    asked = sum(map(bool, (query.channel, query.topic, query.states, query.unit)))
    by_due = query.order is Order.DUE and not OPEN_STATES.issuperset(query.states)
    if query.text.strip() or asked > 1 or (asked and by_due):
        return "INDEXED BY cases_listed"
    return ""


def _ranges(query: Query) -> Iterator[tuple[str, datetime]]:
    for part, at in (
        ("received_at >= ?", query.received_from),
        ("received_at < ?", query.received_to),
        ("due_at >= ?", query.due_from),
        ("due_at < ?", query.due_to),
    ):
        if at is not None:
            yield part, at


def _high_risk(risks: Sequence[str]) -> tuple[str, list[str]]:
    """The condition for a case that is urgent or has one of these risks, and its values."""
    parts = ["urgent", *("instr(risk, ?)" for _ in risks)]
    return f"({' OR '.join(parts)})", [_listed((risk,)) for risk in risks]


def _row(key: int, index: CaseIndex, doc: bytes) -> tuple[object, ...]:
    return (
        key,
        index.case_id,
        index.seq,
        index.source,
        index.channel,
        _listed(index.units),
        index.topic,
        index.kind,
        _listed(index.risk),
        index.urgent,
        index.state,
        index.dispatched,
        index.open,
        _seconds(index.received_at),
        _seconds(index.due_at),
        _seconds(index.replied_at),
        index.replied,
        index.on_time,
        _seconds(index.look_by),
        index.provisional_calendar,
        index.text,
        doc,
    )


def _listed(values: Sequence[str]) -> str:
    """A list as one string in which `instr` finds exactly a whole value."""
    return "\x1f" + "\x1f".join(values) + "\x1f" if values else ""


def _tokens(folded_text: str) -> str:
    return " ".join(folded_text)


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _MOST_PARAMETERS):
        yield list(values[start : start + _MOST_PARAMETERS])
