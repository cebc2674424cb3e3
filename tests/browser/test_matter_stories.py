"""One matter, one answer, in a real browser: several citizens, one draft, a letter for each."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from cases.record.case import State
from tests.browser.town import People, Town
from tests.doors.office import until

pytestmark = pytest.mark.timeout(240)
TITLE = "幸福里小区二次供水水压不足"
BODY = "幸福里小区二次供水水压不足，高层没有水，请住建局管一管。"
NUMBERS = ("260000000000001201", "260000000000001202", "260000000000001203")


def pressed(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button).first.click()


def test_three_citizens_are_answered_with_one_draft_and_the_third_is_split_out(
    people: People, town: Town
) -> None:
    ids = [town.assigned(number, TITLE, BODY) for number in NUMBERS]
    for case_id in ids:
        if "w-water" not in town.known(case_id).matters:
            town.act(case_id, "link_matter", "officer", matter="w-water")
    unit = people.at_case("clerk", ids[0])
    unit.get_by_role("link", name="看整个事项，一并答复").click()
    if not unit.url.endswith("/matters/w-water"):  # the program has linked them before
        unit.goto(f"{people.address}/matters/w-water")
    expect(unit.locator("main")).to_contain_text("3 件")
    expect(unit.locator("input[name=case]")).to_have_count(3)
    pressed(unit, "把选中的并单办理")
    where = unit.url
    chief = people("chief")
    unit.locator("tr", has_text=NUMBERS[2]).get_by_role("button", name="拆出").click()
    expect(unit.locator("main")).to_contain_text("已拆出，单独答复")
    text = (
        "尊敬的【称呼】：\n您好！您反映的问题（受理编号：【受理编号】）收悉。加压泵已更换，水压恢复"
        "正常。咨询电话：0999-2345678。\n【署名】"
    )
    unit.locator("#reply-text").fill(text)
    expect(unit.locator("#kept")).to_contain_text("已暂存")
    chief.goto(where)
    expect(chief.locator("main")).to_contain_text("住建局 周某 正在起草")
    pressed(unit, "提交审核，2 件")
    chief.reload()
    expect(chief.locator("main")).to_contain_text("待审核")
    pressed(chief, "通过，2 件")
    reviewer = people("reviewer")
    reviewer.goto(where)
    for box in reviewer.locator("[name=checklist]").all():
        box.check()
    pressed(reviewer, "通过，2 件")
    unit.goto(where)
    before = len(town.platform.taken)
    pressed(unit, "发送答复，2 件")
    until(
        lambda: all(town.known(one).state is State.REPLIED for one in ids[:2]), "both are answered"
    )
    unit.reload()
    expect(unit.locator('td[data-name="进展"] .done')).to_have_count(2)
    said = [one.json for one in town.platform.taken[before:]]
    sent = [one for one in said if "record_number" in one]  # the others are signatures
    assert sorted(str(one["record_number"]) for one in sent) == list(NUMBERS[:2])
    for one in sent:
        text = str(one["note10"])
        assert f"受理编号：{one['record_number']}）" in text
        assert "尊敬的王女士：" in text
        assert not any(n in text for n in NUMBERS if n != one["record_number"])
    assert [town.known(case_id).state is State.REPLIED for case_id in ids] == [True, True, False]
    school = people("school")
    answer = school.goto(where)
    assert answer is not None
    assert answer.status == 404
