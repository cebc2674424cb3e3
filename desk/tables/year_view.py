"""A year of the working-day calendar as a page shows it. Pure."""

from __future__ import annotations

from calendar import Calendar as Months
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from cases.clocks.workdays import Calendar, DayMark


class Day(Struct, frozen=True):
    number: int
    sort: str
    """"workday", "weekend", "holiday" or "makeup"."""
    sign: str
    words: str
    provisional: bool
    today: bool


class Month(Struct, frozen=True):
    number: int
    workdays: int
    weeks: tuple[tuple[Day | None, ...], ...]


class Year(Struct, frozen=True):
    number: int
    provisional: int
    """Days that no notice has settled yet."""
    state: str
    tone: str


_SORTS: Final = {
    DayMark.WORKDAY: ("workday", ""),
    DayMark.WEEKEND: ("weekend", ""),
    DayMark.HOLIDAY: ("holiday", "休"),
    DayMark.MAKEUP: ("makeup", "班"),
}


def month_of(table: Calendar, year: int, number: int, today: date) -> Month:
    weeks = [
        tuple(_day(table, day, today) if day.month == number else None for day in week)
        for week in Months().monthdatescalendar(year, number)
    ]
    first = date(year, number, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    workdays = table.workdays_through(last) - table.workdays_through(first)
    return Month(number, workdays + table.is_workday(first), tuple(weeks))


def _day(table: Calendar, day: date, today: date) -> Day:
    mark = table.mark(day)
    sort, sign = _SORTS[mark]
    said = "，".join(
        word
        for word in (f"{day:%m-%d}", mark.value, table.note(day), "今天" if day == today else "")
        if word
    )
    return Day(day.day, sort, sign, said, table.is_provisional(day), day == today)


def year_of(table: Calendar, number: int) -> Year:
    first, last = date(number, 1, 1), date(number, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    open_days = sum(table.is_provisional(day) for day in days)
    if not open_days:
        return Year(number, 0, "已公布", "done")
    if open_days > 300:
        return Year(number, open_days, "未公布，全部暂定", "soon")
    return Year(number, open_days, f"已公布，{open_days} 天暂定", "soon")


def specials_of(table: Calendar, year: int) -> list[tuple[str, str, str]]:
    """Runs of days that are not what their weekday says: (days, mark, name)."""
    runs: list[tuple[date, date, str, str]] = []
    day = date(year, 1, 1)
    while day.year == year:
        mark, name = table.mark(day), table.note(day)
        if mark in (DayMark.HOLIDAY, DayMark.MAKEUP):
            last = runs[-1] if runs else None
            if last and last[1] + timedelta(days=1) == day and last[2:] == (mark.value, name):
                runs[-1] = (last[0], day, mark.value, name)
            else:
                runs.append((day, day, mark.value, name))
        day += timedelta(days=1)
    return [
        (f"{a:%m-%d}" if a == b else f"{a:%m-%d} 至 {b:%m-%d}", mark, name)
        for a, b, mark, name in runs
    ]
