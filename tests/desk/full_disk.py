"""Every address of the desk on a full disk, for each role.

python -m tests.desk.full_disk FOLDER limited|mounted     prints what went wrong, a line each

A process of its own, because the limit of one counts for all that it writes.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from starlette.testclient import TestClient

from cases.words.actors import Role
from desk.backup.proofs import prove_files
from sinks.ledger.base import Query
from tests.desk.api.helpers import coded
from tests.desk.clients import signed_in
from tests.desk.sight_home import PLAIN, MarkedHome, open311_config
from tests.desk.test_sight_everywhere import samples, send
from tests.small_disk import Disk, LimitedProcess, MountedDisk

ROOT = Path(__file__).parents[2]
WHO = ((Role.DESK, ""), (Role.RESPONDER, "housing"), (Role.LEADER, ""), (Role.ADMIN, ""))
_CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
_DONE = (200, 201, 202, 303)


class _Tracebacks(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


def _notes(home: MarkedHome) -> set[str]:
    with home.office.readers.reader() as store:
        cases = list(store.ledger.scan(Query()))
    return {getattr(event.body, "text", "") for case in cases for event in case.history}


def _note(client: TestClient, text: str) -> int:
    path = f"/api/v1/cases/{coded(PLAIN)}/actions"
    return client.post(path, json={"do": "log_contact", "text": text}).status_code


def _walk(
    home: MarkedHome,
    clients: dict[str, TestClient],
    disk: Disk,
    only_read: Collection[str],
) -> Iterator[str]:
    # SQLite calls a limit of the process a fault of the disk.
    statuses = (507,) if isinstance(disk, MountedDisk) else (507, 503)
    secret = str(disk.folder)
    refused = 0
    for who, client in clients.items():
        for route, asks in samples(home).items():
            for ask in asks:
                answer = send(client, ask)
                text = "" if answer.content.startswith((b"PK", b"\x89PNG")) else answer.text
                if answer.status_code >= 500:
                    told = answer.status_code in (*statuses, _UNWELL.get(route))
                    refused += told
                    if not told or "磁盘" not in text:
                        yield f"{who} {route} {ask.path}: {answer.status_code} {text[-200:]}"
                    if route in only_read and route not in _UNWELL and not ask.unmasked:
                        yield f"{who} {route} {ask.path}: reading needs room"
                if answer.status_code >= 400 and text and not _CHINESE.search(text):
                    yield f"{who} {route}: {answer.status_code} not in Chinese: {text[:100]}"
                if secret in text and route not in _SHOWS_THE_FOLDER:
                    yield f"{who} {route}: tells where the data is"
    if refused < 20:
        yield f"only {refused} requests met the full disk"


_SHOWS_THE_FOLDER = ("GET /", "GET /admin/check")
"""Where files for the desk are to be put, and what `huiyin doctor` says."""
_UNWELL = {"GET /healthz": 503}
_LEAVES_A_TRACE = (
    *("GET /print/", "GET /qa/export", "GET /api/v1/export", "GET /admin/trail.csv"),
    *("GET /api/v1/files/", "GET /files/", "GET /admin/processing/register"),
)
_TAKEN_OUT = (
    "GET /reports/papers/{kind}/{key}",
    "GET /reports/papers/{kind}/{key}/issued/{revision}/{name}",
)
"""What was taken out of the house is on record, or it is not given out."""


def _play(home: MarkedHome, disk: Disk) -> Iterator[str]:
    tracebacks = _Tracebacks()
    logging.getLogger().addHandler(tracebacks)
    asks = samples(home)
    only_read = [
        route
        for route in asks
        if route.startswith("GET")
        and not route.startswith(_LEAVES_A_TRACE)
        and route not in _TAKEN_OUT
    ]
    clients = {f"{role} {unit}": signed_in(home.office, role, unit) for role, unit in WHO}
    desk = clients[f"{Role.DESK} "]
    for client in clients.values():
        # The tables of each part are made when it is first asked for.
        for route in only_read:
            for ask in asks[route]:
                send(client, ask)
    taken = {f"before {n}" for n in range(3) if _note(desk, f"before {n}") in _DONE}
    disk.fill()
    # A few still fit into what is left of the last page.
    taken |= {f"full {n}" for n in range(200) if _note(desk, f"full {n}") in _DONE}
    if len(taken) > 150:
        yield "the disk was never full"
    yield from _walk(home, clients, disk, only_read)
    disk.clear()
    if _note(desk, "after") not in _DONE:
        yield "does not go on when there is room again"
    home.runner.pump_all()
    yield from (f"lost: {text}" for text in {*taken, "after"} - _notes(home))
    for proof in prove_files(home.settings):
        yield from (f"{proof.file}: {line}" for line in proof.problems)
    yield from tracebacks.found


def main(folder: Path, way: str) -> None:
    small = folder / "disk"
    disk: Disk = MountedDisk(small) if way == "mounted" else LimitedProcess(small)
    logging.getLogger().handlers.clear()
    home = MarkedHome(small / "home", open311_config(ROOT / "config", folder))
    for problem in _play(home, disk):
        print(problem.replace("\n", " "), flush=True)
    print("played")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
