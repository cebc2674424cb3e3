"""When a disk counts as low and as full."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiyin.store.room import Room, room_of

GB, MB = 1 << 30, 1 << 20


@pytest.mark.parametrize(
    ("free", "total", "low", "full"),
    [
        (GB, 200 * GB, False, False),
        (GB - 1, 200 * GB, True, False),
        (64 * MB, 200 * GB, True, False),
        (64 * MB - 1, 200 * GB, True, True),
        (MB, 12 * MB, False, False),
        (MB // 2, 12 * MB, True, False),
        (100_000, 12 * MB, True, True),
        (0, 12 * MB, True, True),
        (0, 0, False, False),
    ],
)
def test_low_and_full(free: int, total: int, low: bool, full: bool) -> None:
    room = Room(free, total)
    assert (room.low, room.full) == (low, full)
    assert ("磁盘已满" in room.words, "磁盘快满" in room.words) == (full, low and not full)


def test_the_room_of_a_folder(tmp_path: Path) -> None:
    room = room_of(tmp_path)
    assert room is not None
    assert 0 < room.free <= room.total
    assert room_of(tmp_path / "nothing") is None
