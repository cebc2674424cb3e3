"""指标口径 on the page, in the API and on the command line are one table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cases.figures.counted import Counts
from cases.figures.measures import MEASURES, Ratio
from cases.words.actors import Role
from desk.app import cli
from tests.desk.app.test_web import Desk
from tests.desk.clients import signed_in


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Desk:
    return Desk(tmp_path, root / "config")


def test_every_measure_is_a_figure_and_says_what_it_counts() -> None:
    counts = Counts()
    for key, row in MEASURES.items():
        value = getattr(counts, key)
        assert (row.unit == "") is isinstance(value, Ratio), key
        assert all((row.formula, row.date, row.source)), key
        assert bool(row.numerator and row.denominator) is isinstance(value, Ratio), key
    names = [row.name for row in MEASURES.values()]
    assert len(set(names)) == len(names)


def test_page_api_and_command_say_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = signed_in(desk.office, Role.RESPONDER, "housing")
    page = client.get("/measures").text
    api = client.get("/api/v1/measures").json()["items"]
    monkeypatch.setattr("sys.argv", ["huiyin", "measures", "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    told = json.loads(capsys.readouterr().out)["measures"]
    assert [one["id"] for one in api] == [one["id"] for one in told] == list(MEASURES)
    for one in api:
        row = MEASURES[one["id"]]
        assert f'id="{row.id}"' in page
        assert all(text in page for text in (row.name, row.formula, row.date, row.source))
        assert (one["formula"], one["denominator"]) == (row.formula, row.denominator)
    desk.close()
