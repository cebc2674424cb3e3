"""The shipped tables fit together: a name that one file uses is defined in another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from desk.ground import wiring
from desk.ground.settings import SettingsError, read_settings


def test_every_high_risk_is_one_that_the_classifier_finds(root: Path) -> None:
    tables = wiring.build_tables(read_settings({"HUIYIN_CONFIG": str(root / "config")}))
    known = {entry.name for entry in tables.risk.risk}
    handling = wiring.build_rules(read_settings({"HUIYIN_CONFIG": str(root / "config")})).handling
    assert set(handling.risk.high) <= known
    assert {"群体诉求", "重复来电"} <= known, "the stream adds these by name"


def test_clocks_that_pause_exist(root: Path) -> None:
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config")})
    rules = wiring.build_rules(settings)
    assert set(rules.handling.pauses.clocks) <= {row.name for row in rules.policy.rules}


def test_the_decider_goes_by_the_same_rule_for_simple_questions_as_the_classifier(
    root: Path, tmp_path: Path
) -> None:
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config")})
    assert wiring.build_rules(settings).simple == wiring.build_tables(settings).kinds.simple

    shutil.copytree(root / "config", tmp_path / "config")
    kinds = tmp_path / "config" / "kinds.toml"
    kinds.write_text(kinds.read_text("utf-8").replace("max_characters", "characters"), "utf-8")
    own = read_settings({"HUIYIN_CONFIG": str(tmp_path / "config")})
    with pytest.raises(SettingsError, match=r"kinds\.toml.*characters"):
        wiring.build_rules(own)
