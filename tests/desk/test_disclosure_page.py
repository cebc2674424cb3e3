"""依申请公开 at the desk: the register of requests, what is asked for often, proposals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cases import commands as do
from cases.actors import Role
from cases.disclosure import Result
from cases.item import Item
from cases.times import BEIJING
from desk.web.disclosure_pages import request_line
from tests.desk.clients import signed_in
from tests.desk.test_web import NOW, Desk, item, text_of

PHONE = "13900012345"
LOOK = ("答复依据", "国家秘密", "商业秘密和个人隐私", "救济途径")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def asked(number: str, title: str = "申请公开滨河片区征收补偿方案", **changes: object) -> Item:
    values: dict[str, object] = {
        "channel": "依申请公开",
        "title": title,
        "body": f"{title}，请住建局答复，联系电话{PHONE}。",
        "author": "李建国",
        "phone": f"1390001{number.zfill(4)}",
        "disclosure": True,
    }
    return item(number, **{**values, **changes})


def granted(desk: Desk, case_id: str) -> None:
    desk.act(case_id, do.DecideDisclosure(result=Result.GRANTED))


def test_the_register_shows_number_applicant_dates_state_and_result(desk: Desk) -> None:
    early = datetime(2026, 10, 9, 9, 0, tzinfo=BEIJING)
    desk.put(asked("1"), asked("2", "申请公开校车采购合同"), asked("3", received_at=early))
    desk.put(item("9", title="路灯不亮"))
    desk.act("board-export:2", do.Consult(party="某客运公司", about="合同价款"))
    granted(desk, "board-export:1")
    page = text_of(desk.page("/disclosure"))
    assert "全部 3" in page
    assert "李**" in page
    assert "李建国" not in page
    assert "征求意见 至 12-15" in page
    assert "暂停计时" in page
    assert "予以公开" in page
    assert "逾期" in page
    assert "路灯不亮" not in page
    late = text_of(desk.page("/disclosure?list=已超期"))
    assert "校车" not in late.partition("多次申请的信息")[0]
    assert "没有“很久”这一类" in desk.page("/disclosure?list=很久", 400)


def test_a_confidential_request_shows_neither_title_nor_applicant(desk: Desk) -> None:
    desk.put(asked("1", confidential=True))
    page = desk.page("/disclosure")
    assert "征收补偿" not in page
    assert "李*" not in page
    assert "（保密件）" in page


def test_a_unit_sees_its_own_requests_only(desk: Desk) -> None:
    desk.put(asked("1"))
    desk.act("board-export:1", do.Assign(lead="housing", reason="职责"))
    assert "征收补偿" in signed_in(desk.office, Role.RESPONDER, "housing").get("/disclosure").text
    other = signed_in(desk.office, Role.RESPONDER, "education").get("/disclosure").text
    assert "征收补偿" not in other
    assert "主动公开建议" not in other


def test_what_three_people_ask_for_is_proposed_once_it_was_given(desk: Desk) -> None:
    desk.put(asked("1"), asked("2", "申请公开滨河片区的征收补偿方案"))
    assert "没有 3 件以上" in desk.page("/disclosure")
    desk.put(asked("3", "要求公开滨河片区征收补偿方案"), asked("4", "申请公开校车采购合同"))
    page = text_of(desk.page("/disclosure"))
    assert "3 件，3 人" in page
    assert "还没有予以公开的答复" in page
    send = {"case": "board-export:1"}
    early = desk.client.post("/disclosure/proposals", data=send)
    assert early.status_code == 400
    granted(desk, "board-export:2")
    assert desk.client.post("/disclosure/proposals", data=send).status_code == 200
    assert "GK2026-0001" in desk.page("/disclosure")
    again = desk.client.post("/disclosure/proposals", data={"case": "board-export:3"})
    assert "已经建议过" in again.text
    nothing = desk.client.post("/disclosure/proposals", data={"case": "board-export:4"})
    assert nothing.status_code == 400


def test_a_proposal_is_decided_by_somebody_else(desk: Desk) -> None:
    desk.put(asked("1"), asked("2"), asked("3"))
    granted(desk, "board-export:1")
    desk.client.post("/disclosure/proposals", data={"case": "board-export:1"})
    decision = {"seen": "1", "publish": "1", "text": "门户网站征地信息公开栏目"}
    own = desk.client.post("/disclosure/proposals/GK2026-0001", data=decision)
    assert "提出人以外" in own.text
    reviewer = signed_in(desk.office, Role.REVIEWER)
    empty = reviewer.post("/disclosure/proposals/GK2026-0001", data={**decision, "text": " "})
    assert "请写明" in empty.text
    reviewer.post("/disclosure/proposals/GK2026-0001", data=decision)
    assert "已主动公开 门户网站征地信息公开栏目" in text_of(desk.page("/disclosure"))
    twice = reviewer.post("/disclosure/proposals/GK2026-0001", data={**decision, "seen": "2"})
    assert "已经审定" in twice.text


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEADER])
def test_only_the_desk_proposes(desk: Desk, role: Role) -> None:
    answer = signed_in(desk.office, role).post("/disclosure/proposals", data={"case": "x"})
    assert answer.status_code == 403


def test_the_forms_of_the_statute_stand_on_the_page_of_a_request_alone(desk: Desk) -> None:
    desk.put(asked("1"), item("9"))
    request = desk.page("/cases/board-export:1")
    for title in ("告知补正", "征求意见", "登记答复结果", "确认收到申请"):
        assert title in request, title
    assert "告知补正" not in desk.page("/cases/board-export:9")
    sent = {"missing": "请写明年度", "until": "2026-12-10", "seen": "9"}
    answer = desk.client.post("/cases/board-export:1/act/ask_supplement", data=sent)
    assert answer.status_code == 200, answer.text[:300]
    assert "告知申请人补正" in answer.text
    assert "待补正" in answer.text


def test_a_request_that_was_answered_in_time_is_not_late_afterwards(desk: Desk) -> None:
    desk.put(asked("1", received_at=datetime(2026, 11, 24, 9, 0, tzinfo=BEIJING)))
    answer = do.AnswerNow(text="已在门户网站公开。", result=Result.PUBLIC)
    desk.act("board-export:1", answer)
    (case,) = desk.runner.store.ledger.load(["board-export:1"]).values()
    line = request_line(case, desk.office, NOW.replace(year=2027, month=3))
    assert (line.listed.value, line.late, line.result) == ("已答复", False, "已主动公开")
