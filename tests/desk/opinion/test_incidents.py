"""事件档案 at the desk: its pages, its clocks on 值班台 and in the papers, what joins by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from cases.alerts import AlertKind
from cases.registers.incident import Incident
from cases.registers.incident_clocks import Due
from cases.reporting.daily_paper import daily_blocks
from cases.reporting.periods import PeriodKind, containing
from cases.reporting.settings import PaperKind
from cases.words.actors import Role
from desk.http.pages import environment
from desk.opinion.incident_files import IncidentFiles
from desk.opinion.incident_round import IncidentRound
from desk.reports.making import count_morning, produce
from desk.reports.service import Reporting
from tests.desk.app.test_web import NOW, Desk
from tests.desk.app.test_web import item as letter
from tests.desk.clients import signed_in

GRAVE = {
    "title": "城北化工厂冒烟",
    "level": "重大",
    "noticed_at": "2026-11-24T04:00",
    "summary": "厂区冒烟，附近有异味",
}
"""Noticed six hours and forty minutes ago: the first information was due after five."""


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


@pytest.mark.parametrize("path", ["/incidents", "/watches"])
def test_the_form_of_a_register_opens_when_it_is_asked_for(desk: Desk, path: str) -> None:
    def is_open(address: str = path) -> bool:
        form = LexborHTMLParser(desk.page(address)).css_first("details.adding")
        assert form is not None
        return "open" in form.attributes

    if path == "/incidents":
        assert is_open()
        begin(desk)
        assert is_open("/incidents?summary=停水")
    assert not is_open()
    wrong = desk.client.post(path, data={"title": "只有名称", "level": "重大"})
    form = LexborHTMLParser(wrong.text).css_first("details.adding")
    assert form is not None
    assert ("open" in form.attributes, "只有名称" in str(form.html)) == (True, True)


def begin(desk: Desk, **changes: str) -> str:
    answer = desk.client.post("/incidents", data=GRAVE | changes)
    assert answer.status_code == 200, answer.text[:500]
    return str(answer.url).rpartition("/")[2]


def round_(desk: Desk) -> None:
    IncidentRound(desk.settings, desk.office.file, desk.runner).step()


def words(page: str) -> str:
    """The text of a page as it is read."""
    body = LexborHTMLParser(page).body
    assert body is not None
    return " ".join(body.text().split())


# -- pages -----------------------------------------------------------------------------


def post(desk: Desk, step: str, seen: int, **typed: str) -> str:
    answer = desk.client.post(f"/incidents/YQ2026-0001/{step}", data={"seen": seen, **typed})
    return f"{answer.status_code} {answer.text}"


def test_an_incident_from_the_first_word_to_the_archive(desk: Desk) -> None:
    desk.put(letter("7"))
    form = {
        "title": "城东水管爆裂<script>",
        "level": "较大",
        "noticed_at": "2026-11-23T08:00",
        "summary": "三个小区停水",
        "refs": "board-export:7",
    }
    opened = desk.client.post("/incidents", data=form)
    assert opened.status_code == 200, opened.text[:300]
    assert "11-25 08:00" in opened.text
    assert "<script>" not in opened.text.replace("<script src", "")
    assert "锦绣花园物业费涨价" in opened.text
    early = post(
        desk, "note", 1, part="舆情回应", text="已抢修", at="2026-11-23T10:00", where="官网"
    )
    assert early.startswith("400")
    assert "先作风险研判" in early
    assert "已抢修" in early  # what was typed stays
    for seen, part in enumerate(("风险研判", "调查核实", "舆情回应", "复盘"), 1):
        answer = (
            post(
                desk, "note", seen, part=part, text=part, at=f"2026-11-23T1{seen}:00", where="官网"
            )
            if seen < 4
            else post(desk, "note", seen, part=part, text=part, at="2026-11-24T10:00", where="")
        )
        assert answer.startswith("200"), answer[:200]
    assert post(desk, "end", 4, text="完").startswith("400")  # somebody has written since
    done = post(desk, "end", 5, text="已恢复供水")
    assert done.startswith("200")
    assert "已归档" in desk.page("/incidents")
    reviewer = signed_in(desk.office, Role.REVIEWER)
    assert reviewer.get("/incidents/YQ2026-0001").status_code == 200
    assert reviewer.post("/incidents", data=form).status_code == 403
    assert desk.client.get("/incidents/YQ2026-0404").status_code == 404


def test_an_open_event_and_its_alerts_are_seen_though_there_is_no_case_yet(desk: Desk) -> None:
    begin(desk)
    round_(desk)
    page = words(desk.page("/"))
    assert "首次信息发布已逾期" in page
    assert "还没有事项" not in page


PHONE = "13912345678"


def test_personal_data_that_was_written_into_a_file_is_shown_masked(desk: Desk) -> None:
    desk.put(letter("7"))
    told = f"请联系{PHONE}"
    begin(desk, title=f"冒烟，{told}", summary=told)
    ask = {"unit": "housing", "part": "处置", "text": told}
    assert post(desk, "ask", 1, **ask).startswith("200")
    assert post(desk, "recall", 2, task="1", text=told).startswith("200")
    assert post(desk, "ask", 3, **ask).startswith("200")
    assert post(desk, "grade", 4, level="较大", text=told).startswith("200")
    note = {"part": "监测", "at": "2026-11-24T09:00", "text": told}
    assert post(desk, "note", 5, **note).startswith("200")
    round_(desk)
    assert all(PHONE not in one.text for one in desk.runner.store.alerts(100))
    housing = signed_in(desk.office, Role.RESPONDER, "housing")
    for page in (
        desk.page("/"),
        desk.page("/incidents"),
        desk.page("/incidents/YQ2026-0001"),
        housing.get("/incidents/YQ2026-0001").text,
        housing.get("/api/v1/incidents/YQ2026-0001").text,
    ):
        assert "139****5678" in page
        assert PHONE not in page


# -- clocks ----------------------------------------------------------------------------


def test_an_event_past_its_clock_calls_stands_on_the_first_page_and_in_the_papers(
    desk: Desk,
) -> None:
    desk.put(letter("7"))
    number = begin(desk)
    round_(desk)
    round_(desk)
    alerts = desk.runner.store.alerts(10)
    (alert,) = [one for one in alerts if one.incident]
    assert (alert.kind, alert.role) == (AlertKind.ESCALATED, Role.LEADER)
    assert "首次信息发布已逾期" in alert.text
    page = desk.page("/")
    assert f'href="/incidents/{number}"' in page
    assert "首次信息发布已逾期，时限 11-24 09:00" in page
    assert (
        '<a href="/incidents" class="late" data-tone="late"><b>1</b><span>事件逾期</span>' in page
    )
    assert 'data-section="incidents"' in page

    reporting = Reporting.of(desk.settings).as_decided(desk.office.file)
    ledger = desk.runner.store.ledger
    morning = count_morning(ledger, reporting, NOW - timedelta(days=1), NOW)
    daily = str(daily_blocks(morning))
    assert "突发事件" in daily
    assert "逾期 1 项：首次信息发布" in daily
    assert "城北化工厂冒烟" in desk.page("/morning")
    week = containing(PeriodKind.WEEK, NOW.date())
    weekly = produce(PaperKind.WEEKLY, ledger, reporting, week, NOW).document
    assert "“城北化工厂冒烟”（重大，11-24 04:00 发现）" in str(weekly.blocks)


def test_each_event_is_read_once_for_all_its_alerts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(letter("7"))
    begin(desk)
    round_(desk)
    (alert,) = [one for one in desk.runner.store.alerts(10) if one.incident]
    stale = replace(alert, alert_id="YQ2026-0001/event_x@20261101000000:event_due")
    unknown = replace(alert, incident="YQ2026-0099", alert_id="YQ2026-0099/x@1:event_due")
    other = replace(alert, incident="", alert_id="board:1:overdue")
    book = desk.office.get(IncidentFiles).book
    read: list[str] = []
    get = book.get

    def counted(number: str) -> Incident | None:
        read.append(number)
        return get(number)

    monkeypatch.setattr(book, "get", counted)
    told = [alert, stale, unknown, other] * 500
    assert book.calling(told, desk.office.rules) == [alert, other] * 500
    assert sorted(read) == ["YQ2026-0001", "YQ2026-0099"]


def test_an_event_that_was_answered_calls_no_more(desk: Desk) -> None:
    begin(desk)
    round_(desk)
    said = {"at": "2026-11-24T10:00", "where": "县政府网站", "text": "已处置"}
    for seen, part in enumerate(("风险研判", "首次信息发布"), 1):
        answer = post(desk, "note", seen, part=part, **said)
        assert answer.startswith("200"), answer[:300]
    page = desk.page("/")
    assert "首次信息发布已逾期" not in page
    assert "<b>0</b><span>事件逾期</span>" in page


def test_a_clock_of_a_closed_file_runs_no_more(desk: Desk) -> None:
    noticed = NOW - timedelta(days=2)
    due = Due(
        key="event_press",
        label="新闻发布会",
        started_at=noticed,
        due_at=noticed + timedelta(hours=24),
        met_at=None,
    )
    begin(desk)  # the pages and their templates are there
    parts = environment().get_template("opinion_parts.html").module
    for ended, said in ((None, "已逾期，未完成"), (noticed + timedelta(hours=5), "未完成")):
        shown = str(parts.standing(due, {"now": NOW}, ended))  # type: ignore[attr-defined]
        assert f">{said}<" in shown


# -- units -----------------------------------------------------------------------------


def test_a_unit_writes_its_part_and_nobody_else_reads_the_file(desk: Desk) -> None:
    number = begin(desk)
    unknown = post(desk, "ask", 1, unit="nowhere", part="调查核实")
    assert "没有编号为“nowhere”的单位" in unknown
    asked = post(desk, "ask", 1, unit="housing", part="调查核实", text="查清起火点")
    assert asked.startswith("200"), asked[:300]
    assert "调查核实 时限 11-24 13:40 未完成" in words(asked), "three hours by the table"
    housing = signed_in(desk.office, Role.RESPONDER, "housing")
    others = signed_in(desk.office, Role.RESPONDER, "education")
    assert others.get(f"/incidents/{number}").status_code == 404
    assert number not in others.get("/incidents").text
    page = housing.get(f"/incidents/{number}").text
    assert "查清起火点" in page
    assert "归档，以后不能再改" not in page
    badge = LexborHTMLParser(page).css_first('[data-count="incidents"]')
    assert badge is not None
    assert badge.text() == "1"
    form = {"seen": 2, "part": "调查核实", "at": "2026-11-24T10:30", "text": "三号仓起火，已扑灭"}
    assert others.post(f"/incidents/{number}/note", data=form).status_code == 404
    wrong = housing.post(f"/incidents/{number}/note", data=form | {"part": "风险研判"})
    assert wrong.status_code == 400
    assert "单位填写请它写的部分" in wrong.text
    done = housing.post(f"/incidents/{number}/note", data=form)
    assert done.status_code == 200, done.text[:300]
    shown = desk.page(f"/incidents/{number}")
    assert "三号仓起火，已扑灭" in shown
    assert "11-24 10:40 完成 ✓" in words(shown)
    assert (
        housing.post(f"/incidents/{number}/end", data={"seen": 3, "text": "完"}).status_code == 400
    )


# -- what joins ------------------------------------------------------------------------


def test_messages_join_by_their_words_while_the_file_is_open(desk: Desk) -> None:
    desk.put(
        letter("1", title="化工厂冒烟", body="城北化工厂冒烟，味道刺鼻。"),
        letter("2", title="化工厂招聘", body="城北化工厂什么时候招聘？"),
        letter("3", title="化工厂演练", body="化工厂冒烟演练什么时候结束？"),
    )
    number = begin(desk, any_of="冒烟 爆炸", all_of="化工厂", none_of="演练")
    round_(desk)
    page = desk.page(f"/incidents/{number}")
    assert "自动归入，关键词 化工厂、冒烟" in page
    assert "化工厂招聘" not in page
    assert "化工厂演练" not in page
    assert "怎样传播" in page
    out = post(desk, "part", 1, ref="board-export:1", text="说的是另一家厂")
    assert out.startswith("200"), out[:300]
    round_(desk)
    assert "有关事项" not in desk.page(f"/incidents/{number}").replace("有关事项编号", "")


def test_what_joins_does_not_take_the_page_of_who_writes_out_of_date(desk: Desk) -> None:
    number = begin(desk, any_of="化工厂")
    desk.put(letter("1", title="化工厂冒烟", body="城北化工厂冒烟，味道刺鼻。"))
    round_(desk)
    assert "化工厂冒烟" in desk.page(f"/incidents/{number}")
    answer = post(desk, "note", 1, part="监测", at="2026-11-24T10:00", text="本地群组转发")
    assert answer.startswith("200"), answer[:300]


def test_a_case_that_is_not_there_is_named(desk: Desk) -> None:
    number = begin(desk)
    answer = post(desk, "link", 1, refs="board-export:404")
    assert answer.startswith("400")
    assert "没有事项 board-export:404" in answer
    assert desk.page(f"/incidents/{number}")


# -- the interface ---------------------------------------------------------------------


def test_a_program_writes_an_event_from_its_beginning_to_its_end(desk: Desk) -> None:
    desk.put(letter("1", title="化工厂冒烟", body="城北化工厂冒烟，味道刺鼻。"))
    wanted = GRAVE | {"refs": ["board-export:1"], "level": "较大"}
    made = desk.client.post("/api/v1/incidents", json=wanted)
    assert made.status_code == 200, made.text
    said = made.json()
    steps = f"/api/v1/incidents/{said['number']}/steps"
    assert (said["seen"], said["members"][0]["case_id"]) == (1, "board-export:1")
    assert said["spread"] == [{"begin": said["spread"][0]["begin"], "counts": {"问政平台": 1}}]

    def write(step: str, **body: object) -> dict[str, Any]:
        seen = desk.client.get(f"/api/v1/incidents/{said['number']}").json()["seen"]
        answer = desk.client.post(steps, json={"step": step, "seen": seen, **body})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    for part in ("风险研判", "调查核实"):
        write("note", part=part, at="2026-11-24T09:00", text=part)
    write("ask", unit="housing", part="处置", due_at="2026-11-24T20:00")
    housing = signed_in(desk.office, Role.RESPONDER, "housing")
    note = {"step": "note", "seen": 4, "part": "处置", "at": "2026-11-24T10:00", "text": "已停产"}
    assert housing.post(steps, json=note).status_code == 200
    link = "https://www.example.gov.cn/a"
    answered = write(
        "note", part="舆情回应", at="2026-11-24T10:30", text="通报", where="官网", url=link
    )
    assert answered["published"][0]["url"] == link
    assert not any(due["late"] for due in answered["dues"])
    write("note", part="复盘", at="2026-11-24T10:35", text="演练不够")
    assert write("end", text="已处置")["open"] is False
    stale = desk.client.post(steps, json=note)
    assert stale.status_code == 409
    assert "已经归档" in stale.text
    assert desk.client.post(steps, json={"step": "dance"}).status_code == 404
    assert housing.post("/api/v1/incidents", json=wanted).status_code == 403
