"""`huiyin classify`: what it says of a letter on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from desk.app.cli import app


def classified(home: Path, title: str, body: str) -> dict[str, Any]:
    environment = {"HUIYIN_HOME": str(home), "HUIYIN_CLASSIFIER": "rules"}
    line = json.dumps({"title": title, "body": body})
    result = CliRunner().invoke(app, ["classify"], input=f"{line}\n", env=environment)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_report_against_an_office_is_for_none_that_it_may_be_about(tmp_path: Path) -> None:
    """What reads these lines may dispatch by them."""
    plain = classified(tmp_path, "小区物业不管", "物业公司不修门，请住建局管管。")
    assert plain["units"][0]["unit"] == "housing"
    report = classified(
        tmp_path, "举报住建局科长收受贿赂", "县住建局的一位科长收受开发商贿赂，请查处。"
    )
    (only,) = report["units"]
    assert only["unit"] == "discipline"
    assert "举报" in only["because"]
