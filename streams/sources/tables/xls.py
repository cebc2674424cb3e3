"""Old Excel workbooks (.xls), through calamine in a process of its own.

A damaged workbook makes calamine panic or abort, and one stray cell in the last
corner of a sheet takes a gigabyte. In a process with limits that costs an error
message, not the desk. Error cells arrive empty: calamine does not tell them apart.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import msgspec
from msgspec import Struct

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Grid, Limits, Row
from streams.sources.tables.merged import Span
from streams.sources.values.cells import Cell

_CHILD: Final = Path(__file__).with_name("xls_child.py")
_Wire: TypeAlias = str | int | float | bool | list[str] | None


@contextlib.contextmanager
def xls_grids(file: BinaryIO, name: str, limits: Limits) -> Iterator[tuple[Iterator[Grid], int]]:
    """The sheets, and the rows in all. Raises `SourceError`; so do the rows."""
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    child = subprocess.Popen(  # noqa: S603 - our own script, without a shell
        [sys.executable, "-I", str(_CHILD), str(limits.max_xls_memory_mb)],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with child:
        try:
            book = _Book(child, name)
            yield book.grids(), book.total
        finally:
            child.kill()


class _Frame(Struct, frozen=True):
    """What the child sends; see `xls_child`."""

    sheets: list[tuple[str, int, list[tuple[int, int, int, int]]]] = []
    """Names, heights and merged cells, in the first frame."""
    sheet: int = -1
    rows: list[list[_Wire]] = []
    problem: str = ""
    text: str = ""


_FRAMES: Final = msgspec.msgpack.Decoder(_Frame)


class _Book:
    """The workbook as the child sends it."""

    def __init__(self, child: subprocess.Popen[bytes], name: str) -> None:
        self._child = child
        self._name = name
        self._done = 0
        self._sheets = self._receive().sheets
        self._frame = self._receive()
        self.total = sum(height for _, height, _ in self._sheets)

    def grids(self) -> Iterator[Grid]:
        for index, (title, _, merged) in enumerate(self._sheets):
            spans = [Span(top + 1, left, bottom + 1, right) for top, left, bottom, right in merged]
            rows = self._rows(index)
            yield Grid(sheet=title, rows=rows, done=lambda: self._done, merged=spans)

    def _rows(self, sheet: int) -> Iterator[Row]:
        # Frames of sheets before this one are left over where a sheet was not read.
        number = 0
        while 0 <= self._frame.sheet <= sheet:
            frame = self._frame
            self._done += len(frame.rows)
            if frame.sheet == sheet:
                for cells in frame.rows:
                    number += 1
                    yield number, [_cell(cell) for cell in cells]
            self._frame = self._receive()

    def _receive(self) -> _Frame:
        stream = self._child.stdout
        head = stream.read(4) if stream is not None else b""
        if stream is None or len(head) < 4:
            # It panicked, aborted, or ran into its limits.
            raise self._broken("已损坏，或内容过大")
        frame = _FRAMES.decode(stream.read(struct.unpack("<L", head)[0]))
        if frame.problem == "password":
            raise SourceError(
                f"文件 {self._name}：有密码保护。请用 Excel 或 WPS 打开，去掉密码另存后重新导入"
            )
        if frame.problem:
            raise self._broken(frame.text)
        return frame

    def _broken(self, why: str) -> SourceError:
        return SourceError(
            f"文件 {self._name}：不能作为 Excel 97—2003 文件读取（{why}）。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后重新导入"
        )


def _cell(value: _Wire) -> Cell:
    if isinstance(value, list):
        kind, text = value
        return date.fromisoformat(text) if kind == "d" else datetime.fromisoformat(text)
    return value
