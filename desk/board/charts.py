"""The charts of the 看板: each answers the question that is its title.

A chart is told three ways: one sentence, the picture, and the numbers as a table. What
is pressed in the picture opens the list behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct

from cases.figures.board import Board

MOST_BARS = 12
Name = Callable[[str], str]


class Trace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of bars or one line of a picture."""

    name: str
    x: tuple[str | float | None, ...]
    y: tuple[str | float | None, ...]
    tone: str
    """A colour of the desk by its name, "shade0" … for things without a state."""
    line: bool = False
    text: tuple[str, ...] = ()
    hrefs: tuple[str, ...] = ()
    """For each point, what it opens."""


class Chart(Struct, frozen=True, kw_only=True):
    key: str
    question: str
    answer: str
    traces: tuple[Trace, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]
    """Cells of the table: text and what it opens, "" for nothing."""
    flat: bool = False
    """Bars lie, names stand at the left."""
    stacked: bool = False
    percent: bool = False

    @property
    def empty(self) -> bool:
        return not self.rows


class Links:
    """Addresses of the lists behind the figures."""

    def __init__(self, found: Board, unit: str) -> None:
        """`unit`: whose board this is, "" for everybody's. A board counts what is led."""
        self._base = {
            "received_from": found.period.first.isoformat(),
            "received_to": found.period.last.isoformat(),
        }
        if unit:
            self._base["lead"] = unit

    def __call__(self, **more: str) -> str:
        return f"/ledger?{urlencode(self._base | more)}"

    def on_day(self, day: date, **more: str) -> str:
        return self(received_from=day.isoformat(), received_to=day.isoformat(), **more)


def share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "—"
