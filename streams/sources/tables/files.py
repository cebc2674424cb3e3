"""The generic file source: any table of messages, by a column map.

`board-export` and `liuyan-export` in config/sources.toml are two such maps;
docs/sources/files.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

from cases.record.item import Item
from streams.sources.seam.base import Batch, Rejected, SourceError
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.tables.file_options import BATCH_ROWS, FileOptions
from streams.sources.tables.header_map import lay_out
from streams.sources.tables.orders import HeldRows, as_orders
from streams.sources.tables.originals import unpack_cell, unpack_row
from streams.sources.tables.rows import RowForm, RowReader
from streams.sources.tables.seen import look_rounded
from streams.sources.tables.tables import OpenFile, open_tables, shown_name
from streams.sources.tables.walk import Line, Walk

__all__ = ["BATCH_ROWS", "FileOptions", "TableFiles", "build"]

_ID_SAMPLE: Final = 200
_FIRST_SHARE: Final = 0.2
"""Share of the work that is the first walk, as measured."""


class TableFiles:
    """Reads exported files of one source. Implements `FileSource`."""

    def __init__(self, name: str, channel: str, options: FileOptions) -> None:
        self.name = name
        self.options = options
        self._reader = RowReader(name, channel, options)

    def read(self, path: Path, *, now: datetime) -> Iterator[Batch]:
        """Batches of rows with the work done; see `FileSource.read`.

        `Batch.done` and `total` are bytes for text and xlsx, rows for xls. A large file is told
        of from its first walk on, with batches that hold nothing."""
        name = shown_name(path)
        with self._opened(path) as opened:
            first = Walk(self.name, self.options, name, opened)
            for done in first.shared_numbers():
                yield Batch(found=(), done=round(done * _FIRST_SHARE), total=opened.total)
        held = HeldRows(first.shared)
        with closing(held), self._opened(path) as opened:
            found: list[Item | Rejected] = []
            rows = 0
            reading = _Reading(self, self._reader, name, opened, held, now)
            for one in reading.found():
                rows += 1
                found.append(one)
                if len(found) >= self.options.batch_rows:
                    done = round(opened.total * _FIRST_SHARE + reading.done * (1 - _FIRST_SHARE))
                    yield Batch(found=tuple(found), done=done, total=opened.total)
                    found = []
            reading.ensure_some(rows)
            yield Batch(found=tuple(found), done=opened.total, total=opened.total)

    def _opened(self, path: Path) -> AbstractContextManager[OpenFile]:
        return open_tables(path, self.options, self.options.limits)

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
        self,
        source: TableFiles,
        reader: RowReader,
        file: str,
        opened: OpenFile,
        held: HeldRows,
        now: datetime,
    ) -> None:
        self._name = source.name
        self._options = source.options
        self._reader = reader
        self._file = file
        self._held = held
        self._now = now
        self._walk = Walk(source.name, source.options, file, opened)
        self._names: dict[str, str] = {}
        """The columns' names by field, as the first table has them."""

    @property
    def done(self) -> int:
        return self._walk.done

    def found(self) -> Iterator[Item | Rejected]:
        """What the sheets hold, then the sheets that could not be read."""
        for where, lines in self._walk.tables():
            yield from self._unrounded(self._rows(lines), where)
        for rows in self._held.rest():
            yield from as_orders(rows, self._names)
        if self._walk.recognised:
            yield from self._walk.unread

    def ensure_some(self, rows: int) -> None:
        """Raises `SourceError` for a file that holds nothing to take in."""
        if not self._walk.recognised and self._walk.problem is not None:
            raise self._walk.problem
        if rows == 0:
            what = "只有表头，没有数据" if self._walk.recognised else "没有任何内容"
            raise SourceError(
                f"文件 {self._file}：{what}。请确认导出条件（时间段、单位）后重新导出"
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

    def _rows(self, lines: Iterator[Line | Rejected]) -> Iterator[Item | Rejected]:
        for line in lines:
            if isinstance(line, Rejected):
                yield line
                continue
            one = self._read(line)
            if not (line.number and self._held.waits(line.number)):
                yield one
                continue
            # It stands in other rows too: they are one order, or several letters.
            if isinstance(one, Item) and one.source_item_id == line.number:
                self._held.hold(one)
            else:
                yield one
            if rows := self._held.row_seen(line.number):
                yield from as_orders(rows, self._names)

    def _read(self, line: Line) -> Item | Rejected:
        layout, reader = line.layout, self._reader
        if layout.missing:
            detail = f"缺少 {'、'.join(layout.missing)}"
            return reader.rejected(
                layout, line.cells, line.form, line.origin, "missing_column", detail
            )
        if not self._names:
            self._names = {field: layout.names[at[0]] for field, at in layout.fields.items()}
        return reader.read(layout, line.cells, line.form, now=self._now, origin=line.origin)


def build(entry: SourceEntry) -> TableFiles:
    """The adapter `table-file`."""
    return TableFiles(entry.name, entry.channel, read_options(entry, FileOptions))
