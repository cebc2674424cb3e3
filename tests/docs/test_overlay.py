"""docs/overlay.md: its example is tried, and its table is what the program knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from desk.app.cli import app
from desk.ground.configuration import LAYOUTS


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "overlay.md").read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture
def county(page: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the example."""
    (tmp_path / "local").mkdir()
    for text in blocks(page, "toml"):
        name = text.splitlines()[0].removeprefix("# ")
        (tmp_path / "local" / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    monkeypatch.setenv("HUIYIN_OVERLAY", "local")
    return tmp_path / "local"


def run(*words: str) -> str:
    return CliRunner().invoke(app, ["config", *words]).output


def test_the_example_says_what_the_page_says(page: str, county: Path) -> None:
    checked, shown, mistake = blocks(page, "text")
    assert re.sub("编号 [0-9a-f]{10}", "编号 NUMBER", run("check")) == checked
    assert run("show", "--local") == shown
    path = county / "deadlines.toml"
    path.write_text(
        path.read_text("utf-8").replace('before = "reply"', 'before = "replay"'), "utf-8"
    )
    assert run("check") == mistake


def test_the_table_of_rows_is_the_programs(page: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+\.toml)` \| (.+?) \|", page, re.MULTILINE))
    assert set(rows) == {name for name, each in LAYOUTS.items() if each.arrays or each.named}
    for name, layout in LAYOUTS.items():
        for path in layout.arrays:
            assert f"[[{'.'.join(path)}]]" in rows[name]
        for path in layout.named:
            assert path[0] == "topics" or f"[{'.'.join(path)}.NAME]" in rows[name]
