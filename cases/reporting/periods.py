"""Reporting periods in Beijing time: day, ISO week, month, quarter, year, any range.

A week is that of ISO 8601 (GB/T 7408): Monday to Sunday, week 1 is the one with the
year's first Thursday. The days around New Year may therefore belong to a week of the
other year, and the name of a week then says both.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from cases.clocks.workdays import Calendar
from cases.words.times import BEIJING, beijing, day_in_words

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2060


class PeriodError(ValueError):
    """A period that cannot be reported on; the text says why, in Chinese."""


class PeriodKind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RANGE = "range"
    ALL = "all"
    """Everything up to a moment."""


PERIOD_WORDS: Final = {
    PeriodKind.DAY: "日",
    PeriodKind.WEEK: "周",
    PeriodKind.MONTH: "月",
    PeriodKind.QUARTER: "季度",
    PeriodKind.YEAR: "年",
    PeriodKind.RANGE: "时段",
    PeriodKind.ALL: "全部",
}
_INSTANT: Final = timedelta(microseconds=1)
_BEGINNING: Final = datetime(1900, 1, 1, tzinfo=BEIJING)


class Period(Struct, frozen=True, kw_only=True):
    """From `start_at` (included) to `end_at` (not included), both in Beijing time."""

    kind: PeriodKind
    key: str
    """As it is written on the command line and in file names: "2026-11-24", "2026-W47",
    "2026-11", "2026-Q4", "2026", "2026-11-01_2026-11-15"."""
    start_at: datetime
    end_at: datetime

    @property
    def first(self) -> date:
        return self.start_at.date()

    @property
    def last(self) -> date:
        """The last day, included."""
        return (self.end_at - timedelta(microseconds=1)).date()

    @property
    def days(self) -> int:
        """How many, the last included."""
        return (self.last - self.first).days + 1

    @property
    def number(self) -> int:
        """Of the day, week, month or quarter in its year; 0 for others."""
        match self.kind:
            case PeriodKind.DAY:
                return self.first.timetuple().tm_yday
            case PeriodKind.WEEK:
                return self.first.isocalendar().week
            case PeriodKind.MONTH:
                return self.first.month
            case PeriodKind.QUARTER:
                return (self.first.month + 2) // 3
            case _:
                return 0

    @property
    def year(self) -> int:
        """The year it is counted in: a week's is that of its Thursday."""
        return self.first.isocalendar().year if self.kind is PeriodKind.WEEK else self.first.year

    @property
    def name(self) -> str:
        """For a heading: 2026年第47周（11月16日—11月22日）."""
        match self.kind:
            case PeriodKind.WEEK:
                return f"{self.short}（{self._days()}）"
            case PeriodKind.DAY:
                return f"{self.short}（星期{'一二三四五六日'[self.first.weekday()]}）"
            case PeriodKind.RANGE | PeriodKind.ALL:
                return self.short
            case _:
                return f"{self.short}（{self._days()}）"

    @property
    def short(self) -> str:
        match self.kind:
            case PeriodKind.DAY:
                return day_in_words(self.first)
            case PeriodKind.WEEK:
                return f"{self.year}年第{self.number}周"
            case PeriodKind.MONTH:
                return f"{self.year}年{self.number}月"
            case PeriodKind.QUARTER:
                return f"{self.year}年第{'一二三四'[self.number - 1]}季度"
            case PeriodKind.YEAR:
                return f"{self.year}年"
            case PeriodKind.ALL:
                return f"截至{_moment(self.end_at, end=True)}"
            case _:
                return f"{_moment(self.start_at)}至{_moment(self.end_at, end=True)}"

    def _days(self) -> str:
        first, last = self.first, self.last
        years = (f"{first.year}年", f"{last.year}年") if first.year != last.year else ("", "")
        if self.kind is PeriodKind.WEEK and first.year == last.year != self.year:
            years = (f"{first.year}年", "")
        return f"{years[0]}{first.month}月{first.day}日—{years[1]}{last.month}月{last.day}日"

    @property
    def previous(self) -> Period | None:
        """The period before it, of the same kind or length; None for everything."""
        match self.kind:
            case PeriodKind.ALL:
                return None
            case PeriodKind.RANGE:
                length = self.end_at - self.start_at
                return span(self.start_at - length, self.start_at)
            case _:
                return containing(self.kind, self.first - timedelta(days=1))

    @property
    def year_ago(self) -> Period | None:
        """The same period of the year before: the same week number (week 53: the last
        week), month, quarter, or the same dates; None for everything."""
        match self.kind:
            case PeriodKind.ALL:
                return None
            case PeriodKind.WEEK:
                weeks = date(self.year - 1, 12, 28).isocalendar().week
                monday = date.fromisocalendar(self.year - 1, min(self.number, weeks), 1)
                return containing(PeriodKind.WEEK, monday)
            case PeriodKind.RANGE:
                return span(_a_year_before(self.start_at), _a_year_before(self.end_at))
            case _:
                return containing(self.kind, _a_year_before(self.start_at).date())

    def as_of(self, now: datetime) -> datetime:
        """The moment the period is looked at from: its end, or now while it runs. What
        happened just now is part of it: everything before this moment counts."""
        return min(self.end_at, now + _INSTANT)

    def over(self, now: datetime) -> bool:
        return self.end_at <= now


