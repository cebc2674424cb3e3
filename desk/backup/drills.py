"""When backups were brought back: a list beside them. A backup that was never tried is a hope."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

NAME: Final = "restores.jsonl"


class Drill(Struct, frozen=True, kw_only=True):
    """A restore that came to its end, in earnest or to practise."""

    at: datetime
    backup: str
    """Name of the file."""
    by: str


def note_drill(folder: Path, drill: Drill) -> bool:
    """Into the list beside the backups; gives whether it could be written. A restore from a disk
    that is read-only is none the worse."""
    try:
        with (folder / NAME).open("ab") as out:
            out.write(msgspec.json.encode(drill) + b"\n")
    except OSError:
        return False
    return True


def drills(folder: Path) -> tuple[Drill, ...]:
    """The oldest first; () where the list cannot be read."""
    try:
        lines = (folder / NAME).read_bytes().splitlines()
        found = [msgspec.json.decode(line, type=Drill) for line in lines if line]
    except (OSError, msgspec.MsgspecError):
        return ()
    return tuple(sorted(found, key=lambda each: each.at))
