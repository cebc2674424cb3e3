"""How alike two questions have to be: the settings, and the measurement behind them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.alike import Pair, pairs, rates
from desk.ground.settings import SettingsError, read_settings
from desk.qa.qa_table import Alike, read_qa


def test_the_shipped_settings_are_the_defaults(root: Path) -> None:
    assert read_qa(read_settings({"HUIYIN_CONFIG": str(root / "config")})).alike == Alike()


@pytest.mark.parametrize("wrong", ["together = 0", "twin = 1.5", "asked_at_least = 1", "like = 1"])
def test_a_wrong_setting_is_told(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "qa.toml").write_text(f"[alike]\n{wrong}\n", "utf-8")
    with pytest.raises(SettingsError, match=r"\[alike\]"):
        read_qa(read_settings({"HUIYIN_CONFIG": str(tmp_path)}))


def test_rates_count_what_each_pair_stands_for() -> None:
    judged = [
        (Pair("a", "b", same=True, weight=2.0), 0.9),
        (Pair("a", "c", same=False, weight=1.0), 0.6),
        (Pair("a", "d", same=True, weight=3.0), 0.3),
    ]
    found = rates(judged, 0.5)
    assert math.isclose(found.precision, 2 / 3)
    assert math.isclose(found.recall, 2 / 5)
    assert rates(judged, 0.95).precision == 1.0


def test_the_pairs_name_letters_and_hold_no_text() -> None:
    judged = pairs()
    assert len(judged) > 200
    for pair in judged:
        for name in (pair.first, pair.second):
            source, _, number = name.partition(":")
            assert source in ("replies", "hotspot")
            assert number.isdecimal()
