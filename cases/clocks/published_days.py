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

import chinese_calendar
from lunardate import LunarDate
from msgspec import Struct

__all__ = [
    "DayMark",
    "Overlay",
    "OverlayDay",
    "OverlayError",
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
        unknown = set(table) - {"year", "day"}
        if unknown:
            raise OverlayError(
                f"{file}：不认识的项 {'、'.join(sorted(unknown))}；只能有 [[year]] 和 [[day]]。"
            )
        years: list[int] = []
        for where, row in _rows(table, "year", file):
            _only(row, {"year", "notice"}, where)
            year = row.get("year")
            if not isinstance(year, int) or isinstance(year, bool):
                raise OverlayError(f"{where}：year 应为年份（如 2027），实际是 {year!r}。")
            _text(row, "notice", where)
            years.append(year)
        days = tuple(_overlay_day(row, where) for where, row in _rows(table, "day", file))
        for year in years:
            if not any(year in (run.first.year, run.last.year) for run in days):
                raise OverlayError(
                    f"{file}：[[year]] {year} 声明已公布，但没有这一年的 [[day]]；"
                    f"请把通知里的放假和上班日期逐条写上。"
                )
        return cls(days=days, years=tuple(years))


def _rows(
    table: Mapping[str, object], key: str, file: str
) -> list[tuple[str, Mapping[str, object]]]:
    rows = table.get(key, [])
    if not isinstance(rows, list):
        raise OverlayError(f"{file}：{key} 应写成 [[{key}]]，实际是 {rows!r}。")
    found: list[tuple[str, Mapping[str, object]]] = []
    for number, row in enumerate(rows, start=1):
        where = f"{file} 第 {number} 个 [[{key}]]"
        if not isinstance(row, Mapping):
            raise OverlayError(f"{where}：应为表，实际是 {row!r}。")
        found.append((where, row))
    return found


def _only(row: Mapping[str, object], allowed: set[str], where: str) -> None:
    unknown = set(row) - allowed
    if unknown:
        raise OverlayError(
            f"{where}：不认识的项 {'、'.join(sorted(unknown))}；可用的有 "
            f"{'、'.join(sorted(allowed))}。"
        )


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise OverlayError(f"{where}：{key} 应为文字，不能为空，实际是 {value!r}。")
    return value.strip()


def _date(row: Mapping[str, object], key: str, where: str) -> date:
    value = row.get(key)
    # A TOML date-time is a datetime, which is a date for isinstance.
    if type(value) is not date:
        raise OverlayError(
            f"{where}：{key} 应为日期（如 2027-01-01，不加引号），实际是 {value!r}。"
        )
    return value


def _overlay_day(row: Mapping[str, object], where: str) -> OverlayDay:
    _only(row, {"date", "from", "to", "kind", "name", "notice"}, where)
    if "date" in row:
        if "from" in row or "to" in row:
            raise OverlayError(f"{where}：date 与 from/to 只能写一种。")
        first = last = _date(row, "date", where)
    else:
        first, last = _date(row, "from", where), _date(row, "to", where)
    if last < first:
        raise OverlayError(f"{where}：to（{last}）早于 from（{first}）。")
    if (last - first).days > 60:
        raise OverlayError(f"{where}：{first} 至 {last} 超过 60 天，请核对年份。")
    kind = row.get("kind")
    if kind not in ("holiday", "workday"):
        raise OverlayError(
            f'{where}：kind 应为 "holiday"（放假）或 "workday"（上班），实际是 {kind!r}。'
        )
    return OverlayDay(
        first=first,
        last=last,
        workday=kind == "workday",
        name=_text(row, "name", where),
        notice=_text(row, "notice", where),
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
