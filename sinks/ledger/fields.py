"""What a field of the ledger's index may be, and what follows from its one declaration.

A field is declared once, in `sinks.ledger.case_index.CaseIndex`: its type and a `Field`. Tables and
mappings, rows and documents, conditions, facets, and who may ask by it are made from that. What is
missing anywhere stops the program when it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum, StrEnum
from types import NoneType
from typing import Annotated, Final, get_args, get_origin, get_type_hints

from msgspec import Struct

from cases.privacy.visible_fields import Sort
from sinks.ledger.base import Facets, Order, Query


class Use(Enum):
    """What a field is for. The value says it for people, in docs/elasticsearch.md."""

    KEY = "names the case"
    COUNTED = "filtered and counted"
    """Held by the indexes of SQLite that all cases are listed and counted by."""
    FILTERED = "filtered"
    """Held by them too."""
    RARE = "filtered; most cases have none"
    """Has an index of its own in SQLite (`sinks.ledger.sqlite`), of the cases that have one."""
    SORTED = "filtered and sorted"
    SEARCHED = "searched"
    KEPT = "kept"
    OPAQUE = "kept, never indexed"


class Kind(StrEnum):
    """The type of a field, as far as a ledger cares."""

    WORD = "word"
    LIST = "words"
    NUMBER = "number"
    FLAG = "yes or no"
    MOMENT = "moment, whole seconds"


class Field(Struct, frozen=True):
    """The declaration, as `Annotated[type, Field(...)]`."""

    tells: Sort
    """What a condition on it tells of the case."""
    use: Use
    asked: tuple[str, ...] = ()
    """Conditions of `Query` that ask for it."""
    facet: str = ""
    """Its name in `Facets`, where it is counted."""
    orders: tuple[Order, ...] = ()
    """Orders of a list that it comes first in."""
    own_column: bool = True
    """False: SQLite finds it by other columns."""


class Declared(Struct, frozen=True):
    """A field as all who work with it see it."""

    name: str
    kind: Kind
    optional: bool
    field: Field


class Conditions(Struct, frozen=True, kw_only=True):
    """Conditions of a query and the fields that they ask for, in the order of the fields. Those
    that are put in one way for all fields of a kind; each ledger puts `BY_HAND` itself."""

    words: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]
    since: tuple[tuple[str, str], ...]
    """The field is not before it."""
    until: tuple[tuple[str, str], ...]
    """The field is before it."""


BY_HAND: Final = frozenset(("text", "case_ids", "not_withheld_from", "high_risks", "states"))
PAGING: Final = frozenset(("order", "limit", "offset", "count_to"))
"""Parts of a query that are no conditions."""
_FILE: Final = "sinks/ledger/case_index.py"
_KINDS: Final[dict[object, Kind]] = {
    str: Kind.WORD,
    int: Kind.NUMBER,
    bool: Kind.FLAG,
    datetime: Kind.MOMENT,
}


def declared(index: type[Struct]) -> dict[str, Declared]:
    """The fields of an index. Raises `TypeError` for one without a declaration, or of a type
    that no ledger knows how to store."""
    hints = get_type_hints(index, include_extras=True)
    return {name: _declared(name, hints[name]) for name in index.__struct_fields__}


def _declared(name: str, hint: object) -> Declared:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{_FILE}: {name} has no Field that says what it tells and is for")
    type_, field = get_args(hint)[:2]
    if not isinstance(field, Field):
        raise TypeError(f"{_FILE}: {name} is annotated with {field!r}, not with a Field")
    optional = NoneType in get_args(type_)
    if optional:
        (type_,) = (part for part in get_args(type_) if part is not NoneType)
    kind = Kind.LIST if type_ == tuple[str, ...] else _KINDS.get(type_)
    if kind is None:
        raise TypeError(f"{_FILE}: {name} is a {type_}, which no ledger knows how to store")
    if (field.use is Use.COUNTED) != bool(field.facet):
        raise TypeError(f"{_FILE}: {name} is counted or has the name of a facet, but not both")
    return Declared(name, kind, optional, field)


def fields_asked(fields: Mapping[str, Declared], query: type[Struct] = Query) -> dict[str, str]:
    """Condition of a query -> field that it tells of. Raises `TypeError` where one is missing."""
    asked = [(condition, each.name) for each in fields.values() for condition in each.field.asked]
    _compare("Query", [name for name, _ in asked], set(query.__struct_fields__) - PAGING)
    return dict(asked)


def fields_counted(fields: Mapping[str, Declared], facets: type[Struct] = Facets) -> dict[str, str]:
    """Name of a facet -> field. Raises `TypeError` where one is missing."""
    counted = {each.field.facet: each.name for each in fields.values() if each.field.facet}
    _compare("Facets", list(counted), set(facets.__struct_fields__) - {"exact"})
    return counted


def fields_ordered_by(fields: Mapping[str, Declared]) -> dict[Order, str]:
    """Raises `TypeError` where an order is missing."""
    ordered = [(order, each.name) for each in fields.values() for order in each.field.orders]
    _compare("Order", [order.name for order, _ in ordered], {order.name for order in Order})
    return dict(ordered)


def conditions_of(
    fields: Mapping[str, Declared], asked: Mapping[str, str], query: type[Struct] = Query
) -> Conditions:
    """Raises `TypeError` for a condition that is put in no way."""
    hints = get_type_hints(query)
    found: dict[str, list[tuple[str, str]]] = {part: [] for part in Conditions.__struct_fields__}
    for condition, name in asked.items():
        if condition in BY_HAND:
            continue
        part = _part(condition, hints[condition], fields[name].kind)
        if part is None:
            raise TypeError(
                f"{_FILE}: no rule puts Query.{condition} to {name}; it is of another type, or "
                "belongs to BY_HAND in sinks/ledger/fields.py and into both ledgers"
            )
        found[part].append((condition, name))
    return Conditions(**{part: tuple(pairs) for part, pairs in found.items()})


def _part(condition: str, hint: object, kind: Kind) -> str | None:
    if hint is str:
        return {Kind.WORD: "words", Kind.LIST: "lists"}.get(kind)
    if hint == bool | None and kind is Kind.FLAG:
        return "flags"
    if hint == datetime | None and kind is Kind.MOMENT:
        return {"from": "since", "to": "until"}.get(condition.rpartition("_")[2])
    return None


def _compare(whose: str, said: Sequence[str], wanted: set[str]) -> None:
    if twice := sorted({name for name in said if said.count(name) > 1}):
        raise TypeError(f"{_FILE}: two fields declare {twice} of {whose}")
    if strange := sorted(set(said) ^ wanted):
        raise TypeError(f"{_FILE}: {whose} and the fields of CaseIndex differ in {strange}")


# -- values as the ledgers store them ------------------------------------------

_MARK: Final = "\x1f"


def listed(values: Sequence[str]) -> str:
    """A list as one string in which `instr` finds exactly a whole value."""
    return _MARK + _MARK.join(values) + _MARK if values else ""


def unlisted(value: str) -> list[str]:
    """The values of such a string, or the only one of a plain string."""
    return [each for each in value.strip(_MARK).split(_MARK) if each]


def tokens(folded_text: str) -> str:
    """One token for each character: a phrase is then an exact piece of the text."""
    return " ".join(folded_text)


def seconds_of(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
