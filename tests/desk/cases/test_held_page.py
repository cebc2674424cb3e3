"""待人工派单: what the desk sees of a case that no rule dispatched, and what nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.words.actors import Role
from tests.desk.api.helpers import Api, coded
from tests.desk.app.test_web import Desk
from tests.desk.app.test_web import item as board_item
from tests.desk.case_office import CaseOffice, item, next_of, text_of
from tests.desk.home.test_today import register

REPORT = "board-export:2"
BODY = "举报县住建局物业科科长周某受贿，收了锦绣花园物业公司两万元，我是他同事。"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    made.put(item("2", title="举报县住建局物业科科长受贿", body=BODY))
    yield made
    made.close()


def test_the_desk_sees_that_it_waits_why_and_whom_it_may_turn_to(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    page = officer.sees(REPORT)
    text = text_of(page)
    assert "没有自动派单：疑似举报单位或公职人员" in text
    assert "建议交由：县纪委监委" in text
    assert next_of(page) == "派单"
    for hidden in ("来件写到", "周某", "两万元", "可能被反映"):
        assert hidden not in text
    opened = text_of(officer.posts("unmask", {"reason": "派单"}, REPORT).text)
    assert "来件写到" in opened
    assert "可能被反映：县住房和城乡建设局" in opened
    assert "与其同属一个系统：县自来水公司" in opened


def test_units_see_nothing_and_other_roles_no_suggestion(desk: CaseOffice) -> None:
    for unit in ("housing", "water-company", "discipline"):
        assert desk.person(Role.RESPONDER, unit).opens(REPORT).status_code == 404
    for role in (Role.LEADER, Role.REVIEWER, Role.ADMIN):
        text = text_of(desk.person(role).sees(REPORT))
        assert "建议交由" not in text
        assert "可能被反映" not in text


def test_the_unit_it_is_kept_from_needs_a_reason(desk: CaseOffice) -> None:
    officer = desk.person(Role.DESK)
    answer = officer.posts("act/assign", {"lead": "housing", "seen": "2"}, REPORT)
    assert answer.status_code == 422
    assert "可能是举报该单位" in text_of(answer.text)
    officer.does("assign", REPORT, lead="discipline")
    assert desk.case(REPORT).unit == "discipline"
    assert desk.person(Role.RESPONDER, "housing").opens(REPORT).status_code == 404


def test_marking_the_unit_that_has_it_takes_it_away_on_the_page(desk: CaseOffice) -> None:
    desk.put(item())
    officer, unit = desk.person(Role.DESK), desk.person(Role.RESPONDER, "housing")
    assert "签收" in unit.sees()
    officer.does("mark_confidential", reason="来信人另述该局收钱", accused=["housing"])
    assert unit.opens().status_code == 404
    text = text_of(officer.sees())
    assert "没有自动派单：承办单位被标为被反映单位" in text
    assert "收回所派任务" in text


def test_the_alarm_is_on_the_desk_without_a_word_of_it(desk: CaseOffice) -> None:
    raised = [a for a in desk.runner.store.alerts(50) if a.case_id == REPORT]
    assert AlertKind.HELD in {alert.kind for alert in raised}
    assert all("受贿" not in alert.text for alert in raised)
    assert all(not alert.unit for alert in raised)


def test_a_unit_whose_part_was_taken_reads_no_alert_of_it_by_the_api(
    tmp_path: Path, root: Path
) -> None:
    desk = Desk(tmp_path, root / "config")
    desk.put(board_item("3", title="锦绣花园燃气泄漏有人被困", body="请县住建局快来人救命。"))
    case = next(iter(desk.runner.store.ledger.load(["board-export:3"]).values()))
    assert case.unit
    register(desk)
    unit = Api.of(desk, Role.RESPONDER, case.unit)
    (told,) = unit.json("/alerts")["items"]
    desk.act(case.case_id, do.MarkConfidential(reason="举报", accused=(case.unit,)))
    assert unit.json("/alerts")["items"] == []
    unit.post(f"/alerts/{coded(told['alert_id'])}/acknowledge", status=404)
    assert Api.of(desk, Role.DESK).json("/alerts")["items"]
    desk.close()
