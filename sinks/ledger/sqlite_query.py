"""A `Query` in SQLite's language, and the numbers of its facets."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Final

from msgspec.structs import replace

from cases.record.case import OPEN_STATES
from sinks.ledger.base import Facets, Order, Query
from sinks.ledger.case_index import CONDITIONS, COUNTED, FIELDS, folded
from sinks.ledger.fields import Kind, Use, listed, seconds_of, tokens, unlisted

ORDERS: Final = {
    Order.NEWEST: "received_at DESC, case_id DESC",
    Order.OLDEST: "received_at, case_id",
    Order.DUE: "due_at NULLS LAST, case_id",
    Order.CASE_ID: "case_id",
}
BY_RECEIPT: Final = "INDEXED BY cases_by_receipt"
_MOST_READ: Final = 50_000
"""Facets are counted in this program up to so many cases that an index holds in full ..."""
_MOST_LOOKED_UP: Final = 10_000
"""... and up to so many that have to be looked up one by one."""


def conditions(query: Query) -> tuple[str, list[object]]:
    """The condition, and the values for its question marks."""
    parts: list[str] = ["1"]
    values: list[object] = []

    def add(part: str, *bound: object) -> None:
        parts.append(part)
        values.extend(bound)

    for piece in filter(None, map(folded, query.text.split())):
        phrase = f'"{tokens(piece)}"'
        add("id IN (SELECT rowid FROM cases_text WHERE cases_text MATCH ?)", phrase)
    for condition, name in CONDITIONS.words:
        value = getattr(query, condition)
        if value and FIELDS[name].field.own_column:
            add(f"{name} = ?", value)
    for part, *wanted in _in_lists(query):
        add(part, *wanted)
    for part, bound in _sets(query):
        add(part, *bound)
    for condition, name in CONDITIONS.flags:
        if (flag := getattr(query, condition)) is not None:
            add(f"{name} = ?", int(flag))
    if query.states:
        part = f"state IN ({', '.join('?' * len(query.states))})"
        within_open = _within_open(query)
        add(f"open AND {part}" if within_open else part, *(s.value for s in query.states))
    for part, at in _ranges(query):
        add(part, seconds_of(at))
    return " AND ".join(parts), values


def _sets(query: Query) -> Iterator[tuple[str, Sequence[str]]]:
    if query.case_ids is not None:
        yield "case_id IN (SELECT value FROM json_each(?))", [json.dumps(query.case_ids)]
    if query.high_risks is not None:
        yield high_risk(query.high_risks)
    for mark in query.not_withheld_from:
        yield "instr(withheld_from, ?) = 0", [listed((mark,))]


def _in_lists(query: Query) -> Iterator[tuple[str, ...]]:
    for condition, name in CONDITIONS.lists:
        if value := getattr(query, condition):
            yield f"{name} <> '' AND instr({name}, ?)", listed((value,))
    if query.lead:
        # The first of the units, if anybody leads: of a case whose lead unit gave it back,
        # those that assist are left. The outline lies in the row, so it is asked last.
        part = (
            "units <> '' AND instr(units, ?) = 1"
            " AND (dispatched OR json_extract(outline, '$[2]') = ?)"
        )
        yield part, listed((query.lead,)), query.lead


def index_for(query: Query) -> str:
    """Which index to read, where SQLite would choose badly: of several conditions it takes
    the index of one and reads the large row of every case to ask for the others."""
    if query.todo:
        return "INDEXED BY cases_todo"
    if query.matter:
        return "INDEXED BY cases_matters"
    if query.promise_to is not None:
        return "INDEXED BY cases_promise"
    if query.case_ids is not None:
        return ""
    if query.order is Order.CASE_ID:
        return ""
    if query.states and _within_open(query):
        return "INDEXED BY cases_open"
    plain = Query(order=query.order, limit=query.limit, offset=query.offset)
    if replace(query, count_to=0) == plain:
        return ""
    due = query.due_from is not None or query.due_to is not None
    only_due = replace(query, due_from=None, due_to=None, count_to=0) == plain
    return "" if due and only_due else BY_RECEIPT


def _within_open(query: Query) -> bool:
    return OPEN_STATES.issuperset(query.states)


def _ranges(query: Query) -> Iterator[tuple[str, datetime]]:
    for sign, pairs in ((">=", CONDITIONS.since), ("<", CONDITIONS.until)):
        for condition, name in pairs:
            if (at := getattr(query, condition)) is not None:
                # Named, so that the index of those that have one may be read.
                there = f"{name} IS NOT NULL AND " if FIELDS[name].field.use is Use.RARE else ""
                yield f"{there}{name} {sign} ?", at


def high_risk(risks: Sequence[str]) -> tuple[str, list[str]]:
    """The condition for a case that is urgent or has one of these risks, and its values."""
    parts = ["urgent", *("instr(risk, ?)" for _ in risks)]
    return f"({' OR '.join(parts)})", [listed((risk,)) for risk in risks]


# -- facets --------------------------------------------------------------------

_LISTS: Final = tuple(facet for facet, name in COUNTED.items() if FIELDS[name].kind is Kind.LIST)
_VALUES: Final = tuple(facet for facet in COUNTED if facet not in _LISTS)
_FIELDS: Final = (*_VALUES, *_LISTS)
Tally = dict[str, Counter[str]]


def facets(db: sqlite3.Connection, query: Query, seconds: float) -> Facets:
    """One pass for all fields that the query leaves open, and one for each that it does not:
    a field counts as if the query said nothing about it."""
    end = monotonic() + seconds if seconds else None
    asked = [name for name in _FIELDS if _said(query, name)]
    exact = True
    tally: Tally = {name: Counter() for name in _FIELDS}
    rest = tuple(name for name in _FIELDS if name not in asked)
    for fields, free in ((rest, query), *(((name,), _unsaid(query, name)) for name in asked)):
        if fields:
            exact = _count(db, free, fields, tally, end) and exact
    counted = {
        name: tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
        for name, counts in tally.items()
    }
    return Facets(**counted, exact=exact)


def _said(query: Query, name: str) -> bool:
    return bool(query.states if name == "state" else getattr(query, name))


def _unsaid(query: Query, name: str) -> Query:
    return replace(query, states=()) if name == "state" else replace(query, **{name: ""})


def _count(
    db: sqlite3.Connection, query: Query, fields: tuple[str, ...], tally: Tally, end: float | None
) -> bool:
    """Adds to `tally`; False when not everything was counted."""
    few = _few(query)
    if few is not None:
        index, most = few
        rows = _rows(db, query, fields, index, most)
        if rows.total() <= most or _looked_up(query):
            _add(tally, fields, rows)
            return rows.total() <= most
    exact = True
    for part, index in ((_VALUES, "cases_by_value"), (_LISTS, "cases_by_unit")):
        wanted = tuple(name for name in part if name in fields)
        if wanted:
            groups = _groups(db, query, part, index, end)
            if groups is None:
                exact = False
                newest = _rows(db, query, wanted, BY_RECEIPT, _MOST_READ)
                _add(tally, wanted, newest)
            else:
                _add(tally, wanted, _narrowed(groups, [part.index(name) for name in wanted]))
    return exact


def _few(query: Query) -> tuple[str, int] | None:
    """The index that leads to the few cases that are asked for, and how many of them are
    read; None where all are looked through."""
    if _looked_up(query):
        return ("" if query.text.strip() else index_for(query)), _MOST_LOOKED_UP
    if query.states and _within_open(query):
        return "INDEXED BY cases_open", _MOST_READ
    if query.received_from is not None or query.received_to is not None:
        return BY_RECEIPT, _MOST_READ
    return None


def _looked_up(query: Query) -> bool:
    """Asks for what the indexes of all cases do not hold."""
    return query.case_ids is not None or bool(
        query.text.strip() or query.todo or query.matter or query.promise_to
    )


def _rows(
    db: sqlite3.Connection, query: Query, fields: tuple[str, ...], index: str, most: int
) -> Counter[tuple[str, ...]]:
    where, values = conditions(query)
    # The newest, where there are too many.
    order = "" if query.todo or query.matter or query.promise_to else "ORDER BY id DESC"
    if index == BY_RECEIPT:
        order = "ORDER BY received_at DESC"
    elif index == "INDEXED BY cases_open":
        order = ""
    return Counter(
        db.execute(
            f"SELECT {_columns(fields)} FROM cases {index} WHERE {where} {order} LIMIT {most + 1}",
            values,
        )
    )


def _groups(
    db: sqlite3.Connection, query: Query, fields: tuple[str, ...], index: str, end: float | None
) -> Counter[tuple[str, ...]] | None:
    """Read in the order of the index, the groups come one after the other and nothing is
    sorted. None when the time was not enough."""
    where, values = conditions(query)
    columns = _columns(fields)
    groups: Counter[tuple[str, ...]] = Counter()
    with _until(db, end):
        try:
            for *found, n in db.execute(
                f"SELECT {columns}, count(*) FROM cases INDEXED BY {index} WHERE {where} "
                f"GROUP BY {columns}",
                values,
            ):
                groups[tuple(found)] += n
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return None
    return groups


def _columns(fields: tuple[str, ...]) -> str:
    return ", ".join(COUNTED[name] for name in fields)


def _narrowed(rows: Counter[tuple[str, ...]], kept: list[int]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for row, n in rows.items():
        found[tuple(row[at] for at in kept)] += n
    return found


def _add(tally: Tally, fields: tuple[str, ...], rows: Counter[tuple[str, ...]]) -> None:
    for at, name in enumerate(fields):
        values: Counter[str] = Counter()
        for row, n in rows.items():
            values[row[at]] += n
        counts = tally[name]
        for value, n in values.items():
            for each in unlisted(value):
                counts[each] += n


@contextmanager
def _until(db: sqlite3.Connection, end: float | None) -> Iterator[None]:
    """Interrupts what SQLite does when the time is up."""
    if end is None:
        yield
        return
    db.set_progress_handler(lambda: int(monotonic() > end), 10_000)
    try:
        yield
    finally:
        db.set_progress_handler(None, 0)
