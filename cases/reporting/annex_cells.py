"""What the tables of all annexes are made of."""

from __future__ import annotations

from cases.reporting.counts import Ratio
from cases.reporting.document import Block, Paragraph, TableCell, Tone
from cases.reporting.figures import Value, value_text


def linked_cell(value: Value | None, href: str, tone: Tone = Tone.PLAIN) -> TableCell:
    """A figure with the list behind it. Nothing has no list."""
    nothing = not (value.whole if isinstance(value, Ratio) else value)
    return TableCell(two_lines(value_text(value)), tone, "" if nothing else href)


def two_lines(text: str) -> str:
    """A rate above what it was taken from, so that neither is torn in a narrow column."""
    return text.replace("（", "\n").rstrip("）")


def more(total: int, most: int) -> list[Block]:
    """The line that says that a list of `total` rows was cut at `most`, and where the rest is: a
    table of thousands of rows is no paper."""
    if total <= most:
        return []
    return [
        Paragraph(
            f"共 {total} 项，此处列前 {most} 项，其余 {total - most} 项见同期台账（Excel）。",
            small=True,
        )
    ]
