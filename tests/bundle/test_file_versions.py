"""Whether the program of before can still read the data."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from bundle.installer.file_versions import newer, read
from tests.huiyin.store.test_earlier_homes import HOMES, huiyin


def test_newer_is_what_the_program_of_before_does_not_know() -> None:
    before = {"huiyin.db": {"store": 3}, "old.db": {}}
    assert newer(before, before) == []
    assert newer({"huiyin.db": {"store": 4}}, before) == ["huiyin.db"]
    assert newer({"huiyin.db": {"store": 3, "more": 1}}, before) == ["huiyin.db"]
    assert newer({"old.db": {"first": 1}}, before) == ["old.db"]
    # It never looks at a file that it does not have.
    assert newer({"new.db": {"first": 1}}, before) == []


def test_the_home_of_an_earlier_version_is_newer_once_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not HOMES.is_dir():
        pytest.skip("no homes of earlier versions here (../shared/homes)")
    home = tmp_path / "home"
    with tarfile.open(HOMES / "ad796df-demo.tar.gz") as packed:
        packed.extractall(home, filter="data")
    monkeypatch.setenv("HUIYIN_HOME", str(home))
    before = read(home)
    assert "huiyin.db" in before
    assert huiyin(monkeypatch, "audit") == 0
    assert "huiyin.db" in newer(read(home), before)
