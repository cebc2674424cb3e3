"""The tables that tests begin with are those that the program makes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from desk.ground.context import DeskContext
from huiyin.store.counting import Counted
from huiyin.store.sqlite import connect
from tests.desk import clients, furnished
from tests.desk.analysed_once import app_of
from tests.desk.case_office import NOW
from tests.desk.clients import MovingClock, office_of


def _made(home: Path, root: Path) -> DeskContext:
    office = office_of(home, root / "config", MovingClock(NOW))
    app_of(office)
    office.close()
    return office


def _contents(file: Path) -> dict[str, object]:
    """Each table, index and trigger with how it is made, and each row except the word that the
    file is known by and how often it was written."""
    with closing(sqlite3.connect(file)) as db:
        made = db.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        rows = {
            name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
            for kind, name, _ in made
            if kind == "table" and name != "commits"
        }
    return {"made": sorted(made, key=repr), "rows": rows}


@pytest.mark.parametrize("name", furnished.FILES)
def test_a_furnished_home_is_that_of_an_empty_folder(
    name: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(tmp_path / "furnished", root)
    monkeypatch.setattr(clients, "furnish", lambda _: None)
    _made(tmp_path / "empty", root)
    file = tmp_path / "furnished" / name
    assert _contents(file) == _contents(tmp_path / "empty" / name)
    assert file.stat().st_mode == (tmp_path / "empty" / name).stat().st_mode


def test_each_home_is_known_by_a_word_of_its_own(tmp_path: Path, root: Path) -> None:
    words = []
    for each in ("one", "other"):
        _made(tmp_path / each, root)
        with connect(tmp_path / each / "desk.db", "the desk's file") as db:
            words.append(Counted(db).state(db).file)
            assert Counted(db).incidents(db) == []
    assert words[0] != words[1]
