"""Beijing time. China has kept one offset without daylight saving since 1991."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "CST")


def beijing(moment: datetime) -> datetime:
    """The same instant in Beijing time; a naive time is taken as Beijing time."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=BEIJING)
    return moment.astimezone(BEIJING)


_EPOCH = datetime(1970, 1, 1, 8, tzinfo=BEIJING)
_MICROSECOND = timedelta(microseconds=1)


def day_in_words(day: date) -> str:
    """2026年11月24日."""
    return f"{day.year}年{day.month}月{day.day}日"


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970, exactly: nothing is rounded as a float would be."""
    return (beijing(moment) - _EPOCH) // _MICROSECOND


def moment_of(number: int) -> datetime:
    """The moment of `micros`, in Beijing time."""
    return _EPOCH + number * _MICROSECOND
