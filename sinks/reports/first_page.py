"""How long the first page of a paper for leaders is, before Word lays it out."""

from __future__ import annotations

import math
from typing import Final

from cases.reporting.document import Document, PageBreak, Paragraph, TableCell

__all__ = ["runs_over", "shown_evidence"]

_LIST: Final = "/ledger"
"""Pages of the desk that say nothing without a link."""
_LINE: Final = 38
"""Chinese characters in a line of 12 points between the margins of an A4 page."""
_LINES: Final = 23
"""Lines of 12 points that have room beside red head, five headings and the foot."""
_SMALLER: Final = 0.75
"""Of 12 points: rules and evidence."""


def runs_over(document: Document, public_url: str) -> bool:
    """Whether a leader's page would need a second one at its usual size."""
    lines = 0
    for block in document.blocks:
        if isinstance(block, PageBreak):
            return document.letter is not None and lines > _LINES
        if isinstance(block, Paragraph):
            shown = "、".join(cell.text for cell in shown_evidence(block, public_url))
            length = _squares(block.text) + _SMALLER * _squares(block.rule + shown)
            lines += math.ceil((2 + length) / _LINE)
    return False


def shown_evidence(block: Paragraph, public_url: str) -> list[TableCell]:
    """`public_url`: where the desk is reached; without it lists are not named."""
    return [cell for cell in block.evidence if public_url or not cell.href.startswith(_LIST)]


def _squares(text: str) -> float:
    """How wide it is, in Chinese characters."""
    return sum(0.55 if character.isascii() else 1 for character in text)
