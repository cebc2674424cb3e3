"""使用手册 in a browser: from any page to what is said of it, a search, and the pictures of all chapters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from desk.manual import routes
from desk.manual.book import read_book
from tests.manual_pictures import SHOTS, pictured_desk, take
from tests.screenshots import signed_in
from tests.servers import Browser

pytestmark = pytest.mark.timeout(300)
MOST_BYTES = 120_000
"""Of one picture: a page of them has to come fast over a slow line."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pictured_desk(tmp_path_factory.mktemp("desk")) as address:
        yield address


def test_an_officer_asks_what_to_do_and_looks_a_word_up(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "housing", 1366) as page:
        page.goto(f"{address}/queue")
        page.get_by_role("link", name="怎么办？").click()
        expect(page.get_by_role("heading", name="一件留言办五步")).to_be_in_viewport()
        page.get_by_placeholder("在手册里查找").fill("退回")
        page.get_by_role("button", name="查找").click()
        expect(page.locator("mark").first).to_have_text("退回")
        page.get_by_role("link", name="不归我们管").click()
        expect(page.get_by_role("heading", name="不归我们管")).to_be_in_viewport()


def test_every_picture_is_taken_and_shown(
    browser: Browser, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(take(browser, address, tmp_path)) == [shot.name for shot in SHOTS]
    large = {one.stem: one.stat().st_size for one in tmp_path.iterdir()}
    assert {name: size for name, size in large.items() if size > MOST_BYTES} == {}
    monkeypatch.setattr(routes, "PICTURES", tmp_path)
    monkeypatch.setattr(routes, "read_book", lambda: read_book(tmp_path))
    with signed_in(browser, address, "zhiban", 1366) as page:
        page.goto(f"{address}/manual/duty")
        picture = page.get_by_alt_text("回访：解决了吗、满意吗，分开记")
        picture.scroll_into_view_if_needed()
        page.wait_for_function(
            "one => one.complete && one.naturalWidth > 0", arg=picture.element_handle()
        )
        expect(page.locator("figcaption").first).to_be_visible()
