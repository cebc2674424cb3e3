"""A list to fill in, as a workbook: heading, rows, choices, and a sheet that explains it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import xlsxwriter

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROOM: Final = 500
"""Empty rows that have choices too."""
_SETTINGS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook(
    title: str,
    heads: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[str]],
    notes: Sequence[str],
    choices: Mapping[int, Sequence[str]],
) -> bytes:
    """The file (xlsx). `choices`: number of the column, from 0 -> what may be picked."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _SETTINGS)
    sheet, more = book.add_worksheet(title), book.add_worksheet("填写说明")
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for at, (name, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(at, at, width, text)
        sheet.write_string(0, at, name, head)
    last = 0
    for number, row in enumerate(rows, 1):
        last = number
        for at, cell in enumerate(row):
            sheet.write_string(number, at, cell, text)
    for column, picked in choices.items():
        # Excel takes a long list of choices from cells only.
        place = 1 + column
        more.write_column(0, place, picked)
        letter = chr(ord("A") + place)
        source = f"=填写说明!${letter}$1:${letter}${len(picked)}"
        options = {"validate": "list", "source": source, "error_type": "warning"}
        sheet.data_validation(1, column, last + _ROOM, column, options)
    if choices:
        more.set_column(1, 1 + max(choices), None, None, {"hidden": True})
    sheet.freeze_panes(1, 0)
    more.set_column(0, 0, 90)
    for number, line in enumerate(notes):
        more.write_string(number, 0, line)
    book.close()
    return out.getvalue()
