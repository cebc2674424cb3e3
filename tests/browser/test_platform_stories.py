"""The desk as second level of the city's platform, and a question answered on the spot, in a real
browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from cases.record.case import State
from cases.record.platform import Sent
from cases.registers import qa
from cases.registers.qa import Document, Written
from cases.words.actors import Actor, Role
from desk.ground.deskfile import DeskFile
from desk.qa.book import Book
from tests.browser.town import NOW, People, Town, does
from tests.doors.office import until

pytestmark = pytest.mark.timeout(240)
ANSWER = "带身份证和户口簿到县政务服务中心二楼医保窗口办理，当场办结。"


def a_published_entry(town: Town) -> None:
    before = NOW - timedelta(days=30)
    writer, approver = Actor("w", Role.DESK, "何某"), Actor("s", Role.REVIEWER, "沈某")
    file = DeskFile(town.home / "desk.db")
    book = Book(file)
    policy = Document(
        title="城乡居民医疗保险办法", reference="县府发〔2026〕8号", valid_from=before.date()
    )
    number = book.add_document(policy, before, writer)
    entry = Written(
        question="新生儿怎样参加医保", answer=ANSWER, document=number, clause="第十二条"
    )
    written = book.write(entry, before, writer).number
    book.do(written, 1, qa.Submitted(), before, writer)
    book.do(written, 2, qa.Approved(), before, approver)
    file.close()


def test_a_question_is_answered_in_one_press_and_closes_with_its_delivery(
    people: People, town: Town
) -> None:
    a_published_entry(town)
    number = "260000000000001301"
    case_id = town.order_comes(number, "新生儿医保怎么办", "请问新生儿怎样参加医保？要带哪些材料？")
    officer = people.at_case("officer", case_id)
    choice = officer.locator("#instant .reply").first
    expect(choice).to_contain_text("都说到：新生儿怎样参加医保")
    with officer.expect_navigation():
        choice.get_by_role("button", name="按此原文答复").click()
    until(lambda: town.known(case_id).state is State.CLOSED, "the case closes")
    (taken,) = [one for one in town.platform.taken if one.json.get("record_number") == number]
    assert taken.json["note10"] == ANSWER
    officer.reload()
    expect(officer.locator("main")).to_contain_text("依据：问答 Q0001 第 1 版")


def test_an_order_is_returned_to_the_platform_which_refuses_and_then_presses(
    people: People, town: Town
) -> None:
    number = "260000000000001302"
    case_id = town.assigned(number, "幸福里小区路灯坏了", "幸福里小区路灯坏了，请住建局管一管。")
    officer = people.at_case("officer", case_id)
    does(officer, "return_to_platform", reason="属邻县管辖")
    until(lambda: all(m.sent is Sent.TAKEN for m in town.known(case_id).upward), "both are taken")
    told = [one.json for one in town.platform.taken if one.json.get("gdbh") == number]
    assert [one["act"] for one in told] == ["签收", "退单"]
    assert told[1]["reason"] == "属邻县管辖"
    says = {
        "record_number": number,
        "audit": {"id": "A-1", "kind": "TD", "result": "不同意", "opinion": "属你县"},
        "supervise": {"id": "D-1", "opinion": "限两日办结"},
    }
    town.platform_says(says)
    until(lambda: town.known(case_id).pressures, "the platform's words reach the case")
    officer.reload()
    exchange = officer.locator(".upward")
    expect(exchange).to_contain_text("平台不同意，继续办理")
    expect(officer.locator("main")).to_contain_text("上级平台督办：限两日办结")
    unit = people("clerk")
    unit.goto(f"{people.address}/queue")
    expect(unit.locator("#calls")).to_contain_text("上级平台督办：限两日办结")
    officer.goto(f"{people.address}/exchange")
    expect(officer.locator("main")).to_contain_text("对上交换")
