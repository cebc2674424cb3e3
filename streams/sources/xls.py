"""Old Excel workbooks (.xls), through calamine.

At most 65,536 rows a sheet and never compressed, so the size on disk bounds
the reading. Error cells arrive empty: calamine does not tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import BinaryIO, Final

import python_calamine

from streams.sources.base import SourceError
from streams.sources.cells import Cell
from streams.sources.grid import Grid, Row

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_LOCKED: Final = "有密码保护。请用 Excel 或 WPS 打开，去掉密码另存后重新导入"


def xls_grids(file: BinaryIO, name: str) -> tuple[Iterator[Grid], int]:
    """The sheets, and the rows in all. Raises `SourceError`."""
    data = file.read()
    if _ENCRYPTED in data:
        # A password turns even an xlsx into this container.
        raise SourceError(f"文件 {name}：{_LOCKED}")
    file.seek(0)
    try:
        book = python_calamine.load_workbook(file)
        sheets = [
            (meta.name, book.get_sheet_by_name(meta.name))
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError as error:
        raise SourceError(f"文件 {name}：{_LOCKED}") from error
    except python_calamine.CalamineError as error:
        raise SourceError(
            f"文件 {name}：不是完整的 Excel 97—2003 文件（{error}）。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV 后重新导入"
        ) from error
    except BaseException as error:
        # A panic in the reader arrives as a direct subclass of BaseException.
        if type(error).__name__ != "PanicException":
            raise
        raise SourceError(
            f"文件 {name}：Excel 97—2003 文件已损坏。请打开后另存为 .xlsx 或 CSV 再导入"
        ) from error

    def grids() -> Iterator[Grid]:
        before = 0
        for title, sheet in sheets:
            counter = _Counter(before)
            yield Grid(sheet=title, rows=_rows(sheet, counter), done=counter.value)
            before += sheet.height

    return grids(), sum(sheet.height for _, sheet in sheets)


class _Counter:
    def __init__(self, start: int) -> None:
        self.count = start

    def value(self) -> int:
        return self.count


def _rows(sheet: python_calamine.CalamineSheet, counter: _Counter) -> Iterator[Row]:
    first = sheet.start[0] + 1 if sheet.start else 1
    for number, cells in enumerate(sheet.iter_rows(), start=first):
        counter.count += 1
        yield number, [_cell(cell) for cell in cells]


def _cell(value: object) -> Cell:
    if isinstance(value, time | timedelta):
        return str(value)
    return value  # type: ignore[return-value]
