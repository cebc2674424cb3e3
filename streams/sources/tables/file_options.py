"""`[source.NAME.options]` of a file source."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from streams.sources.tables.grid import Limits
from streams.sources.tables.row_rules import RowRules

BATCH_ROWS: Final = 500


class FileOptions(RowRules):
    """`[source.NAME.options]` of a file source."""

    limits: Limits = Limits()
    folder: str = ""
    """Watched folder below the data folder, e.g. "drop/hotline"; "" for none."""
    trailing_zero_ids: bool = False
    """Ids of more than 16 digits that all end in zeros are right here, not rounded."""
    batch_rows: int = Field(default=BATCH_ROWS, gt=0, le=5000)
