"""`make screenshots`: every page, for every role that may open it, at two widths.

For people to look at: build/screenshots/ROLE-PAGE-WIDTH.png.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.demo.accounts import DEMO_PASSWORD
from tests.desk_server import demo_desk
from tests.servers.browser import Browser
from tests.servers.process import Missing

OUT = Path("build/screenshots")
NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
WIDTHS = (1366, 390)
PEOPLE = {
    Role.DESK: "zhiban",
    Role.RESPONDER: "housing",
    Role.REVIEWER: "shenhe",
    Role.LEADER: "lingdao",
    Role.ADMIN: "admin",
}
MOST = 60
"""Pages of one role: what is linked from the pages themselves, each shape of address once."""
_FILE = re.compile(r"\.[a-z]{2,5}$")
"""What a browser saves and does not show."""


def main() -> None:
    only = set(sys.argv[1:])
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        demo_desk(Path(home), NOW) as address,
        Browser() as browser,
    ):
        _photograph_login(browser, address)
        for role, account in PEOPLE.items():
            if not only or role.value in only:
                _photograph(browser, address, role, account)
    print(f"{len(list(OUT.glob('*.png')))} 张截图在 {OUT}/")


def _photograph_login(browser: Browser, address: str) -> None:
    for width in WIDTHS:
        page = browser.page(width=width, height=768)
        page.goto(f"{address}/login")
        page.screenshot(path=OUT / f"login-{width}.png", full_page=True)
        page.context.close()


def _photograph(browser: Browser, address: str, role: Role, account: str) -> None:
    for width in WIDTHS:
        with signed_in(browser, address, account, width) as page:
            for name, _ in walk(page, address):
                page.wait_for_timeout(600)  # charts draw themselves
                page.screenshot(path=OUT / f"{role.value}-{name}-{width}.png", full_page=True)


@contextmanager
def signed_in(browser: Browser, address: str, account: str, width: int) -> Iterator[Page]:
    """A page of somebody of the sample data."""
    page = browser.page(width=width, height=768)
    page.goto(f"{address}/login")
    page.fill("[name=account]", account)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click(".login button.primary")
    page.wait_for_selector(".account")
    yield page
    page.context.close()


def walk(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """Name and address of each page that can be reached by links, breadth first; the browser
    stands on it."""
    waiting, seen = ["/"], set[str]()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        name = shape(path)
        if name in seen:
            continue
        seen.add(name)
        page.goto(address + path, wait_until="load")
        links: list[str] = page.eval_on_selector_all(
            "a[href^='/']:not([download])", "found => found.map(one => one.getAttribute('href'))"
        )
        yield name, path
        waiting += [link for link in links if not saved(link)]


def saved(link: str) -> bool:
    """Whether a browser saves what is there, and does not show it."""
    return bool(_FILE.search(link.partition("?")[0]))


def shape(path: str) -> str:
    """Addresses of one shape show one page: /cases/a and /cases/b are both `cases-id`."""
    bare = path.partition("?")[0].partition("#")[0]
    parts = [part for part in bare.split("/") if part]
    if not parts:
        return "home"
    known = zip(["", *parts], parts, strict=False)
    kept = [
        "id" if before == "accounts" or not re.fullmatch(r"[a-z][a-z-]*", part) else part
        for before, part in known
    ]
    return "-".join(kept)


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    try:
        main()
    except Missing as reason:
        sys.exit(str(reason))
