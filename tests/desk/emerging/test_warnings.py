"""What the desk makes of a 苗头预警: one matter, a unit told, a mute with its reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.words.actors import Role
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in
from tests.desk.emerging.test_begun import TOLD, warned

TELLER = "board-export:3"
MUTE = {"until": "2026-11-26T10:00", "reason": "水厂冲洗管网，已公告"}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Desk:
    return warned(tmp_path, root)


def act(desk: Desk, command: str, **typed: str) -> str:
    case = desk.runner.store.ledger.load([TELLER])[TELLER]
    form = {"seen": case.seq, "action": f"{command}{case.seq}", **typed}
    answer = desk.client.post(f"{TOLD}/act/{command}", data=form)
    return f"{answer.status_code} {answer.text}"


def calling(desk: Desk) -> str:
    """The alerts of the first page."""
    return desk.page("/").partition('id="alerts"')[2].partition("</section>")[0]


def test_it_is_listed_with_what_where_since_when_and_how_unusual(desk: Desk) -> None:
    page = desk.page("/emerging")
    assert "2 小时内 6 人反映“水”，平常约 0.1 人，偶然出现约 12 年一次" in page
    assert "都在滨河小区" in page
    assert "11-24 09:40" in page or "09:40" in page
    assert "3 件" in page
    responder = signed_in(desk.office, Role.RESPONDER, unit="housing")
    assert responder.get("/emerging").status_code == 403
    desk.close()


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMIN])
def test_who_may_not_know_of_the_others_reads_what_is_told(desk: Desk, role: Role) -> None:
    """An empty page would say that nothing begins."""
    page = signed_in(desk.office, role).get("/emerging").text
    assert "2 小时内 6 人反映“水”" in page
    assert "6 人" in page
    assert "没有苗头预警" not in page
    assert "滨河小区" not in page
    assert "board-export:1" not in page


def test_its_messages_become_one_matter_with_one_press(desk: Desk) -> None:
    answer = desk.client.post(f"/emerging/{TELLER}/matter", follow_redirects=False)
    assert answer.headers["location"] == "/matters/board-export%3A3"
    cases = desk.runner.store.ledger.load([f"board-export:{n}" for n in (1, 2, 3)])
    assert all(TELLER in case.matters for case in cases.values())
    # Pressed again it says nothing new.
    before = sum(case.seq for case in cases.values())
    assert desk.client.post(f"/emerging/{TELLER}/matter").status_code == 200
    again = desk.runner.store.ledger.load(list(cases))
    assert sum(case.seq for case in again.values()) == before
    desk.close()


def test_a_unit_is_told_and_reads_why(desk: Desk) -> None:
    form = {"unit": "water-company", "note": "请今天核查水质"}
    told = desk.client.post(f"/emerging/{TELLER}/tell", data=form)
    assert told.status_code == 200
    case = desk.runner.store.ledger.load([TELLER])[TELLER]
    assert case.unit == "housing"
    assert {task.unit for task in case.tasks} == {"housing", "water-company"}
    page = signed_in(desk.office, Role.RESPONDER, unit="water-company").get(TOLD).text
    assert "苗头预警：2 小时内 6 人反映“水”" in page
    assert "请今天核查水质" in page
    again = desk.client.post(f"/emerging/{TELLER}/tell", data=form)
    assert (again.status_code, "已在办理此件" in again.text) == (409, True)
    none = desk.client.post(f"/emerging/{TELLER}/tell", data={"unit": ""})
    assert "请选择要告知的单位" in none.text
    desk.close()


def test_a_mute_has_an_end_a_reason_and_a_name_and_is_taken_back(desk: Desk) -> None:
    assert "苗头预警" in calling(desk)
    assert "请填写静音的理由" in act(desk, "mute_emerging", **MUTE | {"reason": " "})
    assert "最长 30 天" in act(desk, "mute_emerging", **MUTE | {"until": "2027-03-01T10:00"})
    assert "应在现在以后" in act(desk, "mute_emerging", **MUTE | {"until": "2026-11-23T10:00"})
    assert act(desk, "mute_emerging", **MUTE).startswith("200")
    assert "苗头预警" not in calling(desk)
    for page in (desk.page("/emerging"), desk.page(TOLD)):
        assert "静音到 11-26 10:00：水厂冲洗管网，已公告" in page
    assert act(desk, "unmute_emerging", reason="公告已撤").startswith("200")
    assert "苗头预警" in calling(desk)
    assert "已静音" not in desk.page("/emerging")
    assert "没有静音" in act(desk, "unmute_emerging")
    desk.close()


def test_what_grows_under_a_mute_is_listed_and_calls_nobody(desk: Desk) -> None:
    before = len(desk.runner.store.alerts(100))
    grown = do.WarnEmerging(
        words=("水",), places=(), cases=("board-export:1", "board-export:2"), people=12, hours=8,
        usual=0.1, years=90.0, grown=True, since=NOW - timedelta(hours=8), muted_by=TELLER,
    )  # fmt: skip
    desk.act("board-export:1", grown, Role.SYSTEM)
    assert len(desk.runner.store.alerts(100)) == before
    assert f"已随 {TELLER} 静音，不另告警" in desk.page("/emerging")
    kinds = [one.kind for one in desk.runner.store.alerts(100)]
    assert kinds.count(AlertKind.EMERGING) == 1
    desk.close()


def grows(desk: Desk, number: int, *words: str, since: tuple[int, ...], grown: bool = True) -> None:
    cases = tuple(f"board-export:{each}" for each in since)
    warning = do.WarnEmerging(
        words=words, places=(), cases=cases, people=12, hours=8, usual=0.1, years=90.0, grown=grown,
        since=NOW - timedelta(hours=8),
    )  # fmt: skip
    desk.act(f"board-export:{number}", warning, Role.SYSTEM)


@pytest.mark.parametrize(("words", "since"), [(("水",), (1,)), (("水", "发黄"), (1, 3))])
def test_one_event_that_grows_is_one_row_with_what_was_told_before(
    desk: Desk, words: tuple[str, ...], since: tuple[int, ...]
) -> None:
    """Known again by its words, and by its messages where they have other words by now."""
    grows(desk, 1, *words, since=since)
    page = LexborHTMLParser(desk.page("/emerging"))
    (row,) = page.css("tbody tr")
    assert "人数又翻了一番" in row.css("[data-name=发生了什么] > a")[0].text()
    (told,) = row.css("details li")
    assert "2 小时内 6 人反映“水”" in told.text()
    assert act(desk, "mute_emerging", **MUTE).startswith("200")
    (told,) = LexborHTMLParser(desk.page("/emerging")).css("details li")
    assert "已静音" in told.text()
    # Who may not know of the messages knows it by its words.
    leader = LexborHTMLParser(signed_in(desk.office, Role.LEADER).get("/emerging").text)
    assert len(leader.css("tbody tr")) == (1 if words == ("水",) else 2)
    desk.close()


@pytest.mark.parametrize(("words", "grown"), [(("水",), False), (("停电",), True)])
def test_what_begins_anew_and_what_is_about_something_else_have_rows_of_their_own(
    desk: Desk, words: tuple[str, ...], *, grown: bool
) -> None:
    desk.put(item("4"))
    grows(desk, 1, *words, since=(4,), grown=grown)
    assert len(LexborHTMLParser(desk.page("/emerging")).css("tbody tr")) == 2
    desk.close()


def test_only_the_desk_presses_and_only_where_there_is_a_warning(desk: Desk) -> None:
    leader = signed_in(desk.office, Role.LEADER)
    assert leader.post(f"/emerging/{TELLER}/matter").status_code == 403
    assert leader.get(TOLD).text.count("告知单位") == 0
    assert desk.client.post("/emerging/board-export:1/matter").status_code == 404
    assert desk.client.post("/emerging/board-export:77/tell", data={}).status_code == 404
    desk.close()


def test_a_case_that_told_of_nothing_is_not_muted(desk: Desk) -> None:
    assert "mute_emerging" not in desk.page("/cases/board-export:1")
    case = desk.runner.store.ledger.load(["board-export:1"])["board-export:1"]
    form = {"seen": case.seq, **MUTE}
    answer = desk.client.post("/cases/board-export:1/act/mute_emerging", data=form)
    assert "没有苗头预警，不需要静音" in answer.text
    desk.close()
