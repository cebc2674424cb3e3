"""Files of the office are for its own system account: nobody else on the machine reads them.

Letters, exports, papers, lists, logs: each holds personal data. Two things keep it so. The
process makes every file without rights for others (`owner_only`), whichever library makes it;
and what an earlier version left open is closed at the start (`tighten`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = 0o700
FILE: Final = 0o600
_OTHERS_READ: Final = 0o044
_OTHERS_WRITE: Final = 0o022
_OTHERS: Final = 0o077


def owner_only() -> None:
    """From now on this process makes files (0600) and folders (0700) for its owner alone."""
    os.umask(_OTHERS)


def make_folder(path: Path) -> Path:
    """The folder with the parents that are missing, each for the owner alone; what was there
    stays as it is. Raises `OSError`."""
    if not path.is_dir():
        if path.parent != path:
            make_folder(path.parent)
        path.mkdir(mode=FOLDER, exist_ok=True)
    return path


def tighten(home: Path, shared: frozenset[Path] = frozenset()) -> int:
    """Takes the rights of others from everything below `home`; gives how many there were.

    `shared`: folders that others put files into, where an administrator has opened them for
    that. They keep the right to write, and the way there the right to pass; nobody lists
    them. Files of another account stay: they are not ours to close."""
    closed = 0
    ways = {folder for each in shared if _open_to_write(each) for folder in (each, *each.parents)}
    for path in (home, *_below(home)):
        try:
            mode = stat.S_IMODE(path.lstat().st_mode)
            wanted = mode & ~(_OTHERS_READ if path in ways else _OTHERS)
            if path in ways and not path.is_dir():
                wanted = mode & ~_OTHERS
            if path in ways and path not in shared:
                wanted &= ~_OTHERS_WRITE
            if wanted != mode:
                path.chmod(wanted)
                closed += 1
        except OSError:
            continue
    return closed


def readable_by_others(home: Path) -> list[Path]:
    """What another account of the machine could read, for `huiyin doctor`; sorted."""
    found = []
    for path in (home, *_below(home)):
        try:
            open_to = stat.S_IMODE(path.lstat().st_mode)
        except OSError:
            continue
        if open_to & _OTHERS_READ:
            found.append(path)
    return sorted(found)


def _below(home: Path) -> Iterator[Path]:
    """Links are left alone: they have no rights, and what they name is elsewhere."""
    for folder, folders, files in os.walk(home, followlinks=False):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def _open_to_write(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & _OTHERS_WRITE)
    except OSError:
        return False
