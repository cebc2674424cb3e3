"""Times as sources write them: the one reader of every door.

A time is taken apart into a day, a clock, a part of the day, a weekday and a zone, in any
order. Nothing is left over and nothing stands twice, else it is no time: what can be read in
two ways raises `BadCell`, or is read one way with a note that says which.

Rules, each from what the writers mean by it:
- Without a zone it is Beijing time, and CST is China Standard Time: Java and mail servers in
  China print it, and mail's own table (RFC 2822, 4.3) would make it Chicago.
- 晚上12:00 of a day is the midnight that ends it, 晚上1:30 the early morning after it; 凌晨 and
  早上 12:30 are half past midnight of the day that is named.
- A time limit that names a day runs to the end of that day (`When.deadline`).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Final, NamedTuple

from cases.record.item import Note
from cases.words.times import BEIJING
from streams.sources.values.cells import INVISIBLE, BadCell, Cell, CellError

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

_COMPACT: Final = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_DOT_NET: Final = re.compile(r"\\?/Date\((\d{9,13})(?:[+-]\d{4})?\)\\?/")
_HAN_NUMBER: Final = re.compile(r"[〇○零一二两三四五六七八九十]+(?=\s*[年月日号號时時点點分刻秒])")
_HAN_DIGITS: Final = {char: index for index, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
}

_MORNING: Final = ("上午", "早上", "早晨", "清晨", "清早", "早间", "凌晨", "AM")
_AFTERNOON: Final = ("下午", "午后", "傍晚", "PM")
_NOON: Final = ("中午", "正午")
_NIGHT: Final = ("晚上", "晚间", "夜里", "夜间", "夜晚", "深夜", "半夜", "午夜", "晚")
_PLAIN_AT_12: Final = frozenset({"AM", "凌晨"})
"""Before 12 they can mean only midnight; 上午12:05 may also be five past noon."""
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_HOURS_WEST: Final = {"EST": 5, "EDT": 4, "CDT": 5, "MST": 7, "MDT": 6, "PST": 8, "PDT": 7}
"""RFC 2822, 4.3, but for CST."""
_UNIVERSAL: Final = frozenset({"Z", "GMT", "UTC", "UT"})

_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_PARTS: Final = "|".join((*_MORNING[:-1], *_AFTERNOON[:-1], *_NOON, *_NIGHT))


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.VERBOSE | re.IGNORECASE)


_WHOLE_DAY: Final = _pattern(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号號]?"
)
_NUMBERED_ZONE: Final = _pattern(
    r"(?:(?:GMT|UTC|UT)\s*(?P<named>[+-]\d{1,2})|(?P<bare>[+-]\d{2}))(?::?(?P<rest>00|30|45))?(?!\d)"
)
_NAMED_ZONE: Final = _pattern(
    r"""(?P<zone>Z|GMT|UTC|UT|CST|HKT|BJT|PRC|[ECMP]DT|[EMP]ST|北京时间|中国标准时间
    |China\ Standard\ Time|\[?Asia/(?:Shanghai|Beijing|Chongqing|Harbin|Hong_Kong|Macau)\]?)
    (?![A-Za-z])"""
)
_TOKENS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("day", _WHOLE_DAY),
    ("day", _pattern(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?![\d.:])")),
    # Oracle's own form, "02-3月 -26", and its English twin, which is also that of mail.
    ("day", _pattern(r"(?P<d>\d{1,2})-\s*(?P<m>\d{1,2})月\s*-\s*(?P<y>\d{4}|\d{2})(?!\d)")),
    ("day", _pattern(rf"(?P<d>\d{{1,2}})[-\s]\s*{_MONTH}[-\s,]\s*(?P<y>\d{{4}}|\d{{2}})(?!\d)")),
    ("day", _pattern(rf"{_MONTH}\s+(?P<d>\d{{1,2}})(?![\d:])(?:,?\s+(?P<y>\d{{4}})(?![\d:]))?")),
    ("day", _pattern(r"(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号號]")),
    (
        "clock",
        _pattern(
            r"""(?P<H>\d{1,2})\s*[:时時点點]\s*
            (?:(?P<quarter>半|[13]刻|整|钟|鐘)
              |(?P<M>\d{1,2})
               (?:\s*:\s*(?P<S>\d{1,2})\s*秒?(?:[.,:](?P<f>\d{1,9}))?
                 |\s*分钟?\s*(?:(?P<S2>\d{1,2})\s*秒?)?)?)?"""
        ),
    ),
    ("clock", _pattern(r"(?P<H>\d{1,2})\.(?P<M>\d{2})\.(?P<S>\d{2})(?:\.(?P<f>\d{1,9}))?(?!\d)")),
    # [2026, 3, 2, 9, 15]: how Java's JSON writes a time when nobody told it otherwise.
    (
        "clock",
        _pattern(
            r"/\s*(?P<H>\d{1,2})\s*/\s*(?P<M>\d{1,2})(?:\s*/\s*(?P<S>\d{1,2}))?(?:\s*/\s*\d{3,9})?"
        ),
    ),
    ("clock", _pattern(r"(?P<H>\d{1,2})(?=\s*[AP]\.?M)")),
    ("part", _pattern(rf"(?P<part>{_PARTS}|[AP]\.?M\.?(?![A-Za-z]))")),
    ("weekday", _pattern(r"(?:星期|周|週|礼拜)[一二三四五六日天]|[一二三四五六日](?=\))")),
    ("weekday", _pattern(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?")),
    ("zone", _NUMBERED_ZONE),
    ("zone", _NAMED_ZONE),
    ("year", _pattern(r"(?P<y>\d{4})(?!\d)")),
)
_GAP: Final = _pattern(r"[\s,()]*(?:T(?=\d))?")


class When(NamedTuple):
    """A moment in Beijing time."""

    at: datetime
    day_only: bool
    """The source gave a day without a time; `at` is its beginning."""
    notes: tuple[Note, ...] = ()
    """What was odd in how it is written, and how it was taken."""

    @property
    def deadline(self) -> datetime:
        """As a time limit: one that names a day runs to 23:59:59 of it."""
        return self.at + _LAST_SECOND if self.day_only else self.at


def read_time(
    cell: Cell, *, epoch1904: bool = False, latest: datetime | None = None
) -> When | None:
    """A moment, or None for an empty cell. `epoch1904` is the workbook's date system.

    `latest`: a day without a year ("3月2号") is the last such day up to then, with a note;
    without `latest` it is no time. Raises `BadCell("bad_time")` when there is no one reading."""
    if isinstance(cell, str):
        if len(cell) == 19 and cell[4] == "-" and cell[10] == " " and cell[13] == ":":
            # The usual form; everything else takes the slow way.
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
    plain = _plain(text)
    found = _WHOLE_DAY.search(plain)
    if found is None:
        return None
    said, _ = _scan(plain, found.start())
    try:
        return _from_parts(said, text, None)
    except BadCell:
        return None


def _plain(raw: str) -> str:
    """One spelling for all: half-width, Arabic numerals, nothing invisible."""
    text = unicodedata.normalize("NFKC", raw).translate(INVISIBLE).strip().lstrip("'").strip()
    return _HAN_NUMBER.sub(_arabic, text)


def _arabic(found: re.Match[str]) -> str:
    """二〇二六 and 二十一 in figures; what is neither stays."""
    tens, ten, ones = found[0].partition("十")
    if not ten:
        return "".join(str(_HAN_DIGITS[char]) for char in tens)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return found[0]
    return str(_HAN_DIGITS.get(tens, 1) * 10 + _HAN_DIGITS.get(ones, 0))


def _read_written(raw: str, latest: datetime | None) -> When | None:
    text = _plain(raw)
    if not text:
        return None
    if (packed := _COMPACT.fullmatch(text)) is not None and len(text) != 10 and len(text) != 13:
        year, month, day, hour, minute, second = (int(part or 0) for part in packed.groups())
        return _build(raw, (year, month, day, hour, minute, second), day_only=packed[4] is None)
    if _NUMBER.fullmatch(text) is not None:
        return _read_number(float(text), raw, epoch1904=False)
    if (dot_net := _DOT_NET.fullmatch(text)) is not None:
        return _read_number(float(dot_net[1]), raw, epoch1904=False)
    said, end = _scan(text, 0)
    if text[end:].strip(" ,()"):
        raise _bad_time(raw)
    return _from_parts(said, raw, latest)


def _scan(text: str, start: int) -> tuple[dict[str, str], int]:
    """What stands from `start` on, by the names in the patterns, and where it ends."""
    said: dict[str, str] = {}
    kinds: set[str] = set()
    end = start
    while (token := _token(text, end, kinds, said)) is not None:
        kind, found = token
        kinds.add(kind)
        for name, value in found.groupdict().items():
            if value is not None:
                said.setdefault(name, value)
        end = found.end()
    return said, end


def _token(
    text: str, end: int, kinds: set[str], said: dict[str, str]
) -> tuple[str, re.Match[str]] | None:
    gap = _GAP.match(text, end)
    at = end if gap is None else gap.end()
    for kind, pattern in _TOKENS:
        if kind == "year":
            if "d" not in said or "y" in said:
                continue
        elif kind in kinds and kind != "zone":  # "+0800 (CST)" names its zone twice
            continue
        if pattern is _NUMBERED_ZONE and "H" not in said:
            continue  # without a clock "-09" is anything but a zone
        if (found := pattern.match(text, at)) is not None:
            return kind, found
    return None


def _from_parts(said: dict[str, str], raw: str, latest: datetime | None) -> When:
    month = said.get("m") or str(_MONTHS.index(said["month"].lower()) + 1 if "month" in said else 0)
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
    return _plausible(at.astimezone(BEIJING), raw)._replace(notes=tuple(notes))


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
    if part in _NIGHT:
        if hour == 12 or hour < 5:
            return hour % 12, 1
        return (hour + 12 if hour < 12 else hour), 0
    taken, fits = hour, True
    if part in _MORNING:
        taken = 0 if hour == 12 else hour
        # Seconds are written by programs, and a program's clock has twelve hours or it has not.
        fits = hour < 12 or (hour == 12 and (part in _PLAIN_AT_12 or "S" in said))
    elif part in _AFTERNOON:
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
    _plausible(at, raw)
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
