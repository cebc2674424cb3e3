"""Between the desk and a unit, in a real browser: 督办 and its report, 退回 and its ruling."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from cases.routing.reasons import Rule
from tests.browser.town import People, Town, does, form
from tests.doors.office import until

pytestmark = pytest.mark.timeout(240)
LIVE = 30_000
"""Milliseconds: how long a page may take to show what happened."""


def call(page: Page, title: str, kind: str) -> Locator:
    """The line of 上级催办和交办."""
    return page.locator("#calls tr", has_text=title).filter(has_text=kind)


def test_a_supervision_reaches_the_open_page_of_the_unit_and_its_report_the_desk(
    people: People, town: Town
) -> None:
    title = "幸福里小区电梯停运"
    case_id = town.assigned("260000000000000111", title, "幸福里小区电梯停运，请住建局管一管。")
    unit, other = people("clerk"), people("school")
    unit.goto(f"{people.address}/queue")
    badge = unit.locator('[data-count="calls"]')
    before = int(badge.inner_text() or "0")
    officer = people.at_case("officer", case_id)
    place = form(officer, "press")
    place.get_by_label("督办").check()
    place.locator("[name=text]").fill("三日内修复并报告")
    place.locator("[name=skip_reason]").fill("有老人被困")
    with officer.expect_navigation():
        place.locator("button").click()
    # The unit has only left its page open.
    expect(badge).to_have_text(str(before + 1), timeout=LIVE)
    unit.reload()
    line = call(unit, title, "督办")
    expect(line).to_contain_text("三日内修复并报告")
    expect(line).to_contain_text("值班员 林某")
    line.get_by_role("link", name="反馈", exact=True).click()
    does(unit, "report_on_pressure", text="已更换主板，今晚恢复运行")
    unit.goto(f"{people.address}/queue")
    expect(call(unit, title, "督办")).to_have_count(0)
    expect(badge).to_have_text(str(before) if before else "")
    officer.goto(people.case_address(case_id))
    expect(officer.locator("main")).to_contain_text("已更换主板，今晚恢复运行")
    (pressure,) = town.known(case_id).pressures
    assert (pressure.report, pressure.reported_at is not None) == ("已更换主板，今晚恢复运行", True)
    other.goto(f"{people.address}/queue")
    assert title not in other.content()


def test_a_unit_that_says_how_is_told_by_telephone_and_by_its_open_page(
    people: People, town: Town
) -> None:
    unit = people("clerk")
    unit.goto(f"{people.address}/notices")
    unit.get_by_label("接收人").select_option(label="住建局 周某")
    unit.get_by_label("方式").select_option("office-sms")
    unit.get_by_label("手机号、邮箱").fill("13911110001")
    with unit.expect_navigation():
        unit.get_by_role("button", name="添加").click()
    expect(unit.locator("main")).to_contain_text("139****0001")
    with unit.expect_navigation():
        unit.get_by_role("button", name="发测试消息").click()
    expect(unit.get_by_role("status").filter(has_text="测试消息已发出")).to_be_visible()
    unit.goto(f"{people.address}/queue")
    unit.locator("#queue").click()  # a browser is silent until something was pressed
    # What is there when a browser listens for the first time is no news to it.
    until(lambda: unit.evaluate("localStorage.getItem('huiyin-call-clerk')"), "it listens")
    town.order_comes(
        "260000000000000131", "幸福里小区路灯不亮", "幸福里小区路灯不亮，请住建局管一管。"
    )
    banner = unit.locator("#call")
    expect(banner).to_contain_text("上级催办和交办：新派单", timeout=LIVE)
    expect(banner).to_have_attribute("data-sounded", "1")
    assert "幸福里" not in banner.inner_text()
    until(lambda: len(town.gateway.told) > 1, "the telephone is told")
    assert set(town.gateway.told) == {"13911110001"}
    assert "幸福里" not in town.gateway.said
    # Switched off, the line comes and the sound does not.
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden()
    unit.locator(".account summary").click()
    unit.get_by_role("button", name="提示音：开").click()
    expect(unit.get_by_role("button", name="提示音：关")).to_be_visible()
    town.order_comes(
        "260000000000000132", "幸福里小区门禁坏了", "幸福里小区门禁坏了，请住建局管一管。"
    )
    expect(banner).to_be_visible(timeout=LIVE)
    expect(banner).to_have_attribute("data-sounded", "1")
    # What this browser has told it does not tell again.
    unit.reload()
    expect(unit.locator("#stream")).to_have_text("实时")
    expect(unit.locator("#calls")).to_contain_text("门禁坏了")
    expect(banner).to_be_hidden()


def test_a_unit_gives_back_the_desk_rules_and_the_next_one_goes_right_at_once(
    people: People, town: Town
) -> None:
    title = "校门口违规搭建停车棚"
    body = "学校门口违规搭建停车棚，请住建局管一管。"
    case_id = town.order_comes("260000000000000121", title, body)
    assert town.known(case_id).unit == "housing"
    unit = people("clerk")
    unit.goto(f"{people.address}/queue")
    call(unit, title, "新派单").get_by_role("link", name="退回").click()
    asked = form(unit, "ask_return")
    asked.locator("[name=reason]").fill("校园内的设施由教体部门管理")
    asked.locator("[name=suggested_unit]").select_option("education")
    with unit.expect_navigation():
        asked.locator("button").click()
    unit.goto(f"{people.address}/queue")
    waiting = call(unit, title, "新派单")
    expect(waiting).to_contain_text("已申请退回，等待值班台审批")
    expect(waiting.get_by_role("link", name="签收")).to_have_count(0)

    officer = people("officer")
    row = officer.locator("#returns li", has_text=title)
    expect(row).to_contain_text("校园内的设施由教体部门管理")
    expect(row).to_contain_text("建议转县教育体育局")
    row.get_by_role("button", name="同意，改派到县教育体育局").click()
    expect(row).to_have_count(0, timeout=LIVE)
    assert town.known(case_id).unit == "education"
    school = people("school")
    school.goto(f"{people.address}/queue")
    expect(call(school, title, "新派单")).to_be_visible()
    gone = unit.goto(people.case_address(case_id))
    assert gone is not None
    assert gone.status == 404

    officer.goto(f"{people.address}/disputes")
    dispute = officer.locator("tbody tr", has_text=title)
    expect(dispute).to_contain_text("同意退回")
    dispute.get_by_text("列入派单目录").click()
    dispute.get_by_label("事项").fill("校门口设施")
    dispute.get_by_label("来件里都出现才算的词").fill("学校门口 搭建")
    dispute.get_by_label("依据").fill("县政府办会议纪要第3号")
    with officer.expect_navigation():
        dispute.get_by_role("button", name="列入，由县教育体育局承办").click()
    expect(officer.locator("#rulings")).to_contain_text("校门口设施")
    town.takes_on_tables()
    body = "学校门口又有人搭建广告牌，请住建局管一管。"
    again = town.order_comes("260000000000000122", "校门口搭建广告牌", body)
    case = town.known(again)
    assert (case.unit, case.unit_rule) == ("education", Rule.RULING)
    assert "县政府办会议纪要第3号" in case.unit_reason
