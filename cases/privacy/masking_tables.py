"""Homes and names in tables and forms: the heading says what stands in a column.

A table is a heading and the lines under it with as many cells, as people paste it from a
worksheet; a form is 楼栋:12 单元:1 房号:302 one behind the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.address_parts import HAN_NUMERALS, Found, Home
from cases.privacy.surnames import is_han, surname_length

_OF_A_HOME: Final = re.compile("(?:楼栋?|[栋幢座]|单元|楼?层|房间?|室|房屋|门牌)号?码?")
_OF_A_PERSON: Final = re.compile("(?:姓名|户主|业主|联系人|住户|村民|学生|家长)(?:姓名)?")
_SEPARATORS: Final = ("\t", "|", ",", "，", ";", " ")
_LEAST_CELLS: Final = 2
_LONGEST_CELL: Final = 12
_VALUE: Final = rf"([0-9A-Za-z]{{1,5}}(?:-[0-9]{{1,4}}){{0,3}}|[{HAN_NUMERALS}]{{1,4}})"
_FIELD: Final = (
    rf"(?:楼栋?|[栋幢座]|单元|楼?层|房间?|室|门牌)号?码?[:=] ?{_VALUE}(?![0-9A-Za-z万元年])"
)
_FORM: Final = re.compile(
    rf"{_FIELD}[栋幢座单元楼层室]{{0,2}}(?:[,，;；、 /|\t\n]{{1,3}}{_FIELD})+"
    rf"|(?:房间?号|室号|门牌号?)码?[:=] ?{_VALUE}(?![0-9A-Za-z万元年])"
)
_VALUES: Final = re.compile(rf"[:=] ?{_VALUE}")
_NUMERAL: Final = re.compile(f"[0-9A-Za-z]+|[{HAN_NUMERALS}]+")


def homes_in_forms(text: str) -> Iterator[Home]:
    """The values of a form, and the cells of a table under a heading for a part of an address."""
    if ":" in text or "=" in text:
        for form in _FORM.finditer(text):
            for value in _VALUES.finditer(text, *form.span()):
                yield (*value.span(1), tuple(_numerals(text, *value.span(1))))
    for start, end in _cells(text, _OF_A_HOME):
        hidden = tuple(_numerals(text, start, end))
        if hidden:
            yield start, end, hidden


def names_in_tables(text: str) -> Iterator[Found]:
    """The cells of a table under 姓名, 户主 and the like that look like a name."""
    for start, end in _cells(text, _OF_A_PERSON):
        word = text[start:end]
        if 2 <= len(word) <= 4 and surname_length(word, 0) and all(map(is_han, word)):
            yield start, end


def _numerals(text: str, start: int, end: int) -> list[Found]:
    return [one.span() for one in _NUMERAL.finditer(text, start, end)]


def _cells(text: str, heading: re.Pattern[str]) -> Iterator[Found]:
    if "\n" not in text or not heading.search(text):
        return
    lines = _lines(text)
    for number, (start, line) in enumerate(lines):
        separator = next((one for one in _SEPARATORS if one in line.strip("| ")), None)
        if separator is None:
            continue
        heads = _split(line, start, separator)
        columns = [at for at, (a, b) in enumerate(heads) if heading.fullmatch(text, a, b)]
        if not columns or any(end - begin > _LONGEST_CELL for begin, end in heads):
            continue
        rows = (_split(under, at, separator) for at, under in lines[number + 1 :])
        for row in rows:
            if len(row) != len(heads):
                break
            yield from (row[at] for at in columns)


def _lines(text: str) -> list[tuple[int, str]]:
    """Each line with its place; what only rules a table off is left out."""
    found, at = [], 0
    for line in text.split("\n"):
        if line.strip(" |-:+") or not line:
            found.append((at, line))
        at += len(line) + 1
    return found


def _split(line: str, start: int, separator: str) -> list[Found]:
    """Where the cells of a line are in the text, without the blanks around them."""
    cells, at = [], start
    for cell in line.split(separator):
        if cell.strip() or separator != " ":
            left = at + len(cell) - len(cell.lstrip())
            cells.append((left, left + len(cell.strip())))
        at += len(cell) + 1
    if separator == "|":
        cells = [one for one in cells if one[0] < one[1]]
    return cells if len(cells) >= _LEAST_CELLS else []
