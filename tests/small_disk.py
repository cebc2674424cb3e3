"""A disk that can be filled and emptied, for tests of what happens then."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import psutil

_BALLAST: Final = "ballast"
_COUNTS: Final = 8192
"""Bytes of the file of what was acknowledged, which is written at full length on its first day."""


class Disk(Protocol):
    folder: Path

    def fill(self) -> None: ...

    def clear(self) -> None: ...


class MountedDisk:
    """A file system of its own, with a file that takes all the room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        # What is free is not one piece, so large blocks do not find the last of it.
        with (self.folder / _BALLAST).open("ab", buffering=0) as out:
            for size in (1 << 20, 4096, 1):
                with suppress(OSError):
                    while out.write(b"x" * size):
                        pass

    def clear(self) -> None:
        (self.folder / _BALLAST).unlink(missing_ok=True)


class LimitedProcess:
    """No file of a process grows beyond the length of the counts of what was acknowledged, nor
    is written to beyond it: a harder limit than a full disk, and no one needs rights for it."""

    def __init__(self, folder: Path, process: int = 0) -> None:
        """`process`: 0 is this one."""
        self.folder = folder
        self._number = process

    def fill(self) -> None:
        self._limit(_COUNTS)

    def clear(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, most: int) -> None:
        process = psutil.Process(self._number or os.getpid())
        _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (most, hard))


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[MountedDisk]:
    """Raises `CalledProcessError` where this account may mount nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={megabytes}m"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    try:
        yield MountedDisk(folder)
    finally:
        # Lazily: a process that was killed a moment ago may still hold a file.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@cache
def may_mount() -> bool:
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory(prefix="huiyin-mount-") as folder:
        try:
            with mounted(Path(folder) / "disk", 1):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False
