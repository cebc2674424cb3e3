"""What every test in a browser shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.kafka_town import KafkaTown
from tests.browser.town import People, Town, standing
from tests.servers import Browser

# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)


@pytest.fixture(
    scope="session",
    params=[
        "embedded",
        pytest.param("kafka", marks=[pytest.mark.integration, pytest.mark.timeout(600)]),
    ],
)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, root: Path
) -> Iterator[Town]:
    """The office on either runtime, started once for all stories: each has orders of its own.
    A module whose stories need one of them only says so (`ON_ONE_MACHINE`)."""
    make: Callable[[Path, Path, dict[str, str]], Town] = Town
    if request.param == "kafka":
        servers = (request.getfixturevalue("kafka"), request.getfixturevalue("elasticsearch"))
        make = partial(KafkaTown, servers=servers)
    with standing(tmp_path_factory.mktemp("town"), root, make) as town:
        yield town
        town.balances()


@pytest.fixture
def people(browser: Browser, town: Town) -> Iterator[People]:
    made = People(browser, town)
    yield made
    made.close()
