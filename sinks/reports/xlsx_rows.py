"""The rows of a long list, written as XML straight to disk.

XlsxWriter makes everything around them (styles, widths, filters, print set-up, charts);
cell by cell it would take most of the time that 100,000 cases are allowed. The rows are
put into its file when that is packed.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from cases.reporting.columns import Cell
from sinks.reports.base import stamped

_FIRST_DAY: Final = date(1899, 12, 30).toordinal()
"""Day 0 of a spreadsheet, for days after February 1900."""
_DAY: Final = 86_400
_CODE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What a spreadsheet would take for the code of a character."""


class RowFile:
    """Rows of one sheet, in a file of their own until the workbook is packed."""

    def __init__(self, path: Path, styles: Sequence[int]) -> None:
        """`styles`: index of the cell format of each column."""
        self.path = path
        self._out = path.open("w", encoding="utf-8", newline="")
        self._starts = [
            (f'<c r="{column_name(number)}', f'" s="{style}"')
            for number, style in enumerate(styles)
        ]

    def add(self, number: int, values: Sequence[Cell], height: float) -> None:
        """`number`: of the row, from 1; texts are clean and fit a cell. Empty cells are
        left out."""
        self._out.write(self.row_xml(str(number), values, height))

    def row_xml(self, number: str, values: Sequence[Cell], height: float) -> str:
        parts = [f'<row r="{number}" ht="{height:g}" customHeight="1">']
        for (begin, style), value in zip(self._starts, values, strict=True):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                parts.append(
                    f'{begin}{number}{style} t="inlineStr"><is><t xml:space="preserve">'
                    f"{_escaped(value)}</t></is></c>"
                )
            else:
                parts.append(f"{begin}{number}{style}><v>{_number(value)}</v></c>")
        parts.append("</row>")
        return "".join(parts)

    def close(self) -> None:
        self._out.close()


class SortedRowFile(RowFile):
    """Rows in the order of a key. They wait on disk: only the keys are kept in memory."""

    _PLACE: Final = "\x01"
    """Stands for the row's number until that is known; no XML holds it."""

    def __init__(self, path: Path, styles: Sequence[int]) -> None:
        super().__init__(path, styles)
        self._waiting = path.with_suffix(".waiting").open("w+b")
        self._keys: list[tuple[tuple[int, ...], int, int]] = []

    def wait(self, key: tuple[int, ...], values: Sequence[Cell], height: float) -> None:
        """Rows of equal keys keep the order in which they came."""
        data = self.row_xml(self._PLACE, values, height).encode()
        self._keys.append((key, self._waiting.tell(), len(data)))
        self._waiting.write(data)

    def settle(self, first: int) -> None:
        """Writes them, the first one as row `first` (from 1)."""
        for number, (_, at, size) in enumerate(sorted(self._keys), first):
            self._waiting.seek(at)
            self._out.write(self._waiting.read(size).decode().replace(self._PLACE, str(number)))

    def close(self) -> None:
        super().close()
        self._waiting.close()


def _escaped(text: str) -> str:
    if "_x" in text:
        text = _CODE.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _number(value: int | date | datetime) -> str:
    if isinstance(value, datetime):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return f"{value.toordinal() - _FIRST_DAY + seconds / _DAY:.15g}"
    if isinstance(value, date):
        return str(value.toordinal() - _FIRST_DAY)
    return str(value)


def column_name(number: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class Filled(Struct, frozen=True):
    """What goes into one sheet: its rows, and the range it covers then ("A1:AD12")."""

    rows: Path
    reference: str


_DIMENSION: Final = re.compile(rb'<dimension ref="[^"]*"/>')
_END: Final = b"</sheetData>"
_EMPTY: Final = b"<sheetData/>"


def pack(source: Path, target: Path, filled: Mapping[str, Filled]) -> None:
    """The workbook `source` with rows put into the sheets named by their parts
    ("xl/worksheets/sheet2.xml"), and without the times of writing."""
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as new,
    ):
        for name in old.namelist():
            data, more = old.read(name), filled.get(name)
            if more is None:
                new.writestr(stamped(name), data)
                continue
            data = data.replace(_EMPTY, b"<sheetData>" + _END)
            data = _DIMENSION.sub(f'<dimension ref="{more.reference}"/>'.encode(), data, count=1)
            before, end, after = data.partition(_END)
            size = len(data) + more.rows.stat().st_size
            with (
                new.open(stamped(name), "w", force_zip64=size > zipfile.ZIP64_LIMIT) as out,
                more.rows.open("rb") as rows,
            ):
                out.write(before)
                shutil.copyfileobj(rows, out, 1 << 20)
                out.write(end + after)
