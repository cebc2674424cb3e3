"""The main stories of the desk in a real browser, against `huiyin run` as it is started."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import expect

from cases.record.case import State
from tests.browser.town import ON_ONE_MACHINE, PASSWORD, People, Town, does, form, tries
from tests.doors.office import until

pytestmark = [pytest.mark.timeout(240), ON_ONE_MACHINE]
LIVE = 30_000
"""Milliseconds: how long a page may take to show what happened."""

GOOD = (
    "您好！经现场核实，幸福里小区物业公司擅自提高停车费的情况属实，县住建局已责令其按备案标准"
    "收取，多收的停车费已全部退还业主。咨询电话：0999-2345678。"
)
WITH_NUMBER = GOOD.replace("0999-2345678", "13800001111")
FEES = ("幸福里小区停车费涨价", "幸福里小区的物业公司乱收停车费，请住建局管一管。")


def test_an_officer_sees_a_grave_case_appear_takes_note_and_assigns_it(
    people: People, town: Town
) -> None:
    page = people("officer")
    title = "幸福里小区燃气泄漏有人被困"
    case_id = town.order_comes("260000000000000101", title, "楼道里燃气泄漏，有人被困，请速来。")
    row = page.locator("#hand tr", has_text=title)
    expect(row).to_be_visible(timeout=LIVE)
    expect(row.locator(".tag.new")).to_be_visible()
    alert = page.locator("#alerts li", has_text=title).filter(has_text="危急")
    expect(alert).to_be_visible(timeout=LIVE)
    alert.get_by_role("button", name="知悉").click()
    expect(alert.locator(".ack")).to_contain_text("值班员 林某")
    row.locator("a[data-line]").focus()
    page.keyboard.press("a")
    page.keyboard.type("住建")
    page.locator("#assign-reason").fill("请立即到场处置")
    page.keyboard.press("Enter")
    expect(page.locator("#assign")).not_to_be_visible()
    expect(row.locator(".c-unit")).to_contain_text("县住房和城乡建设局", timeout=LIVE)
    case = town.known(case_id)
    assert (case.unit, case.dispatched) == ("housing", True)
    assert "officer" in {event.actor.id for event in case.history}


def test_another_unit_opens_neither_the_page_nor_the_answer_of_the_interface(
    people: People, town: Town
) -> None:
    case_id = town.assigned("260000000000000201", *FEES)
    page, other = people("clerk"), people("school")
    for each, status in ((page, 200), (other, 404)):
        answer = each.goto(people.case_address(case_id))
        assert answer is not None
        assert answer.status == status
        machine = each.request.get(f"{people.address}/api/v1/cases/{case_id}")
        assert machine.status == status
    assert FEES[0] not in other.content()
    assert machine.json()["error"]
    for path in ("/queue", f"/ledger?q={FEES[0]}"):
        other.goto(people.address + path)
        assert other.locator("a[data-line]", has_text=FEES[0]).count() == 0


REPORT = ("物业收费的反映", "幸福里小区物业科与开发商往来密切，请核查。")


def test_an_accused_unit_learns_nothing_of_the_report(people: People, town: Town) -> None:
    case_id = town.assigned("260000000000000211", *REPORT)
    number = case_id.rpartition(":")[2]
    page = people("clerk")
    page.goto(f"{people.address}/ledger")
    expect(page.locator("a[data-line]", has_text=REPORT[0]).first).to_be_visible()
    town.act(case_id, "mark_confidential", "officer", reason="反映本单位", accused=["housing"])
    kind = town.known(case_id).labels.kind.value
    for path in (
        people.case_address(case_id),
        f"{people.address}/ledger?size=200",
        f"{people.address}/ledger?kind={kind}&q={number}",
        f"{people.address}/queue",
        f"{people.address}/print/case/{case_id}",
        f"{people.address}/print/handover/{case_id}/housing",
        f"{people.address}/cases/{case_id}/files",
    ):
        page.goto(path)
        for word in (REPORT[0], "往来密切", "反映本单位"):
            assert word not in page.content(), (path, word)
    page.goto(f"{people.address}/ledger?kind={kind}&q={number}")
    assert page.locator(f"a[data-line][href*='{number}']").count() == 0
    looked = [
        page.request.post(
            f"{people.case_address(case_id)}/look",
            form={"text": f"您好，{word}一事已核实，电话 0999-2345678。"},
            headers={"x-csrf-token": "none", "origin": people.address},
        ).status
        for word in ("往来密切", "路灯不亮")
    ]
    assert looked[0] == looked[1]


def test_a_paper_is_masked_until_its_reason_is_given(people: People, town: Town) -> None:
    body = f"{FEES[1]}我的电话 13800002222，请回复。"
    case_id = town.assigned("260000000000000212", "停车费涨价", body)
    page = people("officer")
    paper = f"{people.address}/print/handover/{case_id}/housing"
    page.goto(paper)
    expect(page.locator("main.sheet")).to_contain_text("138****2222")
    assert "13800002222" not in page.content()
    page.get_by_label("这份文书已脱敏").fill("现场核实需要联系")
    page.get_by_role("button", name="显示后打印").click()
    expect(page.locator("main.sheet")).to_contain_text("13800002222")
    assert page.get_by_role("button", name="显示后打印").count() == 0
    # Somebody else who gets hold of the address reads what he may without a reason.
    other = people("clerk")
    other.goto(page.url)
    expect(other.locator("main.sheet")).to_contain_text("138****2222")


def test_a_number_stops_the_reply_the_text_stays_and_the_unit_signs_off(
    people: People, town: Town
) -> None:
    case_id = town.order_comes("260000000000000301", *FEES)
    page = people.at_case("clerk", case_id)
    does(page, "acknowledge")
    text = page.locator("#reply-text")
    text.fill(WITH_NUMBER)
    # Said while he types, and again when he submits all the same.
    expect(page.locator("#looked .stop")).to_contain_text("13800001111", timeout=LIVE)
    page.locator("#writing button.primary").click()
    expect(page.get_by_role("alert")).to_contain_text("手机号")
    expect(page.get_by_role("alert")).to_contain_text("请删去后再提交")
    expect(page.locator("#looked .stop")).to_contain_text("13800001111")
    expect(text).to_have_value(WITH_NUMBER)
    assert town.known(case_id).round.drafts == ()
    text.fill(GOOD)
    page.locator("#writing button.primary").click()
    page.wait_for_url(re.compile("done=draft_reply"))
    expect(page.locator("#reply")).to_contain_text("待本单位审签（1/2）")
    # Nobody signs off what he wrote himself.
    assert page.locator("form[action$='/act/approve_reply']").count() == 0
    chief = people.at_case("chief", case_id)
    does(chief, "approve_reply", note="同意")
    expect(chief.locator("#reply")).to_contain_text("待保密审查（2/2）")
    (draft,) = town.known(case_id).round.drafts
    assert (draft.text, draft.by, draft.approvals, draft.approved) == (
        GOOD, "clerk", ("chief",), False,
    )  # fmt: skip


def test_the_reviewer_rejects_and_the_reason_comes_back_to_the_writer(
    people: People, town: Town
) -> None:
    case_id = town.signed_off("260000000000000401", *FEES, GOOD)
    reviewer = people("reviewer")
    reviewer.goto(people.case_address(case_id))
    reviewer.locator(".review summary", has_text="退改").click()
    does(reviewer, "reject_reply", reason="请写明退款的金额")
    page = people("clerk")
    page.goto(f"{people.address}/queue")
    page.locator(f"a[data-line][href*='{case_id.rpartition(':')[2]}']").click()
    expect(page.locator(".writing")).to_contain_text("上一稿被退改：请写明退款的金额")
    expect(page.locator("#reply-text")).to_have_value(GOOD)
    page.locator("#reply-text").fill(GOOD + "共退还1280元。")
    page.locator("#writing button.primary").click()
    page.wait_for_url(re.compile("done=draft_reply"))
    assert [draft.rejected for draft in town.known(case_id).round.drafts] == [
        "请写明退款的金额",
        "",
    ]


def test_from_the_review_to_the_citizen_and_the_ledger(people: People, town: Town) -> None:
    number = "260000000000000501"
    case_id = town.signed_off(number, *FEES, GOOD)
    # The reviewer: without the ticks nothing is approved.
    reviewer = people.at_case("reviewer", case_id)
    review = form(reviewer, "approve_reply")
    review.locator("button").click()
    assert "done=" not in reviewer.url
    for tick in review.locator("[name=checklist]").all():
        tick.check()
    review.locator("button").click()
    reviewer.wait_for_url(re.compile("done=approve_reply"))
    # The unit sends it, once, by the citizen's own door.
    clerk = people.at_case("clerk", case_id)
    clerk.get_by_role("button", name="发送答复").click()
    clerk.wait_for_url(re.compile("done=sending"))
    until(lambda: town.known(case_id).state is State.REPLIED, "the case knows of its delivery")
    clerk.reload()
    expect(clerk.locator("#reply")).to_contain_text("已答复群众")
    expect(clerk.locator("#reply")).to_contain_text("R-77")
    sent = [taken.json for taken in town.platform.taken]
    assert [one for one in sent if one.get("record_number") == number] == [
        {"record_number": number, "note10": GOOD}
    ]
    # The desk asks the citizen, publishes and closes.
    officer = people.at_case("officer", case_id)
    ask = form(officer, "call_back")
    ask.get_by_label("已解决").check()
    ask.get_by_label("满意", exact=True).check()
    ask.locator("button").click()
    officer.wait_for_url(re.compile("done=call_back"))
    does(officer, "publish", where="政府门户网站互动交流栏目")
    does(officer, "close")
    case = town.known(case_id)
    assert case.state is State.CLOSED
    assert case.round.callback is not None
    assert (case.round.callback.resolved, case.round.callback.satisfied) == (True, True)
    expect(officer.locator(".case-head")).to_contain_text("按时答复")
    # It stands in the ledger under these conditions, and in what is exported of it.
    officer.goto(f"{people.address}/ledger?state=closed&q=停车费&satisfied=yes")
    assert officer.locator(".chips > b").inner_text() == "1"
    expect(officer.locator("a[data-line]")).to_contain_text(FEES[0])
    officer.locator("summary", has_text="导出").click()
    officer.select_option("#export select[name=format]", "csv")
    with officer.expect_download() as download:
        officer.locator("#export button").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert case_id in row.values()
    assert (row["状态"], row["按时"], row["答复"]) == ("已办结", "是", GOOD)


def test_the_group_is_told_once_also_over_a_death_of_the_program(
    people: People, town: Town
) -> None:
    page = people("officer")
    first, second = "锦绣商场三楼起火", "城南化工厂爆炸"
    case_id = town.order_comes("260000000000000601", first, "商场三楼起火，浓烟很大，请速来。")
    until(lambda: town.told_of(first), "the group is told")
    until(
        lambda: any("AlertNoted" in type(e.body).__name__ for e in town.known(case_id).history),
        "the case knows that the group was told",
    )
    town.kill()
    expect(page.locator("#stream")).to_have_text("断开", timeout=LIVE)
    town.start()
    town.order_comes("260000000000000602", second, "化工厂爆炸，有人受伤，请速来。")
    until(lambda: town.told_of(second), "the group is told of what came later")
    assert (town.told_of(first), town.told_of(second)) == (1, 1)
    # The page that was open all the time goes on by itself.
    expect(page.locator("#alerts li", has_text=second).first).to_be_visible(timeout=LIVE)
    page.goto(people.case_address(case_id))
    expect(page.locator(".history li", has_text="group")).to_have_count(1)


def test_who_comes_second_sees_what_changed_and_loses_no_text(people: People, town: Town) -> None:
    case_id = town.assigned("260000000000000701", *FEES)
    clerk, chief = people.at_case("clerk", case_id), people.at_case("chief", case_id)
    clerk.locator("#reply-text").fill(GOOD)
    does(chief, "log_contact", text="已电话联系来电人，约定周三上门。")
    clerk.locator("#writing button.primary").click()
    trouble = clerk.get_by_role("alert")
    expect(trouble).to_be_visible()
    expect(trouble.locator("li")).to_contain_text("吴某")
    expect(clerk.locator("#reply-text")).to_have_value(GOOD)
    assert town.known(case_id).round.drafts == ()
    clerk.locator("#writing button.primary").click()
    clerk.wait_for_url(re.compile("done=draft_reply"))
    assert [draft.text for draft in town.known(case_id).round.drafts] == [GOOD]


def test_a_lost_page_brings_the_text_back(people: People, town: Town) -> None:
    case_id = town.assigned("260000000000000801", *FEES)
    clerk = people.at_case("clerk", case_id)
    clerk.locator("#reply-text").fill("写了一半的答复")
    expect(clerk.locator("#kept")).to_contain_text("已暂存", timeout=LIVE)
    clerk.close()
    again = people.at_case("clerk", case_id)
    expect(again.locator("#reply-text")).to_have_value("写了一半的答复")


def test_a_wrong_password_and_the_lock(people: People) -> None:
    page = people.stranger()
    for _ in range(4):
        tries(page, "locked", "not the one at all")
        expect(page.get_by_role("alert")).to_contain_text("登录名或密码")
    tries(page, "locked", "not the one at all")
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码")
    # The right one comes too late, and nothing tells whether it was.
    tries(page, "locked", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("分钟后再试")
    assert page.url.endswith("/login")
    assert page.locator("[name=password]").input_value() == ""


def test_the_first_password_is_changed_before_anything_else(people: People) -> None:
    page = people.stranger()
    tries(page, "newcomer", PASSWORD)
    page.wait_for_url("**/password")
    page.goto(f"{people.address}/ledger")
    assert page.url.endswith("/password")
    expect(page.get_by_text("这是初始密码")).to_be_visible()
    page.fill("[name=old]", PASSWORD)
    page.fill("[name=new]", "four grey bridges in rain")
    page.fill("[name=again]", "four grey bridges in rain")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#counters")).to_be_visible()


def test_after_signing_out_the_back_button_shows_nothing(people: People, town: Town) -> None:
    case_id = town.assigned("260000000000000901", *FEES)
    page = people.at_case("clerk", case_id)
    expect(page.locator("h1")).to_contain_text(FEES[0])
    page.locator("details.account summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login")
    page.go_back()
    expect(page.locator("[name=password]")).to_be_visible()
    assert FEES[0] not in page.content()
