"""`make manual`: the pictures of 使用手册, taken from the running product with its sample data.

They go into `desk/manual/pictures`, which is in no commit; a wheel that is built afterwards carries them.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from playwright.sync_api import Page

from cases.words.actors import Role
from desk.manual.book import PICTURES
from tests.desk_server import demo_desk
from tests.screenshots import NOW, PEOPLE, signed_in
from tests.servers.browser import Browser
from tests.servers.process import Missing

WIDTH = 1180
PATIENCE = 30_000
"""Milliseconds that a place may take to show."""
MARK = """(found, sign) => {
  const place = found.getBoundingClientRect();
  const frame = document.createElement("div");
  frame.textContent = sign;
  Object.assign(frame.style, {
    position: "absolute", zIndex: 99, boxSizing: "border-box", border: "3px solid #d93025",
    borderRadius: "6px", color: "#d93025", font: "bold 22px sans-serif", paddingLeft: "2px",
    lineHeight: "22px", pointerEvents: "none", textShadow: "0 0 4px #fff, 0 0 4px #fff",
    left: `${place.left + scrollX - 4}px`, top: `${place.top + scrollY - 4}px`,
    width: `${place.width + 8}px`, height: `${place.height + 8}px`,
  });
  const room = place.left > 34;
  frame.style.textIndent = room ? "-30px" : "0";
  document.body.append(frame);
}"""
"""Draws a frame around an element, with its number beside it."""


Opener = Callable[[Page, str], object]
"""Brings a page of the desk at this address to what is photographed."""


class Shot(Struct, frozen=True):
    name: str
    role: Role
    open: Opener
    marks: tuple[str, ...]
    """Selectors of what the text tells the reader to look at or press, in the order of its numbers."""
    height: int = 640


def at(path: str) -> Opener:
    return lambda page, address: page.goto(address + path)


def first(path: str, link: str) -> Opener:
    """What the first such link on a page leads to."""

    def opened(page: Page, address: str) -> None:
        page.goto(address + path)
        page.goto(address + str(page.locator(link).first.get_attribute("href")))

    return opened


_CASE = ".cases .c-title a"
_DESK, _UNIT, _REVIEWER, _LEADER = Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER
SHOTS = (
    Shot("duty-frame", _DESK, at("/board"), (".side", ".find", ".account"), 560),
    Shot(
        *("duty-today", _DESK, at("/")),
        (".counters", "button:text-is('知悉')", "tr[data-id] >> nth=0"),
    ),
    Shot(
        *("duty-assign", _DESK, first("/ledger?view=undispatched", _CASE)),
        ("button:has-text('派单给')", "#act select"),
    ),
    Shot("duty-case", _DESK, first("/", _CASE), (".message", "#act", ".deadline"), 720),
    Shot("duty-callback", _DESK, first("/queue", "a:text-is('回访')"), ("#act",)),
    Shot(
        *("duty-ledger", _DESK, at("/ledger")),
        (".facets", "td input[type=checkbox]", "summary:text-is('导出')"),
    ),
    Shot("duty-joint", _DESK, at("/matters"), ("main a[href^='/matters/']",), 480),
    Shot("unit-queue", _UNIT, at("/queue"), ("main section >> nth=0", "a:text-is('答复')"), 520),
    Shot("unit-return", _UNIT, first("/queue", "a:text-is('退回')"), ("#act",)),
    Shot("unit-case", _UNIT, first("/queue", "a:text-is('答复')"), ("#reply",)),
    Shot(
        *("unit-notices", _UNIT, at("/notices")),
        ("select[name=via]", "form.rows button.primary"),
    ),
    Shot("review-queue", _REVIEWER, at("/queue"), ("a:text-is('审核')",), 440),
    Shot("review-case", _REVIEWER, first("/queue", "a:text-is('审核')"), ("#reply",), 720),
    Shot("leader-today", _LEADER, at("/"), (".counters",), 560),
    Shot("leader-instruct", _LEADER, first("/", _CASE), ("#act",)),
    Shot("admin-tabs", Role.ADMIN, at("/admin/sources"), (".tabs",), 360),
    Shot("admin-units", Role.ADMIN, at("/admin/units/list"), ("input[type=file]",), 560),
    Shot("admin-sources", Role.ADMIN, at("/admin/sources"), ("a:text-is('上传导出的文件')",)),
    Shot("admin-calendar", Role.ADMIN, at("/admin/calendar"), ("main h1",)),
    Shot("admin-tables", Role.ADMIN, at("/admin/tables"), ("main section >> nth=0",), 560),
    Shot("admin-accounts", Role.ADMIN, at("/admin/accounts"), ("a:text-is('批量添加账号')",)),
    Shot("admin-channels", Role.ADMIN, at("/admin/channels"), ("main form >> nth=0",), 560),
    Shot("operations-check", Role.ADMIN, at("/admin/check"), ("main h1",), 520),
    Shot("admin-backup", Role.ADMIN, at("/admin/backup"), ("main section >> nth=0",), 440),
)


@contextmanager
def pictured_desk(home: Path) -> Iterator[str]:
    """The desk of the pictures, whose office has said what the place is called; gives the address."""
    (home / "overlay").mkdir(parents=True)
    (home / "overlay" / "office.toml").write_text(
        'place = "青禾县"\nsuperior = "云溪市"\n', "utf-8"
    )
    with demo_desk(home, NOW) as address:
        yield address


def take(browser: Browser, address: str, folder: Path) -> Iterator[str]:
    """Takes all pictures into `folder`; gives the name of each that is there. A place that the manual
    speaks of and that is not on its page ends in a timeout of Playwright's, with its selector."""
    for role in dict.fromkeys(shot.role for shot in SHOTS):
        with signed_in(browser, address, PEOPLE[role], WIDTH) as page:
            page.set_default_timeout(PATIENCE)
            for shot in SHOTS:
                if shot.role is role:
                    _take(page, address, shot, folder)
                    yield shot.name


def _take(page: Page, address: str, shot: Shot, folder: Path) -> None:
    page.set_viewport_size({"width": WIDTH, "height": shot.height})
    shot.open(page, address)
    page.wait_for_load_state("load")
    numbers = "①②③④⑤" if len(shot.marks) > 1 else " "
    for sign, mark in zip(numbers, shot.marks, strict=False):
        page.locator(mark).first.wait_for(state="visible")
        page.locator(mark).first.evaluate(MARK, sign)
    # Playwright itself takes no webp, which is a third of the size.
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    (folder / f"{shot.name}.webp").write_bytes(base64.b64decode(taken["data"]))
    session.detach()


def main() -> None:
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with (
        tempfile.TemporaryDirectory() as home,
        pictured_desk(Path(home)) as address,
        Browser() as browser,
    ):
        for name in take(browser, address, PICTURES):
            print(name)


if __name__ == "__main__":
    try:
        main()
    except Missing as reason:
        sys.exit(str(reason))
