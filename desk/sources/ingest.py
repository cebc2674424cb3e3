"""`huiyin ingest`: files through the same intake path as every other door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from streams.history import HistoryLine, as_history
from streams.intake import IntakeCounts
from streams.runtime import Runtime
from streams.sources.seam.base import FileSource, SourceError

Progress = Callable[[int, int | None], None]
"""Work done, work in all (bytes, or rows for old xls)."""


class FileResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    file: str
    counts: IntakeCounts
    error: str = ""
    """Why the file as a whole, or the rest of it, could not be read."""


def ingest_file(
    runner: Runtime,
    source: FileSource,
    path: Path,
    progress: Progress,
    history: HistoryLine | None = None,
) -> FileResult:
    """Stores and processes one file, batch by batch. What was stored before an error stays
    stored; reading the file again takes up the rest. `history` parts what comes in as history."""
    counts = IntakeCounts()
    try:
        for batch in source.read(path, now=runner.clock()):
            counts += runner.take(source.name, as_history(batch, history))
            runner.pump_all()
            progress(batch.done, batch.total)
    except SourceError as error:
        return FileResult(file=str(path), counts=counts, error=str(error))
    return FileResult(file=str(path), counts=counts)
