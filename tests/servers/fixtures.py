"""The servers as fixtures. Whoever asks for one is an `integration` or `browser` test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import pytest
from playwright.sync_api import Page
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.servers import Browser, Dovecot, Elasticsearch, Kafka, Missing, Smtp

_REAL = {"kafka", "elasticsearch", "dovecot"}
_FIRST_START = 300  # seconds; the first start of a server may download it


class _Startable(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


_S = TypeVar("_S", bound=_Startable)


def missing(reason: Missing) -> None:
    """Skip this test, or fail it where a skip would hide that nothing was tested (CI)."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and a server is missing: {reason}", pytrace=False)
    pytest.skip(str(reason))


@contextmanager
def running(server: _S) -> Iterator[_S]:
    """Start a server for one test; what this machine lacks skips the test (fails it in CI)."""
    try:
        server.start()
    except Missing as reason:
        missing(reason)
    try:
        yield server
    finally:
        server.stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Before -m looks at the markers."""
    names = set(getattr(item, "fixturenames", ()))
    if "browser" in names:
        item.add_marker(pytest.mark.browser)
    if names & _REAL:
        item.add_marker(pytest.mark.integration)
    if item.get_closest_marker("integration") and not item.get_closest_marker("timeout"):
        item.add_marker(pytest.mark.timeout(_FIRST_START))


def group_of(nodeid: str) -> str:
    """What `--dist loadgroup` gives to one worker, by the name of a test: a server of the run is
    started by one of them only, and what needs none of them fills the gaps."""
    path = nodeid.partition("::")[0]
    if path.startswith(("tests/integration/", "tests/sinks/elastic/")) or "[kafka" in nodeid:
        return "kafka"
    return "browser" if path.startswith("tests/browser/") else path


class _Groups(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    # Its own way to know the groups, a suffix of the name, is lost on pytest 9.2.
    return _Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker for the whole run: use your own topic names, and leave it running."""
    with running(Kafka(tmp_path_factory.mktemp("kafka"))) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elasticsearch]:
    """A node for the whole run: use your own index names, and leave it running."""
    with running(Elasticsearch(tmp_path_factory.mktemp("elasticsearch"))) as server:
        yield server


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """An empty mailbox."""
    with running(Dovecot()) as server:
        yield server


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    with running(Smtp()) as server:
        yield server


# Not for the session: while Playwright runs, `asyncio.run` fails in the same thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running(Browser()) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at desktop size; `browser.page(width=...)` for others."""
    page = browser.page()
    yield page
    page.context.close()
