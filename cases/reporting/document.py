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
    evidence: tuple[TableCell, ...] = ()
    """What the sentence was written from: case numbers and lists, each with its page."""
    rule: str = ""
    """Of a proposal: the rule that led to it, in words."""
    original: str = ""
    """What the rules wrote, where a person has edited the words."""


class Chart(Struct, frozen=True, tag=True, kw_only=True):
    """Bars: one group a name, one bar a series."""

    title: str
    names: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]


class PageBreak(Struct, frozen=True, tag=True):
    """What follows begins on a new page."""


class Table(Struct, frozen=True, tag=True, kw_only=True):
    headers: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    widths: tuple[float, ...]
    """Relative, one per column."""
    caption: str = ""
    numbers: tuple[int, ...] = ()
    """Columns that are aligned to the right."""


Block = Heading | Paragraph | Table | Chart | PageBreak


class Letter(Struct, frozen=True, kw_only=True):
    """The red head and the foot of an official paper."""

    issuer: str
    """发文机关; "" while config/ledger.toml names none."""
    number: str
    """文号 of an issued paper; until then as `issue`."""
    issue: str = ""
    """期号: 2026年第47期."""
    signer: str
    to: str
    seal: str
    on: str
    """落款 date: 2026年3月16日."""


class Document(Struct, frozen=True, kw_only=True):
    title: str
    head: tuple[str, ...]
    """Lines under the title: office, period, number, who issued it and when."""
    blocks: tuple[Block, ...]
    wide: bool = False
    """A3 landscape; otherwise A4 upright."""
    footer: str = ""
    letter: Letter | None = None
    compact: bool = False
    """It has to stay on one page: small tables without lines between."""


def cells(*texts: str | int | TableCell) -> tuple[TableCell, ...]:
    """A row of a table."""
    return tuple(each if isinstance(each, TableCell) else TableCell(str(each)) for each in texts)
