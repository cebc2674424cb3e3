"""A small slice of `python -m tests.soak durability`, which runs 200 kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import durability


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_ten_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    result = durability.kills(tmp_path / "run", 10, seed=5)
    assert result.kills == 10
    assert result.lost == 0
    assert min(result.orders, result.notes, result.refusals) >= 3


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_full_disk_refuses_in_words_and_loses_nothing(tmp_path: Path) -> None:
    assert "nothing lost" in durability.full_disk(tmp_path / "run")


@pytest.mark.timeout(180)
@pytest.mark.slow
@pytest.mark.parametrize("name", ["huiyin.db", "desk.db"])
def test_audit_reports_a_cut_log(name: str, tmp_path: Path) -> None:
    assert "reported" in durability.cut_log(tmp_path / "run", name, "truncated")


@pytest.mark.timeout(180)
@pytest.mark.slow
def test_audit_reports_an_older_file_until_the_restore_is_named(tmp_path: Path) -> None:
    assert "named" in durability.older_file(tmp_path / "run")


@pytest.mark.timeout(180)
@pytest.mark.slow
@pytest.mark.parametrize("name", ["huiyin.db", "desk.db"])
def test_audit_reports_a_bad_page(name: str, tmp_path: Path) -> None:
    assert "reported" in durability.bad_page(tmp_path / "run", name)
