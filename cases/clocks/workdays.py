"""The working-day calendar: which day counts, and the n-th working day from here.

Answers come from a day table with prefix sums, so counting costs the same for
one day and for a thousand. Days nobody has published yet are computed from the
law and marked 暂定 (see `cases.clocks.published_days`).
"""

from __future__ import annotations

import hashlib
from array import array
from datetime import date, timedelta

from msgspec import Struct

from cases.clocks.published_days import (
    DayMark,
    Overlay,
    legal_holidays,
    published_days,
    published_years,
    unsettled_from,
)

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Calendar", "CalendarRangeError", "DayMark", "TraceDay"]

FIRST_YEAR = 1990
LAST_YEAR = 2060

_PROVISIONAL = "暂定"
_WORKDAY, _MAKEUP = DayMark.WORKDAY, DayMark.MAKEUP
# Enough for ten years of receipts and four periods; about 1 kB each.
_CACHED_TRACES = 16384


class CalendarRangeError(ValueError):
    """A date outside the day table, almost always a mistyped year."""


class TraceDay(Struct, frozen=True, array_like=True):
    """One line of the explanation of a due time."""

    day: date
    mark: DayMark
    counted: int
    """Ordinal of the working day within the period; 0 when it does not count."""
    note: str = ""
    """Name of the festival, 暂定, time paused …"""


