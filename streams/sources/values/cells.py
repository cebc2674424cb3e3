"""What one cell says: ids, counts and yes/no as exports really write them. Times: `times`.

Nothing here guesses. A value that can be read in two ways raises `BadCell`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from typing import Final, TypeAlias

from msgspec import Struct


class CellError(Struct, frozen=True):
    """A cell whose spreadsheet shows an error instead of a value."""

    shown: str
    """As shown, e.g. "#N/A"; "公式没有结果" for a formula that was never calculated."""


Cell: TypeAlias = str | int | float | bool | datetime | date | CellError | None


class BadCell(ValueError):
    """A cell that cannot be used. `code` is a stable name, the text plain Chinese."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


_SAFE_DIGITS: Final = 15
"""A spreadsheet number keeps 15 significant digits (IEEE 754 double, Excel's own limit)."""
_LONGEST_NUMBER: Final = 40
_ERROR_TEXTS: Final = frozenset(
    {"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
_SCIENTIFIC: Final = re.compile(r"-?\d(?:\.\d+)?[eE]\+\d{1,3}")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
"""Nothing of what `read_id` takes off or refuses can be in it."""
_POINT_ZERO: Final = re.compile(r"(\d+)\.0+")
INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


def read_text(cell: Cell) -> str:
    """The cell as text without outer white space; whole numbers without ".0".

    Raises `BadCell("error_cell")` for an error cell."""
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] == "#" and text in _ERROR_TEXTS:
            raise BadCell("error_cell", f"单元格是错误值“{text}”")
        return text
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        raise BadCell("error_cell", f"单元格是错误值“{cell.shown}”")
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e21:
        return str(int(cell))
    return str(cell)


def showable(text: str) -> str:
    """The text with "?" for what UTF-8 can't hold: bytes that did not decode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def is_blank(cell: Cell) -> bool:
    """True for an empty cell and for one that holds only white space."""
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def read_id(cell: Cell) -> str:
    """A source's own number as text, leading zeros kept.

    Raises `BadCell` "missing_id", "bad_id", or "rounded_id" for a number that a
    spreadsheet has already rounded: its last digits are gone and can't be known."""
    if isinstance(cell, str) and _PLAIN_ID.fullmatch(cell) is not None:
        return cell
    if isinstance(cell, bool | datetime | date):
        raise BadCell(
            "bad_id", f"编号应为文本或整数，实际是“{read_text(cell)}”。请把编号列设为文本格式"
        )
    if isinstance(cell, int | float):
        return _number_id(cell)
    text = read_text(cell).translate(INVISIBLE).strip()
    if text.startswith('="') and text.endswith('"'):
        # Exports write ="00123" so that a spreadsheet keeps the zeros.
        text = text[2:-1].strip()
    text = text.lstrip("'’`").strip()
    if not text:
        raise BadCell("missing_id", "编号为空。请在来源系统中核对这一行后重新导出")
    if _SCIENTIFIC.fullmatch(text):
        raise _rounded(text)
    if (whole := _POINT_ZERO.fullmatch(text)) is not None:
        text = whole[1]
        if len(text.lstrip("0")) > _SAFE_DIGITS:
            raise _rounded(text)
    if len(text) > 200 or not text.isprintable():
        raise BadCell(
            "bad_id", f"编号应为 200 字以内的单行文本，实际是“{text[:40]}…”（{len(text)} 字）"
        )
    return text


def _number_id(number: float) -> str:
    if not math.isfinite(number) or number < 0:
        raise BadCell("bad_id", f"编号应为文本或正整数，实际是 {number}")
    if number >= 10**_SAFE_DIGITS:
        raise _rounded(repr(number))
    if number != int(number):
        raise BadCell("bad_id", f"编号应为文本或整数，实际是小数 {number}")
    return str(int(number))


def _rounded(shown: str) -> BadCell:
    return BadCell(
        "rounded_id",
        f"编号“{shown}”是超过 15 位的数字，电子表格已把末几位取整，原编号无法还原。"
        "请在来源系统中把编号列按文本导出后重新导入",
    )


def trailing_zeros_only(number: str) -> bool | None:
    """Whether a long number looks rounded: nothing but zeros after digit 15.

    None when it is too short (or no number) to tell."""
    if len(number) < _SAFE_DIGITS + 2 or not number.isdecimal():
        return None
    return not number[_SAFE_DIGITS:].strip("0")


def looks_rounded(cell: Cell) -> bool:
    """Whether a spreadsheet has taken digits off a number: a number cell of more than 15
    digits, `1.39E+10` as a text, or a long number that ends in zeros after digit 15."""
    if isinstance(cell, str):
        if not 7 <= len(cell) <= _LONGEST_NUMBER:
            return False
        text = cell.strip()
        if not (text[:1].isdecimal() or text[:1] == "-"):
            return False
        return _SCIENTIFIC.fullmatch(text) is not None or trailing_zeros_only(text) is True
    return (
        isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and 10**_SAFE_DIGITS <= abs(cell) < math.inf
    )


def read_count(cell: Cell) -> int | None:
    """A whole number from 0, None for an empty cell. Raises `BadCell("bad_number")`."""
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell).strip().replace(",", "")
        if not text:
            return None
        if (whole := _POINT_ZERO.fullmatch(text)) is not None:
            text = whole[1]
        if text.isascii() and text.isdigit() and len(text) <= 15:
            return int(text)
    elif cell is None:
        return None
    elif (
        isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and 0 <= cell < 1e15
        and float(cell).is_integer()
    ):
        return int(cell)
    shown = cell.shown if isinstance(cell, CellError) else str(cell)
    raise BadCell("bad_number", f"应为不小于 0 的整数，实际是“{shown[:40]}”")


def read_yes_no(cell: Cell, yes: frozenset[str], no: frozenset[str]) -> bool | None:
    """是/否 in the configured words, None for an empty cell.

    Raises `BadCell("unknown_word")` for a word in neither list."""
    if isinstance(cell, bool):
        return cell
    word = unicodedata.normalize("NFKC", read_text(cell)).strip().lower()
    if not word:
        return None
    if word in yes:
        return True
    if word in no:
        return False
    raise BadCell("unknown_word", f"“{word[:40]}”不在配置的是/否用词里")
