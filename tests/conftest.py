"""What holds for every test: its own data folder, and no way out of this machine."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.read_once import read_once

pytest_plugins = ["tests.servers.fixtures"]

# Two cores shared with Kafka and a browser: a slow example says nothing about the code.
settings.register_profile("huiyin", settings(), deadline=None)
settings.register_profile("fast", settings(), deadline=None, max_examples=20)
settings.load_profile("huiyin")


_REAL = {"integration": "real servers", "browser": "the real browser"}


# Until all is collected, everything that is made stays: to look for garbage is in vain.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the imports have made stays to the end: without this the collector goes through all of
    it each time that tests leave a few apps behind, a fifth of their time. What tests leave is
    collected as ever, and pytest looks for what was never closed at the end."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(25_000, 20, 20)
    for item in session.items:  # as a property it comes back from the workers of xdist too
        item.user_properties += [(mark, "real") for mark in _REAL if item.get_closest_marker(mark)]


ROOT = Path(__file__).resolve().parent.parent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many of the tests had the real servers and the real browser."""
    for mark, what in _REAL.items():
        counts = {
            outcome: sum(
                mark in dict(getattr(report, "user_properties", ()))
                for report in terminalreporter.getreports(outcome)
            )
            for outcome in ("passed", "failed", "error", "skipped")
        }
        if any(counts.values()):
            said = ", ".join(f"{n} {outcome}" for outcome, n in counts.items() if n)
            terminalreporter.write_line(f"with {what}: {said}")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests never touch the developer's ./var, configuration or clock setting."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HUIYIN_")]:
            if name != "HUIYIN_TEST_CACHE":
                patch.delenv(name)
        patch.setenv("HUIYIN_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _shipped_tables_are_read_once() -> Iterator[None]:
    with read_once(ROOT / "config"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """A test that reaches for the network fails, so the suite stays the same offline."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[str, int] | str | bytes) -> None:
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            pytest.fail(f"a test tried to connect to {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _umask_of_the_tests() -> Iterator[None]:
    """The command line closes what it writes; a test that calls it changes no other test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
