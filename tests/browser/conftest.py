"""What every test in a browser shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.town import People, Town, standing
from tests.servers import Browser

# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Town]:
    with standing(tmp_path_factory.mktemp("town"), root) as town:
        # An office without any case has another first page.
        town.order_comes("260000000000000001", "路灯坏了", "学府路的路灯坏了，请修一修。")
        yield town


@pytest.fixture
def people(browser: Browser, town: Town) -> Iterator[People]:
    made = People(browser, town)
    yield made
    made.close()
