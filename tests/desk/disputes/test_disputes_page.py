"""派单异议 on its page: who sees it, what stands there, and the number beside it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import convert
from selectolax.lexbor import LexborHTMLParser

from cases.record import commands as do
from cases.routing.rulings import Ruling
from cases.words.actors import Role
from tests.desk.app.test_web import Desk, item
from tests.desk.clients import signed_in

CASE = "board-export:1"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    made.put(item())
    asked = do.AskReturn(reason="不属本局职责", suggested_unit="education")
    made.act(CASE, asked, Role.RESPONDER, "housing")
    yield made
    made.close()


def read(desk: Desk, role: Role = Role.DESK) -> str:
    page = LexborHTMLParser(signed_in(desk.office, role).get("/disputes").text)
    main = page.css_first("main")
    assert main is not None
    return re.sub(r"\s+", " ", main.text(separator=" "))


def badge(desk: Desk, role: Role) -> str:
    page = LexborHTMLParser(signed_in(desk.office, role).get("/ledger").text)
    found = page.css_first('[data-count="disputes"]')
    return found.text() if found is not None else "none"


def test_it_goes_from_dispute_to_ruling_to_the_next_dispatch(desk: Desk) -> None:
    page = read(desk)
    for part in (
        "正文点名，派到县住房和城乡建设局",
        "不属本局职责，建议转县教育体育局",
        "待裁定 去裁定",
    ):
        assert part in page
    assert badge(desk, Role.DESK) == "1"
    ruled = do.DecideReturn(unit="housing", approve=True, to="education", reason="情况属实")
    desk.act(CASE, ruled)
    page = read(desk)
    assert "同意退回 ：情况属实" in page
    assert "县教育体育局 11-24 10:40" in page
    assert "去裁定" not in page
    assert badge(desk, Role.DESK) == ""
    assert "正文点名 样本不足（0/1） 样本不足（1/1）" in page
    assert "县住房和城乡建设局 样本不足（0/1） 样本不足（1/1）" in page


def test_leaders_look_and_units_have_no_such_page(desk: Desk) -> None:
    assert "去裁定" not in read(desk, Role.LEADER)
    assert badge(desk, Role.LEADER) == ""
    for role, unit in (
        (Role.RESPONDER, "housing"),
        (Role.RESPONDER, "police"),
        (Role.REVIEWER, ""),
    ):
        assert signed_in(desk.office, role, unit).get("/disputes").status_code == 403


def test_a_confidential_case_tells_no_reason(desk: Desk) -> None:
    desk.act(CASE, do.MarkConfidential(reason="要求保密"))
    assert "不属本局职责" not in read(desk)


def test_a_time_that_there_is_not_is_refused_in_words(desk: Desk) -> None:
    answer = desk.client.get("/disputes?days=8")
    assert answer.status_code == 400
    assert "可用的有：7、30、90" in answer.text
    assert "派单异议" in desk.page("/disputes?days=7")


def test_a_ruling_is_a_row_of_the_directory_but_for_its_words(desk: Desk) -> None:
    """What the page writes out is what the table reads."""
    ruled = do.DecideReturn(unit="housing", approve=True, to="education", reason="按“三定”办理")
    assert "列入派单目录" not in read(desk)
    desk.act(CASE, ruled)
    page = LexborHTMLParser(signed_in(desk.office, Role.DESK).get("/disputes").text)
    shown = page.css_first("pre")
    assert shown is not None
    (row,) = tomllib.loads(shown.text())["ruling"]
    assert (row.pop("new"), row.pop("words")) == (True, [])
    known = convert({**row, "words": ["教辅"]}, Ruling)
    assert (known.unit, known.basis, known.case_id) == ("education", "按“三定”办理", CASE)
    assert (known.decided_on.isoformat(), known.decided_by) == ("2026-11-24", "值班台 林某")
