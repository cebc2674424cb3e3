"""The place's name is one setting: every unit, paper and file name follows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.routing.routing import Router
from cases.routing.units import UnitRegister
from desk.ground.configuration import Configuration
from desk.ground.office_settings import load_office_settings, own_office_file, unnamed
from desk.ground.settings import read_settings


def units(root: Path, overlay: Path | None) -> UnitRegister:
    return Router.from_table(Configuration(root / "config", overlay).table("units.toml")).register


def named(folder: Path, *lines: str) -> Path:
    folder.mkdir()
    (folder / "office.toml").write_text("\n".join(lines), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("office", "housing", "environment", "old_name"),
    [
        (('place = "宁都县"', 'superior = "赣州市"'), "宁都县住房和城乡建设局",
         "赣州市生态环境局宁都分局", "县住建局"),
        (('place = "东湖区"', 'superior = "南昌市"'), "东湖区住房和城乡建设局",
         "南昌市生态环境局东湖分局", "区住建局"),
        (('place = "赣州市"',), "赣州市住房和城乡建设局", "赣州市生态环境局", "市住建局"),
        (('place = "瑞金市"', 'superior = "赣州市"'), "瑞金市住房和城乡建设局",
         "赣州市生态环境局瑞金分局", "市住建局"),
        (('place = "兴县"',), "兴县住房和城乡建设局", "市生态环境局兴县分局", "县住建局"),
    ],
)  # fmt: skip
def test_every_unit_is_called_by_the_place(
    root: Path,
    tmp_path: Path,
    office: tuple[str, ...],
    housing: str,
    environment: str,
    old_name: str,
) -> None:
    register = units(root, named(tmp_path / "overlay", *office))
    assert register.name("housing") == housing
    assert register.name("environment") == environment
    assert {unit.id for unit in register if old_name in unit.aliases} == {"housing"}
    assert not [unit.name for unit in register if "{" in unit.name or unit.name.startswith("县")]


def test_without_a_place_units_have_the_plain_names_and_someone_is_told(
    root: Path, tmp_path: Path
) -> None:
    assert units(root, None).name("housing") == "县住房和城乡建设局"
    settings = read_settings(
        {"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_HOME": str(tmp_path / "home")}
    )
    told = unnamed(load_office_settings(settings), f" {own_office_file(settings)} ")
    assert str(tmp_path / "home" / "overlay" / "office.toml") in told
    assert "place" in told


def test_the_overlay_in_the_data_folder_counts_by_itself(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    named(home / "overlay", 'place = "宁都县"')
    given = {"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_HOME": str(home)}
    assert load_office_settings(read_settings(given)).place == "宁都县"
    other = named(tmp_path / "other", 'place = "瑞金市"')
    elsewhere = read_settings({**given, "HUIYIN_OVERLAY": str(other)})
    assert load_office_settings(elsewhere).place == "瑞金市"


def test_a_row_that_is_shipped_no_more_may_be_switched_off_and_not_changed(
    root: Path, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "units.toml").write_text('[[unit]]\nid = "yuhang"\ndisabled = true\n', "utf-8")
    assert units(root, overlay).name("housing")
    (overlay / "units.toml").write_text('[[unit]]\nid = "yuhang"\nname = "余杭区"\n', "utf-8")
    (problem,) = Configuration(root / "config", overlay).problems()
    assert "以前随程序提供，现在不再提供" in problem
    assert "new = true" in problem
