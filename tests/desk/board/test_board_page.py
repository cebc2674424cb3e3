"""看板: its figures are those of the lists behind them, and everybody sees his own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.figures.measures import MEASURES
from cases.record import commands as do
from cases.words.actors import Role
from cases.words.labels import SENTIMENT_WORDS
from desk.demo.messages import load_demo
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

CELL = re.compile(r'<td><a href="([^"]+)">([0-9,]+)</a></td>')
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
    page = demo.page(address)
    assert len(ROW.findall(page)) > 5
    assert _differing(signed_in(demo.office, Role.DESK), page) == []


def _differing(client: TestClient, page: str) -> list[tuple[str, int, int]]:
    """Links whose list is not as long as the board says: address, said, found."""
    said = [(row[0], row[2]) for row in ROW.findall(page) if row[0]] + CELL.findall(page)
    wrong = []
    for href, number in said:
        query = href.replace("&amp;", "&").partition("?")[2]
        total = client.get(f"/api/v1/cases?{query}&limit=1").json()["total"]
        if total != int(number.replace(",", "")):
            wrong.append((href, int(number.replace(",", "")), total))
    return wrong


def test_the_row_of_a_unit_is_what_it_leads_whoever_assists(tmp_path: Path, root: Path) -> None:
    desk = Desk(tmp_path, root / "config")
    desk.put(*(item(str(number)) for number in range(1, 5)))
    for number, assisting in ((1, ()), (2, ("education",)), (3, ("education",))):
        desk.act(
            f"board-export:{number}",
            do.Assign(lead="housing", assisting=assisting, reason="共管"),
        )
    desk.act("board-export:4", do.Assign(lead="education", assisting=("housing",), reason="共管"))
    # Nobody leads the third any more, and one still assists in it.
    returned = do.AskReturn(reason="不属本局")
    desk.act("board-export:3", returned, Role.RESPONDER, "housing")
    desk.act("board-export:3", do.DecideReturn(unit="housing", approve=True))
    page = desk.page("/board/handling?days=365")
    rows = {name: number for _, name, number in ROW.findall(page)}
    assert rows[desk.office.register.name("housing")] == "2"
    assert rows[desk.office.register.name("education")] == "1"
    assert _differing(signed_in(desk.office, Role.DESK), page) == []
    own = signed_in(desk.office, Role.RESPONDER, "education")
    page = own.get("/board/handling?days=365").text
    assert re.search(r"<b>1</b> 新收", page)
    assert _differing(own, page) == []
    desk.close()


def test_questions_answers_and_numbers_stand_without_any_script(demo: Desk) -> None:
    page = demo.page("/board")
    for question in ("来件从哪里来", "群众在反映什么", "风险集中在哪些领域", "哪些事在升温"):
        assert question in page
    assert "新收 120 件" in page
    page = demo.page("/board/handling")
    for question in ("不按时", "答得慢", "解决了吗", "兑现了吗"):
        assert question in page
    assert page.count("<summary>看数字</summary>") >= 3


def test_a_unit_sees_its_own_figures(demo: Desk) -> None:
    everything = demo.page("/board")
    own = signed_in(demo.office, Role.RESPONDER, "housing").get("/board").text
    assert "120 件" in everything
    assert "120 件" not in own
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


def test_charts_are_drawn_without_a_script_under_the_usual_policy(demo: Desk) -> None:
    answer = demo.client.get("/board")
    usual = demo.client.get("/ledger").headers["content-security-policy"]
    assert answer.headers["content-security-policy"] == usual
    assert answer.text.count("<svg ") == answer.text.count('class="picture"') >= 3
    svg = "".join(re.findall(r"<svg .*?</svg>", answer.text, re.DOTALL))
    assert "style=" not in svg
    assert "<script" not in svg
    assert "plotly" not in answer.text


def test_no_chart_makes_a_story_of_little(tmp_path: Path, root: Path) -> None:
    desk = Desk(tmp_path, root / "config")
    desk.put(item("1"))
    for address in ("/board?days=365", "/board/handling?days=365"):
        page = desk.page(address)
        assert "100.0%" not in page
        assert "100%" not in page
        assert "异常" not in page
        assert "新增 0 件" not in page
    desk.close()


def test_the_head_tells_what_each_figure_counts(demo: Desk) -> None:
    page = demo.page("/board")
    for key in ("received", "due", "on_time", "on_time_own", "responded", "overdue"):
        assert f'title="{MEASURES[key].definition}"' in page
        assert f'href="/measures#{key}"' in page


def test_how_long_units_take_is_drawn_in_the_unit_that_the_bars_are_labelled_with(
    demo: Desk,
) -> None:
    chart = demo.page("/board/handling").partition("哪些单位答得慢？")[2].partition("</svg>")[0]
    assert "答复时长中位数（天）" in chart
    labelled = [float(days) for days in re.findall(r">([\d.]+) 天</text>", chart)]
    drawn = [float(days) for days in re.findall(r"（天） ([\d.]+)</title>", chart)]
    assert labelled
    assert labelled == drawn


def test_feelings_have_the_words_of_the_case(demo: Desk) -> None:
    page = demo.page("/board")
    for word in SENTIMENT_WORDS.values():
        assert word in page
    assert "消极" not in page
