"""The merged cells of an .xlsx sheet."""

from __future__ import annotations

import re
from typing import Final

from streams.sources.tables.merged import Span
from streams.sources.tables.xlsx_parts import Parts

_MERGED: Final = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,200}?"
    rb"ref=[\"']\$?([A-Za-z]{1,3})\$?(\d{1,7}):\$?([A-Za-z]{1,3})\$?(\d{1,7})[\"']"
)
_LONGEST_MERGE: Final = 300
_MOST_MERGED: Final = 500_000


def merged_cells(parts: Parts, part: str) -> list[Span]:
    """The merged cells of a sheet. They stand behind its rows, so the part is looked through
    once before it is read."""
    tail = b""
    found: list[Span] = []
    for chunk in parts.raw(part):
        text = tail + chunk
        if b"mergeCell " in text:
            spans = list(_MERGED.finditer(text))
            found += [span for each in spans if (span := _span(each)) is not None]
            text = text[spans[-1].end() :] if spans else text
        tail = text[-_LONGEST_MERGE:]
        if len(found) > _MOST_MERGED:
            raise parts.broken(f"合并单元格超过 {_MOST_MERGED} 处")
    return found


def _span(found: re.Match[bytes]) -> Span | None:
    left, right = column_index(found[1].decode()), column_index(found[3].decode())
    top, bottom = int(found[2]), int(found[4])
    return Span(top, left, bottom, right) if top <= bottom and left <= right else None


def column_index(letters: str) -> int:
    """The index of a column, from 0, by its letters."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
