"""Which periods a page offers, so that nobody types 2026-W48."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from msgspec import Struct
from starlette.datastructures import FormData

from cases.reporting.periods import Period, PeriodError, PeriodKind, containing, read_period

KIND_WORDS: Final = {
    PeriodKind.DAY: "日",
    PeriodKind.WEEK: "周",
    PeriodKind.MONTH: "月",
    PeriodKind.QUARTER: "季度",
    PeriodKind.YEAR: "年",
}
KINDS: Final = tuple(kind for kind in KIND_WORDS if kind is not PeriodKind.DAY)
"""Of which a ledger is issued; a day has 快报 only."""
_OFFERED: Final = {
    PeriodKind.DAY: 31,
    PeriodKind.WEEK: 26,
    PeriodKind.MONTH: 24,
    PeriodKind.QUARTER: 12,
    PeriodKind.YEAR: 8,
}


class Choice(Struct, frozen=True):
    key: str
    name: str
    """With its dates: 2026年第47周（11月16日—11月22日）."""


def choices(today: date) -> dict[str, tuple[Choice, ...]]:
    """By kind, the last one that is over first, then the one that runs, then back."""
    return {kind.value: tuple(_back(kind, today)) for kind in KIND_WORDS}


def _back(kind: PeriodKind, today: date) -> list[Choice]:
    running = containing(kind, today)
    if kind is PeriodKind.DAY:
        # 快报 of a day is made on its morning.
        days = (containing(kind, today - timedelta(days=n)) for n in range(_OFFERED[kind]))
        return [Choice(day.key, day.name) for day in days]
    found: list[Choice] = []
    period = running.previous
    while period is not None and len(found) < _OFFERED[kind]:
        found.append(Choice(period.key, period.name))
        period = period.previous
    return [*found[:1], Choice(running.key, f"{running.name}，未结束"), *found[1:]]


def chosen(form: FormData, kind: PeriodKind) -> Period:
    """The period of the form: that with the day in it, where an older one is wanted, else the
    one of the list. Raises `PeriodError`."""
    day = str(form.get("day", "")).strip()
    if not day:
        return read_period(kind, str(form.get("period", "")).strip())
    try:
        return containing(kind, date.fromisoformat(day))
    except (ValueError, OverflowError):
        raise PeriodError(f"日期应写作 2026-11-22，实际是“{day[:20]}”。") from None
