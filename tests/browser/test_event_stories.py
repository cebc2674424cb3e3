"""A public event from the first word to the closed file, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import People, Town

pytestmark = pytest.mark.timeout(240)
LINK = "https://www.example.gov.cn/notice/1"


def pressed(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def writes(page: Page, part: str, at: str, text: str, where: str = "", url: str = "") -> None:
    page.locator("form[action$='/note'] [name=part]").select_option(part)
    for name, value in {"at": at, "text": text, "where": where, "url": url}.items():
        page.locator(f"form[action$='/note'] [name={name}]").fill(value)
    pressed(page, "记录")


def fold(page: Page, heading: str) -> None:
    page.locator("details.step > summary", has_text=heading).first.click()


def test_an_event_is_late_is_told_is_answered_and_closed_with_its_reasons(
    people: People, town: Town
) -> None:
    officer = people("officer")
    officer.goto(f"{people.address}/incidents")
    if not officer.locator("[name=title]").is_visible():
        officer.locator("details.adding > summary").click()
    for name, value in {
        "title": "学府路主水管爆裂",
        "noticed_at": "2026-11-24T04:00",
        "summary": "学府路主水管爆裂，三个小区停水",
        "any_of": "爆裂",
        "none_of": "演练",
    }.items():
        officer.locator(f"[name={name}]").fill(value)
    officer.locator("[name=level]").select_option("重大")
    pressed(officer, "建立")
    where = officer.url
    expect(officer.locator("main")).to_contain_text("首次信息发布 时限 11-24 09:00 已逾期，未完成")

    # Nobody published anything within five hours: the first page says so, and the alert comes.
    today = people("officer")
    expect(today.locator("#counters a", has_text="事件逾期").locator("b")).to_have_text("1")
    expect(today.locator("#events")).to_contain_text("首次信息发布已逾期，时限 11-24 09:00")
    expect(today.locator("#alerts")).to_contain_text("学府路主水管爆裂")
    today.locator("#alerts a", has_text="学府路主水管爆裂").first.click()
    expect(today).to_have_url(where)

    # What citizens write of it joins by itself; a drill does not.
    town.order_comes("260000000000001501", "水管爆裂", "学府路水管爆裂，家里没有水。")
    town.order_comes("260000000000001502", "爆裂演练", "水管爆裂演练什么时候结束？")
    for _ in range(60):
        officer.goto(where)
        if officer.locator("#members").count():
            break
        officer.wait_for_timeout(500)
    expect(officer.locator("#members")).to_contain_text("水管爆裂")
    expect(officer.locator("#members")).not_to_contain_text("演练")
    expect(officer.locator("#spread svg")).to_be_visible()

    _a_unit_writes(people, officer, where)

    # The desk answers, looks back, and closes the file; what was late needs its reasons.
    officer.goto(where)
    writes(officer, "风险研判", "2026-11-24T09:30", "影响三个小区")
    writes(officer, "首次信息发布", "2026-11-24T10:30", "正在抢修", "县政府网站", LINK)
    expect(officer.locator("#published a")).to_have_attribute("href", LINK)
    writes(officer, "复盘", "2026-11-24T10:35", "发布流程太长")
    expect(officer.locator("#review")).to_contain_text("晚 1 小时 30 分钟")
    fold(officer, "归档")
    end = officer.locator("form[action$='/end']")
    end.locator("[name=text]").fill("已恢复供水")
    end.locator("[name=why_late]").fill("等待抢修结果，今后先发已知情况")
    pressed(officer, "归档，以后不能再改")
    expect(officer.locator("header.register-head")).to_contain_text("已归档")
    expect(officer.locator("#review")).to_contain_text("今后先发已知情况")
    expect(officer.locator("#course")).to_contain_text("归档 已恢复供水")
    today.goto(people.address)
    expect(today.locator("#counters a", has_text="事件逾期").locator("b")).to_have_text("0")
    expect(today.locator("#alerts")).not_to_contain_text("学府路主水管爆裂")


def _a_unit_writes(people: People, officer: Page, where: str) -> None:
    fold(officer, "请单位写")
    ask = officer.locator("form[action$='/ask']")
    ask.locator("[name=unit]").select_option("housing")
    ask.locator("[name=part]").select_option("调查核实")
    ask.locator("[name=text]").fill("查清爆裂原因")
    pressed(officer, "请单位写")
    clerk = people("clerk")
    clerk.locator(".side a[data-section=incidents]").click()
    clerk.get_by_role("link", name="学府路主水管爆裂").click()
    expect(clerk.locator("main")).to_contain_text("请县住房和城乡建设局写调查核实：查清爆裂原因")
    writes(clerk, "调查核实", "2026-11-24T10:20", "管道老化，已更换")
    expect(clerk.locator("main")).to_contain_text("调查核实 时限 11-24 13:40 11-24 10:40 完成 ✓")
    answer = people("school").goto(where)
    assert answer is not None
    assert answer.status == 404
