"""The table of cases in SQLite: made from the fields of the index, numbered, filled anew from its
own documents when it is older than the program.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final

from huiyin.store.migrations import Step, ensure, has_table
from huiyin.store.row_keys import KEY_OF_NAME
from huiyin.store.sqlite import Connection
from sinks.ledger.case_index import FIELDS, CaseIndex, index_of
from sinks.ledger.fields import Declared, Kind, Use, listed, seconds_of
from sinks.ledger.stored_case import decode_stored

_COLUMNS: Final = tuple(each for each in FIELDS.values() if each.field.own_column)
_NAMES: Final = (*(each.name for each in _COLUMNS), "doc")


def ddl(column: Declared) -> str:
    type_ = "TEXT" if column.kind in (Kind.WORD, Kind.LIST) else "INTEGER"
    key = " UNIQUE" if column.field.use is Use.KEY else ""
    return f"{column.name} {type_}{'' if column.optional else ' NOT NULL'}{key}"


def _names_of(use: Use, *kinds: Kind) -> str:
    found = (one for one in _COLUMNS if one.field.use is use)
    return ", ".join(one.name for one in found if not kinds or one.kind in kinds)


_VALUES: Final = _names_of(Use.COUNTED, Kind.WORD)
_LISTS: Final = _names_of(Use.COUNTED, Kind.LIST)
_FLAGS: Final = _names_of(Use.FILTERED)
_COVERED: Final = f"{_VALUES}, {_LISTS}, {_FLAGS}"
"""What is listed and counted by. The indexes below hold all of it: the rows themselves are
large, and reading a million of them for one column takes minutes."""

_TABLE: Final = f"""
CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY,
    {", ".join(ddl(column) for column in _COLUMNS)},
    doc BLOB NOT NULL
)
"""
_RARE: Final = {
    "matters": "cases_matters ON cases (matters) WHERE matters <> ''",
    "todo": "cases_todo ON cases (due_at, case_id, todo, units) WHERE todo <> ''",
    "promise_due": "cases_promise ON cases (promise_due) WHERE promise_due IS NOT NULL",
    "look_by": "cases_look_by ON cases (look_by) WHERE look_by IS NOT NULL",
    "provisional_calendar": (
        "cases_provisional ON cases (provisional_calendar) WHERE provisional_calendar <> ''"
    ),
}
"""The indexes of fields that most cases have none of."""
if strange := _RARE.keys() ^ {each.name for each in _COLUMNS if each.field.use is Use.RARE}:
    raise TypeError(
        f"sinks/ledger/sqlite_table.py: _RARE has no index for {sorted(strange)}, or needs none"
    )
_INDEXES: Final = (
    f"cases_by_receipt ON cases (received_at, case_id, due_at, {_COVERED})",
    f"cases_by_value ON cases ({_VALUES}, {_LISTS}, {_FLAGS}, received_at, due_at)",
    f"cases_by_unit ON cases ({_LISTS}, {_VALUES}, {_FLAGS}, received_at, due_at)",
    f"cases_open ON cases (due_at, case_id, received_at, {_COVERED}) WHERE open",
    "cases_due ON cases (due_at, case_id)",
    "cases_outlines ON cases (received_at, case_id, outline)",
    *_RARE.values(),
)
_TEXTS: Final = """
CREATE VIRTUAL TABLE IF NOT EXISTS cases_text USING fts5 (
    text, content='', tokenize='unicode61 remove_diacritics 0'
)
"""
"""One token per character: a phrase query is then an exact substring search,
as with Elasticsearch's `standard` analysis, and words of two characters are found."""

VERSION: Final = 3
"""Of the table. One more whenever its columns or indexes change, or what stands in a field: older
files are then filled anew from their documents, and older programs refuse newer files."""
_SCHEMA: Final = "19a131bce66c811a"
"""The digest of what `VERSION` stands for."""


def schema_digest() -> str:
    return sha256("".join((_TABLE, *_INDEXES, _TEXTS)).encode()).hexdigest()[:16]


if schema_digest() != _SCHEMA:
    raise TypeError(
        "sinks/ledger/sqlite_table.py: the table of cases has changed. Raise VERSION by one, so "
        f"that files are filled anew, and set _SCHEMA to {schema_digest()!r}"
    )
_VALUE_MARKS: Final = ", ".join("?" * (len(_NAMES) + 1))
_REPLACED: Final = ", ".join(f"{name}=excluded.{name}" for name in _NAMES[1:])
UPSERT: Final = (
    f"INSERT INTO cases (id, {', '.join(_NAMES)}) VALUES ({_VALUE_MARKS}) "  # noqa: S608  (our own names)
    f"ON CONFLICT (id) DO UPDATE SET {_REPLACED}"
)
_STORED: Final[dict[Kind, Callable[[Any], object]]] = {
    Kind.LIST: listed,
    Kind.MOMENT: seconds_of,
}
_READ: Final = tuple((attrgetter(each.name), _STORED.get(each.kind)) for each in _COLUMNS)


def _columns_of(connection: Connection) -> set[str]:
    return {row[1] for row in connection.execute("PRAGMA table_info(cases)")} - {"id"}


def _is_older(connection: Connection) -> bool:
    """Whether there is a table that has to be filled anew. The first version was written before
    there were numbers as well."""
    there = _columns_of(connection)
    return bool(there) and (VERSION > 1 or there != set(_NAMES))


def _nothing(_connection: Connection) -> None:
    """A version that is filled anew with the last one."""


def _fill(connection: Connection) -> None:
    """Makes the table, and fills it from the documents of the one that is there: they hold
    everything. Within a transaction."""
    if _is_older(connection):
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'cases' "
            "AND sql IS NOT NULL"
        ).fetchall():
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute("ALTER TABLE cases RENAME TO cases_before")
        connection.execute(_TABLE)
        wrapped = KEY_OF_NAME.format(name="case_id") if has_table(connection, "keys") else "NULL"
        rows = connection.execute(f"SELECT id, doc, {wrapped} FROM cases_before")  # noqa: S608
        connection.executemany(
            UPSERT,
            (
                row_of(key, index_of(decode_stored(_opened(connection, doc, wrapped))), doc)
                for key, doc, wrapped in rows
            ),
        )
        connection.execute("DROP TABLE cases_before")
    for statement in (_TABLE, *(f"CREATE INDEX IF NOT EXISTS {one}" for one in _INDEXES), _TEXTS):
        connection.execute(statement)


STEPS: Final[tuple[Step, ...]] = (*[_nothing] * (VERSION - 1), _fill)


def ensure_table(connection: Connection) -> None:
    """Raises `StoreError`, also when a newer program has written the file."""
    ensure(connection, "ledger", STEPS, written=_is_older)


def _opened(connection: Connection, doc: bytes, wrapped: bytes | None) -> bytes:
    return connection.unsealing(doc, wrapped) if connection.unsealing else doc


def row_of(key: int, index: CaseIndex, doc: bytes) -> tuple[object, ...]:
    values = (store(read(index)) if store else read(index) for read, store in _READ)
    return (key, *values, doc)
