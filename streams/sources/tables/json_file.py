"""Files of JSON records: lines, arrays, envelopes, one document after the other.

Lines may have a byte order mark, a comma at the end, or stand in brackets. An envelope is an
object around the list that is meant (`{"code": 0, "data": {"rows": […]}}`); the list whose
records name the most fields is taken. A list of lists has its column names in the first one,
or in a list beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, cast

from huiyin.net.json_values import BadJson, Json, write_json
from streams.sources.seam.base import SourceError
from streams.sources.tables.grid import Broken, Grid, Record
from streams.sources.tables.header_map import ColumnMap, score
from streams.sources.tables.heading import Table
from streams.sources.tables.json_lists import best_list
from streams.sources.tables.json_split import SCRIPT, TOKEN, Splitter
from streams.sources.tables.json_text import cell_of, is_whole, parse_value
from streams.sources.tables.textfile import TextLines

_SAMPLE: Final = 100
_MOST_HEADERS: Final = 1000
_START: Final = re.compile(
    r"(?:/\*.*?\*/|//[^\n]*+\n|[\s\ufeff])*+"
    rf"(?:{SCRIPT})?"
    r"(?:\{|\[(?:/\*.*?\*/|//[^\n]*+\n|\s)*+(?:[\[{\]\"'\-0-9tfn]|$))",
    re.DOTALL,
)


def is_json(start: str) -> bool:
    """Whether a text that starts so is JSON."""
    return _START.match(start) is not None


def json_table(lines: TextLines, columns: ColumnMap, name: str) -> Table:
    """The records. Raises `SourceError` when there is none in it; so do the records."""
    reader = _Reader(lines, columns, name)
    records = reader.records()
    head = list(islice(records, _SAMPLE))
    header: dict[str, None] = {}
    for record in head:
        if not isinstance(record, Broken):
            header.update(dict.fromkeys(record[1]))
    return Table(
        sheet="",
        header=tuple(header),
        sample=[],
        records=chain(head, records),
        grid=Grid(rows=iter(()), done=lambda: lines.done, unit=reader.unit),
    )


class _Reader:
    """Reads one file."""

    def __init__(self, lines: TextLines, columns: ColumnMap, name: str) -> None:
        self._lines = lines
        self._columns = columns
        self._name = name
        self._headers: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names: tuple[str, ...] | None = None
        """The column names of a list of lists."""
        self._source = iter(lines)
        self._number = 0
        self._first = self._next_line()
        self._second = self._next_line()
        self._by_line = self._has_a_record_per_line()
        self.unit = "行" if self._by_line else "条"

    def records(self) -> Iterator[Record | Broken]:
        return self._of_lines() if self._by_line else self._of_document()

    def _next_line(self) -> tuple[int, str]:
        """The next line that is not blank, with its number; "" at the end."""
        for line in self._source:
            self._number += 1
            if line.strip("\ufeff \t\r\n"):
                return self._number, line
        return self._number, ""

    def _has_a_record_per_line(self) -> bool:
        first, second = _bare(self._first[1]), _bare(self._second[1])
        if not first.startswith("{") or not second:
            return False
        # A broken first line must not cost the others.
        return _is_object(first) or (second.startswith("{") and _is_object(second))

    # -- a record per line --------------------------------------------------------

    def _of_lines(self) -> Iterator[Record | Broken]:
        for number, line in self._all_lines():
            self._lines.forget()
            text = _bare(line)
            if text in ("", "[", "]"):
                continue
            try:
                value = parse_value(text)
            except BadJson as error:
                detail = f"这一行应是一个 JSON 对象，实际不是：{error}。请修正后重新导入"
                yield Broken(number, "bad_json", detail, line)
                continue
            yield from self._rows(value, number, line)

    def _all_lines(self) -> Iterator[tuple[int, str]]:
        yield self._first
        yield self._second
        while (line := self._next_line())[1]:
            yield line

    # -- one document, or several -------------------------------------------------

    def _of_document(self) -> Iterator[Record | Broken]:
        number = 0
        for text, whole in self._values():
            number += 1
            if not whole:
                yield self._cut_short(number, text)
                return
            try:
                value = parse_value(text)
            except BadJson as error:
                detail = f"这一条应是一个 JSON 对象，实际不是：{error}。请修正后重新导入"
                yield Broken(number, "bad_json", detail, text)
                continue
            for found in self._rows(value, number, text):
                yield found
                if not isinstance(found, Broken):
                    number = max(number, found[0])

    def _cut_short(self, number: int, text: str) -> Broken:
        where = f"第 {number} 条"
        if number == 1:
            raise SourceError(
                f"文件 {self._name}：内容是 JSON，但不完整，{where}没有结尾的括号或引号。"
                "请等它写完，或从来源系统重新导出"
            )
        detail = f"文件在{where}中间中断，它后面的内容缺失。请从来源系统重新导出"
        return Broken(number, "bad_json", detail, text)

    def _values(self) -> Iterator[tuple[str, bool]]:
        """The texts of the values at the top, or in a list that is the whole; and whether
        each is complete."""
        splitter = Splitter()
        for _, line in self._all_lines():
            for text in splitter.feed(line):
                yield text, True
            if splitter.is_between:
                self._lines.forget()
        if rest := splitter.rest():
            yield rest, False

    # -- rows ---------------------------------------------------------------------

    def _rows(self, value: object, number: int, raw: str) -> Iterator[Record | Broken]:
        """The records in one value: itself, or those of the list in an envelope."""
        if isinstance(value, list):
            if not is_whole(value):
                yield _torn(number, raw)
                return
            cells = [cell_of(each) for each in value]
            if self._names is None and not self._by_line:
                names = tuple(each if isinstance(each, str) else "" for each in cells)
                if score(names, self._columns):
                    self._names = names
                    return
            if self._names is not None:
                yield number, self._names, cells
                return
        if not isinstance(value, dict):
            kind = {list: "列表", str: "文本", bool: "是否值"}.get(type(value), "数字或空值")
            detail = f"这一{self.unit}应是一个 JSON 对象，实际是{kind}。请修正后重新导入"
            yield Broken(number, "bad_json", detail, raw)
            return
        inside = best_list(value, self._columns)
        if inside is None:
            yield self._record(number, value, raw)
            return
        for offset, each in enumerate(inside):
            at = number + (0 if self._by_line else offset)
            if isinstance(each, dict):
                yield self._record(at, each, None)
            else:
                detail = "列表里的这一条应是一个 JSON 对象，实际不是。请修正后重新导入"
                yield Broken(number + offset, "bad_json", detail, _written(each))

    def _record(self, number: int, value: dict[str, object], raw: str | None) -> Record | Broken:
        """`raw`: its text; None for one of several in an envelope."""
        if not is_whole(value):
            return _torn(number, _written(value) if raw is None else raw)
        keys = tuple(value)
        header = self._headers.get(keys, keys)
        if len(self._headers) < _MOST_HEADERS:
            header = self._headers.setdefault(keys, keys)
        return number, header, [cell_of(each) for each in value.values()]


def _torn(number: int, raw: str) -> Broken:
    detail = "这一条里有残缺的字符（半个字），内容已损坏。请从来源系统重新导出这一条"
    return Broken(number, "bad_encoding", detail, raw)


def _written(value: object) -> str:
    return write_json(cast("Json", value)).decode()


def _bare(line: str) -> str:
    """A line without what stands around a record in it: marks, commas, a list's brackets."""
    text = line.strip("\ufeff \t\r\n")
    if text.startswith("[{"):
        text = text[1:]
    text = text.rstrip(",; \t")
    return (
        text[:-1].rstrip()
        if text.endswith("}]") and text.startswith("{") and _closes_more(text)
        else text
    )


def _closes_more(text: str) -> bool:
    depth = 0
    for token in TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
    return depth < 0


def _is_object(text: str) -> bool:
    try:
        return isinstance(parse_value(text), dict)
    except BadJson:
        return False
