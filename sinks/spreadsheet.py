"""Text in files that people open with a spreadsheet: no cell of ours is ever a formula.

Those who write to the office choose the text, and a program that opens the file would work it
out: send the sheet elsewhere, start something. (OWASP, CSV Injection.)
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from typing import Final

_BEGINS: Final = frozenset("=+-@|\u2212")
"""How a formula begins, in letters of ordinary width; also of a DDE call, and with the minus
of mathematics."""
_SKIPPED: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zs", "Zl", "Zp"})
"""Unicode categories of what programs drop before they look, or show as nothing: spaces,
controls, marks without width and such as combine, halves of letters, what is not assigned."""
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are seen as nothing: fillers of Hangul, the empty cell of Braille."""
_ENDS_A_CELL: Final = ("\t", "\r", "\n")


def harmless(text: str) -> str:
    """The text as no spreadsheet takes for a formula: with an apostrophe in front where it
    could be one, full-width signs included, whatever invisible stands before them."""
    if text.startswith(_ENDS_A_CELL):
        return f"'{text}"
    for letter in text:
        if letter in _BLANK or unicodedata.category(letter) in _SKIPPED:
            continue
        plain = unicodedata.normalize("NFKC", letter)[:1]
        return f"'{text}" if plain in _BEGINS else text
    return text


def csv_line(cells: Iterable[str]) -> bytes:
    """One row as Excel reads it; every cell `harmless`. UTF-8, CRLF."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")
