"""What holds for every test of the desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.dependencies import models
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from desk.ground import passwords


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Passwords are hashed as cheaply as can be: the real cost is real seconds."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
        patch.setattr(passwords, "_hasher", quick)
        passwords._nobody.cache_clear()
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _one_event_loop() -> Iterator[None]:
    """The requests of a module run in one event loop and its threads, as those of the program
    do. Left alone, the client makes a loop and threads for each request."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture(scope="module", autouse=True)
def _forget_apps() -> Iterator[None]:
    """The web framework remembers every route function it has seen, and with it the whole
    desk behind it: a program has one, the tests a thousand."""
    yield
    for kept in vars(models).values():
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()
