"""History: what an office had done with before this desk was there comes in as it was.

A case taken in as history has its text, its replies and its own dates, and counts in the statistics
by these. It has no clock, calls nobody, waits for nobody and is nobody's score
(`cases.record.case.State.ARCHIVED`). In one file a date may part it from what still has to be done.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Item
from cases.words.times import beijing
from streams.sources.seam.base import Batch, Rejected
from streams.sources.seam.config import SourceEntry

__all__ = ["HistoryLine", "as_history", "history_of", "line_of"]

_SAID: Final = re.compile(r"（(?:(\d{4}-\d\d-\d\d) 前收到的是)?历史数据）$")


class HistoryLine(Struct, frozen=True):
    """Where history ends."""

    before: date | None = None
    """What was received before this day is history; None: all of it."""

    @property
    def text(self) -> str:
        """As the origin of a dead letter says it: read again, it is still parted by this line."""
        return f"（{self.before} 前收到的是历史数据）" if self.before else "（历史数据）"


def line_of(origin: str) -> HistoryLine | None:
    """The line by which a dead letter of this origin is to be read again."""
    found = _SAID.search(origin)
    if found is None:
        return None
    return HistoryLine(date.fromisoformat(found[1]) if found[1] else None)


def history_of(entry: SourceEntry) -> HistoryLine | None:
    """As the table of the source has it."""
    return None if entry.archive_before is None else HistoryLine(entry.archive_before)


def as_history(batch: Batch, line: HistoryLine | None) -> Batch:
    """The batch, parted by `line`; as it is for None."""
    if line is None:
        return batch
    return replace(batch, found=tuple(_parted(each, line) for each in batch.found))


def _parted(found: Item | Rejected, line: HistoryLine) -> Item | Rejected:
    if isinstance(found, Rejected):
        said = line_of(found.origin) is not None
        return found if said else replace(found, origin=found.origin + line.text)
    if line.before is not None and beijing(found.received_at).date() >= line.before:
        return found
    return replace(found, archived=True)
