"""The disks that the program writes to, for pages, alerts and `huiyin doctor`. With Kafka and
Elasticsearch the disks of those servers are theirs to watch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from desk.ground.settings import Settings
from huiyin.store.room import Room, room_of


def rooms(settings: Settings) -> tuple[Room, ...]:
    """One for each disk, that of the data first: of two folders on one disk the first counts. A
    folder that is not there yet is left out."""
    found: list[Room] = []
    seen: set[int] = set()
    for folder, described in _folders(settings):
        try:
            disk = folder.stat().st_dev
        except OSError:
            continue
        measured = room_of(folder)
        if measured is None or disk in seen:
            continue
        seen.add(disk)
        found.append(replace(described, free=measured.free, total=measured.total))
    return tuple(found)


def tightest(settings: Settings) -> Room | None:
    """The one to speak of first: a full one without which nothing works, then any that is full,
    then one that is low; None where the system says nothing of any."""
    return max(
        rooms(settings),
        key=lambda room: (room.full and room.vital, room.full, room.low),
        default=None,
    )


def _folders(settings: Settings) -> Iterator[tuple[Path, Room]]:
    yield settings.home, Room(0, 0)
    yield settings.files, Room(0, 0, name="附件文件夹", stops="附件存不下", key="files")
    yield (
        settings.papers_folder,
        Room(0, 0, name="报表文件夹", stops="报表存不下", key="papers", vital=False),
    )
    if settings.backup is not None:
        yield (
            settings.backup,
            Room(0, 0, name="备份文件夹", stops="备份做不成", key="backup", vital=False),
        )
