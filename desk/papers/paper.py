"""A printed paper as a value: what a case's history says, and lines to be filled in by hand.

The same value is shown as a page and written as a Word file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from cases.reporting.document import Letter
from cases.words.times import beijing

_SHORT: Final = 18
"""Characters of a fact that fit on half a line."""


class Table(Struct, frozen=True, kw_only=True):
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(Struct, frozen=True, kw_only=True):
    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None


class Blank(Struct, frozen=True):
    """To be filled in by hand: so many lines high."""

    label: str
    lines: int = 1


class Paper(Struct, frozen=True, kw_only=True):
    title: str
    number: str
    """"" while it has none."""
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    blanks: tuple[Blank, ...] = ()
    letter: Letter | None = None
    """The red head, of a paper that goes up."""
    template: Path | None = None
    """The office's own in its place."""
    signed_by: str
    phone: str
    on: datetime

    @property
    def fact_rows(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The facts row by row: two short ones stand side by side."""
        rows: list[tuple[tuple[str, str], ...]] = []
        for fact in self.facts:
            last = rows[-1] if rows else ()
            if len(last) == 1 and max(len(last[0][1]), len(fact[1])) <= _SHORT:
                rows[-1] = (*last, fact)
            else:
                rows.append((fact,))
        return tuple(rows)


class NoPaper(ValueError):
    """There is no such paper of this case; the text says why."""


def full(at: datetime) -> str:
    """On paper a time has its year."""
    return f"{beijing(at):%Y-%m-%d %H:%M}"
