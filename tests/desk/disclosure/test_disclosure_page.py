"""依申请公开 at the desk: the register of requests, what is asked for often, proposals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.disclosure import Result
from cases.record.item import Item
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.disclosure.register import asked_before
from desk.disclosure.routes import request_line
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in

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
    late = text_of(desk.page("/disclosure?list=已逾期"))
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


# -- too many requests, and the fee ------------------------------------------


def test_who_asks_often_in_a_month_is_listed_masked(desk: Desk) -> None:
    same = {"phone": "13900015555"}
    many = [asked(str(n), f"申请公开第{n}号文件", **same) for n in range(1, 11)]
    desk.put(*many)
    assert "没有申请人在一个自然月内申请超过 10 件" in text_of(desk.page("/disclosure"))
    last = asked("11", "申请公开第11号文件", received_at=NOW, **same)
    desk.put(last, asked("90", "申请公开校车采购合同", phone="13900016666"))
    page = desk.page("/disclosure")
    listed = text_of(page[page.index("申请较多的申请人") : page.index("主动公开建议")])
    assert "2026-11 李** 11 件" in listed
    assert "13900015555" not in page
    with desk.office.readers.reader() as store:
        cases = store.ledger.load(["board-export:11", "board-export:90"])
        before = {each: asked_before(store.ledger, case) for each, case in cases.items()}
    assert before == {"board-export:11": 10, "board-export:90": 0}
    assert "同一申请人本月在此件之前有 10 件" in desk.page("/cases/board-export:11")


def test_requests_of_nobody_known_and_of_another_month_are_not_added_up(desk: Desk) -> None:
    early = datetime(2026, 10, 31, 23, 59, tzinfo=BEIJING)
    first = datetime(2026, 11, 1, 0, 0, tzinfo=BEIJING)
    same = {"phone": "13900015555"}
    desk.put(asked("1", received_at=early, **same), asked("2", received_at=first, **same))
    desk.put(asked("3", **same), asked("4", phone="", author=""), asked("5", phone="", author=""))
    with desk.office.readers.reader() as store:
        cases = store.ledger.load([f"board-export:{n}" for n in range(1, 6)])
        counts = [asked_before(store.ledger, cases[f"board-export:{n}"]) for n in range(1, 6)]
    assert counts == [0, 0, 1, 0, 0]


def test_a_fee_is_charged_printed_and_paid_at_the_desk(desk: Desk) -> None:
    desk.put(asked("1"))
    where = "/cases/board-export:1"
    assert "发出收费通知" in desk.page(where)
    assert desk.client.get("/print/fee/board-export:1").status_code == 404
    sent = {"basis": "按量计收", "count": "120", "via": "财政票据系统扫码", "seen": "9"}
    answer = desk.client.post(f"{where}/act/charge_fee", data=sent)
    assert answer.status_code == 200, answer.text[:300]
    assert "按量计收 120 页，1100 元" in answer.text
    assert "待缴费" in desk.page("/disclosure")
    assert "李建国" not in desk.page("/print/fee/board-export:1")
    form = {"then": "/print/fee/board-export:1", "reason": "寄给申请人"}
    paper = text_of(desk.client.post(f"{where}/unmask", data=form).text)
    for said in ("1100 元", "李建国", "国办函〔2020〕109号", "财政票据系统扫码", "次日起 30 日内"):
        assert said in paper, said
    desk.client.post(f"{where}/act/fee_noticed", data={"received_on": "2026-11-24", "seen": "10"})
    assert "2026-12-24 前" in text_of(desk.page("/print/fee/board-export:1"))
    assert "至 12-24" in text_of(desk.page("/disclosure"))
    paid = desk.client.post(f"{where}/act/take_payment", data={"receipt": "0001", "seen": "11"})
    assert "答复期限重新起算" in paid.text
    assert "待缴费" not in desk.page("/disclosure")


def test_a_unit_neither_charges_nor_prints_the_notice(desk: Desk) -> None:
    desk.put(asked("1"))
    desk.act("board-export:1", do.Assign(lead="housing", reason="职责"))
    unit = signed_in(desk.office, Role.RESPONDER, "housing")
    assert "发出收费通知" not in unit.get("/cases/board-export:1").text
    assert unit.get("/print/fee/board-export:1").status_code == 404


def test_reasons_are_asked_for_and_judged_on_the_page(desk: Desk) -> None:
    desk.put(asked("1"))
    where = "/cases/board-export:1"
    ask = {"about": "一个月内申请 46 件", "until": "2026-12-01", "seen": "9"}
    assert "要求申请人说明理由" in desk.client.post(f"{where}/act/ask_reason", data=ask).text
    judge = {"reasonable": "true", "given": "撰写论文", "note": "核对课题", "seen": "10"}
    assert "认定申请理由合理" in desk.client.post(f"{where}/act/judge_reason", data=judge).text
    untold = {"working_days": "30", "reason": "量大", "seen": "11"}
    refused = desk.client.post(f"{where}/act/delay_answer", data=untold)
    assert "须告知申请人" in refused.text
    told = {**untold, "citizen_told": "true"}
    assert "延迟答复 30 个工作日" in desk.client.post(f"{where}/act/delay_answer", data=told).text
