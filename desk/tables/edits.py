"""What is written into the overlay for what a person filled in. Pure: a row and the changes of it
in, the change of the file's text out. The overlay holds what is different and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from msgspec import Struct

from desk.tables.fields import FieldError, Kind, inside, shown, taken
from desk.tables.sheets import Sheet, Term
from huiyin.configuration.standing import StandingRow
from huiyin.configuration.written import with_keys, with_row, with_table, without_row

Edit = Callable[[str], str]
Tree = dict[str, Any]
_BEFORE, _AFTER = "before", "after"


class Changed(Struct, frozen=True):
    """One key that is to be different."""

    term: Term
    value: object
    """None: the key is not written any more, and what is shipped counts."""
    was: str
    """As people read it."""
    now: str

    @property
    def text(self) -> str:
        def said(value: str) -> str:
            return f"“{value[:40]}{'……' if len(value) > 40 else ''}”" if value else "空"

        return f"{self.term.label}由{said(self.was)}改为{said(self.now)}"


class FieldsWrong(ValueError):
    """What was filled in cannot be, by key."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("；".join(fields.values()))
        self.fields = dict(fields)


def changed(
    sheet: Sheet,
    typed: Mapping[str, str],
    values: Mapping[str, object],
    shipped: Mapping[str, object] | None,
) -> list[Changed]:
    """What is different from `values`, which count now. `shipped`: without the county's own
    words; None for what is all the county's. Raises `FieldsWrong`."""
    found, wrong = [], {}
    for term in sheet.terms:
        if term.key not in typed:
            continue
        what = sheet.holds(term)
        before = shown(what, inside(values, term.key))
        base = inside(shipped or {}, term.key)
        try:
            value = taken(what, typed[term.key])
            after = shown(what, value)
            if after == before:
                continue
            if value is None and shown(what, base):
                value = _emptied(what.kind, shown(what, base))
            elif after == shown(what, base):
                value = None
        except FieldError as error:
            wrong[term.key] = str(error)
        else:
            found.append(Changed(term, value, before, after))
    if wrong:
        raise FieldsWrong(wrong)
    return found


def _emptied(kind: Kind, shipped: str) -> object:
    """The overlay says what is different; that there is to be no number it cannot say."""
    if kind is Kind.TEXT:
        return ""
    if kind is Kind.WORDS:
        return ()
    raise FieldError(
        f"随程序带的是“{shipped[:20]}”，不能清空。要去掉它，请按“复制成新行”另写一行，再停用这一行。"
    )


def row_edit(
    sheet: Sheet, row: StandingRow | None, new_id: str, changes: list[Changed], before: str
) -> Edit:
    """`row`: None for a new one, which is `new_id`. `before`: the row that it is to stand in front
    of; "" where it stands."""
    (array,) = sheet.path
    local: Tree = {} if row is None else dict(deepcopy(row.local or {}))
    key = sheet.key if row is None else key_of(sheet, row)
    said: Tree = {
        key: new_id if row is None else row.values[key],
        **({"new": True} if row is None else {}),
    }
    said |= _keys(local, changes)
    name = str(said[key])
    if before:
        said |= {_BEFORE: before, _AFTER: None}
    if row is not None and row.shipped is None:
        said["new"] = True
    left = {k: v for k, v in {**local, **said}.items() if v is not None}
    if set(left) <= {key}:
        return lambda text: without_row(text, array, key, name)
    return lambda text: with_row(text, array, key, said)


def switch_edit(sheet: Sheet, row: StandingRow, *, on: bool) -> Edit:
    (array,), key = sheet.path, key_of(sheet, row)
    mark = (False if row.asleep else None) if on else (None if row.asleep else True)
    said: Tree = {key: row.values[key], "disabled": mark}
    left = {k: v for k, v in {**(row.local or {}), **said}.items() if v is not None}
    if set(left) <= {key}:
        return lambda text: without_row(text, array, key, row.id)
    return lambda text: with_row(text, array, key, said)


def restore_edit(sheet: Sheet, row: StandingRow) -> Edit:
    """Without what the county says of the row."""
    (array,) = sheet.path
    return lambda text: without_row(text, array, key_of(sheet, row), row.id)


def settings_edit(sheet: Sheet, said: Mapping[str, object], changes: list[Changed]) -> Edit:
    """`said`: what the overlay says in this table."""
    keys = _keys(dict(said), changes)
    if not sheet.path:
        return lambda text: with_keys(text, keys)
    table = {**said, **keys}
    return lambda text: with_table(text, sheet.path, table)


def key_of(sheet: Sheet, row: StandingRow) -> str:
    """By which key the overlay knows this row."""
    return next(
        (key for key in (sheet.key, *sorted(row.values)) if str(row.values.get(key)) == row.id),
        sheet.key,
    )


def free_id(prefix: str, known: Mapping[str, object]) -> str:
    number = 1
    while f"{prefix}-{number}" in known:
        number += 1
    return f"{prefix}-{number}"


def _keys(local: Tree, changes: list[Changed]) -> Tree:
    """The keys to write; those of a table in the row together, with what it says already."""
    found: Tree = {}
    for each in changes:
        first, _, inner = each.term.key.partition(".")
        if not inner:
            found[first] = each.value
            continue
        table = found.setdefault(first, dict(local.get(first) or {}))
        if each.value is None:
            table.pop(inner, None)
        else:
            table[inner] = each.value
    return {key: None if value == {} else value for key, value in found.items()}


__all__ = [
    "Changed",
    "FieldsWrong",
    "changed",
    "free_id",
    "key_of",
    "restore_edit",
    "row_edit",
    "settings_edit",
    "switch_edit",
]
