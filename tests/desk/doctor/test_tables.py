"""Every broken, unreadable or unknown file, table and key is found, whichever table it is in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from desk.doctor.checks import examine
from desk.doctor.tables import wrong_tables
from desk.ground.configuration import LAYOUTS
from desk.ground.settings import Settings, read_settings


@pytest.fixture
def config(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "config", tmp_path / "config")
    return tmp_path / "config"


def settings_of(config: Path, overlay: Path | None = None) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(config.parent),
            "HUIYIN_CONFIG": str(config),
            "HUIYIN_OVERLAY": str(overlay or ""),
            "HUIYIN_CLASSIFIER": "rules",
        }
    )


def test_as_shipped_nothing_is_wrong(config: Path) -> None:
    assert wrong_tables(settings_of(config)) == []


@pytest.mark.parametrize("broken", ["[", "colour_of_it = 1\n", "\xff", "[colour]\nred = 1\n"])
def test_every_broken_file_is_found_though_all_are_broken(config: Path, broken: str) -> None:
    for name in LAYOUTS:
        path, made = config / name, broken.encode("latin-1")
        text = path.read_bytes()
        path.write_bytes(text + b"\n" + made if broken.startswith("[c") else made + text)
    found = wrong_tables(settings_of(config))
    for name in LAYOUTS:
        assert sum(str(config / name) in line for line in found) == 1, (name, found)
    assert all("请" in line for line in found)


def test_one_broken_file_is_one_line(config: Path) -> None:
    path = config / "delivery.toml"
    path.write_text("[\n" + path.read_text("utf-8"), "utf-8")
    (line,) = wrong_tables(settings_of(config))
    assert f"{path} 不是合法的 TOML：第 1 行第 2 列" in line


def test_every_broken_file_of_the_overlay_is_found(config: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "local"
    overlay.mkdir()
    for name in LAYOUTS:
        (overlay / name).write_text("x = 1\n[", "utf-8")
    found = wrong_tables(settings_of(config, overlay))
    for name in LAYOUTS:
        assert sum(str(overlay / name) in line for line in found) == 1, (name, found)


def test_an_unknown_file_is_told_and_stops_nothing(config: Path) -> None:
    (config / "risks.toml").write_text("", "utf-8")
    settings = settings_of(config)
    assert wrong_tables(settings) == []
    (line,) = settings.configuration.unknown_files
    assert "risks.toml" in line
    assert "相近的有：risk.toml" in line


def test_several_files_are_told_at_once_and_each_fault_once(config: Path) -> None:
    for name in ("delivery.toml", "units.toml", "qa.toml"):
        path = config / name
        path.write_text("[\n" + path.read_text("utf-8"), "utf-8")
    found = [finding.text for finding in examine(settings_of(config)) if finding.level == "error"]
    for name in ("delivery.toml", "units.toml", "qa.toml"):
        assert sum(name in text for text in found) == 1, found


def test_every_enabled_source_is_looked_at(config: Path) -> None:
    path = config / "sources.toml"
    text = path.read_text("utf-8")
    text = text.replace('folder = "drop/board"', 'foldre = "drop/board"')
    path.write_text(text.replace('folder = "drop/hotline"', "folder = 3"), "utf-8")
    found = wrong_tables(settings_of(config))
    assert any("foldre" in line and "相近的有：folder" in line for line in found), found
    assert any("[source.hotline-export.options] 键 folder" in line for line in found), found
    number = text.splitlines().index('foldre = "drop/board"') + 1
    assert any(f"{path} 第 {number} 行" in line for line in found), found
