"""Excel 2.0 to Excel 95 (BIFF2 to BIFF5), which old systems and scripts still write.

Read here because calamine reads BIFF8 only, and because these files carry bytes in a code
page that they often do not name: Chinese ones say 936, 1252 or nothing and hold GBK, or
UTF-8 from a script. Record layouts: OpenOffice's documentation of the Excel file format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct

from streams.sources.tables.grid import Row
from streams.sources.values.cells import Cell, CellError

_BOF: Final = {0x0009: 2, 0x0209: 3, 0x0409: 4, 0x0809: 5}
_WORKSHEET: Final = 0x0010
_MANY_RK, _RESULT_TEXT = 0x00BD, 0x0207
_FORMULA: Final = {2: 0x0006, 3: 0x0206, 4: 0x0406, 5: 0x0006}
_CODE_PAGE, _DATE_MODE, _PASSWORD, _SHEET, _END = 0x0042, 0x0022, 0x002F, 0x0085, 0x000A
_ERRORS: Final = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
}
_CODECS: Final = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "big5", 65001: "utf-8"}
_MOST_COLUMNS: Final = 256
NAMES: Final = {2: "Excel 2.0", 3: "Excel 3.0", 4: "Excel 4.0", 5: "Excel 95"}


class BadBiff(Exception):
    """No such workbook. `password`: it is one, but protected."""

    def __init__(self, problem: str, *, password: bool = False) -> None:
        super().__init__(problem)
        self.password = password


_Found: TypeAlias = dict[int, dict[int, object]]
"""Row to column to value; texts are still bytes."""


class BiffSheet(Struct, frozen=True):
    """One sheet."""

    name: str
    cells: _Found
    codec: str
    """Of the bytes in the cells, for those that do not decode as well."""

    @property
    def height(self) -> int:
        """Rows, counted from the top of the sheet."""
        return max(self.cells, default=-1) + 1

    def rows(self) -> Iterator[Row]:
        """Row numbers from 1, with the cells."""
        for number in sorted(self.cells):
            line = self.cells[number]
            row: list[Cell] = [None] * (max(line) + 1)
            for column, value in line.items():
                row[column] = _cell(value, self.codec)
            yield number + 1, row


class BiffBook(Struct, frozen=True):
    """A workbook."""

    version: int
    """2 to 5; see `NAMES`."""
    sheets: list[BiffSheet]
    epoch1904: bool


def version_of(head: bytes) -> int | None:
    """Which BIFF begins with these bytes, 8 for Excel 97 and later, None for none."""
    if len(head) < 8:
        return None
    kind, length, version = struct.unpack_from("<HHH", head)
    number = _BOF.get(kind)
    if number is None or not 4 <= length <= 16:
        return None
    return 8 if kind == 0x0809 and version == 0x0600 else number


def read_biff(data: bytes) -> BiffBook:
    """All sheets of a workbook stream. Raises `BadBiff`."""
    version = version_of(data)
    if version is None or version > 5:
        raise BadBiff("开头不是工作表的记录")
    titles: dict[int, bytes] = {}
    found: list[tuple[int, _Found]] = []
    code_page = 0
    epoch1904 = False
    for at, kind, record in _records(data):
        try:
            if kind in _BOF:
                # Old sheets have no globals; what comes first is the sheet.
                is_sheet = len(record) < 4 or struct.unpack_from("<H", record, 2)[0] in (
                    _WORKSHEET,
                    0,
                )
                found.append((at, {}))
                if not is_sheet:
                    found[-1] = (-1, {})
            elif kind == _CODE_PAGE:
                code_page = struct.unpack_from("<H", record)[0]
            elif kind == _DATE_MODE:
                epoch1904 = struct.unpack_from("<H", record)[0] == 1
            elif kind == _PASSWORD:
                raise BadBiff("有密码保护", password=True)
            elif kind == _SHEET and version == 5:
                titles[struct.unpack_from("<L", record)[0]] = record[7 : 7 + record[6]]
            elif found:
                _put(found[-1][1], version, kind, record)
        except (struct.error, IndexError):
            raise BadBiff(f"第 {at} 字节处的记录不完整") from None
    sheets = [(titles.get(at, b""), cells) for at, cells in found if at >= 0 and cells]
    codec = _codec(code_page, sheets)
    return BiffBook(
        version,
        [BiffSheet(title.decode(codec, "replace"), cells, codec) for title, cells in sheets],
        epoch1904,
    )


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    depth = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        end = at + 4 + length
        if end > len(data):
            raise BadBiff(f"在第 {at} 字节处中断，后面的内容缺失")
        depth += kind in _BOF
        yield at, kind, data[at + 4 : end]
        depth -= kind == _END
        at = end
        if depth == 0 and not any(data[at : at + 4]):
            return  # what fills up the last sector
    if depth > 0 or at < len(data):
        raise BadBiff("没有结尾，后面的内容缺失")


def _put(cells: _Found, version: int, kind: int, record: bytes) -> None:
    """The cells that a record holds, if it holds any."""
    if kind == _MANY_RK:
        row, first = struct.unpack_from("<HH", record)
        line = cells.setdefault(row, {})
        for offset in range(min((len(record) - 6) // 6, _MOST_COLUMNS - first)):
            line[first + offset] = _rk(record[offset * 6 :])
        return
    if kind == _RESULT_TEXT or (version == 2 and kind == 0x0007):
        _fill_result(cells, record[1 : 1 + record[0]] if version == 2 else record[2:])
        return
    if kind == _FORMULA[version]:
        value = _result(record[7:15] if version == 2 else record[6:14])
    elif (read := (_OLD if version == 2 else _CELLS).get(kind)) is not None:
        value = read(record)
    else:
        return
    row, column = struct.unpack_from("<HH", record)
    if column >= _MOST_COLUMNS:
        raise BadBiff(f"列数超过 {_MOST_COLUMNS}")
    cells.setdefault(row, {})[column] = value


def _label(record: bytes) -> object:
    return record[8 : 8 + struct.unpack_from("<H", record, 6)[0]]


def _rk(record: bytes) -> object:
    return _unpacked(struct.unpack_from("<L", record, 6)[0])


_CELLS: Final[dict[int, Callable[[bytes], object]]] = {
    0x0204: _label,
    0x00D6: _label,
    0x0203: lambda record: struct.unpack_from("<d", record, 6)[0],
    0x027E: _rk,
    0x0205: lambda record: _bool_or_error(record[6], record[7]),
}
"""What is in a cell, by the kind of its record; row and column stand first in each."""
_OLD: Final[dict[int, Callable[[bytes], object]]] = {
    0x0002: lambda record: struct.unpack_from("<H", record, 7)[0],
    0x0003: lambda record: struct.unpack_from("<d", record, 7)[0],
    0x0004: lambda record: record[8 : 8 + record[7]],
    0x0005: lambda record: _bool_or_error(record[7], record[8]),
}
"""The same in BIFF2."""


def _bool_or_error(value: int, is_error: int) -> object:
    return CellError(_ERRORS.get(value, "#N/A")) if is_error else bool(value)


class _Awaited(Struct, frozen=True):
    """A formula whose text comes in the next record."""


def _result(raw: bytes) -> object:
    if raw[6:8] != b"\xff\xff":
        return struct.unpack("<d", raw)[0]
    if raw[0] == 0:
        return _Awaited()
    return _bool_or_error(raw[2], raw[0] == 2) if raw[0] in (1, 2) else b""


def _fill_result(cells: _Found, text: bytes) -> None:
    if cells:
        line = cells[next(reversed(cells))]
        column = next(reversed(line))
        if isinstance(line[column], _Awaited):
            line[column] = text


def _unpacked(packed: int) -> float:
    """An RK value: [MS-XLS] 2.5.217."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return value / 100 if packed & 1 else value


def _codec(code_page: int, sheets: list[tuple[bytes, _Found]]) -> str:
    """What the bytes are; what they are called decides only where more than one fits."""
    texts = [title for title, _ in sheets]
    texts += [
        v
        for _, cells in sheets
        for line in cells.values()
        for v in line.values()
        if isinstance(v, bytes)
    ]
    declared = _CODECS.get(code_page)
    for codec in ("utf-8", declared, "gb18030"):
        if codec is not None and all(_decodes(text, codec) for text in texts):
            return codec
    return declared or ("cp1252" if code_page in (1252, 0x8001) else "gb18030")


def _decodes(text: bytes, codec: str) -> bool:
    try:
        text.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _cell(value: object, codec: str) -> Cell:
    if isinstance(value, bytes):
        # Bytes that do not decode are left for the row to be refused.
        return value.decode(codec, "surrogateescape") or None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, bool | int | CellError):
        return value
    return None
