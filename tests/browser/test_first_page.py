"""The pages in a real browser: nothing breaks, nothing sticks out, keys work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from cases.times import BEIJING
from desk import wiring
from desk.demo import load_demo
from desk.serve import listen
from desk.settings import read_settings
from desk.web.app import create_app
from desk.web.office import Office, Readers
from tests.servers import Browser

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
PAGES = ("/", "/ledger", "/ledger?view=overdue&q=小区", "/cases/demo:0003", "/dead-letters")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[str]:
    """The desk with sample data, on a free port."""
    settings = read_settings(
        {
            "HUIYIN_HOME": str(tmp_path_factory.mktemp("desk")),
            "HUIYIN_CONFIG": str(root / "config"),
            "HUIYIN_NOW": NOW.isoformat(),
        }
    )
    runner = wiring.open_runner(settings)
    load_demo(runner.store, runner.processor, NOW)
    office = Office(
        rules=runner.processor.rules,
        register=wiring.build_router(settings).register,
        clock=settings.clock,
        readers=Readers(settings.database),
    )
    server = uvicorn.Server(uvicorn.Config(create_app(office), log_level="warning"))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()
    office.readers.close()
    runner.store.close()


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_fit_and_nothing_complains(
    browser: Browser, address: str, width: int, *, dark: bool
) -> None:
    page = browser.page(width=width, height=768, dark=dark)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(address + path)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, f"{path} sticks out by {over} px"
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.context.close()
    assert complaints == []
    assert all(url.startswith(address) for url in asked)


def test_keys_reach_the_search_and_the_lines(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("j路灯")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ledger?q=*")
    assert page.locator("input[name=q]").first.input_value() == ""
    assert page.locator("main input[name=q]").input_value() == "j路灯"
    page.goto(f"{address}/ledger")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("a[data-line]").first
    assert page.evaluate("document.activeElement.href").endswith(str(first.get_attribute("href")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    assert page.locator("h2", has_text="办理过程").is_visible()


def test_a_counter_leads_to_its_list(page: Page, address: str) -> None:
    page.goto(address)
    counter = page.locator(".counters a", has_text="已超期")
    number = counter.locator("b").inner_text()
    counter.click()
    assert page.locator(".chips > b").inner_text() == number
    assert page.locator(".left.late").count() == int(number)


def test_new_events_are_announced_and_move_nothing(page: Page, address: str) -> None:
    page.clock.install()
    page.goto(address)
    news = page.locator("#news")
    assert not news.is_visible()
    page.evaluate("document.body.dataset.revision")
    page.route(
        "**/healthz",
        lambda route: route.fulfill(
            json={"ok": True, "stream": "实时", "detail": "", "revision": -1}
        ),
    )
    page.clock.fast_forward(16_000)
    news.wait_for(state="visible")


def test_a_stopped_program_is_said(page: Page, address: str) -> None:
    page.clock.install()
    page.goto(address)
    page.route("**/healthz", lambda route: route.abort())
    page.clock.fast_forward(16_000)
    page.locator("#stream", has_text="断开").wait_for()


def test_a_case_prints_without_the_frame(page: Page, address: str) -> None:
    page.goto(f"{address}/cases/demo:0003")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert not page.locator(".top").is_visible()
    assert page.locator("h1").is_visible()
    assert page.locator(".days").is_visible()
