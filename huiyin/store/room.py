"""How much room is left on the disk of a folder, and when that is to be said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

_LOW_BYTES: Final = 1 << 30
_FULL_BYTES: Final = 64 << 20
"""Of a large disk. Of a small one, the parts below."""
_LOW_PART: Final = 20
_FULL_PART: Final = 100


class Room(Struct, frozen=True):
    """Bytes that this program may still write, of all that the disk has."""

    free: int
    total: int
    name: str = "数据文件夹"
    """Of the folder, in the office's words."""
    stops: str = "新来件和操作存不下"
    """What no longer works when it is full."""
    key: str = "data"
    """Of the folder, for what is remembered of it."""
    vital: bool = True
    """Whether the desk cannot work without it."""

    @property
    def low(self) -> bool:
        """Less than 1 GiB, or a twentieth of a disk that is smaller than 20 GiB."""
        return self.free < min(_LOW_BYTES, self.total // _LOW_PART)

    @property
    def full(self) -> bool:
        """Less than 64 MiB, or a hundredth: the next write may fail."""
        return self.free < min(_FULL_BYTES, self.total // _FULL_PART)

    @property
    def words(self) -> str:
        """What is said on pages and in alerts; "" where there is room. Names no folder."""
        left = f"{self.name}所在的磁盘只剩 {_size(self.free)}（共 {_size(self.total)}）"
        if self.full:
            return f"磁盘已满：{left}，{self.stops}。请管理员清出空间，清出后自动继续"
        if self.low:
            return f"磁盘快满：{left}。请管理员清出空间，满了以后{self.stops}"
        return ""


def room_of(folder: Path) -> Room | None:
    """None where the system does not say, as for a folder that is not there yet."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def _size(count: int) -> str:
    if count >= 10**9:
        return f"{count / 10**9:.1f} GB"
    return f"{count / 10**6:.0f} MB" if count >= 10**7 else f"{count / 10**6:.1f} MB"
