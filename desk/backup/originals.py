"""Files that were taken in whole and still lie in `done/`: their rows are in the ledger, so what
tells of an erased person goes with the file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from streams.sources.tables.dropfolder import DONE

_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-le")
_MOST_BYTES: Final = 256 << 20
"""Of one file, or of one part of a workbook: more is not looked through, and goes."""


def originals(home: Path) -> list[Path]:
    """Every file below the data folder that was taken in whole and kept."""
    return sorted(
        path for folder in home.rglob(DONE) if folder.is_dir() for path in folder.rglob("*")
        if path.is_file()
    )  # fmt: skip


def forget_originals(home: Path, marks: Sequence[str]) -> int:
    """Deletes those in which one of these words stands; gives how many. Raises `OSError`."""
    wanted = [mark.encode(encoding) for mark in marks for encoding in _ENCODINGS]
    gone = 0
    for path in originals(home):
        if _holds(path, wanted):
            path.unlink()
            gone += 1
    return gone


def _holds(path: Path, wanted: Sequence[bytes]) -> bool:
    return any(part is None or any(mark in part for mark in wanted) for part in _parts(path))


def _parts(path: Path) -> Iterator[bytes | None]:
    """The file, or what is in it where it is a workbook; None for what is too large or damaged."""
    if path.stat().st_size > _MOST_BYTES:
        yield None
        return
    data = path.read_bytes()
    yield data
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(path) as whole:
            for entry in whole.infolist():
                yield whole.read(entry) if entry.file_size <= _MOST_BYTES else None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        yield None
