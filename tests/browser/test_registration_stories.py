"""登记来件 in a real browser: what is typed in at the desk arrives under its own channel, with its own
clock, and is found by it."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.town import TYPED_IN, People, Town
from tests.doors.office import until

pytestmark = pytest.mark.timeout(240)
TITLE = "幸福里小区消防通道被堵"
NUMBERS = {"gov-supervision": "督查2026-77", "wenzheng-ganzhou": "WZ-77", "service-hall": "DT-77"}
URGENT = "gov-supervision"


def _offered(page: Page, people: People, link: Locator) -> int:
    """A busy index answers without what it has not counted yet; the next look has it."""
    page.goto(f"{people.address}/ledger")
    return link.count()


def test_what_is_typed_in_arrives_under_its_own_channel_and_an_order_marked_urgent_is(
    people: People, town: Town
) -> None:
    officer = people("officer")
    made = {}
    for source, channel in TYPED_IN.items():
        officer.goto(f"{people.address}/register")
        officer.get_by_label("来源渠道").select_option(channel)
        officer.get_by_label("标题").fill(TITLE)
        officer.get_by_label("反映的内容").fill("消防通道停满了车，请住建局管一管。")
        officer.get_by_label("来源编号").fill(NUMBERS.get(source, ""))
        if source == URGENT:
            officer.get_by_label("来源要求的期限").fill("2026-11-25")
            officer.get_by_label("紧急程度").select_option("特急")
        with officer.expect_navigation():
            officer.get_by_role("button", name="登记", exact=True).click()
        expect(officer.locator("h1")).to_contain_text(TITLE)
        expect(officer.locator(".case-head .meta")).to_contain_text(channel)
        expect(officer.locator(".clocks li").first).to_be_visible()
        made[source] = officer.url
    for source, channel in TYPED_IN.items():
        link = officer.locator("#filters a[href*='channel=']", has_text=channel).first
        until(partial(_offered, officer, people, link), f"{channel} is offered")
        if not link.is_visible():
            officer.locator("#filters details", has=link).locator("summary").click()
        link.click()
        officer.wait_for_url(re.compile("channel="))
        line = officer.locator("a[data-line]", has_text=TITLE)
        expect(line).to_have_count(1)
        assert made[source].partition("?")[0].endswith(str(line.get_attribute("href")))
    officer.goto(made[URGENT])
    expect(officer.locator(".clocks li", has_text="以此为准")).to_contain_text("11-25 23:59")
    assert town.known(f"{URGENT}:{NUMBERS[URGENT]}").labels.urgent
    unit = people("clerk")
    unit.goto(f"{people.address}/queue")
    lines = unit.locator("#calls tr", has_text=TITLE)
    expect(lines).to_have_count(len(TYPED_IN))
    expect(lines.filter(has_text="危急")).to_have_count(1)  # a danger, and marked by who sent it
