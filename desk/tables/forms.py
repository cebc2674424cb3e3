"""A row of a table as a page asks for it: its fields with their words, choices and problems."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from desk.tables.fields import Kind, inside, shown
from desk.tables.service import AsWritten, Tables
from desk.tables.sheets import CLOSED, Sheet, Term
from huiyin.configuration.standing import StandingRow, Values


class PageField(Struct, frozen=True, kw_only=True):
    key: str
    label: str
    help: str
    kind: Kind
    value: str
    choices: tuple[tuple[str, str], ...]
    """Value and name; of a field that takes nothing else."""
    proposed: tuple[tuple[str, str], ...]
    """Value and name; anything else will do too."""
    needed: bool
    problem: str
    shipped: str
    """What the program brings along, where the office has said something else; else ""."""


class PageRow(Struct, frozen=True, kw_only=True):
    """A row in the list."""

    id: str
    cells: tuple[tuple[str, str], ...]
    """Name of the key and text."""
    local: bool
    own: bool
    disabled: bool
    place: str


NOW = "已保存，现在起生效。"


def page_rows(
    tables: Tables, sheet: Sheet, at: AsWritten, wanted: str = "", *, local: bool = False
) -> list[PageRow]:
    """`wanted`: what has to stand in the row. `local`: only what is the office's own."""
    return [
        found
        for row in tables.rows(sheet, at)
        if not local or row.local is not None
        for found in (_page_row(tables, sheet, row),)
        if any(wanted in text for _, text in found.cells)
    ]


def _page_row(tables: Tables, sheet: Sheet, row: StandingRow) -> PageRow:
    cells = tables.listed(sheet, row.values)
    return PageRow(
        id=row.id,
        cells=tuple((term.label, text) for term, text in cells),
        local=row.local is not None,
        own=row.shipped is None,
        disabled=row.disabled,
        place=f"{row.place.file.rpartition('/')[2]} 第 {row.place.line} 行",
    )


def page_fields(
    tables: Tables,
    sheet: Sheet,
    at: AsWritten,
    values: Values,
    *,
    shipped: Values | None = None,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[PageField]:
    """`typed`: what was filled in and could not be taken."""
    return [
        _field(tables, sheet, at, term, values, shipped or {}, typed, (problems or {}))
        for term in sheet.terms
    ]


def _field(
    tables: Tables,
    sheet: Sheet,
    at: AsWritten,
    term: Term,
    values: Values,
    shipped: Values,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
) -> PageField:
    what = sheet.holds(term)
    offered = tuple(tables.offered(term, at).items())
    closed = term.offers in CLOSED and what.kind is Kind.TEXT
    counts = shown(what, inside(values, term.key))
    base = shown(what, inside(shipped, term.key)) if inside(shipped, term.key) else ""
    choices: tuple[tuple[str, str], ...] = ()
    if what.kind is Kind.CHOICE:
        choices = tuple((what.called(each), what.called(each)) for each in what.choices)
    elif what.kind is Kind.FLAG:
        choices = (("是", "是"), ("否", "否"))
    elif closed:
        choices = offered
    return PageField(
        key=term.key,
        label=term.label,
        help=term.help,
        kind=Kind.CHOICE if choices else what.kind,
        value=counts if typed is None else typed.get(term.key, ""),
        choices=choices,
        proposed=() if closed else offered,
        needed=what.needed,
        problem=problems.get(term.key, ""),
        shipped=base if base != counts else "",
    )