class Calendar:
    """Working days of an office. Immutable apart from a cache of traces.

    Every method that takes a date raises CalendarRangeError outside
    1 January `first_year` to 31 December `last_year`.
    """

    __slots__ = (
        "_base",
        "_marks",
        "_notes",
        "_provisional",
        "_traces",
        "_upto",
        "_workdays",
        "first_day",
        "last_day",
        "version",
    )

    version: str
    """Last published year and a hash of the day table: two calendars with the
    same version mark every day alike."""

    def __init__(
        self,
        overlay: Overlay | None = None,
        *,
        first_year: int = FIRST_YEAR,
        last_year: int = LAST_YEAR,
    ) -> None:
        overlay = overlay or Overlay()
        published = {*published_years(), *overlay.years}
        self.first_day = date(first_year, 1, 1)
        self.last_day = date(last_year, 12, 31)
        self._base = self.first_day.toordinal()
        special = _special_days(overlay, first_year, last_year)
        settled = {
            run.first + timedelta(days=n)
            for run in overlay.days
            for n in range((run.last - run.first).days + 1)
        }
        marks: list[DayMark] = []
        notes: list[str] = []
        workdays: list[date] = []
        upto, provisional = array("L"), array("L", [0])
        lines: list[str] = []
        # 26,000 days, at every start of the command line: nothing here that can be spared.
        for year in range(first_year, last_year + 1):
            open_from = _unsettled_in(year, published)
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            for day in map(date.fromordinal, range(first, last + 1)):
                unsettled = open_from is not None and day >= open_from and day not in settled
                found = special.get(day)
                if found is None:
                    mark, note, line = _PLAIN[unsettled][day.weekday()]
                else:
                    mark, note, line = _day_kind(*found, unsettled=unsettled)
                if mark is _WORKDAY or mark is _MAKEUP:
                    workdays.append(day)
                marks.append(mark)
                notes.append(note)
                upto.append(len(workdays))
                provisional.append(provisional[-1] + unsettled)
                lines.append(line)
        digest = hashlib.sha256("".join(lines).encode())
        self._marks, self._notes, self._workdays = marks, notes, workdays
        self._upto, self._provisional = upto, provisional
        digest.update(f"{self.first_day}{self.last_day}".encode())
        self.version = f"{max(published)}-{digest.hexdigest()[:10]}"
        self._traces: dict[tuple[date, int], tuple[TraceDay, ...]] = {}

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._base
        if not 0 <= index < len(self._marks):
            raise CalendarRangeError(
                f"日期 {day} 不在工作日历范围（{self.first_day} 至 {self.last_day}）内，"
                f"请核对年份。"
            )
        return index

    def mark(self, day: date) -> DayMark:
        """工作日, 周末, 法定节假日 or 调休上班."""
        return self._marks[self._index(day)]

    def note(self, day: date) -> str:
        """Name of the festival and 暂定, as far as they apply; otherwise empty."""
        return self._notes[self._index(day)]

    def is_workday(self, day: date) -> bool:
        mark = self._marks[self._index(day)]
        return mark is DayMark.WORKDAY or mark is DayMark.MAKEUP

    def is_provisional(self, first: date, last: date | None = None) -> bool:
        """Whether any day from `first` to `last` (both included) is 暂定."""
        begin = self._index(first)
        end = self._index(last) if last is not None else begin
        return self._provisional[end + 1] > self._provisional[begin]

    def workdays_through(self, day: date) -> int:
        """Working days from the start of the table to `day`, both included."""
        return self._upto[self._index(day)]

    def workday(self, number: int) -> date:
        """The working day with `workdays_through(day) == number`, from 1."""
        if not 1 <= number <= len(self._workdays):
            raise CalendarRangeError(
                f"所求日期超出工作日历范围（{self.first_day} 至 {self.last_day}），"
                f"请核对起算日期和天数。"
            )
        return self._workdays[number - 1]

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, not counting `day` itself.

        n = 0 is `day`, whether or not it is a working day; for n < 0, the
        |n|-th working day before `day`.
        """
        if n > 0:
            return self.workday(self.workdays_through(day) + n)
        if n == 0:
            self._index(day)
            return day
        through = self.workdays_through(day) - (1 if self.is_workday(day) else 0)
        return self.workday(through + n + 1)

    def working_days_between(self, after: date, through: date) -> int:
        """Working days later than `after` up to and with `through`; negative
        when `through` is the earlier one."""
        return self.workdays_through(through) - self.workdays_through(after)

    def trace(self, start: date, n: int) -> tuple[TraceDay, ...]:
        """Every day from receipt to the n-th working day after it."""
        key = (start, n)
        found = self._traces.get(key)
        if found is None:
            if len(self._traces) >= _CACHED_TRACES:
                self._traces.clear()
            found = self.trace_through(start, self.add_working_days(start, n))
            self._traces[key] = found
        return found

    def trace_through(self, start: date, last: date) -> tuple[TraceDay, ...]:
        """Every day from receipt to `last`, working days numbered from 1."""
        begin, end = self._index(start), self._index(last)
        days = [TraceDay(start, DayMark.START, 0, self._start_note(begin))]
        marks, notes, upto, base = self._marks, self._notes, self._upto, self._base
        before = upto[begin]
        for index in range(begin + 1, end + 1):
            counted = upto[index] - before if upto[index] > upto[index - 1] else 0
            day = date.fromordinal(base + index)
            days.append(TraceDay(day, marks[index], counted, notes[index]))
        return tuple(days)

    def _start_note(self, index: int) -> str:
        """What the receipt day is, where its mark 起算日 hides that it is not
        an ordinary working day."""
        mark, note = self._marks[index], self._notes[index]
        if mark is DayMark.WORKDAY:
            return note
        return f"{mark.value}，{note}" if note else mark.value


def _day_kind(mark: DayMark, note: str, *, unsettled: bool) -> tuple[DayMark, str, str]:
    """Mark, note, and what of the two goes into the version."""
    if unsettled:
        note = f"{note}，{_PROVISIONAL}" if note else _PROVISIONAL
    return mark, note, f"{mark.value}{note};"


# 国务院关于职工工作时间的规定第七条: Saturday and Sunday are the days of rest.
_PLAIN = tuple(
    tuple(
        _day_kind(DayMark.WEEKEND if weekday >= 5 else _WORKDAY, "", unsettled=unsettled)
        for weekday in range(7)
    )
    for unsettled in (False, True)
)
"""By whether it is unsettled, then by weekday from Monday."""


def _unsettled_in(year: int, published: set[int]) -> date | None:
    """The first day of the year that a notice may still change; None where there is none."""
    if year not in published:
        return date(year, 1, 1)
    return None if year + 1 in published else unsettled_from(year)


def _special_days(
    overlay: Overlay, first_year: int, last_year: int
) -> dict[date, tuple[DayMark, str]]:
    package_years = published_years()
    special: dict[date, tuple[DayMark, str]] = {}
    for year in range(first_year, last_year + 1):
        # A year that only the overlay publishes keeps the law as its ground:
        # a notice moves days around the legal holidays, it never drops one.
        if year not in package_years:
            for day, name in legal_holidays(year).items():
                special[day] = (DayMark.HOLIDAY, name)
    special.update(published_days())
    for run in overlay.days:
        for n in range((run.last - run.first).days + 1):
            day = run.first + timedelta(days=n)
            if not run.workday:
                mark = DayMark.HOLIDAY
            elif day.weekday() >= 5:
                mark = DayMark.MAKEUP
            else:
                mark = DayMark.WORKDAY
            special[day] = (mark, run.name)
    return special
