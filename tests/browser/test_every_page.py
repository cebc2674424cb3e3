"""Every page that a role can reach by links, at an office screen and on a phone: it fits, the
browser has nothing to complain of, axe neither, and all of it comes from here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from cases.words.actors import Role
from tests.desk_server import demo_desk
from tests.screenshots import NOW, PEOPLE, WIDTHS, signed_in, walk
from tests.servers import Browser

pytestmark = pytest.mark.timeout(900)
MOST_BYTES = 500_000
"""Of a first load."""
RUNS_OVER = """cells => cells.filter(cell => {
  if (getComputedStyle(cell).overflowX !== "visible") return false;
  if (cell.querySelector("details:not([open])")) return false;  // its form is laid out, unseen
  const text = document.createRange();
  text.selectNodeContents(cell);
  const inside = text.getBoundingClientRect();
  return inside.width > 0 && inside.right > cell.getBoundingClientRect().right + 1;
}).map(cell => cell.innerText.slice(0, 40))"""
"""Cells whose text reaches into the cell beside them."""
OUT_OF_SIGHT = """links => links.filter(link => {
  const place = link.getBoundingClientRect();
  return place.left < 0 || place.right > innerWidth;
}).map(link => link.innerText)"""
TWICE = """found => {
  const ids = found.map(one => one.id);
  return ids.filter((id, place) => ids.indexOf(id) !== place);
}"""
"""Ids that two elements have."""
ONE_OF_EACH = """() => {
  const shape = one => one.localName + "." + one.className + "[" + one.getAttributeNames()
    .filter(name => !["href", "id", "title", "datetime", "value", "for", "data-id"].includes(name))
    .join() + "](" + (one.childElementCount ? "" : one.textContent.trim() !== "")
    + [...one.children].map(shape).join() + ")";
  for (const parent of document.querySelectorAll("main tbody, main ul, main ol, main dl")) {
    const seen = new Set();
    for (const one of [...parent.children]) {
      const key = shape(one);
      if (seen.has(key)) one.remove(); else seen.add(key);
    }
  }
}"""
"""Leaves of rows and entries that have the same elements, classes and attributes the first."""
PRINTED = ("cases-id", "reports", "briefs-id", "board")


class Ears:
    """What the browser asks for and complains of, since `forget`."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._finished: list[Request] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfinished", self._came)
        # Every load is a first load.
        session = page.context.new_cdp_session(page)
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _came(self, request: Request) -> None:
        self._finished.append(request)

    @property
    def received(self) -> int:
        """Bytes."""
        return sum(one.sizes()["responseBodySize"] for one in self._finished)

    def forget(self) -> None:
        self.complaints.clear()
        self.asked.clear()
        self._finished.clear()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demo_desk(tmp_path_factory.mktemp("desk"), NOW) as address:
        yield address


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_of_a_role(browser: Browser, address: str, role: Role, width: int) -> None:
    wrong: list[str] = []
    names = set()
    with signed_in(browser, address, PEOPLE[role], width) as page:
        ears = Ears(page)
        ears.forget()
        for name, path in walk(page, address):
            names.add(name)
            wrong += [f"{path}: {what}" for what in _wrong_with(page, address, name, ears)]
            ears.forget()
    assert not wrong, "\n".join(wrong)
    assert len(names) > 3


def _wrong_with(page: Page, address: str, name: str, ears: Ears) -> Iterator[str]:
    page.dispatch_event("body", "click")  # a press beside everything does nothing
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if over > 0:
        yield f"sticks out by {over} px"
    for text in page.eval_on_selector_all("main td", RUNS_OVER)[:3]:
        yield f"text runs over its cell: {text}"
    for title in page.eval_on_selector_all(".side [aria-current]", OUT_OF_SIGHT):
        yield f"where one is stands out of sight: {title}"
    if ears.received > MOST_BYTES:
        yield f"{ears.received:,} bytes for a first load"
    yield from (f"asks elsewhere: {url}" for url in ears.asked if not url.startswith(address))
    yield from ears.complaints
    for twice in page.eval_on_selector_all("[id]", TWICE):
        yield f"two elements have the id {twice}"
    # axe looks at each element for itself, and lists are long.
    page.evaluate(ONE_OF_EACH)
    for found in Axe().run(page).response["violations"]:
        places = [node["target"] for node in found["nodes"][:3]]
        yield f"axe {found['id']}: {found['help']} {places}"
    if name in PRINTED:
        page.emulate_media(media="print")
        for part in (".side", ".top"):
            if page.locator(part).is_visible():
                yield f"prints {part}"
        page.emulate_media(media="screen")
