"""`huiyin config`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from desk.app.cli import app, main
from desk.ground.live_configuration import ASKED


@pytest.fixture
def local(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "local"
    folder.mkdir()
    shutil.copytree(root / "config", tmp_path / "config")
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path))
    monkeypatch.setenv("HUIYIN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HUIYIN_OVERLAY", str(folder))
    (folder / "handling.toml").write_text("# ours\n[returns]\nmost = 3\n", "utf-8")
    return folder


def run(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["config", *words])
    return found.exit_code, found.output


def test_show_gives_each_value_with_the_file_and_line_it_comes_from(
    local: Path, tmp_path: Path
) -> None:
    status, text = run("show", "handling")
    assert status == 0
    assert f"returns.most = 3    # （本地）{local / 'handling.toml'} 第 3 行" in text
    shipped = tmp_path / "config" / "handling.toml"
    assert f"returns.window_working_days = 1    # {shipped} 第 " in text
    _, everything = run("show")
    for table in ("# units.toml", "# topics.toml", "# watches.toml"):
        assert table in everything
    assert 'clock[reply].label = "答复"' in everything


def test_show_as_json_and_what_is_local_alone(local: Path) -> None:
    _, text = run("show", "--local", "--json")
    assert json.loads(text) == [
        {
            "table": "handling.toml",
            "name": "returns.most",
            "value": 3,
            "file": str(local / "handling.toml"),
            "line": 3,
            "local": True,
        }
    ]


def test_show_of_a_table_that_is_none_names_the_nearest(local: Path) -> None:
    status, text = run("show", "handeling")
    assert status == 2
    assert "handling.toml" in text


def test_check_says_the_number_or_every_problem(local: Path) -> None:
    status, text = run("check")
    assert status == 0
    assert "21 张表，本地改动 1 处" in text
    (local / "units.toml").write_text('[[unit]]\nid = "housng"\nname = "x"\n', "utf-8")
    (local / "delivery.toml").write_text("[", "utf-8")
    status, text = run("check")
    assert status == 1
    assert "housing" in text
    assert "delivery.toml 不是合法的 TOML" in text
    status, text = run("check", "--json")
    assert status == 1
    assert len(json.loads(text)["problems"]) == 2


def test_reload_asks_for_what_was_checked(
    local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = run("reload")
    assert status == 0
    assert (tmp_path / ASKED).read_text("ascii") in text
    (tmp_path / ASKED).unlink()
    (local / "delivery.toml").write_text("[", "utf-8")
    monkeypatch.setattr("sys.argv", ["huiyin", "config", "reload"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "不是合法的 TOML" in capsys.readouterr().err
    assert not (tmp_path / ASKED).exists()
