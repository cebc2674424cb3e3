"""谁多久没看: whether a unit has looked at what was given to it, and 催办 in one press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Role
from desk.cases.looks import Looks
from desk.phrasing.times import how_long
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in

GAS = {"title": "燃气泄漏，居民被困", "body": "楼道里燃气泄漏，请住建局处理，随时可能爆炸。"}
CASE = "board-export:1"
PAGE = "/cases/board-export%3A1"
JSON = {"accept": "application/json"}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    made.put(item(**GAS))
    made.act(CASE, do.Assign(lead="police", reason="危及安全"))
    yield made
    made.close()


def case_of(desk: Desk) -> Case:
    return desk.runner.store.ledger.load([CASE])[CASE]


def row(desk: Desk, role: Role = Role.DESK) -> str:
    """The line of the case in 要先办的, as read."""
    page = LexborHTMLParser(signed_in(desk.office, role).get("/").text)
    found = page.css_first(f'#hand tr[data-id="{CASE}"]')
    assert found is not None
    return re.sub(r"\s+", " ", found.text(separator=" "))


def panel(desk: Desk) -> str:
    page = LexborHTMLParser(desk.page("/"))
    found = page.css_first("#unseen")
    assert found is not None
    return re.sub(r"\s+", " ", found.text(separator=" ")).strip()


def test_until_the_unit_opens_the_case_it_has_not_looked(desk: Desk) -> None:
    assert "没看" in row(desk)
    assert panel(desk) == "", "what was just given to a unit is not counted against it"
    assert "未签收，没有看过，派单已 1 分钟" in text_of(desk.page(PAGE))
    desk.office.clock = lambda: NOW + timedelta(hours=1)
    assert panel(desk).startswith("1 件，最久 1 小时：县公安局 1 件")
    unit = signed_in(desk.office, Role.RESPONDER, "police")
    unit.get("/queue")
    assert "没看" in row(desk), "a list is no look at the case"
    unit.get(PAGE)
    assert "待签收 1 分钟前看过" in row(desk)
    assert panel(desk) == ""
    assert "未签收，11-24 11:40 林某 看过" in text_of(desk.page(PAGE))
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "police")
    assert "看过" not in row(desk)


def test_who_is_not_of_the_unit_leaves_no_mark(desk: Desk) -> None:
    for role, unit in (
        (Role.DESK, ""),
        (Role.LEADER, ""),
        (Role.ADMIN, ""),
        (Role.REVIEWER, ""),
        (Role.RESPONDER, "housing"),
    ):
        signed_in(desk.office, role, unit).get(PAGE)
    assert desk.office.get(Looks).of([case_of(desk)]) == {}


def test_a_unit_that_gets_it_again_has_not_looked_yet(desk: Desk) -> None:
    looks = desk.office.get(Looks)
    unit = signed_in(desk.office, Role.RESPONDER, "police")
    unit.get(PAGE)
    first = looks.of([case_of(desk)])
    assert list(first) == [(CASE, "police")]
    unit.get(PAGE)
    assert looks.of([case_of(desk)]) == first, "the first look stays"
    case = case_of(desk)
    later = tuple(
        replace(task, assigned_at=task.assigned_at + timedelta(hours=1)) for task in case.tasks
    )
    assert looks.of([replace(case, tasks=later)]) == {}


def test_other_units_are_not_told_who_has_looked(desk: Desk) -> None:
    desk.act(CASE, do.Assign(lead="police", assisting=("housing",), reason="联办"), again="2")
    page = text_of(signed_in(desk.office, Role.RESPONDER, "housing").get(PAGE).text)
    assert "没有看过" not in page
    assert "看过" not in page
    assert "未签收" in page


def remind(desk: Desk, seen: str = "") -> tuple[int, str]:
    form = {"case": CASE, "seen": seen or str(case_of(desk).seq)}
    answer = desk.client.post("/today/remind", data=form, headers=JSON)
    return answer.status_code, answer.text


def test_one_press_reminds_and_the_unit_has_it(desk: Desk) -> None:
    assert "催办" in row(desk)
    assert remind(desk)[0] == 200
    (pressure,) = case_of(desk).pressures
    assert (pressure.rung, pressure.by) == (do.Rung.REMIND, "desk")
    assert "今日已催办" in row(desk)
    page = desk.page("/")
    assert 'class="remind"' not in page, "once a day"
    unit = signed_in(desk.office, Role.RESPONDER, "police")
    assert "请尽快查看、签收" in text_of(unit.get("/queue").text)


def test_a_reminder_of_what_changed_meanwhile_is_not_sent(desk: Desk) -> None:
    seen = str(case_of(desk).seq)
    desk.act(CASE, do.Acknowledge(), Role.RESPONDER, "police")
    status, said = remind(desk, seen)
    assert (status, "别人办理过" in said) == (409, True)
    assert case_of(desk).pressures == ()


def test_only_the_desk_reminds_and_a_leader_sees_who_has_not_looked(desk: Desk) -> None:
    assert "没看" in row(desk, Role.LEADER)
    leader = signed_in(desk.office, Role.LEADER)
    assert 'class="remind"' not in leader.get("/").text
    form = {"case": CASE, "seen": "1"}
    assert leader.post("/today/remind", data=form).status_code == 403
    unit = signed_in(desk.office, Role.RESPONDER, "housing")
    assert unit.post("/today/remind", data=form).status_code == 404


def test_what_has_no_unit_is_neither_unseen_nor_reminded_of(desk: Desk) -> None:
    asked = do.AskReturn(reason="不属本局")
    desk.act(CASE, asked, Role.RESPONDER, "police")
    desk.act(CASE, do.DecideReturn(unit="police", approve=True))
    assert "没看" not in row(desk)
    assert 'class="remind"' not in desk.page("/")
    assert panel(desk) == ""


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "1 分钟"), (3, "3 小时"), (47, "1 天"), (48, "2 天"), (-1, "1 分钟")]
)
def test_how_long_in_words(hours: int, words: str) -> None:
    at: datetime = NOW
    assert how_long(at - timedelta(hours=hours), at) == words
