"""The pages in a real browser: nothing breaks, nothing sticks out, keys work, and what
happens is shown without reload."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cases.record.item import Item
from cases.words.times import BEIJING
from desk.accounts.accounts import Accounts
from desk.accounts.sessions import Sessions
from desk.app.server import listen
from desk.app.web import create_app
from desk.demo.accounts import DEMO_PASSWORD, add_demo_accounts
from desk.demo.messages import load_demo
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import read_settings
from sinks.alerts.file import AlertFile
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.routing import Plan
from streams.embedded.runner import EmbeddedRunner
from streams.sources.seam.base import Batch
from tests.servers import Browser

pytestmark = pytest.mark.timeout(240)
NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
PAGES = {
    "zhiban": (
        "/",
        "/ledger",
        "/ledger?view=overdue&q=小区",
        "/queue",
        "/cases/demo:0003",
        "/dead-letters",
    ),
    "housing": ("/queue", "/ledger"),
    "lingdao": ("/", "/queue"),
    "shenhe": ("/queue", "/ledger?order=newest"),
}


class Site:
    """The desk with sample data, on a free port."""

    def __init__(self, home: Path, config: Path) -> None:
        self.settings = read_settings(
            {
                "HUIYIN_HOME": str(home),
                "HUIYIN_CONFIG": str(config),
                "HUIYIN_NOW": NOW.isoformat(),
            }
        )
        self.runner: EmbeddedRunner = wiring.open_runner(self.settings)
        load_demo(self.runner.store, self.runner.processor, NOW)
        self.office = DeskContext(
            settings=self.settings,
            rules=self.runner.processor.rules,
            register=wiring.build_router(self.settings).register,
            readers=Readers(self.settings.database),
            acts=CaseActions(lambda: wiring.open_runner(self.settings)),
            demo=True,
        )
        add_demo_accounts(self.office.get(Accounts), self.office.register, NOW)
        self.app = create_app(self.office)
        self.address = ""

    def comes_in(self, number: str, title: str, body: str) -> None:
        """A message, read, handled, and its alerts registered as the notifier does."""
        item = Item(
            source="demo",
            source_item_id=number,
            channel="12345热线",
            received_at=NOW,
            title=title,
            body=body,
        )
        self.runner.take("demo", Batch(found=(item,)))
        self.runner.pump_all()
        file = AlertFile(self.settings.home / "alerts.db")
        AlertOutbox(file).take(self.runner.store.alerts(500), number, lambda _alert: Plan(), NOW)
        file.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("desk"), root / "config")
    server = uvicorn.Server(uvicorn.Config(made.app, log_level="warning"))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        made.address = f"http://127.0.0.1:{port}"
        yield made
        for end in made.app.state.before_stop:
            end()
        server.should_exit = True
        thread.join()
    made.office.close()
    made.runner.store.close()


def sign_in(page: Page, site: Site, account: str) -> Page:
    page.goto(f"{site.address}/login")
    page.fill("input[name=account]", account)
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_selector(".account")
    page.wait_for_load_state("load")  # keys are listened to once the scripts have run
    return page


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages for accounts of the sample data; closes them at the end."""
    pages = []

    def open_one(account: str = "zhiban", width: int = 1366, *, dark: bool = False) -> Page:
        page = browser.page(width=width, height=768, dark=dark)
        pages.append(page)
        return sign_in(page, site, account)

    yield open_one
    for page in pages:
        page.context.close()


Opened = Callable[..., Page]


@pytest.mark.parametrize("width", [390, 1366])
def test_dark_pages_fit_and_nothing_complains(opened: Opened, site: Site, width: int) -> None:
    """The light ones: test_every_page."""
    for account, paths in PAGES.items():
        page = opened(account, width, dark=True)
        complaints: list[str] = []
        asked: list[str] = []
        _listen(page, complaints, asked)
        for path in paths:
            page.goto(site.address + path)
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, f"{path} sticks out by {over} px for {account}"
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        assert complaints == [], account
        assert all(url.startswith(site.address) for url in asked)


def _listen(page: Page, complaints: list[str], asked: list[str]) -> None:
    """Puts what the browser complains of, and what it asks for, into the lists."""
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))


