"""Calendar months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def plus_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is none."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
