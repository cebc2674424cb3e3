"""Excel 2003 XML spreadsheets (SpreadsheetML), which systems write and call ".xls"."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from xml.parsers import expat

from msgspec import Struct

from streams.sources.tables.grid import Row
from streams.sources.tables.merged import Span
from streams.sources.values.cells import Cell, CellError

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_UNDECODED: Final = re.compile("[\ud800-\udfff]")
_MOST_COLUMNS: Final = 16_384
_MOST_ROWS: Final = 1_048_576


class BadXml(Exception):
    """The file is no sound spreadsheet of this kind; the text says why."""


class XmlSheet(Struct):
    """One sheet."""

    name: str
    rows: list[Row]
    spans: list[Span]


def xml_sheets(text: str) -> list[XmlSheet]:
    """The sheets of a workbook. Raises `BadXml`."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise BadXml("含文档类型或实体声明，正常导出不会有")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        # The declaration names the encoding the file came in, which is no longer the text's.
        # What did not decode can't pass through it, and must not become something else.
        if _UNDECODED.search(text) is not None:
            raise BadXml("有无法解码的字节，内容已损坏")
        parser.Parse(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise BadXml(f"XML 第 {error.lineno} 行有误") from error
    return reader.sheets


class _Reader:
    """Handlers that gather sheets."""

    def __init__(self) -> None:
        self.sheets: list[XmlSheet] = []
        self._row: list[Cell] = []
        self._number = 0
        self._kind = ""
        self._pieces: list[str] | None = None
        self._value: Cell = None
        self._column = 0
        self._across = self._down = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        said = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if tag == "Worksheet":
            self.sheets.append(XmlSheet(said.get("Name", ""), [], []))
            self._number = 0
        elif tag == "Row":
            self._number = _count(said.get("Index"), self._number + 1, _MOST_ROWS)
            self._row, self._column = [], 0
        elif tag == "Cell":
            self._column = _count(said.get("Index"), self._column + 1, _MOST_COLUMNS)
            self._across = _count(said.get("MergeAcross"), 0, _MOST_COLUMNS)
            self._down = _count(said.get("MergeDown"), 0, _MOST_ROWS)
            self._value = None
        elif tag == "Data":
            self._kind = said.get("Type", "String")
            self._pieces = []
        elif tag == "br" and self._pieces is not None:
            self._pieces.append("\n")

    def text(self, data: str) -> None:
        if self._pieces is not None:
            self._pieces.append(data)

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "Data":
            self._value = _value(self._kind, "".join(self._pieces or ()))
            self._pieces = None
        elif tag == "Cell" and self.sheets:
            left = self._column - 1
            self._row.extend([None] * (left + 1 - len(self._row)))
            self._row[left] = self._value
            if self._across or self._down:
                self.sheets[-1].spans.append(
                    Span(self._number, left, self._number + self._down, left + self._across)
                )
            self._column += self._across
        elif tag == "Row" and self.sheets and any(cell is not None for cell in self._row):
            self.sheets[-1].rows.append((self._number, self._row))


def _count(value: str | None, default: int, most: int) -> int:
    if value is None or not (value.isascii() and value.isdecimal() and len(value) < 9):
        return default
    if int(value) > most:
        raise BadXml(f"位置 {value} 超过 {most}")
    return int(value)


def _value(kind: str, text: str) -> Cell:
    if kind == "Number":
        try:
            return int(text) if text.isascii() and text.isdecimal() else float(text)
        except ValueError:
            return text or None
    if kind == "DateTime":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return text or None
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "Error":
        return CellError(text or "#N/A")
    return text or None