def test_keys_reach_the_search_and_the_lines(opened: Opened, site: Site) -> None:
    page = opened()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("j路灯")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ledger?q=*")
    assert page.locator("input[name=q]").first.input_value() == ""
    assert page.locator("main input[name=q]").first.input_value() == "j路灯"
    page.goto(f"{site.address}/ledger")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("a[data-line]").first
    assert page.evaluate("document.activeElement.href").endswith(str(first.get_attribute("href")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    assert page.locator("h2", has_text="办理过程").is_visible()


def test_a_counter_leads_to_its_list(opened: Opened) -> None:
    page = opened()
    counter = page.locator(".counters a", has_text="已逾期")
    number = counter.locator("b").inner_text()
    counter.click()
    assert page.locator(".chips > b").inner_text() == number
    assert page.locator(".left.late").count() == int(number)


def test_an_officer_sees_a_new_case_come_takes_note_and_assigns_it(
    opened: Opened, site: Site
) -> None:
    page, leader = opened(), opened("lingdao")
    before = int(page.locator("#counters a", has_text="高风险").locator("b").inner_text())
    site.comes_in("live1", "幸福里小区燃气泄漏有人被困", "楼道里燃气泄漏，有人被困，随时可能爆炸。")
    # Without reload, at its place, and marked.
    row = page.locator("#hand tr", has_text="幸福里小区燃气泄漏")
    expect(row).to_be_visible(timeout=15_000)
    expect(row.locator(".tag.new")).to_be_visible()
    counter = page.locator("#counters a", has_text="高风险").locator("b")
    expect(counter).to_have_text(str(before + 1))
    alert = page.locator("#alerts li", has_text="幸福里小区燃气泄漏")
    alert.get_by_role("button", name="知悉").click()
    expect(alert.locator(".ack")).to_contain_text("值班员 林某")
    # The leader's page says who has seen it, and offers no assigning.
    known = leader.locator("#alerts li", has_text="幸福里小区燃气泄漏")
    expect(known.locator(".ack")).to_contain_text("值班员 林某", timeout=15_000)
    assert leader.locator("button.assign").count() == 0
    row.locator("a[data-line]").focus()
    page.keyboard.press("a")
    page.keyboard.type("教育")
    page.locator("#assign-reason").fill("就近处置")
    page.keyboard.press("Enter")
    expect(page.locator("#assign")).not_to_be_visible()
    expect(row.locator(".c-unit")).to_contain_text("县教育体育局")
    case = site.runner.store.ledger.load(["demo:live1"])["demo:live1"]
    assert (case.unit, case.history[-2].actor.id) == ("education", "zhiban")


def test_the_dialog_keeps_what_was_chosen_when_it_is_refused(opened: Opened) -> None:
    page = opened()
    page.locator("button.assign").first.click()
    page.locator("#assign-find").fill("教育")
    page.locator("#assign-go").click()
    expect(page.locator("#assign-problem")).to_be_visible()
    assert page.locator("#assign-find").input_value() == "教育"
    page.keyboard.press("Escape")
    expect(page.locator("#assign")).not_to_be_visible()


def test_another_page_says_that_something_is_new_and_moves_nothing(
    opened: Opened, site: Site
) -> None:
    page = opened()
    page.goto(f"{site.address}/ledger")
    page.wait_for_timeout(500)
    assert not page.locator("#news").is_visible()
    site.comes_in("live2", "路灯坏了", "学府路的路灯坏了。")
    page.locator("#news").wait_for(state="visible", timeout=15_000)


def test_a_unit_is_called_for_its_own_work_only(opened: Opened, site: Site) -> None:
    page = opened("education")
    page.wait_for_timeout(1500)
    site.comes_in("live3", "锦绣花园物业费涨价", "物业公司乱收停车费，请住建局管一管。")
    page.wait_for_timeout(2500)
    assert not page.locator("#news").is_visible()


def test_who_signed_out_elsewhere_is_told(opened: Opened, site: Site) -> None:
    page = opened("shenhe")
    page.wait_for_timeout(800)
    site.office.get(Sessions).end_all("shenhe")
    expect(page.locator("#stream")).to_have_text("已退出", timeout=15_000)
    expect(page.locator("#news")).to_contain_text("请重新登录")


def test_a_stopped_program_is_said(opened: Opened, site: Site) -> None:
    page = opened()
    page.route(re.compile(r"/live(\?|$)"), lambda route: route.abort())
    page.goto(f"{site.address}/ledger")
    expect(page.locator("#stream")).to_have_text("断开")


def test_the_sound_can_be_switched_off_and_stays_so(opened: Opened) -> None:
    page = opened()
    sound = page.locator("#sound")
    page.locator(".account summary").click()
    assert sound.inner_text() == "提示音：开"
    sound.click()
    page.reload()
    page.locator(".account summary").click()
    assert page.locator("#sound").inner_text() == "提示音：关"


def test_lines_are_ticked_and_many_are_reminded(opened: Opened, site: Site) -> None:
    page = opened()
    page.goto(f"{site.address}/ledger?state=handling")
    assert not page.locator("#bulk-bar").is_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("input[name=case]").nth(1).check()
    assert page.locator("#ticked").inner_text() == "2"
    page.select_option("#bulk-action", "remind")
    page.locator("#bulk-bar input[name=text]").fill("请抓紧办理")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#bulk-bar button.primary").click()
    page.wait_for_url("**/jobs/*")
    expect(page.get_by_role("status").filter(has_text="完成")).to_contain_text(
        "完成 2 件", timeout=20_000
    )


def test_exactly_what_is_filtered_is_downloaded(opened: Opened, site: Site) -> None:
    page = opened()
    page.goto(f"{site.address}/ledger?view=overdue")
    number = int(page.locator(".chips > b").inner_text())
    page.locator("summary", has_text="导出").click()
    page.select_option("#export select[name=format]", "jsonl")
    with page.expect_download() as download:
        page.locator("#export button").click()
    assert len(download.value.path().read_bytes().splitlines()) == number


def test_a_case_prints_without_the_frame(opened: Opened, site: Site) -> None:
    page = opened()
    page.goto(f"{site.address}/cases/demo:0003")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert not page.locator(".top").is_visible()
    assert page.locator("h1").is_visible()
    assert page.locator(".days").is_visible()
