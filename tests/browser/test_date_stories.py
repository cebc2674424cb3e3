"""The date that counts, in a real browser: the earlier of ours and the platform's, the same wherever
it is told, and moved by the platform alone."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.town import People, Town, does
from tests.doors.office import until

pytestmark = pytest.mark.timeout(240)
THEIRS = "来源要求的办理"
EARLY, LATE = "外墙瓷砖脱落甲", "外墙瓷砖脱落乙"
BODY = "幸福里小区的外墙瓷砖脱落，请住建局管一管。"


def counting(page: Page) -> Locator:
    """On a case: the clock that counts."""
    return page.locator(".clocks li", has_text="以此为准")


def row(unit: Page, people: People, title: str) -> Locator:
    """The line of 我的待办."""
    unit.goto(f"{people.address}/queue")
    return unit.locator("tr", has_text=title)


def test_the_earlier_date_counts_everywhere_and_the_platform_moves_its_own(
    people: People, town: Town
) -> None:
    early, late = "260000000000001601", "260000000000001602"
    first = town.order_comes(early, EARLY, BODY, "2026-11-26 18:00:00")
    second = town.order_comes(late, LATE, BODY, "2026-12-20 18:00:00")
    town.act(first, "acknowledge", "clerk")
    town.act(second, "acknowledge", "clerk")

    unit = people.at_case("clerk", first)
    expect(counting(unit)).to_contain_text(THEIRS)
    expect(counting(unit)).to_contain_text("11-26 18:00")
    expect(counting(unit)).to_contain_text("剩 2 个工作日")
    expect(unit.locator(".clocks")).to_contain_text("12-01")  # ours stays to be seen
    expect(unit.locator(".case-head")).to_contain_text("剩 2 个工作日")
    line = row(unit, people, EARLY)
    expect(line).to_contain_text("剩 2 个工作日")
    expect(line).to_contain_text("11-26 18:00 来源期限")
    machine = unit.request.get(f"{people.address}/api/v1/cases/{first}").json()
    told = machine["summary"]
    assert (told["due_at"], told["standing"]) == ("2026-11-26T18:00:00+08:00", "剩 2 个工作日")
    # Ours is the earlier one of the other, and of five working days never six are left.
    line = row(unit, people, LATE)
    expect(line).to_contain_text("剩 5 个工作日")
    expect(line).not_to_contain_text("来源期限")
    unit.goto(people.case_address(second))
    expect(counting(unit)).not_to_contain_text(THEIRS)
    expect(counting(unit)).to_contain_text("剩 5 个工作日")
    expect(unit.locator(".clocks")).to_contain_text("12-20 18:00")

    officer = people.at_case("officer", first)
    does(officer, "ask_platform_extension", until="2026-12-04", reason="要搭脚手架")
    until(lambda: said(town, early), "the platform is asked")
    assert [one["until"] for one in said(town, early)] == ["2026-12-04 23:59:59"]
    officer.reload()
    expect(counting(officer)).to_contain_text("11-26 18:00")  # asked is not granted
    granted = {"id": "Y-1", "kind": "YQ", "result": "同意", "new_limit": "2026-11-30 18:00:00"}
    town.platform_says({"record_number": early, "audit": granted})
    until(lambda: town.known(first).downward, "the platform's word reaches the case")
    officer.reload()
    expect(counting(officer)).to_contain_text("11-30 18:00")
    expect(counting(officer)).to_contain_text("原定 11-26 18:00")
    # And so it stands in what is exported.
    expect(row(unit, people, EARLY)).to_contain_text("11-30 18:00 来源期限")
    officer.goto(f"{people.address}/ledger?q={early}")
    officer.locator("summary", has_text="导出").click()
    officer.select_option("#export select[name=format]", "csv")
    with officer.expect_download() as download:
        officer.locator("#export button").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        (exported,) = csv.DictReader(file)
    assert first in exported.values()
    assert exported["答复期限"] == "2026-11-30T18:00:00+08:00"


def said(town: Town, number: str) -> list[dict[str, object]]:
    """What the platform was asked of an order."""
    taken = [one.json for one in town.platform.taken]
    return [one for one in taken if one.get("gdbh") == number and one["act"] == "延期"]
