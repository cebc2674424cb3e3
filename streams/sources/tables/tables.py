"""Opens an exported file, whatever it is, as tables with a header.

The format is told from the first bytes, not from the name: systems call CSV,
HTML, XML and Excel of the nineties alike ".xls".
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Grid, Limits
from streams.sources.tables.header_map import ColumnMap, score
from streams.sources.tables.heading import Table, with_header
from streams.sources.tables.imitations import OLE, open_imitation
from streams.sources.tables.json_file import is_json, json_table
from streams.sources.tables.textfile import TextLines, csv_rows, detect, pick_delimiter
from streams.sources.tables.true_names import by_first_bytes
from streams.sources.tables.xls import xls_grids
from streams.sources.tables.xlsx import xlsx_grids
from streams.sources.values.cells import showable

_HEAD: Final = 4096
_JSON_TOO_LONG: Final = "多半是括号没有成对，或整个文件写在一行里，请分段导出"


class OpenFile(Struct, frozen=True, kw_only=True):
    """An opened export."""

    tables: Iterator[Table]
    """To be read in order, each to its end before the next."""
    total: int
    """Work in all, in the unit of `Grid.done`."""
    codec: str
    """Encoding of a text file, for the bytes that did not decode."""
    kind: str = ""
    """What it is, where its name may say something else."""


@contextlib.contextmanager
def open_tables(path: Path, columns: ColumnMap, limits: Limits) -> Iterator[OpenFile]:
    """Opens `path` for reading. Raises `SourceError` for a file that can't be read as
    a whole; so do the iterators inside."""
    name = shown_name(path)
    with plain_errors(name), _open(path, name) as file:
        _sized(file, name, limits.max_file_mb)
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            with xlsx_grids(file, name, limits) as (grids, total):
                tables = (with_header(grid, columns, limits) for grid in grids)
                yield OpenFile(tables=tables, total=total, codec="utf-8")
        elif (imitation := open_imitation(file, head, name, limits)) is not None:
            tables = (with_header(grid, columns, limits) for grid in imitation.grids)
            yield OpenFile(tables=tables, total=imitation.total, codec=imitation.codec)
        elif head.startswith(OLE):
            _sized(file, name, limits.max_xls_mb)
            with xls_grids(file, name, limits) as (grids, total):
                tables = (with_header(grid, columns, limits) for grid in grids)
                yield OpenFile(tables=tables, total=total, codec="utf-8")
        else:
            _only_text(head, name)
            with _text_tables(file, name, columns, limits) as opened:
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
    if (kind := by_first_bytes(head)) is not None:
        raise SourceError(
            f"文件 {name}：应为 CSV、JSON 或 Excel，实际是{kind}。请导出为这些格式后重新导入"
        )


@contextlib.contextmanager
def _text_tables(
    file: BinaryIO, name: str, columns: ColumnMap, limits: Limits
) -> Iterator[OpenFile]:
    encoding = detect(file, name)
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding.codec)("replace")
    as_json = is_json(decoder.decode(file.read(_HEAD)))
    delimiter = ","
    if not as_json:
        delimiter = pick_delimiter(
            file, encoding, lambda row: score(row, columns), limits.header_rows
        )
    lines = TextLines(
        file,
        encoding,
        name,
        limits.max_record_chars,
        **({"cause": _JSON_TOO_LONG} if as_json else {}),
    )
    try:
        if as_json:
            table = json_table(lines, columns, name)
        else:
            grid = Grid(
                rows=csv_rows(lines, delimiter, limits.max_record_chars),
                done=lambda: lines.done,
                exact_width=True,
                check_text=encoding.controls or encoding.damaged,
            )
            table = with_header(grid, columns, limits)
        yield OpenFile(
            tables=iter((table,)),
            total=lines.total,
            codec=encoding.codec,
            kind="JSON" if as_json else "",
        )
    finally:
        lines.detach()