def _moment(at: datetime, *, end: bool = False) -> str:
    if at.time() == time(0):
        day = at.date() - timedelta(days=1) if end else at.date()
        return day_in_words(day)
    return f"{day_in_words(at)}{at:%H:%M}"


def _a_year_before(at: datetime) -> datetime:
    try:
        return at.replace(year=at.year - 1)
    except ValueError:  # 29 February
        return at.replace(year=at.year - 1, day=28)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), BEIJING)


def containing(kind: PeriodKind, day: date) -> Period:
    """The day itself, or the week, month, quarter or year with it in it."""
    match kind:
        case PeriodKind.DAY:
            return _of(kind, day.isoformat(), day, day + timedelta(days=1))
        case PeriodKind.WEEK:
            year, week, _ = day.isocalendar()
            first = date.fromisocalendar(year, week, 1)
            return _of(kind, f"{year}-W{week:02}", first, first + timedelta(days=7))
        case PeriodKind.MONTH:
            first = day.replace(day=1)
            return _of(kind, f"{first:%Y-%m}", first, _months_later(first, 1))
        case PeriodKind.QUARTER:
            quarter = (day.month + 2) // 3
            first = date(day.year, quarter * 3 - 2, 1)
            return _of(kind, f"{first.year}-Q{quarter}", first, _months_later(first, 3))
        case PeriodKind.YEAR:
            first = date(day.year, 1, 1)
            return _of(kind, f"{first.year}", first, date(day.year + 1, 1, 1))
        case _:
            raise ValueError(f"a {kind} is not found by a day")


def _of(kind: PeriodKind, key: str, first: date, after: date) -> Period:
    return Period(kind=kind, key=key, start_at=_midnight(first), end_at=_midnight(after))


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def span(start_at: datetime, end_at: datetime) -> Period:
    """Any range, half open. Raises `PeriodError` when it is reversed or empty."""
    start_at, end_at = beijing(start_at), beijing(end_at)
    if end_at <= start_at:
        raise PeriodError(
            f"起始（{start_at:%Y-%m-%d %H:%M}）应早于截止（{end_at:%Y-%m-%d %H:%M}），请对调。"
        )
    if start_at.time() == end_at.time() == time(0):
        key = f"{start_at.date()}_{(end_at - timedelta(days=1)).date()}"
    else:
        key = f"{start_at:%Y%m%dT%H%M}_{end_at:%Y%m%dT%H%M}"
    return Period(kind=PeriodKind.RANGE, key=key, start_at=start_at, end_at=end_at)


def days(first: date, last: date) -> Period:
    """A range of whole days, both included. Raises `PeriodError` when it is reversed."""
    if last < first:
        raise PeriodError(f"起始日期（{first}）晚于截止日期（{last}），请对调。")
    return span(_midnight(first), _midnight(last + timedelta(days=1)))


def everything(end_at: datetime) -> Period:
    """All there is before `end_at`."""
    end_at = beijing(end_at)
    return Period(
        kind=PeriodKind.ALL,
        key=f"until-{end_at:%Y%m%dT%H%M}",
        start_at=_BEGINNING,
        end_at=end_at,
    )


_WRITTEN: Final = (
    (PeriodKind.DAY, re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), "2026-11-24"),
    (PeriodKind.WEEK, re.compile(r"(\d{4})-?[Ww](\d{1,2})"), "2026-W47"),
    (PeriodKind.MONTH, re.compile(r"(\d{4})-(\d{1,2})"), "2026-11"),
    (PeriodKind.QUARTER, re.compile(r"(\d{4})-?[Qq](\d)"), "2026-Q4"),
    (PeriodKind.YEAR, re.compile(r"(\d{4})"), "2026"),
)


def read_period(kind: PeriodKind, text: str) -> Period:
    """ "2026-11-24", "2026-W47", "2026-11", "2026-Q4" or "2026". Raises `PeriodError`."""
    for known, pattern, example in _WRITTEN:
        if known is not kind:
            continue
        found = pattern.fullmatch(text.strip())
        day = _first_day(kind, *map(int, found.groups())) if found else None
        if day is None:
            raise PeriodError(
                f"{PERIOD_WORDS[kind]}应写成 {example}，年份在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，"
                f"实际是“{text[:20]}”。"
            )
        return containing(kind, day)
    raise ValueError(f"a {kind} is not written as one word")


def _first_day(kind: PeriodKind, year: int, number: int = 1, day: int = 1) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        match kind:
            case PeriodKind.WEEK:
                return date.fromisocalendar(year, number, 1)
            case PeriodKind.QUARTER:
                return date(year, number * 3 - 2, 1)
            case _:
                return date(year, number, day)
    except ValueError:
        return None


def require_begun(period: Period, now: datetime) -> None:
    """Raises `PeriodError` for a period that has not begun."""
    if period.start_at > now:
        raise PeriodError(
            f"{period.name}还没有开始（现在是 {now:%Y-%m-%d %H:%M}），没有内容可以统计。"
            "请换一个已经开始的时段。"
        )


def issue_day(period: Period, calendar: Calendar) -> date:
    """The first working day after the period: when its edition is issued (签发)."""
    return calendar.add_working_days(period.last, 1)
