"""Rows as they stand: what is shipped, what the county says, what is switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiyin.configuration.document import ConfigurationError, read_document
from huiyin.configuration.standing import StandingRow, standing_rows
from tests.huiyin.configuration.test_overlay import BASE, LAYOUT


def rows(folder: Path, local: str) -> dict[str, StandingRow]:
    (folder / "base.toml").write_text(BASE, "utf-8")
    (folder / "local.toml").write_text(local, "utf-8")
    base, own = (read_document(folder / f"{name}.toml") for name in ("base", "local"))
    found = standing_rows(base, own, LAYOUT, ("clock",), lambda node: node)
    return {row.id: row for row in found}


def test_every_row_says_what_counts_what_is_shipped_and_what_is_local(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        '[[clock]]\nid = "reply"\ndays = 7\n[[clock]]\nid = "simple"\ndisabled = true\n'
        '[[clock]]\nid = "own"\nnew = true\nbefore = "reply"\ndays = 2\n',
    )
    assert list(found) == ["simple", "own", "reply", "asleep"]
    reply = found["reply"]
    assert reply.values == {"id": "reply", "days": 7, "label": "答复"}
    assert reply.shipped == {"id": "reply", "days": 5, "label": "答复"}
    assert reply.local == {"id": "reply", "days": 7}
    assert str(reply.place).endswith("local.toml 第 1 行")
    assert (found["own"].shipped, found["own"].disabled) == (None, False)
    assert found["own"].local is not None
    assert found["own"].local["before"] == "reply"
    assert {name for name, row in found.items() if row.disabled} == {"simple", "asleep"}
    assert {name for name, row in found.items() if row.asleep} == {"asleep"}
    assert found["simple"].values["days"] == 3, "what it would be"
    assert found["asleep"].local is None


def test_what_does_not_fit_together_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="没有“replay”这一行"):
        rows(tmp_path, '[[clock]]\nid = "replay"\ndays = 7\n')
