"""The generic file source: any table of messages, by a column map.

`board-export` and `liuyan-export` in config/sources.toml are two such maps;
docs/sources/files.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

import msgspec
from pydantic import Field

from cases.record.item import Item
from streams.sources.seam.base import Batch, Rejected, SourceError
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.tables.grid import Broken, Limits
from streams.sources.tables.header_map import Layout, lay_out, missing_columns
from streams.sources.tables.originals import unpack_cell, unpack_row
from streams.sources.tables.row_rules import RowRules
from streams.sources.tables.rows import RowForm, RowReader
from streams.sources.tables.seen import SeenIds, look_rounded
from streams.sources.tables.tables import OpenFile, Table, open_tables, shown_name
from streams.sources.values.cells import is_blank, showable

BATCH_ROWS: Final = 500
_ID_SAMPLE: Final = 200
_MOST_LAYOUTS: Final = 1000


class FileOptions(RowRules):
    """`[source.NAME.options]` of a file source."""

    limits: Limits = Limits()
    folder: str = ""
    """Watched folder below the data folder, e.g. "drop/hotline"; "" for none."""
    trailing_zero_ids: bool = False
    """Ids of more than 16 digits that all end in zeros are right here, not rounded."""
    batch_rows: int = Field(default=BATCH_ROWS, gt=0, le=5000)


class TableFiles:
    """Reads exported files of one source. Implements `FileSource`."""

    def __init__(self, name: str, channel: str, options: FileOptions) -> None:
        self.name = name
        self.options = options
        self._reader = RowReader(name, channel, options)

    def read(self, path: Path, *, now: datetime) -> Iterator[Batch]:
        """Batches of rows with the work done; see `FileSource.read`.

        `Batch.done` and `total` are bytes for text and xlsx, rows for xls."""
        with open_tables(path, self.options, self.options.limits) as opened:
            found: list[Item | Rejected] = []
            rows = 0
            reading = _Reading(self, self._reader, shown_name(path), opened, now)
            for one in reading.found():
                rows += 1
                found.append(one)
                if len(found) >= self.options.batch_rows:
                    yield Batch(found=tuple(found), done=reading.done, total=opened.total)
                    found = []
            reading.ensure_some(rows)
            yield Batch(found=tuple(found), done=opened.total, total=opened.total)

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`: the row of a dead letter, as packed in `Rejected.original`."""
        return (self._again(original, now),)

    def _again(self, original: bytes, now: datetime) -> Item | Rejected:
        packed = unpack_row(original)
        if packed is None:
            return Rejected(
                source=self.name,
                reason="not_a_row",
                detail="这条死信不是表格中的一行，无法单独重放。请从来源重新导出文件",
                original=original,
                origin="死信重放",
            )
        layout = lay_out(tuple(packed.row), self.options)
        cells = [unpack_cell(value) for value in packed.row.values()]
        if packed.held:
            detail = f"这一行因 {packed.held} 被扣下。核对内容后删去原文里的 held 再重放"
            return self._reader.rejected(
                layout, cells, RowForm(), packed.origin, packed.held, detail, held=True
            )
        if layout.missing:
            detail = f"缺少 {'、'.join(layout.missing)}"
            return self._reader.rejected(
                layout, cells, RowForm(), packed.origin, "missing_column", detail
            )
        return self._reader.read(layout, cells, RowForm(), now=now, origin=packed.origin)


