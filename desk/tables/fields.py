"""What a person fills in for one key of a table, and what stands in the table then. Pure.

What a key holds is told by the declaration of its row; how it is called, by `desk.tables.sheets`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from enum import StrEnum
from typing import Final

from msgspec import Struct, inspect
from msgspec.structs import replace

_APART: Final = re.compile(r"[、，\n]+")
_LONGEST: Final = 20_000
_NAMED: Final = 30
"""Choices that an error lists."""
_YES, _NO = "是", "否"


class FieldError(ValueError):
    """What was filled in cannot be; the text says what was expected and found."""


class Kind(StrEnum):
    """What a key holds."""

    TEXT = "text"
    WORDS = "words"
    NUMBER = "number"
    DECIMAL = "decimal"
    FLAG = "flag"
    DAY = "day"
    TIME = "time"
    CHOICE = "choice"


class Holds(Struct, frozen=True):
    """What the declaration says of a key."""

    kind: Kind
    choices: tuple[str, ...] = ()
    """Of a `CHOICE`, or of the words."""
    needed: bool = False
    names: Mapping[str, str] = {}
    """What people call the choices."""

    def called(self, choice: str) -> str:
        return self.names.get(choice, choice)


def holds(shape: type[Struct], key: str, names: Mapping[str, str] | None = None) -> Holds:
    """`key`: with dots below a table in the row, `when.channel`. `names`: of the choices there
    are, which the declaration may leave open. Raises `KeyError` where the row has no such key,
    `TypeError` for what is no field of a page (rows within the row)."""
    kind: inspect.Type = inspect.type_info(shape)
    needed = True
    for step in key.split("."):
        field = {each.encode_name: each for each in _struct(kind).fields}[step]
        kind, needed = field.type, needed and field.required
    found = _holds(kind, needed=needed)
    if names is None:
        return found
    kind_now = Kind.CHOICE if found.kind is Kind.TEXT else found.kind
    return replace(found, kind=kind_now, choices=tuple(names), names=names)


def keys_of(shape: type[Struct], below: str = "") -> list[str]:
    """Every key of the row; those of a table in it with dots."""
    found: list[str] = []
    for each in _struct(inspect.type_info(shape)).fields:
        name = f"{below}{each.encode_name}"
        if isinstance(each.type, inspect.StructType):
            found += keys_of(each.type.cls, f"{name}.")
        else:
            found.append(name)
    return found


def shown(what: Holds, value: object) -> str:
    """As a person reads and changes it; "" for nothing."""
    match value:
        case None:
            return ""
        case bool():
            return _YES if value else _NO
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case str():
            return what.called(value)
        case int() | float() | date():
            return str(value)
        case Sequence():
            return "、".join(what.called(str(each)) for each in value)
        case _:
            raise TypeError(type(value))


def taken(what: Holds, text: str) -> object:
    """What stands in the table for a text; None where nothing was filled in. Raises
    `FieldError`."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise FieldError(f"最多 {_LONGEST} 个字，现在 {len(text)} 个。")
    if what.kind is Kind.WORDS:
        return _words(what, text)
    if not all(each.isprintable() for each in text):
        raise FieldError("请写成一行，不要有不能显示的字符。")
    if not text:
        return None
    return _single(what, text)


def _single(what: Holds, text: str) -> object:
    match what.kind:
        case Kind.NUMBER | Kind.DECIMAL:
            return _number(what.kind, text)
        case Kind.FLAG:
            return _one_of(what, text, (_YES, _NO)) == _YES
        case Kind.DAY:
            return _day(text)
        case Kind.CHOICE:
            return _one_of(what, text, what.choices)
        case _:
            return text


def _words(what: Holds, text: str) -> tuple[str, ...] | None:
    found = tuple(dict.fromkeys(word for each in _APART.split(text) if (word := each.strip())))
    if wrong := next((word for word in found if not word.isprintable()), ""):
        raise FieldError(f"{wrong[:20]!r} 里有不能显示的字符，请删去。")
    if what.choices:
        found = tuple(_one_of(what, word, what.choices) for word in found)
    return found or None


def _number(kind: Kind, text: str) -> int | float:
    try:
        return int(text) if kind is Kind.NUMBER else float(text)
    except ValueError:
        expected = "整数，如 5" if kind is Kind.NUMBER else "数字，如 0.5"
        raise FieldError(f"应为{expected}，实际是“{text[:20]}”。") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FieldError(f"日期应写作 2027-01-01，实际是“{text[:20]}”。") from None


def _one_of(what: Holds, text: str, known: Sequence[str]) -> str:
    """The choice that is meant, by its name or as it is written."""
    found = next((each for each in known if text in (each, what.called(each))), None)
    if found is None:
        told = "、".join(map(what.called, known[:_NAMED])) + ("……" if len(known) > _NAMED else "")
        raise FieldError(f"应为{told}之一，实际是“{text[:20]}”。")
    return found


def inside(values: Mapping[str, object], key: str) -> object:
    """The value at a key with dots; None where there is none."""
    found: object = values
    for step in key.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


# -- what the declaration says --------------------------------------------------


def _struct(kind: inspect.Type) -> inspect.StructType:
    if not isinstance(kind, inspect.StructType):
        raise KeyError(kind)
    return kind


_PLAIN: Final[Mapping[type[inspect.Type], Kind]] = {
    inspect.BoolType: Kind.FLAG,
    inspect.IntType: Kind.NUMBER,
    inspect.FloatType: Kind.DECIMAL,
    inspect.DateType: Kind.DAY,
    inspect.TimeType: Kind.TIME,
    inspect.StrType: Kind.TEXT,
}


def _holds(kind: inspect.Type, *, needed: bool) -> Holds:
    match kind:
        case inspect.Metadata():
            return _holds(kind.type, needed=needed)
        case inspect.UnionType():
            return _of_union(kind.types, needed=needed)
        case inspect.EnumType():
            return Holds(Kind.CHOICE, tuple(str(each.value) for each in kind.cls), needed)
        case inspect.LiteralType():
            return Holds(Kind.CHOICE, tuple(map(str, kind.values)), needed)
        case inspect.CollectionType():
            inner = _holds(kind.item_type, needed=False)
            if inner.kind in (Kind.TEXT, Kind.CHOICE):
                return Holds(Kind.WORDS, inner.choices, needed)
    if type(kind) not in _PLAIN:
        raise TypeError(kind)
    return Holds(_PLAIN[type(kind)], needed=needed)


def _of_union(kinds: Iterable[inspect.Type], *, needed: bool) -> Holds:
    """One or several: several, which may be one."""
    left = [_holds(k, needed=needed) for k in kinds if not isinstance(k, inspect.NoneType)]
    return next((each for each in left if each.kind is Kind.WORDS), left[0])
