"""Text that no file format chokes on."""

from __future__ import annotations

import re
from typing import Final

from sinks.spreadsheet import harmless

_ILLEGAL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""What XML 1.0 forbids or discourages: no spreadsheet or word processor opens it."""


def clean(text: str) -> str:
    """The text without characters that would break the file."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cell(text: str) -> str:
    """The text for a cell of a workbook: clean, and no formula whatever is done to the cell
    afterwards. Written as text it is none yet; edited or saved as CSV it would be."""
    return harmless(clean(text))
