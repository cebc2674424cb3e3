"""Takes what tells an erased person out of what the desk noted about other things.

Contacts are looked for wherever people wrote something; names only in what is about the case,
since others may have the same. What the person called themselves is no reason to touch anything
else: a citizen may write `housing` or a number of ours into a field, so what programs read (ids,
names of fields, choices, addresses that are set) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from cases.privacy.erased import ERASED
from cases.privacy.masking import names_nobody
from huiyin.store.migrations import has_table
from huiyin.store.sqlite import Connection
from streams.embedded.erasing import Copies

_SHORTEST_CONTACT: Final = 5
SHORTEST_CONTACT_NUMBER: Final = 7
"""Digits: fewer are a number that many have, such as 12345."""
_NOT_ABOUT_PEOPLE: Final = frozenset(
    ("accounts", "own_tables", "parts", "commits", "row_counts", "incidents", "second_factors")
)
_NOT_WRITTEN: Final = frozenset({
    "about", "account", "actor", "address", "by", "case_id", "key", "network", "person", "record",
    "register", "sha", "unit", "way", "who",
})  # fmt: skip
"""Columns that programs fill: what they hold names a thing or a person of the office."""
_WRITTEN: Final = frozenset({
    "answer", "body", "content", "detail", "name", "note", "proof", "question", "reason", "remark",
    "summary", "text", "title", "told", "words",
})  # fmt: skip
"""Fields of JSON that may be a mark and nothing else; another one that is, is a choice or an
address that was set."""


_Row = Mapping[str, object]
_Wanted = re.Pattern[str] | None


class Marks(Struct, frozen=True):
    """What tells the person."""

    case_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


def marks_of(due: Sequence[Copies]) -> Marks:
    people = [person for each in due for person in each.people]
    names = {person.author.strip() for person in people}
    contacts = {value.strip() for one in people for value in (one.phone, one.email, one.address)}
    return Marks(
        case_ids=tuple(each.case_id for each in due),
        names=tuple(sorted(each for each in names if len(each) > 1 and not names_nobody(each))),
        contacts=tuple(sorted(filter(_tells_one_person, contacts))),
    )


def _tells_one_person(contact: str) -> bool:
    if len(contact) < _SHORTEST_CONTACT:
        return False
    digits = sum(char.isdigit() for char in contact)
    return "@" in contact or digits >= SHORTEST_CONTACT_NUMBER or not contact.isascii()


def scrub(db: Connection, marks: Marks) -> None:
    """Within a transaction. Raises `StoreError`."""
    contacts, names = _pattern(marks.contacts), _pattern(marks.names)
    if not marks.case_ids or not (contacts or names):
        return
    about = _beside(db, marks.case_ids)
    for table in _tables(db):
        # The rows are written to when all have been read.
        for row, changed in list(_changes(db, table, contacts, names, about)):
            sets = ", ".join(f"{one} = ?" for one in changed)
            where = " AND ".join(f"{one} = ?" for one in table.keys)
            db.execute(
                f"UPDATE {table.name} SET {sets} WHERE {where}",  # noqa: S608
                [*changed.values(), *(row[one] for one in table.keys)],
            )


class _Table(Struct, frozen=True):
    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    written: tuple[str, ...]
    """Of the texts, those that people wrote."""


def _changes(
    db: Connection,
    table: _Table,
    contacts: _Wanted,
    names: _Wanted,
    about: Callable[[str, _Row], bool],
) -> Iterator[tuple[_Row, dict[str, object]]]:
    """Each row that is touched, and its columns as they become."""
    read = (*table.keys, *table.texts)
    for values in db.execute(f"SELECT {', '.join(read)} FROM {table.name}"):  # noqa: S608
        row = dict(zip(read, values, strict=True))
        new = {one: _without(row[one], contacts) for one in table.written}
        if names and about(table.name, row):
            new = {one: _without(value, names) for one, value in new.items()}
        changed = {one: value for one, value in new.items() if value != row[one]}
        if changed:
            yield row, changed


def _tables(db: Connection) -> Iterator[_Table]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in rows:
        if name in _NOT_ABOUT_PEOPLE or name.startswith("sqlite_"):
            continue
        columns = db.execute(f"PRAGMA table_info({name})").fetchall()
        keys = tuple(column for _, column, *_rest, key in columns if key)
        texts = tuple(c for _, c, kind, *_rest in columns if kind in ("TEXT", "BLOB"))
        written = tuple(one for one in texts if one not in keys and one not in _NOT_WRITTEN)
        if written:
            yield _Table(name, keys or ("rowid",), texts, written)


def _beside(db: Connection, case_ids: Sequence[str]) -> Callable[[str, _Row], bool]:
    """Whether a row is about one of the cases: names it, belongs to a record of a register that
    does, or is what a person typed for such a record."""
    wanted = _pattern(case_ids)
    records: set[tuple[str, str]] = set()

    def names_one(row: _Row) -> bool:
        return wanted is not None and any(wanted.search(_told(value)) for value in row.values())

    if has_table(db, "entries"):
        for register, record, body in db.execute("SELECT register, record, body FROM entries"):
            if names_one({"record": record, "body": body}):
                records.add((register, record))
    numbers = {record for _, record in records}

    def about(table: str, row: _Row) -> bool:
        if table == "entries" and (row["register"], row["record"]) in records:
            return True
        if table == "typed" and str(row["case_id"]).rpartition("/")[2] in numbers:
            return True
        return names_one(row)

    return about


def _pattern(words: Sequence[str]) -> _Wanted:
    """Any of them; not where one goes on: 1390000 is no part of the number 13900001111."""
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(_bounded, longest_first)))


def _bounded(word: str) -> str:
    before = "(?<![0-9A-Za-z])" if _goes_on(word[0]) else ""
    after = "(?![0-9A-Za-z])" if _goes_on(word[-1]) else ""
    # A telephone number may stand behind the country's.
    country = r"(?:\+?86[- ]?)?" if word[0].isdigit() else ""
    return f"{before}{country}{re.escape(word)}{after}"


def _goes_on(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _told(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _without(value: object, wanted: _Wanted) -> object:
    """A column without the marks."""
    if wanted is None or not isinstance(value, str | bytes) or not wanted.search(_told(value)):
        return value
    try:
        found: object = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if isinstance(found, dict | list):
        left = _of_json(found, wanted, "")
        if left == found:
            return value
        made = msgspec.json.encode(left)
        return made if isinstance(value, bytes) else made.decode()
    new = wanted.sub(ERASED, _told(value))
    return new.encode() if isinstance(value, bytes) else new


def _of_json(value: object, wanted: re.Pattern[str], name: str) -> object:
    """`name`: of the field that it stands in."""
    if isinstance(value, dict):
        return {key: _of_json(each, wanted, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_of_json(each, wanted, name) for each in value]
    if not isinstance(value, str) or (name not in _WRITTEN and wanted.fullmatch(value)):
        return value
    return wanted.sub(ERASED, value)
