"""What one cell says: ids, times, counts and yes/no as exports really write them.

Nothing here guesses. A value that can be read in two ways raises `BadCell`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from cases.words.times import BEIJING


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


class When(NamedTuple):
    """A moment in Beijing time; `day_only` when the source gave a day without a time."""

    at: datetime
    day_only: bool


FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
_SAFE_DIGITS: Final = 15
"""A spreadsheet number keeps 15 significant digits (IEEE 754 double, Excel's own limit)."""
_LONGEST_NUMBER: Final = 40
_ERROR_TEXTS: Final = frozenset(
    {"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
_SCIENTIFIC: Final = re.compile(r"-?\d(?:\.\d+)?[eE]\+\d{1,3}")
_POINT_ZERO: Final = re.compile(r"(\d+)\.0+")
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_EPOCH: Final = datetime(1970, 1, 1, 8, tzinfo=BEIJING)
_DAY_ZERO: Final = {
    # Excel counts a 29 February 1900 that never was; starting a day early makes up for it.
    False: datetime(1899, 12, 30, tzinfo=BEIJING),
    True: datetime(1904, 1, 1, tzinfo=BEIJING),
}
_WRITTEN: Final = re.compile(
    r"""(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?
    (?:[T\s,]*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?
    (?:[T\s]*(?P<half>上午|下午|中午|凌晨|早上|晚上|AM|PM)?\s*
       (?P<H>\d{1,2})\s*[:时点]\s*(?:(?P<M>\d{1,2})\s*分?\s*(?::?\s*(?P<S>\d{1,2})\s*秒?)?)?
       (?:[.,](?P<f>\d{1,9}))?\s*(?P<half2>AM|PM)?
       \s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_COMPACT: Final = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


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
    if isinstance(cell, bool | datetime | date):
        raise BadCell(
            "bad_id", f"编号应为文本或整数，实际是“{read_text(cell)}”。请把编号列设为文本格式"
        )
    if isinstance(cell, int | float):
        return _number_id(cell)
    text = read_text(cell).translate(_INVISIBLE).strip()
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
        return _SCIENTIFIC.fullmatch(text) is not None or trailing_zeros_only(text) is True
    return (
        isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and 10**_SAFE_DIGITS <= abs(cell) < math.inf
    )


def read_time(cell: Cell, *, epoch1904: bool = False) -> When | None:
    """A moment, or None for an empty cell. `epoch1904` is the workbook's date system.

    Raises `BadCell("bad_time")` when there is no one reading of it."""
    if isinstance(cell, str):
        if len(cell) == 19 and cell[4] == "-" and cell[10] == " " and cell[13] == ":":
            # The usual form; everything else takes the slow way.
            try:
                return _plausible(datetime.fromisoformat(cell).replace(tzinfo=BEIJING), cell)
            except ValueError:
                pass
        return _read_written(cell)
    if cell is None:
        return None
    if isinstance(cell, datetime):
        at = cell.replace(tzinfo=BEIJING) if cell.tzinfo is None else cell.astimezone(BEIJING)
        return _plausible(at, cell)
    if isinstance(cell, date):
        return _plausible(
            datetime(cell.year, cell.month, cell.day, tzinfo=BEIJING), cell, day_only=True
        )
    if isinstance(cell, bool | CellError):
        shown = cell.shown if isinstance(cell, CellError) else str(cell)
        raise _bad_time(shown)
    return _read_number(cell, str(cell), epoch1904=epoch1904)


def _read_written(raw: str) -> When | None:
    text = unicodedata.normalize("NFKC", raw).translate(_INVISIBLE).strip().lstrip("'").strip()
    if not text:
        return None
    if (found := _WRITTEN.fullmatch(text)) is not None:
        return _from_parts(found, raw)
    if (packed := _COMPACT.fullmatch(text)) is not None and len(text) != 10 and len(text) != 13:
        year, month, day, hour, minute, second = (int(part or 0) for part in packed.groups())
        return _build(raw, (year, month, day, hour, minute, second), day_only=packed[4] is None)
    if _NUMBER.fullmatch(text) is not None:
        return _read_number(float(text), raw, epoch1904=False)
    raise _bad_time(raw)


def _from_parts(found: re.Match[str], raw: str) -> When:
    hour = int(found["H"] or 0)
    half = (found["half"] or found["half2"] or "").upper()
    if half in ("下午", "晚上", "PM", "中午") and hour < 12 and not (half == "中午" and hour > 2):
        hour += 12
    elif half in ("AM", "上午", "凌晨") and hour == 12:
        hour = 0
    numbers = (
        *(int(found[name]) for name in ("y", "m", "d")),
        hour,
        int(found["M"] or 0),
        int(found["S"] or 0),
    )
    micro = int((found["f"] or "0").ljust(6, "0")[:6])
    when = _build(raw, numbers, day_only=found["H"] is None, micro=micro)
    if (zone := found["zone"]) is None:
        return when
    try:
        moved = datetime.fromisoformat(
            when.at.replace(tzinfo=None).isoformat() + ("+00:00" if zone in "Zz" else zone)
        )
    except ValueError:
        raise _bad_time(raw) from None
    return _plausible(moved.astimezone(BEIJING), raw)


def _build(raw: str, numbers: tuple[int, ...], *, day_only: bool, micro: int = 0) -> When:
    year, month, day, hour, minute, second = numbers
    # 24:00 is how a day's end is written; it is the next day's 0:00.
    past_midnight = hour == 24 and minute == second == micro == 0
    try:
        at = datetime(
            year, month, day, 0 if past_midnight else hour, minute, second, micro, tzinfo=BEIJING
        )
    except ValueError:
        raise _bad_time(raw) from None
    return _plausible(at + timedelta(days=1) if past_midnight else at, raw, day_only=day_only)


def _read_number(number: float, raw: str, *, epoch1904: bool) -> When:
    """An Excel serial (days), epoch seconds or milliseconds, or digits like 20250901."""
    if not 0 < number < 1e15:  # false for NaN too
        raise _bad_time(raw)
    if number < 1e6:
        # To the second: a day's fraction in a double is off by microseconds.
        at = _DAY_ZERO[epoch1904] + timedelta(seconds=round(number * 86400))
        return _plausible(at, raw, day_only=float(number).is_integer())
    whole = int(number)
    digits = len(str(whole))
    if digits in (8, 12, 14) and whole == number:
        packed = _COMPACT.fullmatch(str(whole))
        if packed is not None:
            parts = tuple(int(part or 0) for part in packed.groups())
            return _build(raw, parts, day_only=packed[4] is None)
    if digits in (9, 10):
        return _plausible(_EPOCH + timedelta(seconds=whole), raw)
    if digits in (12, 13):
        return _plausible(_EPOCH + timedelta(milliseconds=whole), raw)
    raise _bad_time(raw)


def _plausible(at: datetime, raw: object, *, day_only: bool = False) -> When:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise _bad_time(str(raw))
    return When(at, day_only)


def _bad_time(shown: str) -> BadCell:
    return BadCell(
        "bad_time",
        f"时间“{shown[:40]}”无法辨认。应写作 2025-09-01 09:05:00（{FIRST_YEAR}—{LAST_YEAR} 年，"
        "年在前），或为 Excel 日期",
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
