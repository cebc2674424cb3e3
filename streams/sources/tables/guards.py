"""Marks that exports put around a value so that Excel leaves it alone, taken off again.

`="00123"`, `=00123`, an apostrophe or a tab in front keep a spreadsheet from making a number
or a formula of a text; zero-width characters, byte order marks and marks of writing direction
come along with what was copied from web pages. None of them is what the citizen wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from streams.sources.values.cells import Cell

_FIRST: Final = "='’`"
_MARKS: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_NEVER_TEXT: Final = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_JOINERS: Final = "\u200c\u200d"
"""Between letters and emoji they mean something; at the ends they do not."""
_QUOTED: Final = re.compile(r'=\s*"(.*)"', re.DOTALL)
_FORMULA: Final = re.compile(
    r"=\s*(?:[A-Za-z][A-Za-z0-9.]*\(|\$?[A-Za-z]{1,3}\$?\d+\s*(?:$|[-+*/:]))"
)
_APOSTROPHES: Final = "'’`"


def unguarded(text: str, *, guarded_row: bool = False) -> str:
    """The text without guards. A leading apostrophe that a second one answers is a quotation
    and stays, unless the whole row is guarded (`guarded_row`)."""
    if not _is_suspect(text):
        return text
    text = _NEVER_TEXT.sub("", text)
    while True:
        bare = _once(text.strip().strip(_JOINERS), guarded_row=guarded_row)
        if bare == text:
            return bare
        text = bare


def _is_suspect(text: str) -> bool:
    if not text:
        return False
    first = text[0]
    if first in _FIRST or first.isspace():
        return True
    return not text.isascii() and _MARKS.search(text) is not None


def _once(text: str, *, guarded_row: bool) -> str:
    if (quoted := _QUOTED.fullmatch(text)) is not None:
        return quoted[1].replace('""', '"')
    if text[:1] == "=" and text[:2] != "==" and _FORMULA.match(text) is None:
        return text[1:]
    mark = text[:1]
    if mark and mark in _APOSTROPHES:
        closing = {"'": "'’", "’": "’", "`": "`'"}[mark]
        if guarded_row or not any(other in text[1:] for other in closing):
            return text[1:]
    return text


def unguarded_row(cells: Sequence[Cell], number: Cell) -> Sequence[Cell]:
    """The cells without guards; `number` is the row's own number, whose apostrophe says that
    the export puts one in front of every cell. The same sequence where nothing changes."""
    guarded = isinstance(number, str) and number.lstrip()[:1] in ("'", "’", "`")
    changed: list[Cell] | None = None
    for index, cell in enumerate(cells):
        if type(cell) is str and _is_suspect(cell):
            bare = unguarded(cell, guarded_row=guarded)
            if bare != cell:
                changed = changed or list(cells)
                changed[index] = bare
    return changed or cells


def unguarded_number(cell: Cell) -> Cell:
    """A number's cell without guards."""
    return unguarded(cell, guarded_row=True) if isinstance(cell, str) else cell
