"""A paper as a value: headings, paragraphs and tables, before it is Word or a page."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Tone(StrEnum):
    """What a cell means beside its word; a format shows it by colour."""

    PLAIN = ""
    LATE = "late"
    SOON = "soon"
    GOOD = "good"


class TableCell(Struct, frozen=True):
    text: str
    tone: Tone = Tone.PLAIN
    href: str = ""
    """A page of the desk that shows what was counted, e.g. "/ledger?unit=housing"."""


class Heading(Struct, frozen=True, tag=True):
    text: str


class Paragraph(Struct, frozen=True, tag=True):
    text: str
    tone: Tone = Tone.PLAIN
    small: bool = False


class Table(Struct, frozen=True, tag=True, kw_only=True):
    headers: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    widths: tuple[float, ...]
    """Relative, one per column."""
    caption: str = ""
    numbers: tuple[int, ...] = ()
    """Columns that are aligned to the right."""


Block = Heading | Paragraph | Table


class Document(Struct, frozen=True, kw_only=True):
    title: str
    head: tuple[str, ...]
    """Lines under the title: office, period, number, who issued it and when."""
    blocks: tuple[Block, ...]
    wide: bool = False
    """A3 landscape; otherwise A4 upright."""
    footer: str = ""


def cells(*texts: str | int | TableCell) -> tuple[TableCell, ...]:
    """A row of a table."""
    return tuple(each if isinstance(each, TableCell) else TableCell(str(each)) for each in texts)
