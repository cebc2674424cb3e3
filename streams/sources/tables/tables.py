"""Opens an exported file, whatever it is, as tables with a header.

The format is told from the first bytes, not from the name: systems call CSV,
HTML and old Excel alike ".xls".
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Broken, Grid, Limits, Record, Row
from streams.sources.tables.header_map import ColumnMap, score
from streams.sources.tables.textfile import TextLines, csv_rows, detect, json_rows, pick_delimiter
from streams.sources.tables.xls import xls_grids
from streams.sources.tables.xlsx import xlsx_grids
from streams.sources.values.cells import Cell, is_blank, showable

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER: Final = {
    b"%PDF": "PDF 文件",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
}
_JSON_SAMPLE: Final = 100


class Table(Struct, kw_only=True):
    """A grid whose header was looked for."""

    sheet: str
    header: tuple[str, ...]
    """The row that names the most fields; empty when no row names any."""
    sample: list[list[Cell]]
    """The first rows as they are, to report a sheet that was not recognised."""
    records: Iterator[Record | Broken]
    """The filled rows below the header."""
    grid: Grid


class OpenFile(Struct, frozen=True, kw_only=True):
    """An opened export."""

    tables: Iterator[Table]
    """To be read in order, each to its end before the next."""
    total: int
    """Work in all, in the unit of `Grid.done`."""
    codec: str
    """Encoding of a text file, for the bytes that did not decode."""


@contextlib.contextmanager
def open_tables(path: Path, columns: ColumnMap, limits: Limits) -> Iterator[OpenFile]:
    """Opens `path` for reading. Raises `SourceError` for a file that can't be read as
    a whole; so do the iterators inside."""
    name = shown_name(path)
    with plain_errors(name), _open(path, name) as file:
        _sized(file, name, limits.max_file_mb)
        head = file.read(4096)
        file.seek(0)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            with xlsx_grids(file, name, limits) as (grids, total):
                tables = (_tabled(grid, columns, limits) for grid in grids)
                yield OpenFile(tables=tables, total=total, codec="utf-8")
        elif head.startswith(_OLE):
            _sized(file, name, limits.max_xls_mb)
            with xls_grids(file, name, limits) as (grids, total):
                tables = (_tabled(grid, columns, limits) for grid in grids)
                yield OpenFile(tables=tables, total=total, codec="utf-8")
        else:
            _only_text(head, name)
            with _text_tables(file, name, head, columns, limits) as opened:
                yield opened


def shown_name(path: Path) -> str:
    """The file's name as it can be stored and shown; names from Windows may not decode."""
    return showable(path.name)


