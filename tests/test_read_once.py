"""What is kept for all tests is what a test would have read and made itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.ground import settings as settings_module
from desk.ground import wiring
from desk.ground.configuration import Configuration
from desk.ground.settings import read_settings
from huiyin.configuration.table import Table
from tests.read_once import MADE_OF


class _Asked(Configuration):
    """Notes the tables that were asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.names: list[str] = []

    def table(self, name: str) -> Table:
        self.names.append(name)
        return super().table(name)


@pytest.mark.parametrize("make", MADE_OF, ids=lambda make: make.__name__)
def test_it_is_made_of_these_tables(root: Path, make: Callable[[Configuration], object]) -> None:
    asked = _Asked(root / "config")
    make(asked)
    assert set(asked.names) == set(MADE_OF[make])


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(root / "config", tmp_path / "config"))


def _edited(folder: Path) -> None:
    risk = folder / "risk.toml"
    before = risk.read_text("utf-8")
    risk.write_text(before.replace("跳楼", "跳桥"), "utf-8")
    assert risk.read_text("utf-8") != before


def test_a_copy_has_what_ships_except_for_what_was_changed_in_it(folder: Path, root: Path) -> None:
    _edited(folder)
    shipped = read_settings({"HUIYIN_CONFIG": str(root / "config")})
    copied = read_settings({"HUIYIN_CONFIG": str(folder)})
    assert copied.configuration is not shipped.configuration
    assert wiring.build_router(copied) is wiring.build_router(shipped)
    assert wiring.build_tables(copied) is not wiring.build_tables(shipped)
    assert copied.configuration.number != shipped.configuration.number
    place = copied.configuration.table("units.toml").place("unit", 0)
    assert place.file == str(folder / "units.toml")
    assert place.line


def test_a_copy_that_cannot_be_read_says_so(folder: Path) -> None:
    (folder / "units.toml").write_text("[[unit]\n", "utf-8")
    settings = read_settings({"HUIYIN_CONFIG": str(folder)})
    with pytest.raises(settings_module.SettingsError, match=r"units\.toml 不是合法的 TOML"):
        wiring.build_router(settings)


def test_a_classifier_is_kept_where_all_it_is_made_of_ships(folder: Path, root: Path) -> None:
    given = {"HUIYIN_CLASSIFIER": "rules"}
    shipped = wiring.build_classifier(
        read_settings(given | {"HUIYIN_CONFIG": str(root / "config")})
    )
    copied = read_settings(given | {"HUIYIN_CONFIG": str(folder)})
    assert wiring.build_classifier(copied) is shipped
    _edited(folder)
    changed = read_settings(given | {"HUIYIN_CONFIG": str(folder)})
    assert wiring.build_classifier(changed).version != shipped.version
