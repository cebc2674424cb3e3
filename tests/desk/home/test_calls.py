"""上级催办和交办: what calls a unit stands on top of its own page, with a number of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.home import calls as home_calls
from desk.home import queue as home_queue
from tests.desk.app.test_web import Desk, item, text_of
from tests.desk.clients import signed_in

CASE = "board-export:1"
PAGE = "/cases/board-export%3A1"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    made.put(item())
    yield made
    made.close()


def unit(desk: Desk, name: str = "housing") -> TestClient:
    return signed_in(desk.office, Role.RESPONDER, name)


def rows(client: TestClient) -> list[str]:
    """The lines of the section, as read."""
    page = LexborHTMLParser(client.get("/queue").text)
    return [
        re.sub(r"\s+", " ", row.text(separator=" ")).strip() for row in page.css("#calls tbody tr")
    ]


def badge(client: TestClient, path: str = "/ledger") -> str:
    page = LexborHTMLParser(client.get(path).text)
    shown = page.css_first('[data-count="calls"]')
    return shown.text() if shown is not None else "none"


def seen(client: TestClient) -> str:
    found = re.search(r'name="seen" value="(\d+)"', client.get(PAGE).text)
    assert found is not None
    return found[1]


def test_a_supervision_of_the_desk_reaches_the_units_page_and_goes_with_its_report(
    desk: Desk,
) -> None:
    """Through the web from end to end."""
    home = unit(desk)
    assert home.post(f"{PAGE}/act/acknowledge", data={"seen": seen(home)}).status_code == 200
    assert (rows(home), badge(home)) == ([], "")
    pressed = {"rung": "督办", "text": "限两日内反馈", "skip_reason": "群众反映强烈", "seen": "9"}
    pressed |= {"due_at": "2026-11-26T18:00", "seen": seen(desk.client)}
    assert desk.client.post(f"{PAGE}/act/press", data=pressed).status_code == 200
    (row,) = rows(home)
    for part in ("督办", "11-24 10:40", "林某", "锦绣花园物业费涨价", "限两日内反馈"):
        assert part in row
    assert "（限 11-26 18:00 前）" in row
    assert badge(home) == "1"
    assert ">督办</span>" in home.get("/ledger").text, "a mark in the row of its ledger"
    link = LexborHTMLParser(home.get("/queue").text).css_first("#calls .c-act a")
    assert link is not None
    form = home.get(str(link.attributes["href"])).text
    assert "<h2>下一步：反馈督办</h2>" in form or "<h2>催办督办反馈</h2>" in form
    assert "限两日内反馈" in form, "the case says what was asked"
    answer = {"text": "已约谈物业公司", "seen": seen(home)}
    assert home.post(f"{PAGE}/act/report_on_pressure", data=answer).status_code == 200
    assert (rows(home), badge(home)) == ([], "")
    assert ">督办</span>" not in home.get("/ledger").text
    said = text_of(desk.page(PAGE))
    assert "反馈： 已约谈物业公司" in said.replace("反馈：已", "反馈： 已")


def test_every_sort_of_call_has_what_when_by_whom_and_its_own_form(desk: Desk) -> None:
    desk.act(CASE, do.Instruct(text="请抓紧办理"), Role.LEADER)
    desk.act(CASE, do.Press(rung=do.Rung.REMIND, text="请尽快答复"))
    found = rows(unit(desk))
    assert [row.split()[0] for row in found] == ["批示", "催办", "新派单"]
    assert "请抓紧办理" in found[0]
    assert "请尽快答复" in found[1]
    page = unit(desk).get("/queue").text
    for command in ("report_on_instruction", "report_on_pressure", "acknowledge", "ask_return"):
        assert f'href="{PAGE}?do={command}#act"' in page, command
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "housing")
    desk.act(CASE, do.ReportOnPressure(text="已核实"), Role.RESPONDER, "housing")
    desk.act(CASE, do.DraftReply(text="已责令公示。"), Role.RESPONDER, "housing")
    desk.act(CASE, do.RejectReply(draft=1, reason="请写明日期"), Role.REVIEWER)
    found = rows(unit(desk))
    assert [row.split()[0] for row in found] == ["批示", "退改"]
    assert "请写明日期" in found[1]
    assert f'href="{PAGE}#reply">答复</a>' in unit(desk).get("/queue").text


def test_what_is_due_by_the_next_working_day_stands_there(desk: Desk) -> None:
    desk.put(item("2", received_at=datetime(2026, 11, 18, 9, 0, tzinfo=BEIJING)))
    desk.act("board-export:2", do.Acknowledge(), Role.RESPONDER, "housing")
    due = [row for row in rows(unit(desk)) if row.startswith("到期")]
    assert len(due) == 1
    assert "11-25 23:59 到期" in due[0]


def test_no_other_unit_has_any_of_it_on_page_badge_or_ledger(desk: Desk) -> None:
    desk.act(CASE, do.Assign(lead="housing", assisting=("police",), reason="联办"))
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "police")
    desk.act(CASE, do.Press(rung=do.Rung.REMIND, text="请尽快答复"))
    assert badge(unit(desk)) == "2"
    for other in ("education", "police"):
        client = unit(desk, other)
        assert (rows(client), badge(client)) == ([], ""), other
        for path in ("/queue", "/ledger"):
            page = client.get(path).text
            assert "请尽快答复" not in page, other
            assert ">催办</span>" not in page, other
    for role in (Role.DESK, Role.LEADER, Role.REVIEWER):
        client = signed_in(desk.office, role)
        assert badge(client) in ("", "none"), role
        assert 'id="calls"' not in client.get("/queue").text


def test_the_words_about_a_confidential_case_are_on_its_page_only(desk: Desk) -> None:
    desk.act(CASE, do.MarkConfidential(reason="要求保密"))
    desk.act(CASE, do.Press(rung=do.Rung.REMIND, text="请核实李某某反映的情况"))
    home = unit(desk)
    assert [row.split()[0] for row in rows(home)] == ["催办", "新派单"]
    assert "李某某" not in home.get("/queue").text


def test_while_a_return_waits_the_page_does_not_ask_to_acknowledge(desk: Desk) -> None:
    desk.act(CASE, do.AskReturn(reason="不属本局职责"), Role.RESPONDER, "housing")
    (row,) = rows(unit(desk))
    assert "已申请退回，等待值班台审批" in row
    assert row.endswith("打开")
    assert "签收" not in row
    assert f'href="{PAGE}">打开' in unit(desk).get("/queue").text


def test_what_was_called_for_does_not_stand_below_again(desk: Desk) -> None:
    page = unit(desk).get("/queue").text
    assert page.count(f'<a href="{PAGE}" data-line>') == 1
    assert "待签收" not in page


def test_the_number_is_counted_no_further_than_it_is_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(*(item(f"{number}") for number in range(2, 6)))
    monkeypatch.setattr(home_calls, "MOST", 2)
    with desk.office.readers.reader() as store:
        actor = Actor("u1", Role.RESPONDER, "周某", "housing")
        assert home_calls.count_calls(store, desk.office, actor) == 3


def test_where_there_may_be_more_the_page_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "件数很多" not in unit(desk).get("/queue").text
    for module in (home_calls, home_queue):
        monkeypatch.setattr(module, "LISTED" if module is home_calls else "MOST_CALLED", 1)
    desk.put(item("2"))
    assert len(rows(unit(desk))) == 1
    assert "每类只列出最先到期的 1 件" in unit(desk).get("/queue").text
