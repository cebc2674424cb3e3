"""The heading of a table: which rows it is, and what each column is called.

A heading may stand below title rows, span up to three rows, and have groups: 受理人员 over
姓名 and 联系电话 makes the columns "受理人员 / 姓名" and "受理人员 / 联系电话".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from msgspec import Struct

from streams.sources.tables.grid import Broken, Grid, Limits, Record, Row
from streams.sources.tables.guards import unguarded
from streams.sources.tables.header_map import ColumnMap, columns_of, score
from streams.sources.tables.header_names import GROUP_MARK
from streams.sources.tables.merged import MOST_SPANS, FillDown, Span, spread
from streams.sources.values.cells import Cell, is_blank

_DEEPEST: Final = 3


class Table(Struct, kw_only=True):
    """A grid whose header was looked for."""

    sheet: str
    header: tuple[str, ...]
    """The names of the columns; empty when no row names any field."""
    sample: list[list[Cell]]
    """The first rows as they are, to report a sheet that was not recognised."""
    records: Iterator[Record | Broken]
    """The filled rows below the header."""
    grid: Grid


class _Heading(Struct, frozen=True):
    names: tuple[str, ...] = ()
    last: int = 0
    """Number of its last row, 0 for none."""
    rows: tuple[tuple[str, ...], ...] = ()
    """As they stand, to know them again further down."""


def with_header(grid: Grid, columns: ColumnMap, limits: Limits) -> Table:
    """Finds the heading of a grid."""
    head = list(islice(grid.rows, limits.header_rows))
    plain = [row for row in head if not isinstance(row, Broken)]
    heading = _find(plain, grid, columns)
    below = _below(chain(head, grid.rows), heading.last, FillDown(grid.merged))
    return Table(
        sheet=grid.sheet,
        header=heading.names,
        sample=[list(cells) for _, cells in plain],
        records=_records(below, heading),
        grid=grid,
    )


def _find(plain: Sequence[Row], grid: Grid, columns: ColumnMap) -> _Heading:
    end = plain[-1][0] if plain else 0
    spans = list(islice((span for span in grid.merged if span.top <= end), MOST_SPANS))
    filled = spread(plain, spans)
    best, heading, place = 0, _Heading(), 0
    for bottom in range(len(plain)):
        # Fewer rows first: a title above adds nothing and must not win.
        for top in range(bottom, max(-1, bottom - _DEEPEST), -1):
            if _cuts(spans, plain[top][0], plain[bottom][0]):
                continue
            names = _composed(filled[top : bottom + 1])
            found = score(names, columns)
            if found > best or (
                found == best > 0 and _completes(plain, place, top, bottom, names, columns)
            ):
                best, place = found, bottom
                rows = tuple(_names(cells) for _, cells in plain[top : bottom + 1])
                heading = _Heading(names, plain[bottom][0], rows)
    return heading


def _cuts(spans: Iterable[Span], first: int, last: int) -> bool:
    """Whether these rows are a part of a heading only: a merged cell goes on beyond them."""
    return any(
        span.bottom - span.top < _DEEPEST
        and span.top <= last
        and span.bottom >= first
        and (span.top < first or span.bottom > last)
        for span in spans
    )


def _completes(
    plain: Sequence[Row],
    place: int,
    top: int,
    bottom: int,
    names: Sequence[str],
    columns: ColumnMap,
) -> bool:
    """Whether the row `bottom` is the lower part of the heading that ends at `place`, although
    it names no field more: it is empty below the number and fills gaps of the row above."""
    if not top == place == bottom - 1:
        return False
    upper, lower = plain[top][1], plain[bottom][1]
    numbers = columns_of(names, "id", columns)
    if not numbers or any(index < len(lower) and not is_blank(lower[index]) for index in numbers):
        return False
    return any(
        not is_blank(cell) and (index >= len(upper) or is_blank(upper[index]))
        for index, cell in enumerate(lower)
    )


def _below(rows: Iterator[Row | Broken], last: int, down: FillDown) -> Iterator[Row | Broken]:
    for row in rows:
        if isinstance(row, Broken):
            if row.number > last:
                yield row
            continue
        number, cells = row
        filled = down.fill(number, cells)
        # A row that is empty but for what merged cells above say has nothing of its own.
        if number > last and not all(map(is_blank, cells)):
            yield number, filled


def _records(rows: Iterator[Row | Broken], heading: _Heading) -> Iterator[Record | Broken]:
    firsts = {row[0] for row in heading.rows if row}
    for row in rows:
        if isinstance(row, Broken):
            yield row
            continue
        number, cells = row
        # Exports pasted one below the other repeat the header.
        if heading.rows and (cells[0] or "") in firsts and _names(cells) in heading.rows:
            continue
        yield number, heading.names, cells


def _names(cells: Sequence[Cell]) -> tuple[str, ...]:
    names = ["" if is_blank(cell) else str(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _composed(rows: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
    """The names of the columns under a heading of these rows, groups in front."""
    if len(rows) == 1:
        return tuple(unguarded(name) for name in _names(rows[0]))
    width = max(map(len, rows))
    names: list[list[str]] = [[] for _ in range(width)]
    for level, cells in enumerate(rows):
        group = ""
        for index in range(width):
            name = "" if index >= len(cells) or is_blank(cells[index]) else str(cells[index])
            if level < len(rows) - 1:
                # Without merged cells a group's name stands over its first column only.
                group = name or (group if _has_below(rows[level + 1 :], index) else "")
                name = group
            if name and (not names[index] or names[index][-1] != name):
                names[index].append(unguarded(name))
    composed = [GROUP_MARK.join(parts) for parts in names]
    while composed and not composed[-1]:
        composed.pop()
    return tuple(composed)


def _has_below(rows: Sequence[Sequence[Cell]], index: int) -> bool:
    return any(index < len(cells) and not is_blank(cells[index]) for cells in rows)