@contextlib.contextmanager
def plain_errors(name: str) -> Iterator[None]:
    """Turns what the system says about a file into words for the desk."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(
            f"文件 {name}：找不到，可能已被移走或删除。请确认路径，或重新导出"
        ) from error
    except PermissionError as error:
        raise SourceError(
            f"文件 {name}：没有读取权限，或正被其他程序锁定。"
            "请关闭打开它的程序，或放开读取权限后重试"
        ) from error
    except IsADirectoryError as error:
        raise SourceError(f"文件 {name}：应为一个文件，实际是文件夹。请指定其中的文件") from error
    except OSError as error:
        raise SourceError(
            f"文件 {name}：读取中断（{error.strerror or error}）。请检查磁盘或网络盘后重试"
        ) from error
    except MemoryError as error:
        raise SourceError(f"文件 {name}：内存不足。请导出为 CSV 后重新导入") from error


@contextlib.contextmanager
def _open(path: Path, name: str) -> Iterator[BinaryIO]:
    # O_NONBLOCK: opening a named pipe must not wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(path)
        if not stat.S_ISREG(mode):
            raise SourceError(f"文件 {name}：应为普通文件，实际是设备或管道。请指定导出的文件")
        for lock in (fcntl.flock, fcntl.lockf):
            try:
                lock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError as error:
                # A file system without locks says so; only a held lock is our matter.
                if error.errno in (errno.EAGAIN, errno.EACCES):
                    raise SourceError(
                        f"文件 {name}：正被其他程序锁定。请关闭打开它的程序后重试"
                    ) from error
        yield file


def _sized(file: BinaryIO, name: str, most_mb: int) -> None:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise SourceError(f"文件 {name}：是空文件（0 字节）。请重新导出")
    if size > most_mb << 20:
        raise SourceError(
            f"文件 {name}：{size / (1 << 20):.1f} MB，上限 {most_mb} MB。"
            "请按时间分段导出为较小的 CSV，或在来源配置的 limits 里调高上限"
        )


def _only_text(head: bytes, name: str) -> None:
    for magic, kind in _OTHER.items():
        if head.startswith(magic):
            raise SourceError(
                f"文件 {name}：应为 CSV、JSON 行或 Excel，实际是{kind}。请导出为这些格式后重新导入"
            )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        raise SourceError(
            f"文件 {name}：内容是网页或 XML 表格（只是名字像 Excel）。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新导入"
        )


@contextlib.contextmanager
def _text_tables(
    file: BinaryIO, name: str, head: bytes, columns: ColumnMap, limits: Limits
) -> Iterator[OpenFile]:
    encoding = detect(file, name)
    as_json = head.lstrip(b"\xef\xbb\xbf \t\r\n").replace(b"\x00", b"")[:1] == b"{"
    delimiter = ","
    if not as_json:
        delimiter = pick_delimiter(
            file, encoding, lambda row: score(row, columns), limits.header_rows
        )
    lines = TextLines(file, encoding, name, limits.max_record_chars)
    try:
        if as_json:
            table = _json_table(lines)
        else:
            grid = Grid(
                rows=csv_rows(lines, delimiter, limits.max_record_chars),
                done=lambda: lines.done,
                exact_width=True,
                check_text=encoding.controls or encoding.damaged,
            )
            table = _tabled(grid, columns, limits)
        yield OpenFile(tables=iter((table,)), total=lines.total, codec=encoding.codec)
    finally:
        lines.detach()


def _json_table(lines: TextLines) -> Table:
    records = json_rows(lines)
    head = list(islice(records, _JSON_SAMPLE))
    header: dict[str, None] = {}
    for record in head:
        if not isinstance(record, Broken):
            header.update(dict.fromkeys(record[1]))
    return Table(
        sheet="",
        header=tuple(header),
        sample=[],
        records=chain(head, records),
        grid=Grid(rows=iter(()), done=lambda: lines.done),
    )


def _tabled(grid: Grid, columns: ColumnMap, limits: Limits) -> Table:
    head = list(islice(grid.rows, limits.header_rows))
    plain = [row for row in head if not isinstance(row, Broken)]
    best, header, last = 0, (), 0  # type: tuple[int, tuple[str, ...], int]
    for place, (number, cells) in enumerate(plain):
        found = score(cells, columns)
        if found > best:
            best, header, last = found, _names(cells), number
        if place:
            # A merged heading spans two rows; the lower one is the finer.
            both = _overlaid(plain[place - 1][1], cells)
            if (merged := score(both, columns)) > best:
                best, header, last = merged, _names(both), number
    below = (
        row
        for row in chain(head, grid.rows)
        if (row.number if isinstance(row, Broken) else row[0]) > last
    )
    return Table(
        sheet=grid.sheet,
        header=header,
        sample=[list(cells) for _, cells in plain],
        records=_records(below, header),
        grid=grid,
    )


def _records(rows: Iterator[Row | Broken], header: tuple[str, ...]) -> Iterator[Record | Broken]:
    for row in rows:
        if isinstance(row, Broken):
            yield row
            continue
        number, cells = row
        if all(map(is_blank, cells)):
            continue
        # Exports pasted one below the other repeat the header.
        if header and cells[0] == header[0] and _names(cells) == header:
            continue
        yield number, header, cells


def _names(cells: Sequence[Cell]) -> tuple[str, ...]:
    names = ["" if is_blank(cell) else str(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _overlaid(above: Sequence[Cell], below: Sequence[Cell]) -> list[Cell]:
    width = max(len(above), len(below))
    upper = [*above, *[None] * (width - len(above))]
    lower = [*below, *[None] * (width - len(below))]
    return [up if is_blank(low) else low for up, low in zip(upper, lower, strict=True)]
