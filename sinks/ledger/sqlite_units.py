"""The list of one unit among very many cases.

A unit's cases are few of all, and the index by unit holds them side by side: with whom a unit
works together makes few different values of the column `units`, and each of them is one
stretch of the index. Only these stretches are read, and of the rows only those of the page.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from msgspec import Struct

from sinks.ledger.base import Order, Query
from sinks.ledger.fields import listed
from sinks.ledger.sqlite_query import BY_RECEIPT

BY_UNIT: Final = "INDEXED BY cases_by_unit"
_MOST_VALUES: Final = 5_000
"""With more different values of `units` looking for them costs what it saves."""
_WALKED: Final = 5_000
"""The newest cases of a unit with more than so many are found sooner among all cases."""
_VALUES: Final = f"""
WITH RECURSIVE every (units) AS (
    SELECT min(units) FROM cases {BY_UNIT}
    UNION ALL
    SELECT (SELECT min(units) FROM cases {BY_UNIT} WHERE units > every.units)
    FROM every WHERE every.units IS NOT NULL
    LIMIT {_MOST_VALUES + 1}
)
SELECT units FROM every
"""
_EDGES: Final = {
    Order.NEWEST: ("received_at", "received_at DESC", "received_at >= ?"),
    Order.OLDEST: ("received_at", "received_at", "received_at <= ?"),
    Order.DUE: ("due_at", "due_at NULLS LAST", "due_at <= ?"),
}
"""What is sorted by, how, and what holds up to the last line of a page."""


class Search(Struct, frozen=True):
    """The part after WHERE, its values, and the index to read."""

    where: str
    values: tuple[object, ...]
    index: str


def by_unit(db: sqlite3.Connection, query: Query, plain: Search) -> Search:
    """`plain`, or where it would look through all cases for those of a unit, the same
    through the unit's own stretches."""
    unit = query.lead or query.unit
    if not unit or plain.index != BY_RECEIPT:
        return plain
    return _narrowed(db, unit, plain)


def count_of(db: sqlite3.Connection, unit: str) -> int:
    """How many cases name the unit."""
    way = _narrowed(db, unit, Search("instr(units, ?)", (listed((unit,)),), BY_UNIT))
    found = db.execute(f"SELECT count(*) FROM cases {way.index} WHERE {way.where}", way.values)
    return int(found.fetchone()[0])


def _narrowed(db: sqlite3.Connection, unit: str, plain: Search) -> Search:
    every = [value for (value,) in db.execute(_VALUES)]
    if len(every) > _MOST_VALUES:
        return plain
    name = listed((unit,))
    own = json.dumps([value for value in every if value and name in value])
    where = f"{plain.where} AND units IN (SELECT value FROM json_each(?))"
    return Search(where, (*plain.values, own), BY_UNIT)


def page_of(db: sqlite3.Connection, query: Query, total: int, plain: Search, own: Search) -> Search:
    """What leads to the page: `own` up to the page's last line, so that what the index does
    not hold is read of few cases; `plain` where that is sooner. `total`: how many match."""
    if own is plain or not query.limit or (total > _WALKED and query.order is not Order.DUE):
        return plain
    column, order, until = _EDGES[query.order]
    last = db.execute(
        f"SELECT {column} FROM cases {own.index} WHERE {own.where} ORDER BY {order} "
        "LIMIT 1 OFFSET ?",
        (*own.values, query.offset + query.limit - 1),
    ).fetchone()
    if last is None or last[0] is None:
        return own
    return Search(f"{own.where} AND {until}", (*own.values, last[0]), own.index)
