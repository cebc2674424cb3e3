"""The charts of the 看板: each answers the question that is its title.

A chart is told four ways: one sentence, one more on what is unusual and why it thinks so, the
picture, and the numbers as a table. What is pressed in the picture opens the list behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct

from cases.figures.measures import LEAST_FOR_A_RATE
from cases.reporting.board import Board
from cases.words.numbers import percent

MOST_BARS = 12
Name = Callable[[str], str]


class Segment(Struct, frozen=True, kw_only=True):
    """One piece of a bar."""

    value: float
    series: int
    """Which of the chart's `series` it belongs to."""
    href: str = ""
    text: str = ""
    """Written into the piece; "" for its number."""


class Bar(Struct, frozen=True, kw_only=True):
    name: str
    segments: tuple[Segment, ...]
    href: str = ""


class Chart(Struct, frozen=True, kw_only=True):
    key: str
    question: str
    answer: str
    unusual: str
    """What stands out, and why it is thought so; or that nothing does."""
    series: tuple[tuple[str, str], ...]
    """Name and colour (a class of board.css) of each."""
    bars: tuple[Bar, ...]
    columns: tuple[tuple[str, str], ...]
    """Heading of the table, and the definition of the figure where it is one."""
    rows: tuple[tuple[tuple[str, str], ...], ...]
    """Cells of the table: text and what it opens, "" for nothing."""
    upright: bool = False
    """Bars stand, time runs to the right; else they lie and names stand at the left."""
    shares: bool = False
    """All bars are of one length: what is compared is the share of their pieces."""

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

    def between(self, first: date, last: date, **more: str) -> str:
        return self(received_from=first.isoformat(), received_to=last.isoformat(), **more)


def share(part: int, whole: int) -> str:
    """A percentage, or the two numbers where there are too few for one."""
    return percent(part, whole) if whole >= LEAST_FOR_A_RATE else f"{part}/{whole}"


def cut(title: str, most: int = 24) -> str:
    return title if len(title) <= most else title[: most - 1] + "…"