class _Reading:
    """One reading of one file."""

    def __init__(
        self, source: TableFiles, reader: RowReader, file: str, opened: OpenFile, now: datetime
    ) -> None:
        self._name = source.name
        self._options = source.options
        self._reader = reader
        self._file = file
        self._opened = opened
        self._now = now
        self._seen = SeenIds()
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._table: Table | None = None
        self._unread: list[Rejected] = []
        self._problem: SourceError | None = None
        self._recognised = False

    @property
    def done(self) -> int:
        return self._table.grid.done() if self._table else 0

    def found(self) -> Iterator[Item | Rejected]:
        """What the sheets hold, then the sheets that could not be read."""
        for table in self._opened.tables:
            self._table = table
            where = f"文件 {self._file}" + (f" 工作表 {table.sheet}" if table.sheet else "")
            layout = lay_out(table.header, self._options)
            if layout.missing:
                self._set_aside(table, layout, where)
                continue
            self._recognised = True
            yield from self._unrounded(self._rows(table, layout, where), where)
        if self._recognised:
            yield from self._unread

    def ensure_some(self, rows: int) -> None:
        """Raises `SourceError` for a file that holds nothing to take in."""
        if not self._recognised and self._problem is not None:
            raise self._problem
        if rows == 0:
            what = "只有表头，没有数据" if self._recognised else "没有任何内容"
            raise SourceError(
                f"文件 {self._file}：{what}。请确认导出条件（时间段、单位）后重新导出"
            )

    def _set_aside(self, table: Table, layout: Layout, where: str) -> None:
        """A sheet that is no export is reported, unless it is empty."""
        if not table.header and all(is_blank(cell) for row in table.sample for cell in row):
            return
        problem = missing_columns(layout, self._options, where, self._name)
        if self._problem is None or table.header:
            self._problem = problem
        rows = [
            ["" if cell is None else showable(str(cell)) for cell in row] for row in table.sample
        ]
        self._unread.append(
            Rejected(
                source=self._name,
                reason="sheet_not_recognised",
                detail=f"这张工作表没有读入。{problem}",
                original=msgspec.json.encode({"sheet": where, "rows": rows}),
                origin=where,
            )
        )

    def _unrounded(self, rows: Iterator[Item | Rejected], where: str) -> Iterator[Item | Rejected]:
        """The rows, unless their ids show that a spreadsheet rounded them all."""
        head = list(islice(rows, _ID_SAMPLE))
        if not self._options.trailing_zero_ids:
            ids = (one.source_item_id for one in head if isinstance(one, Item))
            if (example := look_rounded(ids)) is not None:
                raise SourceError(
                    f"{where}：编号（如 {example}）第 15 位以后全是 0，"
                    "多半已被电子表格取整，原编号无法还原。请把编号列按文本重新导出；"
                    f"如果编号本来如此，请在来源配置的 [source.{self._name}.options] 里设 "
                    "trailing_zero_ids = true"
                )
        return chain(head, rows)

    def _rows(self, table: Table, layout: Layout, where: str) -> Iterator[Item | Rejected]:
        reader, grid = self._reader, table.grid
        form = RowForm(
            exact_width=grid.exact_width,
            check_text=grid.check_text,
            codec=self._opened.codec,
            epoch1904=grid.epoch1904,
        )
        header = table.header
        for record in table.records:
            if isinstance(record, Broken):
                yield self._broken(record, where)
                continue
            number, found, cells = record
            if found is not header:
                # Lines of JSON bring a header each.
                header, layout = found, self._layout(found)
            origin = f"{where} 第 {number} 行"
            if layout.missing:
                detail = f"缺少 {'、'.join(layout.missing)}"
                yield reader.rejected(layout, cells, form, origin, "missing_column", detail)
                continue
            one = reader.read(layout, cells, form, now=self._now, origin=origin)
            if isinstance(one, Item) and self._seen.contradicts(one):
                detail = (
                    f"编号 {one.source_item_id} 在本文件前面已出现，标题和正文都不同，"
                    "先到的一条已收下。请在来源系统中核对哪一条用错了编号"
                )
                yield reader.rejected(layout, cells, form, origin, "id_reused", detail, held=True)
                continue
            yield one

    def _layout(self, header: tuple[str, ...]) -> Layout:
        layout = self._layouts.get(header)
        if layout is None:
            layout = lay_out(header, self._options)
            if len(self._layouts) < _MOST_LAYOUTS:
                self._layouts[header] = layout
        return layout

    def _broken(self, record: Broken, where: str) -> Rejected:
        origin = f"{where} 第 {record.number} 行"
        return Rejected(
            source=self._name,
            reason=record.reason,
            detail=f"{origin}：{record.detail}",
            original=record.raw.encode(self._opened.codec, "surrogateescape"),
            origin=origin,
        )


def build(entry: SourceEntry) -> TableFiles:
    """The adapter `table-file`."""
    return TableFiles(entry.name, entry.channel, read_options(entry, FileOptions))
