"""Office time: minutes in which an office works, and the end of a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from msgspec import Struct

from cases.clocks.workdays import Calendar
from cases.words.times import BEIJING, beijing

__all__ = ["OfficeHours"]


class OfficeHours(Struct, frozen=True, kw_only=True):
    """When an office works on a working day. Counts whole minutes: seconds are
    cut off, so that pauses that follow one another add up exactly."""

    spans: tuple[tuple[time, time], ...] = ((time(8, 30), time(12)), (time(14), time(17, 30)))
    """From–to, in order, not overlapping."""
    day_end: time = time(23, 59, 59)
    """The moment a period ends on its last day, not before closing
    (民法典第二百零三条第二款: 二十四时；有业务时间的，停止业务活动的时间)."""

    @property
    def minutes_per_day(self) -> int:
        return sum(_minute(end) - _minute(begin) for begin, end in self.spans)

    def end_of(self, day: date) -> datetime:
        """The moment a period whose last day is `day` ends."""
        return datetime.combine(day, self.day_end, BEIJING)

    def position(self, at: datetime, calendar: Calendar) -> int:
        """Office minutes from the start of the calendar to `at`."""
        at = beijing(at)
        day = at.date()
        days = calendar.workdays_through(day)
        if not calendar.is_workday(day):
            return days * self.minutes_per_day
        now = _minute(at.time())
        into = sum(max(0, min(now, _minute(e)) - _minute(b)) for b, e in self.spans)
        return (days - 1) * self.minutes_per_day + into

    def minutes_between(self, a: datetime, b: datetime, calendar: Calendar) -> int:
        """Office minutes from `a` to `b`; negative when `b` is earlier."""
        return self.position(b, calendar) - self.position(a, calendar)

    def add_minutes(self, at: datetime, n: int, calendar: Calendar) -> datetime:
        """The moment `n` office minutes after `at` (before it, for n < 0).

        Where work stops and goes on later, the earlier moment is meant; the
        closing minute of a day is `day_end` of that day. n = 0 is `at`.
        """
        if n == 0:
            return beijing(at)
        per_day = self.minutes_per_day
        before, into = divmod(self.position(at, calendar) + n - 1, per_day)
        into += 1
        day = calendar.workday(before + 1)
        if into == per_day:
            return self.end_of(day)
        for begin, end in self.spans:
            length = _minute(end) - _minute(begin)
            if into <= length:
                return datetime.combine(day, begin, BEIJING) + timedelta(minutes=into)
            into -= length
        raise AssertionError("spans add up to less than a day")  # unreachable


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
