"""Times as sources write them: the one reader of every door.

A time is taken apart into a day, a clock, a part of the day, a weekday and a zone, in any
order. Nothing is left over and nothing stands twice, else it is no time: what can be read in
two ways raises `BadCell`, or is read one way with a note that says which.

Rules, each from what the writers mean by it:
- Without a zone it is Beijing time, and CST is China Standard Time: Java and mail servers in
  China print it, and mail's own table (RFC 2822, 4.3) would make it Chicago.
- 晚上12:00 of a day is the midnight that ends it, 晚上1:30 the early morning after it; 凌晨 and
  早上 12:30 are half past midnight of the day that is named.
- A time limit that names a day runs to the end of that day (`When.deadline`). So does one at
  0:00: spreadsheets and databases write it for a day without a time. Who means a midnight says
  24:00, 凌晨0点 or 晚上12点.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from typing import Final, NamedTuple

from cases.record.item import Note
from cases.words.times import BEIJING
from streams.sources.values.cells import BadCell, Cell, CellError
from streams.sources.values.time_tokens import (
    AFTERNOON,
    MONTHS,
    MORNING,
    NIGHT,
    WHOLE_DAY,
    plain,
    scan,
)

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
YEAR_ASSUMED: Final = "year_assumed"

_EPOCH: Final = datetime(1970, 1, 1, 8, tzinfo=BEIJING)
_DAY_ZERO: Final = {
    # Excel counts a 29 February 1900 that never was; starting a day early makes up for it.
    False: datetime(1899, 12, 30, tzinfo=BEIJING),
    True: datetime(1904, 1, 1, tzinfo=BEIJING),
}
_LAST_SECOND: Final = timedelta(hours=24, seconds=-1)
_LONGEST: Final = 200
"""Characters of a time; JavaScript prints 60. Of a longer text the first part is searched."""

_USUAL: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日? +(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0{1,9})?)?",
    re.ASCII,
)
"""What most exports write. The tokens read it too, in three times the time."""
_COMPACT: Final = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_DOT_NET: Final = re.compile(r"\\?/Date\((\d{9,13})(?:[+-]\d{4})?\)\\?/")
_PLAIN_AT_12: Final = frozenset({"AM", "凌晨"})
"""Before 12 they can mean only midnight; 上午12:05 may also be five past noon."""
_NAMES_MIDNIGHT: Final = frozenset({"凌晨", *NIGHT})
"""12:00 AM and 上午 are how programs with a clock of twelve hours print an empty time."""
_HOURS_WEST: Final = {"EST": 5, "EDT": 4, "CDT": 5, "MST": 7, "MDT": 6, "PST": 8, "PDT": 7}
"""RFC 2822, 4.3, but for CST."""
_UNIVERSAL: Final = frozenset({"Z", "GMT", "UTC", "UT"})


class When(NamedTuple):
    """A moment in Beijing time."""

    at: datetime
    day_only: bool
    """The source gave a day without a time; `at` is its beginning."""
    notes: tuple[Note, ...] = ()
    """What was odd in how it is written, and how it was taken."""
    midnight_meant: bool = False
    """Midnight in words or as 24:00; a plain 0:00 is rather a time that nobody filled in."""

    @property
    def deadline(self) -> datetime:
        """As a time limit: one that names a day, or 0:00 of it, runs to 23:59:59 of it."""
        at_midnight = self.at.time() == time() and not self.midnight_meant
        return self.at + _LAST_SECOND if self.day_only or at_midnight else self.at


def read_time(
    cell: Cell, *, epoch1904: bool = False, latest: datetime | None = None
) -> When | None:
    """A moment, or None for an empty cell. `epoch1904` is the workbook's date system.

    `latest`: a day without a year ("3月2号") is the last such day up to then, with a note;
    without `latest` it is no time. Raises `BadCell("bad_time")` when there is no one reading."""
    if isinstance(cell, str):
        if len(cell) in (16, 19) and cell[4] == "-" and cell[10] == " " and cell[13] == ":":
            # The usual form, with seconds or without; everything else takes the slow way.
            try:
                return _plausible(datetime.fromisoformat(cell).replace(tzinfo=BEIJING), cell)
            except ValueError:
                pass
        return _read_written(cell, latest)
    if cell is None:
        return None
    if isinstance(cell, datetime):
        try:
            at = cell.replace(tzinfo=BEIJING) if cell.tzinfo is None else cell.astimezone(BEIJING)
        except OverflowError:
            raise _bad_time(str(cell)) from None
        return _plausible(at, cell)
    if isinstance(cell, date):
        return _plausible(
            datetime(cell.year, cell.month, cell.day, tzinfo=BEIJING), cell, day_only=True
        )
    if isinstance(cell, bool | CellError):
        shown = cell.shown if isinstance(cell, CellError) else str(cell)
        raise _bad_time(shown)
    return _read_number(cell, str(cell), epoch1904=epoch1904)


def find_time(text: str) -> When | None:
    """The first whole date that stands among other words ("来信时间：2025年3月9日 下午3点"),
    with the time behind it; None where there is none that can be."""
    shown = plain(text[: 10 * _LONGEST])
    found = WHOLE_DAY.search(shown)
    if found is None:
        return None
    said, _ = scan(shown, found.start())
    try:
        return _from_parts(said, text, None)
    except BadCell:
        return None


def _read_written(raw: str, latest: datetime | None) -> When | None:
    if (usual := _USUAL.fullmatch(raw)) is not None:
        numbers = tuple(int(part or 0) for part in usual.groups())
        return _build(raw, numbers, day_only=usual[4] is None)
    if len(raw.strip()) > _LONGEST:
        raise _bad_time(raw)
    text = plain(raw)
    if not text:
        return None
    if (packed := _COMPACT.fullmatch(text)) is not None and len(text) != 10 and len(text) != 13:
        year, month, day, hour, minute, second = (int(part or 0) for part in packed.groups())
        return _build(raw, (year, month, day, hour, minute, second), day_only=packed[4] is None)
    if _NUMBER.fullmatch(text) is not None:
        return _read_number(float(text), raw, epoch1904=False)
    if (dot_net := _DOT_NET.fullmatch(text)) is not None:
        return _read_number(float(dot_net[1]), raw, epoch1904=False)
    said, end = scan(text, 0)
    if text[end:].strip(" ,()"):
        raise _bad_time(raw)
    return _from_parts(said, raw, latest)


def _from_parts(said: dict[str, str], raw: str, latest: datetime | None) -> When:
    month = said.get("m") or str(MONTHS.index(said["month"].lower()) + 1 if "month" in said else 0)
    if "d" not in said:
        raise _bad_time(raw)
    notes: list[Note] = []
    day = (_year(said, int(month), raw, latest, notes), int(month), int(said["d"]))
    hour, next_day = _hour(said, notes, raw)
    quarter = said.get("quarter", "")
    minute = {"半": 30, "1刻": 15, "3刻": 45}.get(quarter, int(said.get("M", 0)))
    second = int(said.get("S") or said.get("S2") or 0)
    micro = int(said.get("f", "0").ljust(6, "0")[:6])
    when = _build(raw, (*day, hour, minute, second), day_only="H" not in said, micro=micro)
    if when.day_only:
        return when._replace(notes=tuple(notes))
    at = when.at.replace(tzinfo=_zone(said, raw)) + timedelta(days=next_day)
    if next_day:
        notes.append(_odd(raw, f"按次日 {at:%H:%M} 计"))
    moved = _plausible(at.astimezone(BEIJING), raw)
    in_words = said.get("part") in _NAMES_MIDNIGHT and moved.at.time() == time()
    meant = when.midnight_meant or in_words
    return moved._replace(notes=tuple(notes), midnight_meant=meant)


def _year(
    said: dict[str, str], month: int, raw: str, latest: datetime | None, notes: list[Note]
) -> int:
    text = said.get("y", "")
    if len(text) == 2:
        # Oracle's RR: the century that is nearer.
        return int(text) + (2000 if int(text) < 50 else 1900)
    if text:
        return int(text)
    if latest is None:
        raise _bad_time(raw)
    for year in range(latest.year, latest.year - 9, -1):
        try:
            at = datetime(year, month, int(said["d"]), tzinfo=BEIJING)
        except ValueError:
            continue  # 29 February stands in one year of four
        if at <= latest:
            # The year is not named: what was written stays the same when it is read again later.
            text = f"来源写的“{raw.strip()[:40]}”没有年份，按最近的这一天计，请核对"
            notes.append(Note(YEAR_ASSUMED, text))
            return year
    raise _bad_time(raw)


def _hour(said: dict[str, str], notes: list[Note], raw: str) -> tuple[int, int]:
    """The hour from 0 to 24, and 1 when it is that of the next day."""
    hour = int(said.get("H", 0))
    part = said.get("part", "").upper().replace(".", "")
    if not part or "H" not in said:
        return hour, 0
    if part in NIGHT:
        if hour == 12 or hour < 5:
            return hour % 12, 1
        return (hour + 12 if hour < 12 else hour), 0
    taken, fits = hour, True
    if part in MORNING:
        taken = 0 if hour == 12 else hour
        # Seconds are written by programs, and a program's clock has twelve hours or it has not.
        fits = hour < 12 or (hour == 12 and (part in _PLAIN_AT_12 or "S" in said))
    elif part in AFTERNOON:
        taken = hour + 12 if hour < 12 else hour
    else:
        taken = hour + 12 if hour < 4 else hour
        fits = hour < 3 or hour >= 11
        taken = 12 if hour == 0 else taken
    if not fits:
        notes.append(_odd(raw, f"按 {taken:02}:{int(said.get('M', 0)):02} 计"))
    return taken, 0


def _odd(raw: str, taken: str) -> Note:
    return Note("time_of_day_odd", f"来源写的时间“{raw.strip()[:40]}”{taken}，请核对")


def _zone(said: dict[str, str], raw: str) -> timezone:
    if (shift := said.get("named") or said.get("bare")) is not None:
        west = shift.startswith("-")
        hours, minutes = abs(int(shift)), int(said.get("rest", 0))
        # "09:00-11:00" is rather from nine to eleven than nine o'clock in the Pacific.
        if hours > 14 or (west and "bare" in said and "S" not in said):
            raise _bad_time(raw)
        size = timedelta(hours=hours, minutes=minutes)
        return timezone(-size if west else size)
    name = said.get("zone", "").upper()
    if name in _UNIVERSAL:
        return timezone(timedelta())
    return timezone(timedelta(hours=-_HOURS_WEST[name])) if name in _HOURS_WEST else BEIJING


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
    when = _plausible(at, raw, day_only=day_only)
    if past_midnight:
        when = _plausible(at + timedelta(days=1), raw)._replace(midnight_meant=True)
    return when


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
