"""How each expression of time is resolved to its day.

`RULES` holds, in the order in which they are tried, a pattern and what turns its match and the
day of writing into a day or a count of working days. Patterns with a group `year` may name
their year; see `YEAR_GROUPS`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from lunardate import LunarDate

Found = tuple[date | None, int | None]
NOTHING: Final[Found] = (None, None)
Rule = Callable[[re.Match[str], date], Found]


_NUMBERS: Final = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER: Final = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_YEAR: Final = (
    r"(?:(?P<year>20\d\d)年|(?P<next>明年|次年|来年|下一?年)|(?P<this>今年|本年)"
    r"|(?P<last>当年|去年|上年|前年|往年|每年|历年|(?:19|2[1-9])\d\d年))?(?:的|度)?"
)
_BEFORE: Final = r"(?:之?前|以前|左右)?"
_TEN_MONTHS: Final = timedelta(days=300)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return _NUMBERS.get(text[-1], 0)
    return (_NUMBERS.get(tens, 1) if tens else 1) * 10 + (_NUMBERS.get(ones, 0) if ones else 0)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _in_its_year(match: re.Match[str], written_on: date, build: Callable[[int], date]) -> Found:
    """The day in the year the text names, else the next one."""
    named = match.groupdict()
    if named.get("last"):
        return NOTHING
    if year := named.get("year"):
        return build(int(year)), None
    if named.get("next"):
        return build(written_on.year + 1), None
    day = build(written_on.year)
    if named.get("this"):
        return day, None
    rolled = day < written_on
    if rolled:
        day = build(written_on.year + 1)
    gone_by = (rolled or "month" in named) and day - written_on > _TEN_MONTHS
    return (None if gone_by else day), None


def _on_day(match: re.Match[str], written_on: date) -> Found:
    month, day = _month(match), _number(match.group("day"))
    return _in_its_year(match, written_on, lambda year: date(year, month, day))


def _month(match: re.Match[str]) -> int:
    return 1 if match.group("month") == "元" else _number(match.group("month"))


def _in_month(match: re.Match[str], written_on: date) -> Found:
    month, inside = _month(match), _inside(match.group("part"))
    return _in_its_year(
        match,
        written_on,
        lambda year: date(year, month, inside) if inside else _month_end(year, month),
    )


def _inside(part: str | None) -> int | None:
    """The last day of the part of a month; None for its end."""
    return {"上旬": 10, "初": 10, "中旬": 20, "中": 20}.get((part or "").removeprefix("份"))


def _figures(match: re.Match[str], _written_on: date) -> Found:
    return date(int(match.group("y")), int(match.group("m")), int(match.group("d"))), None


def _lunar_month(match: re.Match[str], written_on: date) -> Found:
    month = _number(match.group("month"))
    return _in_its_year(
        match, written_on, lambda year: _next_lunar_month(year, month) - timedelta(days=1)
    )


def _next_lunar_month(year: int, month: int) -> date:
    """The first day of the lunar month after it."""
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    found: date = LunarDate(*following, 1).to_solar_date()
    return found


def _this_month(match: re.Match[str], written_on: date) -> Found:
    first = written_on.replace(day=1)
    if match.group("which") and match.group("which")[0] in "下次":
        first = (first + timedelta(days=32)).replace(day=1)
    inside = _inside(match.group("part"))
    return (first.replace(day=inside) if inside else _month_end(first.year, first.month)), None


def _in_quarter(match: re.Match[str], written_on: date) -> Found:
    which = match.group("quarter")
    if which in ("本", "下"):
        quarter = (written_on.month - 1) // 3 + 1 + (which == "下")
        year = written_on.year + (quarter > 4)
        return _month_end(year, (quarter - 1) % 4 * 3 + 3), None
    month = 12 if which == "末" else _number(which) * 3
    return _in_its_year(match, written_on, lambda year: _month_end(year, month))


def _in_half(match: re.Match[str], written_on: date) -> Found:
    month = 6 if match.group("half") == "上" else 12
    return _in_its_year(match, written_on, lambda year: _month_end(year, month))


_SEASONS: Final = {"春": 5, "夏": 8, "秋": 11, "冬": 2}


def _in_season(match: re.Match[str], written_on: date) -> Found:
    """Spring ends with May, winter with February of the year after."""
    season = match.group("season")
    return _in_its_year(
        match, written_on, lambda year: _month_end(year + (season == "冬"), _SEASONS[season])
    )


def _in_year(match: re.Match[str], written_on: date) -> Found:
    part = match.group("part") or ""
    month = 1 if part.endswith("初") else 6 if part.endswith("中") else 12
    return _in_its_year(match, written_on, lambda year: _month_end(year, month))


def _new_year(year: int) -> date:
    found: date = LunarDate(year, 1, 1).to_solar_date()
    return found


_HOLIDAYS: Final[dict[str, Callable[[int], date]]] = {
    "元旦": lambda year: date(year, 1, 1),
    "春节": _new_year,
    "清明": lambda year: date(year, 4, 4),
    "五一": lambda year: date(year, 5, 1),
    "劳动节": lambda year: date(year, 5, 1),
    "端午": lambda year: LunarDate(year, 5, 5).to_solar_date(),
    "中秋": lambda year: LunarDate(year, 8, 15).to_solar_date(),
    "国庆": lambda year: date(year, 10, 1),
    "十一": lambda year: date(year, 10, 1),
}


def _before_holiday(match: re.Match[str], written_on: date) -> Found:
    """The day before it; 年前 and 过年前 are before 春节."""
    if match.group("last") or (match.group("holiday") and not match.group("before")):
        return NOTHING
    first_day = _HOLIDAYS.get(match.group("holiday"), _new_year)
    if match.group("year"):
        return first_day(int(match.group("year"))) - timedelta(days=1), None
    years = (written_on.year + 1,) if match.group("next") else _two(written_on.year)
    days = (first_day(year) - timedelta(days=1) for year in years)
    return next((day for day in days if day >= written_on), None), None


def _two(year: int) -> tuple[int, int]:
    return year, year + 1


def _within(match: re.Match[str], written_on: date) -> Found:
    if near := match.group("near"):
        return written_on + timedelta(days=_number(near)), None
    unit = match.group("unit")
    if match.group("half"):
        return (_months_on(written_on, 6) if "年" in unit else written_on + timedelta(15)), None
    count = _number(match.group("count"))
    if not count:
        return NOTHING
    if "工作日" in unit:
        return None, count
    if "月" in unit or "年" in unit:
        return _months_on(written_on, count * (12 if "年" in unit else 1)), None
    return written_on + timedelta(days=count * (7 if "周" in unit or "星期" in unit else 1)), None


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _in_week(match: re.Match[str], written_on: date) -> Found:
    """Weeks begin on Monday; a weekday without 本 or 下 is the next one."""
    which, name = match.group("which") or "", match.group("weekday")
    weekday = 6 if name in (None, "日", "天", "末") else "一二三四五六".index(name)
    days = weekday - written_on.weekday() + (7 if which.startswith("下") else 0)
    return written_on + timedelta(days=days + (7 if days < 0 and not which else 0)), None


def _in_days(match: re.Match[str], written_on: date) -> Found:
    days = {"今": 0, "当": 0, "明": 1, "后": 2}[match.group("which")[0]]
    return written_on + timedelta(days=days), None


_NO_COUNT: Final = r"(?<![\d年一二两三四五六七八九十几数多半近的])"
"""Before 年内 and 年前: "三年内" is counted, "年内" is this year."""

_PATTERNS: Final[dict[str, tuple[str, Rule]]] = {
    "holiday": (
        (
            rf"{_YEAR}(?:农历)?(?P<holiday>元旦|春节|清明|五一|劳动节|端午|中秋|国庆|十一(?!月))"
            r"(?:节|假期)?(?:到来)?(?P<before>之?前|以前)?"
            rf"|(?:农历年|过年)(?:之?前|以前)|{_NO_COUNT}年前"
        ),
        _before_holiday,
    ),
    "lunar": (rf"农历{_YEAR}(?P<month>{_NUMBER})月(?:份|底|末)?(?:之?前|以前)?", _lunar_month),
    "figures": (rf"(?P<y>20\d\d)[./-](?P<m>\d\d?)[./-](?P<d>\d\d?)日?{_BEFORE}", _figures),
    "day": (rf"{_YEAR}(?P<month>元|{_NUMBER})月份?(?P<day>{_NUMBER})[日号]{_BEFORE}", _on_day),
    "month": (
        (
            rf"{_YEAR}(?<!个)(?:{_NUMBER}月?份?[-—－~～至到])?(?P<month>元|{_NUMBER})月"
            rf"(?P<part>份?[上中下]旬|份?[初中底末]|份)?(?!植树节|工资)(?:内|{_BEFORE})"
        ),
        _in_month,
    ),
    "this_month": (
        (
            r"(?:(?P<which>本月|这个月|当月|下个?月|次月)份?"
            r"|(?<![个\d份一二三四五六七八九十每])(?=月[底末内]))月?"
            rf"(?P<part>[上中下]旬|[初中底末])?(?:内|{_BEFORE})"
        ),
        _this_month,
    ),
    "quarter": (
        rf"{_YEAR}第?(?P<quarter>[一二三四1-4本下])个?季度(?:末|内|底)?{_BEFORE}",
        _in_quarter,
    ),
    "half": (rf"{_YEAR}(?P<half>[上下])半年(?:内|底)?{_BEFORE}", _in_half),
    "season": (
        (
            rf"{_YEAR}(?P<season>(?<=年)[春夏秋冬]|[春夏秋冬](?=季[前开投建正可将完交动启]))"
            rf"[季天]?(?:学期)?(?!节|高考){_BEFORE}"
        ),
        _in_season,
    ),
    "within": (
        (
            rf"(?:(?P<half>半)个?|近?(?P<count>{_NUMBER}))"
            r"(?P<unit>个?工作日|个?月|周|个?星期|日|天|年)(?:时间)?(?:之内|以内|内)"
            rf"|近(?P<near>{_NUMBER})[日天]内?"
        ),
        _within,
    ),
    "year": (
        (
            r"(?:(?P<year>20\d\d)年?|(?P<next>明年|次年|来年)|(?P<this>今年|本年)"
            r"|(?P<last>当年|去年|上年|前年|往年|每年|历年|近年))"
            rf"(?:年?的?(?P<part>年?[底末初中](?!小学|学|心|央|期)|度?年?内)|(?<=年)){_BEFORE}"
        ),
        _in_year,
    ),
    "bare_year": (rf"{_NO_COUNT}(?P<part>年[底末中内])(?!小学|学|心|度){_BEFORE}", _in_year),
    "week": (
        (
            r"(?:(?P<which>本|这|下)个?(?:周|星期)"
            r"|(?:周|星期)(?=[一二三四五六日天](?:之?前|以前)))"
            rf"(?P<weekday>[一二三四五六日天末])?(?:内|底)?{_BEFORE}"
        ),
        _in_week,
    ),
    "days": (rf"(?P<which>今天|今日|当天|当日|明天|明日|后天)(?:之?内)?{_BEFORE}", _in_days),
}

RULES: Final = {
    name: (re.compile(pattern), resolve) for name, (pattern, resolve) in _PATTERNS.items()
}

YEAR_GROUPS: Final = ("year", "next", "this", "last")
"""Which year is named: a number, 明年, 今年, or one that is no promise (去年, 每年)."""

WITHOUT_YEAR: Final = frozenset({"figures", "this_month", "within", "week", "days"})
"""Rules whose day never depends on a year that was named before."""
