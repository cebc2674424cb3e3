"""Merged cells: which cells one value stands for.

A value that spans rows holds for each of them: four rows under one work order number are
four rows of that order. In a heading it also holds for the columns below it (受理人员 over
姓名 and 电话). In a row of data it is the value of its first column only, or a name that
spans two columns would become a telephone number as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from streams.sources.values.cells import Cell, is_blank

MOST_SPANS: Final = 2_000
"""In a heading; more are no heading."""


class Span(NamedTuple):
    """A merged region, both ends included."""

    top: int
    """Row number, from 1."""
    left: int
    """Column index, from 0."""
    bottom: int
    right: int


class FillDown:
    """Repeats values of merged cells in the rows they span. Rows must come in order."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: dict[int, list[Span]] = {}
        for span in spans:
            if span.bottom > span.top:
                self._starts.setdefault(span.top, []).append(span)
        self._open: dict[int, tuple[int, Cell]] = {}
        """Per column: the last row, and the value."""

    def fill(self, number: int, cells: Sequence[Cell]) -> Sequence[Cell]:
        """The row `number` with what merged cells above say."""
        if self._open:
            self._open = {at: held for at, held in self._open.items() if held[0] >= number}
        own = cells
        if self._open:
            filled = [*cells, *[None] * (max(self._open) + 1 - len(cells))]
            for column, (_, value) in self._open.items():
                if is_blank(filled[column]):
                    filled[column] = value
            cells = filled
        for span in self._starts.pop(number, ()):
            if span.left < len(own) and not is_blank(own[span.left]):
                self._open[span.left] = (span.bottom, own[span.left])
        return cells


def spread(rows: Sequence[tuple[int, Sequence[Cell]]], spans: Iterable[Span]) -> list[list[Cell]]:
    """The rows of a heading, every merged cell filled in both directions."""
    by_number = {number: list(cells) for number, cells in rows}
    width = max((len(cells) for cells in by_number.values()), default=0)
    for span in spans:
        top = by_number.get(span.top)
        if top is None or span.left >= len(top) or is_blank(top[span.left]):
            continue
        value, right = top[span.left], min(span.right, width - 1)
        for number, cells in by_number.items():
            if not span.top <= number <= span.bottom:
                continue
            cells.extend([None] * (right + 1 - len(cells)))
            for column in range(span.left, right + 1):
                if is_blank(cells[column]):
                    cells[column] = value
    return list(by_number.values())
