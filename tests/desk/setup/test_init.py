"""`huiyin init`: the office is set up on the command line as in the browser."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.record.case import State
from desk.app.cli import app
from desk.ground.settings import read_settings
from streams.embedded.store import EmbeddedStore
from tests.desk.setup.test_uploads import LETTERS


@pytest.fixture
def home(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    monkeypatch.setenv("HUIYIN_NOW", "2026-11-24T10:40")
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "rules")
    return tmp_path / "home"


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["init", *words])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.slow
def test_an_empty_home_becomes_an_office_in_one_go(home: Path, tmp_path: Path) -> None:
    letters, units, people = (tmp_path / f"{name}.csv" for name in ("letters", "units", "people"))
    letters.write_text(LETTERS, "utf-8")
    units.write_text("单位名称,联系电话\n宁都县住建局,6832001\n宁都县梅江镇,\n", "utf-8")
    people.write_text("登录名,姓名,角色,单位\nhe,何某,承办单位,梅江镇\n", "utf-8")
    said = json.loads(
        run(
            *("--place", "宁都县", "--admin", "guan", "--admin-name", "林某"),
            *("--units", str(units), "--people", str(people)),
            *("--export", str(letters), "--channel", "县长信箱", "--archive-before", "2026-06-01"),
            *("--templates", str(tmp_path / "lists"), "--json"),
        )
    )
    assert said["place"] == "宁都县"
    assert "新增 1 个，修改 1 个" in said["units"]
    assert len(said["admin"]) > 9
    assert len(said["people"]["he"]) > 9
    assert "读到 3 条，新事项 2" in said["export"][-1]
    assert (tmp_path / "lists" / "单位表.xlsx").exists()
    overlay = tomllib.loads((home / "overlay" / "sources.toml").read_text("utf-8"))
    assert overlay["source"]["mailbox-1"]["channel"] == "县长信箱"
    store = EmbeddedStore(read_settings().database, readonly=True)
    cases = store.ledger.load(["mailbox-1:XF1", "mailbox-1:XF2"])
    store.close()
    assert cases["mailbox-1:XF1"].state is State.ARCHIVED
    assert cases["mailbox-1:XF2"].state is not State.ARCHIVED


def test_an_export_can_be_looked_at_and_corrected_first(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "letters.csv"
    path.write_text(LETTERS, "utf-8")
    words = ("--export", str(path), "--channel", "县长信箱", "--look")
    said = run(*words, "--column", "写信人手机=不存")
    assert "信件号码 = 编号（如 XF1）" in said
    assert "写信人手机 = 不存（如 139****2345）" in said
    assert "读得出来件的 2 行" in said
    assert not (home / "overlay").exists()
    assert "--column 应为 列名=字段" in run(*words, "--column", "没有=编号", code=1)


@pytest.mark.slow
def test_the_first_letters_go_to_the_units_of_the_same_command(home: Path, tmp_path: Path) -> None:
    letters, units = tmp_path / "letters.csv", tmp_path / "units.csv"
    letters.write_text(
        "工单编号,受理时间,诉求标题,市民诉求,承办单位\n"
        "G1,2026-11-20 09:00:00,几点开门,想问一下他们那里周末几点开门。,宁都县客家文化中心\n",
        "utf-8",
    )
    units.write_text("编号,单位名称\nfolk-centre,宁都县客家文化中心\n", "utf-8")
    run("--place", "宁都县", "--units", str(units), "--export", str(letters))
    store = EmbeddedStore(read_settings().database, readonly=True)
    (case,) = store.ledger.load(["hotline-export:G1"]).values()
    store.close()
    assert [task.unit for task in case.tasks] == ["folk-centre"]


def test_what_is_wrong_ends_the_command_with_words(home: Path) -> None:
    assert "没有文件" in run("--units", "/nowhere.xlsx", code=1)
    assert "级别应为" in run("--place", "宁都县", "--level", "省", code=1)
    assert not (home / "overlay").exists()
