"""Which disks are watched, and which of them is spoken of."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from desk.ground import disks
from desk.ground.disks import rooms, tightest
from desk.ground.settings import Settings, read_settings
from huiyin.store.room import Room
from tests.small_disk import may_mount, mounted

GB = 1 << 30


@pytest.fixture
def settings(tmp_path: Path, root: Path) -> Settings:
    """Each folder is there."""
    environment = {
        "HUIYIN_HOME": str(tmp_path / "home"),
        "HUIYIN_CONFIG": str(root / "config"),
        "HUIYIN_FILES": str(tmp_path / "files"),
        "HUIYIN_BACKUP": str(tmp_path / "backups"),
    }
    made = read_settings(environment)
    for folder in (made.papers_folder, made.files, tmp_path / "backups"):
        folder.mkdir(parents=True)
    return made


def free(monkeypatch: pytest.MonkeyPatch, **left: int) -> None:
    """Each folder on a disk of its own of 40 GB, with so many MB left."""

    def room_of(folder: Path) -> Room:
        return Room(left.get(folder.name, 20_000) << 20, 40 * GB)

    numbers = iter(range(1000, 2000))
    monkeypatch.setattr(disks, "room_of", room_of)
    monkeypatch.setattr(Path, "stat", lambda _path: type("Stat", (), {"st_dev": next(numbers)}))


@pytest.mark.parametrize(
    ("left", "key", "word"),
    [
        ({"backups": 10}, "backup", "备份做不成"),
        ({"backups": 900}, "backup", "磁盘快满"),
        ({"files": 10, "backups": 10}, "files", "附件存不下"),
        ({"home": 10, "backups": 10}, "data", "新来件和操作存不下"),
        ({"home": 900, "backups": 10}, "backup", "备份做不成"),
        ({"papers": 10}, "papers", "报表存不下"),
    ],
)
def test_the_one_without_which_least_works_is_spoken_of_first(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    left: dict[str, int],
    key: str,
    word: str,
) -> None:
    with monkeypatch.context() as patch:
        free(patch, **left)
        found = tightest(settings)
    assert found is not None
    assert (found.key, word in found.words) == (key, True)


def test_folders_on_one_disk_are_one_and_those_that_are_away_none(settings: Settings) -> None:
    assert [room.key for room in rooms(settings)] == ["data"]
    away = replace(settings, home=settings.home / "absent", files=Path("/absent"), backup=None)
    assert rooms(away) == ()
    assert tightest(away) is None


@pytest.mark.skipif(not may_mount(), reason="needs the right to mount")
def test_a_full_disk_of_backups_does_not_stop_the_desk(settings: Settings, tmp_path: Path) -> None:
    with mounted(tmp_path / "backups", 4) as disk:
        assert [room.key for room in rooms(settings)] == ["data", "backup"]
        disk.fill()
        found = next(room for room in rooms(settings) if room.key == "backup")
        assert found.full
        assert not found.vital
        disk.clear()
