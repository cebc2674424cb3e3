"""看板: its figures are those of the lists behind them, and everybody sees his own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.actors import Role
from desk.demo import load_demo
from desk.web.board import SCRIPT
from tests.desk.clients import signed_in
from tests.desk.test_web import NOW, Desk

ROW = re.compile(r'<tr><td>(?:<a href="([^"]+)">)?([^<]*)(?:</a>)?</td><td>([0-9,]+)</td>')


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """Four weeks of an invented county. Only read it."""
    made = Desk(tmp_path_factory.mktemp("board"), root / "config")
    load_demo(made.runner.store, made.runner.processor, NOW)
    yield made
    made.close()


@pytest.mark.parametrize("address", ["/board", "/board/handling"])
def test_each_figure_is_that_of_the_list_that_it_opens(demo: Desk, address: str) -> None:
    rows = [row for row in ROW.findall(demo.page(address)) if row[0]]
    assert len(rows) > 8
    api = signed_in(demo.office, Role.DESK)
    for href, name, number in rows:
        query = href.replace("&amp;", "&").partition("?")[2]
        total = api.get(f"/api/v1/cases?{query}&limit=1").json()["total"]
        shown = int(number.replace(",", ""))
        # A unit is judged by what it leads; its list has what it assists in as well.
        assert total >= shown if "unit=" in query else total == shown, (name, href)


def test_questions_answers_and_numbers_stand_without_any_script(demo: Desk) -> None:
    page = demo.page("/board")
    for question in ("来件从哪里来", "群众在反映什么", "风险集中在哪些领域", "哪些事在升温"):
        assert question in page
    assert "共收到 115 件" in page
    page = demo.page("/board/handling")
    for question in ("不按时", "答得慢", "解决了吗", "兑现了吗"):
        assert question in page
    assert page.count("<summary>看数字</summary>") >= 3


def test_a_unit_sees_its_own_figures(demo: Desk) -> None:
    everything = demo.page("/board")
    own = signed_in(demo.office, Role.RESPONDER, "housing").get("/board").text
    assert "115 件" in everything
    assert "115 件" not in own
    other = signed_in(demo.office, Role.RESPONDER, "education").get("/board/handling").text
    assert "县住房和城乡建设局" not in other


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("days=31", "days 应为"),
        ("from=2026-11-01", "起止日期应都填写"),
        ("from=2026-11-20&to=2026-11-01", "应不晚于截止日期"),
        ("from=2026-11-20&to=2026-12-01", "不晚于今天"),
        ("from=2020-01-01&to=2026-11-01", "最长看"),
    ],
)
def test_a_period_that_cannot_be_is_told(demo: Desk, query: str, said: str) -> None:
    assert said in demo.page(f"/board?{query}", 400)


def test_a_time_without_messages_says_so(demo: Desk) -> None:
    assert "这段时间没有来件" in demo.page("/board?from=2025-01-01&to=2025-01-31")


def test_the_script_comes_from_its_package_and_the_page_allows_nothing_more(demo: Desk) -> None:
    script = demo.client.get(SCRIPT)
    assert script.status_code == 200
    assert "immutable" in script.headers["cache-control"]
    board = demo.client.get("/board").headers["content-security-policy"]
    usual = demo.client.get("/ledger").headers["content-security-policy"]
    assert "unsafe" not in board
    assert board.replace(" 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "") == usual
