"""Which days are special: State Council notices, the office's overlay, and the law.

Three layers, the later one wins:

1. the legal holidays of 全国年节及纪念日放假办法 on their own dates, for years
   that nobody has published (no 调休, therefore 暂定);
2. the State Council's yearly notices, from `chinesecalendar`;
3. the overlay (`config/calendar.toml`): notices the package does not have yet,
   local holidays, corrections.

Everything else is a plain working day or a weekend (国务院关于职工工作时间的规定
第七条: 星期六和星期日为周休息日).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import chinese_calendar
import msgspec
from lunardate import LunarDate
from msgspec import Meta, Struct

from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where

__all__ = [
    "DayMark",
    "DayRow",
    "Overlay",
    "OverlayDay",
    "OverlayError",
    "YearRow",
    "legal_holidays",
    "published_days",
    "published_years",
    "unsettled_from",
]


class DayMark(StrEnum):
    """How a day counts towards a deadline. The value is what people read."""

    WORKDAY = "工作日"
    WEEKEND = "周末"
    HOLIDAY = "法定节假日"
    MAKEUP = "调休上班"
    START = "起算日"
    """The day of receipt, which is not counted."""
    PAUSED = "暂停"


class OverlayError(ValueError):
    """A row of the calendar overlay that cannot be used; the text says which and why."""


class OverlayDay(Struct, frozen=True, kw_only=True):
    """One run of days, both ends included, that the overlay sets."""

    first: date
    last: date
    workday: bool
    name: str
    notice: str
    """Number of the notice that ordered it (发文字号)."""


class Overlay(Struct, frozen=True, kw_only=True):
    """What the office adds to the published days, in the order of the file."""

    days: tuple[OverlayDay, ...] = ()
    years: tuple[int, ...] = ()
    """Years whose State Council notice is written out in full in `days`."""

    @classmethod
    def from_table(cls, table: Mapping[str, object], file: str = "config/calendar.toml") -> Overlay:
        """Read the parsed TOML of `config/calendar.toml`.

        Raises OverlayError naming file, row, field, the value found and what
        was expected.
        """
        read = read_table(_File, table, file, OverlayError)
        days = tuple(
            _overlay_day(row, f"{where(table, file, 'day', number)}：第 {number + 1} 个 [[day]]")
            for number, row in enumerate(read.day)
        )
        years = tuple(row.year for row in read.year)
        for number, year in enumerate(years):
            if not any(year in (run.first.year, run.last.year) for run in days):
                raise OverlayError(
                    f"{where(table, file, 'year', number)}：[[year]] {year} 声明已公布，"
                    "但没有这一年的 [[day]]；请把通知里的放假和上班日期逐条写上。"
                )
        return cls(days=days, years=years)


_Text = Annotated[str, Meta(min_length=1)]


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class YearRow(_Table, frozen=True):
    """A row `[[year]]`: its notice is written out in full."""

    year: Annotated[int, Meta(ge=1901, le=2099)]
    notice: _Text


class DayRow(_Table, frozen=True, kw_only=True):
    """A row `[[day]]`: a day, or the first and the last of a run."""

    day: date | None = msgspec.field(default=None, name="date")
    first: date | None = msgspec.field(default=None, name="from")
    last: date | None = msgspec.field(default=None, name="to")
    kind: Literal["holiday", "workday"]
    name: _Text
    notice: _Text


class _File(_Table, frozen=True):
    year: tuple[YearRow, ...] = ()
    day: tuple[DayRow, ...] = ()


def _overlay_day(row: DayRow, place: str) -> OverlayDay:
    first, last = row.first or row.day, row.last or row.day
    if (row.day is None) is (row.first is None and row.last is None) or not (first and last):
        raise OverlayError(f"{place}：应写 date（一天），或 from 和 to（一段），只能写一种。")
    if last < first:
        raise OverlayError(f"{place}：to（{last}）早于 from（{first}）。")
    if (last - first).days > 60:
        raise OverlayError(f"{place}：{first} 至 {last} 超过 60 天，请核对年份。")
    return OverlayDay(
        first=first,
        last=last,
        workday=row.kind == "workday",
        name=row.name,
        notice=row.notice,
    )


def published_years() -> range:
    """The years `chinesecalendar` knows, by the package's own rule: from the
    year of its first listed holiday to the year of its last."""
    listed = chinese_calendar.holidays
    return range(min(listed).year, max(listed).year + 1)


def published_days() -> dict[date, tuple[DayMark, str]]:
    """The State Council's days: holidays (weekends inside them included) and
    weekends worked, with the Chinese name of the festival."""
    names = {festival.value: festival.chinese for festival in chinese_calendar.Holiday}
    found: dict[date, tuple[DayMark, str]] = {}
    for day, festival in chinese_calendar.holidays.items():
        name = names[festival]
        moved = day in chinese_calendar.in_lieu_days
        found[day] = (DayMark.HOLIDAY, f"{name}调休" if moved else name)
    for day, festival in chinese_calendar.workdays.items():
        found[day] = (DayMark.MAKEUP, f"{names[festival]}调休")
    return found


def unsettled_from(last_published: int) -> date:
    """The first day that the notice for the year after `last_published` may
    still change: 25 December.

    New Year's Day is arranged by the notice of its own year, which has moved
    days of the old year more than once (2007 and 2018: 29 December worked, 31
    December off; 2005, 2006 and 2011: 30 or 31 December worked).
    """
    return date(last_published, 12, 25)


def legal_holidays(year: int) -> dict[date, str]:
    """全体公民放假的节日 of a year on their own dates, without 调休.

    全国年节及纪念日放假办法第二条, in the text of 2024-11-10 from 2025 on, in
    that of 2013-12-11 before. 补假 for a holiday on a weekend (第六条) is left
    to the notice: leaving it out makes a provisional deadline earlier, not later.
    Valid for 1901 to 2099 (the lunar tables).
    """
    spring = LunarDate(year, 1, 1).to_solar_date()
    one = timedelta(days=1)
    found = {
        date(year, 1, 1): "元旦",
        spring: "春节",
        spring + one: "春节",
        spring + 2 * one: "春节",
    }
    if year >= 2025:
        found[spring - one] = "春节"
        found[date(year, 5, 2)] = "劳动节"
    found[_qingming(year)] = "清明"
    found[date(year, 5, 1)] = "劳动节"
    found[LunarDate(year, 5, 5).to_solar_date()] = "端午"
    # 国庆节 last: where 中秋 falls on it (2020, 2031 …) the day is named once.
    found[LunarDate(year, 8, 15).to_solar_date()] = "中秋"
    for day in (1, 2, 3):
        found[date(year, 10, day)] = "国庆节"
    return found


def _qingming(year: int) -> date:
    april = chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 10))
    found: date = next(day for day, term in april if term == "清明")
    return found
