"""Beijing time. China has kept one offset without daylight saving since 1991."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "CST")


def beijing(moment: datetime) -> datetime:
    """The same instant in Beijing time; a naive time is taken as Beijing time."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=BEIJING)
    return moment.astimezone(BEIJING)
