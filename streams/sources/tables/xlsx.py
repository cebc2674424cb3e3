"""Excel workbooks (.xlsx), sheet by sheet and row by row.

Read with the standard library's parser, not through calamine, which loads a
sheet as a whole: 100,000 rows of real messages took 433 MB there, and one cell
in the last corner of a sheet takes gigabytes.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import BinaryIO, Final

from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Grid, Limits, Row
from streams.sources.tables.true_names import of_package
from streams.sources.tables.xlsx_merged import column_index, merged_cells
from streams.sources.tables.xlsx_parts import Parts
from streams.sources.tables.xlsx_strings import CellText, SharedStrings, unescape
from streams.sources.values.cells import Cell, CellError

_MOST_COLUMNS: Final = 16_384
_BUILT_IN_DATES: Final = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)})
_BUILT_IN_TIMES: Final = frozenset({18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47})
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_ZEROS: Final = re.compile(r"0{2,}")
NO_RESULT: Final = CellError("公式没有结果")

Convert = Callable[[float], Cell]


@contextlib.contextmanager
def xlsx_grids(file: BinaryIO, name: str, limits: Limits) -> Iterator[tuple[Iterator[Grid], int]]:
    """The sheets in the workbook's order, and the bytes to unpack in all.

    Raises `SourceError`; so do the rows while they are read."""
    parts = Parts(file, name, limits)
    book = _workbook_part(parts)
    epoch1904 = False
    related = parts.related(book)
    sheets: list[tuple[str, str]] = []
    for tag, attributes in parts.elements(book):
        if tag == "workbookPr":
            epoch1904 = attributes.get("date1904", "0").lower() in ("1", "true", "on")
        elif tag == "sheet":
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            kind, part = related.get(key, ("", ""))
            if kind == "worksheet" and part in parts:
                sheets.append((attributes.get("name", ""), part))
    by_kind = {kind: part for kind, part in related.values() if part in parts}
    formats = _formats(parts, by_kind.get("styles"), epoch1904=epoch1904)
    texts = by_kind.get("sharedStrings")
    total = sum(parts.size(part) for _, part in sheets) + parts.unpacked
    with SharedStrings(limits.strings_in_memory_mb << 20) as strings:
        if texts is not None:
            total += parts.size(texts)
            strings.load(parts, texts, limits.max_record_chars)
        yield (
            (
                Grid(
                    sheet=title,
                    rows=_rows(parts, part, strings, formats, limits.max_record_chars),
                    done=lambda: parts.unpacked,
                    epoch1904=epoch1904,
                    merged=merged_cells(parts, part),
                )
                for title, part in sheets
            ),
            total,
        )


def _workbook_part(parts: Parts) -> str:
    for kind, part in parts.related("").values():
        if kind == "officeDocument" and part in parts and part.lower().startswith("xl/"):
            if part.lower().endswith(".bin"):
                raise parts.broken("是二进制的 xlsb")
            return part
    if "xl/workbook.xml" in parts:
        return "xl/workbook.xml"
    if (other := of_package(parts.names)) is not None:
        raise SourceError(
            f"文件 {parts.file_name}：应为 Excel 工作簿，实际是{other}，里面没有工作簿。"
            "请从来源系统导出 .xlsx 或 CSV 后重新导入"
        )
    raise parts.broken("是压缩包或其他文档，里面没有工作簿")


def _formats(parts: Parts, part: str | None, *, epoch1904: bool) -> list[Convert | None]:
    """What to make of a number, per cell style."""
    if part is None:
        return []
    codes: dict[int, str] = {}
    formats: list[Convert | None] = []
    inside = False
    for tag, attributes in parts.elements(part):
        if tag == "numFmt":
            with contextlib.suppress(ValueError):
                codes[int(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag in ("cellStyles", "dxfs", "tableStyles"):
            inside = False
        elif tag == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            number_format = int(number) if number.isdecimal() else 0
            formats.append(_convert(number_format, codes.get(number_format), epoch1904=epoch1904))
    return formats


def _convert(number: int, code: str | None, *, epoch1904: bool) -> Convert | None:
    if code is None:
        has_date, has_time = number in _BUILT_IN_DATES, number in _BUILT_IN_TIMES
    else:
        if _ZEROS.fullmatch(code):
            width = len(code)
            return lambda value: f"{int(value):0{width}d}" if value == int(value) else value
        plain = _LITERAL.sub("", code.split(";")[0]).lower().replace("general", "")
        has_time = "h" in plain or "s" in plain
        has_date = "y" in plain or "d" in plain or ("m" in plain and not has_time)
    if not has_date and not has_time:
        return None
    day_zero = datetime(1904, 1, 1) if epoch1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet has no zone

    def convert(value: float) -> Cell:
        if not 0 <= value < 2_958_466:
            return value
        moment = day_zero + timedelta(seconds=round(value * 86400))
        if value < 1 and not has_date:
            return f"{moment:%H:%M:%S}"
        return moment if has_time or value != int(value) else date.fromordinal(moment.toordinal())

    return convert


def _rows(
    parts: Parts,
    part: str,
    strings: SharedStrings,
    formats: list[Convert | None],
    longest: int,
) -> Iterator[Row]:
    sheet = _SheetParser(strings, formats, longest, parts)
    parser = parts.parser()
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    for _ in parts.feed(part, parser):
        if sheet.ready:
            ready, sheet.ready = sheet.ready, []
            yield from ready


class _SheetParser(CellText):
    """Handlers that gather cells into rows."""

    def __init__(
        self,
        strings: SharedStrings,
        formats: list[Convert | None],
        longest: int,
        parts: Parts,
    ) -> None:
        super().__init__(parts, longest)
        self.ready: list[Row] = []
        self._strings = strings
        self._formats = formats
        self._columns: dict[str, int] = {}
        self._prefix: str | None = None
        self._row: list[Cell] = []
        self._number = 0
        self._column = -1
        self._kind = ""
        self._style = ""
        self._formula = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            self._column = self._place(attributes.get("r"))
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._formula = False
            self._pieces.clear()
            self._length = 0
        elif tag == "v":
            self._collecting = True
        elif tag == "t":
            self._collecting = not self._phonetic and self._kind == "inlineStr"
        elif tag == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdecimal() else self._number + 1
            self._row = []
            self._column = -1
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "v" or tag == "t":  # noqa: PLR1714 - a tenth of the time goes here
            self._collecting = False
        elif tag == "c":
            self._put()
        elif tag == "row":
            self.ready.append((self._number, self._row))
        elif tag == "rPh":
            self._phonetic = False

    def _place(self, reference: str | None) -> int:
        if reference is None:
            column = self._column + 1
        else:
            letters = reference.rstrip("0123456789")
            known = self._columns.get(letters)
            if known is None:
                known = self._columns[letters] = self._index(letters)
            column = known
        if column >= _MOST_COLUMNS:
            raise self._parts.broken(f"列数超过 {_MOST_COLUMNS}")
        return column

    def _index(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            raise self._parts.broken(f"单元格位置 {letters[:10]!r} 有误")
        return column_index(letters)

    def _put(self) -> None:
        row, column = self._row, self._column
        value = self._value()
        if value is None:
            return
        if column == len(row):
            row.append(value)
            return
        if column > len(row):
            row.extend([None] * (column - len(row) + 1))
        row[column] = value

    def _value(self) -> Cell:
        pieces = self._pieces
        raw = pieces[0] if len(pieces) == 1 else "".join(pieces)
        kind = self._kind
        if not raw:
            return NO_RESULT if self._formula and kind != "str" else None
        if kind == "s":
            try:
                return self._strings[int(raw)]
            except (ValueError, IndexError):
                raise self._parts.broken(f"第 {self._number} 行引用的文本不存在") from None
        if kind == "n":
            return self._read_number(raw)
        if kind in ("str", "inlineStr"):
            return unescape(raw)
        if kind == "b":
            return raw.strip() == "1"
        if kind == "e":
            return CellError(raw)
        return raw

    def _read_number(self, raw: str) -> Cell:
        try:
            number = int(raw) if raw.isdecimal() else float(raw)
        except ValueError:
            return raw
        style = self._style
        if style and style.isdecimal() and int(style) < len(self._formats):
            convert = self._formats[int(style)]
            if convert is not None and abs(number) < 1e15:  # false for NaN
                return convert(number)
        return number
