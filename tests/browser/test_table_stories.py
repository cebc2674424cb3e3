"""An administrator changes a table of a running desk in a real browser, and takes it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import People, Town
from tests.doors.office import until

pytestmark = pytest.mark.timeout(240)
TITLE, BODY = "观鸟台的栏杆松了", "湖边观鸟台的栏杆松了，请修一修。"


def routed(town: Town, number: str) -> str:
    return town.known(town.order_comes(number, TITLE, BODY)).unit


def pressed(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_words_of_the_directory_are_tried_saved_reach_the_stream_and_are_taken_back(
    people: People, town: Town
) -> None:
    before = routed(town, "260000000000001701")
    assert before != "meteorology"
    page = people("keeper")
    page.goto(f"{people.address}/admin/tables")
    page.get_by_role("link", name="派单目录", exact=True).click()
    page.get_by_role("link", name="新增一行").click()
    page.get_by_label("事项").fill("观鸟台")
    page.get_by_label("词（必填）").fill("观")
    page.get_by_label("承办单位（必填）").select_option("meteorology")
    pressed(page, "保存")
    expect(page.locator(".field.wrong")).to_contain_text("两个字以上")
    expect(page.get_by_label("事项")).to_have_value("观鸟台")

    page.get_by_label("词（必填）").fill("观鸟台、湖边栏杆")
    pressed(page, "检查，看看会怎样")
    expect(page.locator("#effects")).to_contain_text("1 件会改派")
    expect(page.locator("#effects")).to_contain_text(TITLE)
    pressed(page, "保存")
    expect(page.locator(".said")).to_contain_text("已保存，现在起生效。")
    expect(page.locator("tbody")).to_contain_text("本地新增")
    until(lambda: "观鸟台" in town.said_in_overlay("units.toml"), "the file is written")
    town.takes_on_tables()
    assert routed(town, "260000000000001702") == "meteorology"

    pressed(page, "撤回这次改动")
    expect(page.locator(".said")).to_contain_text("已撤回")
    assert "观鸟台" not in town.said_in_overlay("units.toml")
    town.takes_on_tables()
    assert routed(town, "260000000000001703") == before
