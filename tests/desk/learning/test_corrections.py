"""`huiyin corrections`: every correction as a line, without people's words unless asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.words.actors import Actor, Role
from cases.words.labels import Kind
from desk.app.cli import app
from desk.hotspots.naming import NameRegister, renamed
from tests.desk.case_office import CASE, PHONE, CaseOffice, item

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk that corrected two cases, one of which is confidential now, and a name."""
    home = tmp_path / "home"
    office = CaseOffice(home, root / "config")
    office.put(item("1"), item("2", title="南门停车费", body="南门外停车收费太贵。"))
    desk = office.person(Role.DESK)
    desk.does(
        "correct", topic_path="交通运输", kind=Kind.HELP.value, reason="李建国的手机 " + PHONE
    )
    desk.does("correct", "board-export:2", kind=Kind.INQUIRY.value)
    desk.does("mark_confidential", "board-export:2", reason="要求保密")
    by = Actor(id="desk", role=Role.DESK)
    book = NameRegister(office.office.file).book
    book.append(CASE, 0, office.now, by, renamed("锦绣花园停车费"))
    book.append(CASE, 1, office.now, by, renamed("锦绣花园停车收费"))
    book.append("board-export:2", 0, office.now, by, renamed("南门停车费举报"))
    office.close()
    monkeypatch.setenv("HUIYIN_HOME", str(home))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    return home


def test_lines_hold_the_labels_and_no_words_of_people(home: Path) -> None:
    done = runner.invoke(app, ["corrections"])
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["what"], one["case_id"]) for one in lines][-2:] == [("hotspot", CASE)] * 2
    assert {one["what"] for one in lines} >= {"topic", "kind", "hotspot"}
    assert {one["case_id"] for one in lines} == {CASE}, "a confidential case teaches nothing"
    assert lines[-1]["before"] == "锦绣花园停车费"
    kind = next(one for one in lines if one["what"] == "kind")
    assert (kind["after"], kind["by"]) == ("求助", lines[0]["by"])
    assert kind["model"]
    assert not any(key in one for one in lines for key in ("title", "body", "reason"))


def test_texts_come_when_asked_for_and_masked(home: Path) -> None:
    done = runner.invoke(app, ["corrections", "--texts"])
    topic = next(json.loads(x) for x in done.stdout.splitlines() if '"topic"' in x)
    assert "物业" in topic["body"]
    assert topic["reason"]
    assert PHONE not in done.stdout
    assert "李建国" not in done.stdout


def test_the_name_of_a_confidential_matter_is_left_out(home: Path) -> None:
    assert "举报" not in runner.invoke(app, ["corrections", "--texts"]).stdout


def test_a_day_leaves_out_what_was_corrected_before(home: Path) -> None:
    assert runner.invoke(app, ["corrections", "--since", "2026-11-25"]).stdout == ""
    wrong = runner.invoke(app, ["corrections", "--since", "昨天"])
    assert wrong.exit_code == 2
    assert "2026-09-24" in wrong.output
