"""The stretches of time that a chart counts by: days, weeks or months by the length of the span."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

__all__ = ["Bucket", "buckets_of"]

_MOST_DAYS: Final = 31
_MOST_WEEKS_DAYS: Final = 182


class Bucket(Struct, frozen=True):
    """Days, both included."""

    first: date
    last: date
    label: str
    """With the year at the first bucket and wherever the year changes."""

    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def buckets_of(first: date, last: date) -> tuple[Bucket, ...]:
    """Up to 31 days day by day, up to half a year by weeks from Monday, longer by months. The
    first and the last may be cut by the span."""
    days = (last - first).days + 1
    if days <= _MOST_DAYS:
        ends, form = _days, "%m-%d"
    elif days <= _MOST_WEEKS_DAYS:
        ends, form = _week, "%m-%d 起"
    else:
        ends, form = _month, "%m月"
    found: list[Bucket] = []
    begin = first
    while begin <= last:
        end = min(ends(begin), last)
        new_year = not found or found[-1].first.year != begin.year
        text = begin.strftime(form)
        if form == "%m月":
            text = f"{begin.month}月"
            label = f"{begin.year}年{text}" if new_year else text
        else:
            label = f"{begin.year}-{text}" if new_year else text
        found.append(Bucket(begin, end, label))
        begin = end + timedelta(days=1)
    return tuple(found)


def _days(day: date) -> date:
    return day


def _week(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def _month(day: date) -> date:
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following - timedelta(days=1)
