"""The rows of one opened file, one after the other, each with its place and its number.

A file is walked twice: once for the numbers that stand in several rows, once to read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from streams.sources.seam.base import Rejected, SourceError
from streams.sources.tables.file_options import FileOptions
from streams.sources.tables.grid import Broken
from streams.sources.tables.guards import unguarded_number
from streams.sources.tables.header_map import Layout, lay_out, missing_columns
from streams.sources.tables.heading import Table
from streams.sources.tables.rows import RowForm
from streams.sources.tables.tables import OpenFile
from streams.sources.values.cells import BadCell, Cell, is_blank, read_id, showable

_MOST_LAYOUTS: Final = 1000
_TOLD_EVERY: Final = 5000
"""Rows of the first walk from one word about its progress to the next."""
_HALF: Final = 0xFFFFFFFF
_MAIN: Final = ("id", "received_at", "title", "body")
_SHARES: Final = ("named_unit", "reply", "replied_at", "reply_unit")
"""What a further row of an order brings."""
_SUM: Final = re.compile(r"\s*(?:合计|总计|小计|共计|汇总)")


class Line(Struct, frozen=True, kw_only=True):
    """One row."""

    origin: str
    layout: Layout
    cells: Sequence[Cell]
    form: RowForm
    number: str
    """The source's number, "" where there is none that can be used."""


class Walk:
    """One walk through one file."""

    def __init__(self, source: str, options: FileOptions, file: str, opened: OpenFile) -> None:
        self.unread: list[Rejected] = []
        """Sheets with content that are no export."""
        self.problem: SourceError | None = None
        """Why the first of them is none."""
        self.recognised = False
        self.shared: dict[str, int] = {}
        self._source = source
        self._options = options
        self._file = file
        self._opened = opened
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._table: Table | None = None

    @property
    def done(self) -> int:
        return self._table.grid.done() if self._table else 0

    def tables(self) -> Iterator[tuple[str, Iterator[Line | Rejected]]]:
        """Where each table is, and its rows."""
        for table in self._opened.tables:
            self._table = table
            where = f"文件 {self._file}" + (f" 工作表 {table.sheet}" if table.sheet else "")
            layout = lay_out(table.header, self._options)
            if layout.missing:
                self._set_aside(table, layout, where)
                continue
            self.recognised = True
            yield where, self._lines(table, layout, where)

    def shared_numbers(self) -> Iterator[int]:
        """Fills `shared`: the numbers that stand in several different rows, and in how many
        rows. Gives how much is done, now and then."""
        seen: dict[int, int] = {}
        """By the number's hash: the row's hash and how often it came, in one integer."""
        shared = self.shared
        rows = 0
        for _, lines in self.tables():
            for line in lines:
                rows += 1
                if rows % _TOLD_EVERY == 0:
                    yield self.done
                if isinstance(line, Rejected) or not line.number:
                    continue
                if line.number in shared:
                    shared[line.number] += 1
                    continue
                key = hash(line.number)
                print_ = hash(tuple(line.cells)) & _HALF
                known = seen.get(key)
                if known is None:
                    seen[key] = print_ << 32 | 1
                elif known >> 32 == print_:
                    seen[key] = known + 1
                else:
                    shared[line.number] = (known & _HALF) + 1

    def _set_aside(self, table: Table, layout: Layout, where: str) -> None:
        """A sheet that is no export is reported, unless it is empty."""
        blank = all(is_blank(cell) for row in table.sample for cell in row)
        if not table.header and blank and not self._opened.kind:
            return
        kind = f"（内容是 {self._opened.kind}）" if self._opened.kind else ""
        problem = missing_columns(layout, self._options, where + kind, self._source)
        if self.problem is None or table.header:
            self.problem = problem
        rows = [
            ["" if cell is None else showable(str(cell)) for cell in row] for row in table.sample
        ]
        self.unread.append(
            Rejected(
                source=self._source,
                reason="sheet_not_recognised",
                detail=f"这张工作表没有读入。{problem}",
                original=msgspec.json.encode({"sheet": where, "rows": rows}),
                origin=where,
            )
        )

    def _lines(self, table: Table, layout: Layout, where: str) -> Iterator[Line | Rejected]:
        grid = table.grid
        form = RowForm(
            exact_width=grid.exact_width,
            check_text=grid.check_text,
            codec=self._opened.codec,
            epoch1904=grid.epoch1904,
        )
        header = table.header
        before: Line | None = None
        for record in table.records:
            if isinstance(record, Broken):
                yield self._broken(record, f"{where} 第 {record.number} {grid.unit}")
                continue
            number, found, cells = record
            if found is not header:
                # Records of JSON bring a header each.
                header, layout = found, self._layout(found)
            cells = _continued(layout, cells, before)
            before = Line(
                origin=f"{where} 第 {number} {grid.unit}",
                layout=layout,
                cells=cells,
                form=form,
                number=_number(layout, cells),
            )
            yield before

    def _layout(self, header: tuple[str, ...]) -> Layout:
        layout = self._layouts.get(header)
        if layout is None:
            layout = lay_out(header, self._options)
            if len(self._layouts) < _MOST_LAYOUTS:
                self._layouts[header] = layout
        return layout

    def _broken(self, record: Broken, origin: str) -> Rejected:
        return Rejected(
            source=self._source,
            reason=record.reason,
            detail=f"{origin}：{record.detail}",
            original=record.raw.encode(self._opened.codec, "surrogateescape"),
            origin=origin,
        )


def _number(layout: Layout, cells: Sequence[Cell]) -> str:
    for index in layout.fields.get("id", ()):
        if index < len(cells) and not is_blank(cells[index]):
            try:
                return read_id(unguarded_number(cells[index]))
            except BadCell:
                return ""
    return ""


def _continued(layout: Layout, cells: Sequence[Cell], before: Line | None) -> Sequence[Cell]:
    """The row with number, time and text of the row above, where it has none of its own and
    brings a further unit or reply of that row's order: what a sheet with merged cells looks
    like when it was saved as text."""
    if before is None or not before.number or before.layout is not layout:
        return cells
    if len(cells) != len(before.cells) and before.form.exact_width:
        return cells
    for field in _MAIN[1:]:
        for index in layout.fields.get(field, ()):
            if index < len(cells) and not is_blank(cells[index]):
                return cells
    numbers = [i for i in layout.fields.get("id", ()) if i < len(cells)]
    number = next((cells[i] for i in numbers if not is_blank(cells[i])), None)
    if number is not None:
        if _number(layout, cells) != before.number:
            return cells
    elif not _brings_a_share(layout, cells):
        return cells
    filled = [*cells, *[None] * (len(before.cells) - len(cells))]
    for field in _MAIN:
        for index in layout.fields.get(field, ()):
            if index < len(before.cells):
                filled[index] = before.cells[index]
    return filled


def _brings_a_share(layout: Layout, cells: Sequence[Cell]) -> bool:
    for field in _SHARES:
        for index in layout.fields.get(field, ()):
            if index < len(cells) and not is_blank(cell := cells[index]):
                return not (isinstance(cell, str) and _SUM.match(cell))
    return False
