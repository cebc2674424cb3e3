"""`huiyin desk`: the pages and the pushed doors, with the work done elsewhere."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from desk import production, wiring
from desk.pulls import open_doors
from desk.serve import listen, run_server
from desk.settings import Settings
from desk.web.app import create_app
from desk.web.office import Office, Readers
from desk.web.push import Pushes
from streams.embedded.store import EmbeddedStore
from streams.kafka.follower import LogFollower
from streams.kafka.runner import KafkaRunner
from streams.sources.config import load_sources


class FollowedReaders:
    """Stands for `desk.web.office.Readers`: every request reads the one follower."""

    def __init__(self, follower: LogFollower) -> None:
        self._follower = follower

    @contextmanager
    def reader(self) -> Iterator[EmbeddedStore]:
        # The pages use what the two have in common, and only read.
        yield cast(EmbeddedStore, self._follower)

    def close(self) -> None:
        self._follower.close()


def serve(settings: Settings) -> None:
    """Runs until Ctrl+C or SIGTERM. Raises `SettingsError`, `SourceError`, `LogDown`,
    `LogError`, `LedgerUnavailable`."""
    listener = listen(settings.host, settings.port)
    try:
        production.check(settings)
        _run(settings, listener)
    finally:
        listener.close()


def _run(settings: Settings, listener: socket.socket) -> None:
    stop = threading.Event()
    doors = open_doors(
        list(load_sources(settings.config / "sources.toml").values()),
        wiring.surroundings(settings, stop),
    )

    def open_runner() -> KafkaRunner:
        return production.open_runner(settings)

    out = production.writer(settings, production.DESK_PATIENCE)
    readers = FollowedReaders(
        LogFollower(production.address(settings), out, production.ledger(settings).ledger)
    )
    office = Office(
        rules=wiring.build_rules(settings),
        register=wiring.build_router(settings).register,
        clock=settings.clock,
        readers=cast(Readers, readers),
    )
    pushes = Pushes(doors.pushes, open_runner)
    app = create_app(office, host=settings.host, pushes=pushes)
    try:
        run_server(app, listener)
    finally:
        stop.set()
        pushes.close()
        readers.close()
        out.close()
