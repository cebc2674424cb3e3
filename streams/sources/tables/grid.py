"""The shape in which every file format hands over its rows, and the limits on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct
from pydantic import Field

from streams.sources.seam.config import Settings
from streams.sources.tables.merged import Span
from streams.sources.values.cells import Cell


class Limits(Settings):
    """What a file may ask of the machine. All is measured, nothing believed of the file."""

    max_file_mb: int = Field(default=1024, gt=0)
    """Size on disk of a text file or xlsx."""
    max_xls_mb: int = Field(default=64, gt=0)
    """Size on disk of an old xls, which is read as a whole."""
    max_xls_memory_mb: int = Field(default=1024, ge=256)
    """Address space of the process that reads an old xls."""
    max_unpacked_mb: int = Field(default=2048, gt=0)
    """Unpacked size of all parts of an xlsx together."""
    max_ratio: int = Field(default=250, gt=1)
    """Unpacked to packed size of an xlsx part above 16 MB; real sheets stay below 60."""
    max_cell_chars: int = Field(default=1_000_000, gt=0)
    """A longer cell makes its row a dead letter."""
    max_record_chars: int = Field(default=16_000_000, gt=0)
    """A longer record ends the reading: a quote is missing somewhere."""
    strings_in_memory_mb: int = Field(default=64, ge=0)
    """Shared strings of an xlsx beyond this wait in a temporary file."""
    header_rows: int = Field(default=20, gt=0, le=200)
    """How far down the header is looked for."""


class Broken(Struct, frozen=True):
    """A record that could not be parsed."""

    number: int
    reason: str
    detail: str
    """Plain Chinese."""
    raw: str
    """The text as it came; undecodable bytes are surrogates."""


Row: TypeAlias = tuple[int, Sequence[Cell]]
"""Number as a spreadsheet counts it, from 1, and the cells."""
Record: TypeAlias = tuple[int, tuple[str, ...], Sequence[Cell]]
"""Row number, the header that holds for it, cells."""


class Grid(Struct, frozen=True, kw_only=True):
    """One sheet, or one text file, before its header is known."""

    sheet: str = ""
    """"" for a text file."""
    rows: Iterator[Row | Broken]
    """Read once."""
    done: Callable[[], int]
    """Work done so far, in the unit of the file's total."""
    exact_width: bool = False
    """Every row has as many cells as the header, or it is damaged."""
    check_text: bool = True
    """Cells may hold control characters or undecodable bytes."""
    epoch1904: bool = False
    """The workbook counts days from 1904."""
    merged: Sequence[Span] = ()
    """Merged cells."""
    unit: str = "行"
    """What the numbers of its rows count."""
