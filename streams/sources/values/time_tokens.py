"""A written time taken apart: day, clock, part of the day, weekday, zone, in any order.

What the parts mean together says `times`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from streams.sources.values.cells import INVISIBLE

MORNING: Final = ("上午", "早上", "早晨", "清晨", "清早", "早间", "早", "凌晨", "AM")
AFTERNOON: Final = ("下午", "午后", "傍晚", "PM")
NOON: Final = ("中午", "正午")
NIGHT: Final = ("晚上", "晚间", "夜里", "夜间", "夜晚", "深夜", "半夜", "午夜", "晚")
MONTHS: Final = (
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

_HAN_NUMBER: Final = re.compile(
    r"[〇○零一二两三四五六七八九十]{1,6}(?=\s*[年月日号號时時点點分刻秒])"
    r"|(?<=[时時点點])[〇○零一二三四五六七八九十]{1,3}(?=\s|$)"
)
_HAN_DIGITS: Final = {char: index for index, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
}


_MONTH: Final = rf"(?P<month>{'|'.join(MONTHS)})[a-z]*\.?"
_PARTS: Final = "|".join((*MORNING[:-1], *AFTERNOON[:-1], *NOON, *NIGHT))


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.VERBOSE | re.IGNORECASE)


WHOLE_DAY: Final = _pattern(
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
    ("day", WHOLE_DAY),
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
# DB2 joins day and clock by a hyphen.
_GAP: Final = _pattern(r"[\s,()]*(?:T(?=\d)|-(?=\d{2}\.\d{2}\.\d{2}))?")


def plain(raw: str) -> str:
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


def scan(text: str, start: int) -> tuple[dict[str, str], int]:
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
