"""A file is there as a whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from huiyin.store.whole import whole


def test_it_takes_its_place_at_the_end_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text("old")
    with whole(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_of_what_fails_nothing_is_left_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="disk"), whole(path) as part:  # noqa: PT012
        part.write_text("half")
        raise ValueError("disk")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
