"""Files that are there as a whole or not at all, also after the power failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

_OWNER_ONLY: Final = 0o600


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to; takes its place at the end, or nothing does.

    Raises OSError when the folder cannot be written to."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as made:
        temporary = Path(made.name)
    try:
        yield temporary
        put_in_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def put_in_place(written: Path, path: Path) -> None:
    """Gives a file that was written and closed, or flushed, its name. For its owner only.

    Raises OSError."""
    sync_file(written)
    written.chmod(_OWNER_ONLY)
    written.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """What was written to it is on the disk."""
    with path.open("rb") as out:
        os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """The names in it are on the disk: a new one is lost with the power else."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
