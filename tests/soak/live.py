"""A desk that runs in a process of its own, what it has acknowledged, and the commands that
people run beside it.

Processes are forked from this one, which has everything loaded: a start takes a second, a
command less.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.accounts.tokens import Scope, Tokens
from desk.app import cli, serve
from desk.app import server as web_server
from desk.ground import wiring
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, read_settings
from sinks.ledger.base import Query
from tests.standins.hotline_platform import TOKEN, order

ROOT = Path(__file__).parents[2]
_FORK = get_context("fork")
_DESK = "soak"
_PATIENCE = 20.0
_AWAY = (OSError, HTTPException)
"""The server went while it was asked."""


@dataclass
class Acknowledged:
    """What the server has answered for, as the other side wrote it down."""

    orders: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    """Texts of contact notes in cases."""
    refusals: set[str] = field(default_factory=set)
    """Marks in the trail: rows of the desk's own file."""

    def __len__(self) -> int:
        return len(self.orders) + len(self.notes) + len(self.refusals)


class Live:
    """One home, and the server on it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.config = folder / "config"
        self.acknowledged = Acknowledged()
        self._lock = Lock()
        self._server: BaseProcess | None = None
        self.port = 0
        self.errors = folder / "errors.txt"
        """What the server wrote to standard error, over all its runs."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / "config", self.config)
        self._set_up()

    def settings(self) -> Settings:
        return read_settings(self._environment())

    def _environment(self) -> dict[str, str]:
        return {
            "HUIYIN_HOME": str(self.home),
            "HUIYIN_CONFIG": str(self.config),
            "HUIYIN_CLASSIFIER": "rules",
            "HUIYIN_PORT": "0",
            "HUIYIN_SECRET_HOTLINE_TOKEN": TOKEN,
        }

    def _set_up(self) -> None:
        sources = self.config / "sources.toml"
        text = sources.read_text("utf-8")
        text = re.sub(
            r"(\[source\.hotline\]\nadapter = .*\nchannel = .*\nenabled = )false", r"\1true", text
        )
        sources.write_text(text, "utf-8")
        # As fast as this machine asks.
        office = self.config / "office.toml"
        office.write_text(
            re.sub(r"(?m)^#? ?api_per_minute = .*$", "api_per_minute = 600000",
                   office.read_text("utf-8")), "utf-8",
        )  # fmt: skip
        file = DeskFile(self.settings().desk_file)
        made = datetime(2026, 11, 1, tzinfo=BEIJING)
        Accounts(file).add(Account(id=_DESK, name="林某", role=Role.DESK, created=made), "")
        _, self.token = Tokens(file).make(_DESK, "soak", Scope.ACT, 30, "test")
        file.close()

    # -- the server ----------------------------------------------------------

    def start(self, *, most_bytes: int = 0) -> None:
        """Returns once it answers. `most_bytes`: no file of it grows beyond that, as on a
        full disk."""
        self._server, self.port = self._begin(most_bytes)

    def second(self) -> tuple[BaseProcess, int]:
        """Another server on the same home, with its port."""
        return self._begin(0)

    def _begin(self, most_bytes: int) -> tuple[BaseProcess, int]:
        here, there = _FORK.Pipe(duplex=False)
        server = _FORK.Process(target=self._serve, args=(there, most_bytes))
        server.start()
        there.close()
        while True:
            if not here.poll(60):
                raise RuntimeError("the server does not start")
            try:
                said = here.recv()
            except EOFError:
                raise RuntimeError(self.errors.read_text("utf-8")) from None
            if found := re.search(r"回音已启动：http://[^:]+:(\d+)", said):
                return server, int(found[1])

    def _serve(self, said: Pipe, most_bytes: int) -> None:
        os.environ.update(self._environment())
        with self.errors.open("a", encoding="utf-8") as errors:
            os.dup2(errors.fileno(), 2)
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
        # Not into the hands of a test that this process was forked from.
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, force=True)
        if most_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        for module in (serve, web_server):
            module._say = said.send  # type: ignore[attr-defined]  # one argument, by position
        serve.serve(self.settings(), demo=False)

    def kill(self) -> None:
        server = self._server
        assert server is not None
        server.kill()
        server.join()
        self._server = None

    def stop(self) -> int:
        """In order; gives the exit status."""
        server = self._server
        assert server is not None
        server.terminate()
        server.join(30)
        self._server = None
        return server.exitcode if server.exitcode is not None else -1

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            if self._server is not None:
                self.kill()

    # -- what people and platforms do ----------------------------------------

    def push(self, number: str, port: int = 0) -> bool:
        """A platform sends a work order; gives whether it was acknowledged."""
        status = self._post(port, "/push/hotline", order(number), TOKEN)
        if status == 200:
            with self._lock:
                self.acknowledged.orders.add(number)
        return status == 200

    def note(self, number: str, text: str, port: int = 0) -> bool:
        """A clerk notes a call with the citizen, as soon as the order has become a case."""
        case_id = quote(f"hotline:{number}", safe="")
        body = {"do": "log_contact", "text": text}
        end = time.monotonic() + _PATIENCE
        while True:
            status = self._post(port, f"/api/v1/cases/{case_id}/actions", body, self.token)
            if status != 404 or time.monotonic() > end:
                break
            time.sleep(0.02)
        if status == 200:
            with self._lock:
                self.acknowledged.notes.add(text)
        return status == 200

    def refused(self, mark: str, port: int = 0) -> bool:
        """A clerk tries what he may not: it stands in the trail before the answer."""
        status = self._post(port, f"/api/v1/sources/{mark}/pause", {}, self.token)
        if status == 403:
            with self._lock:
                self.acknowledged.refusals.add(mark)
        return status == 403

    def _post(self, port: int, path: str, body: object, token: str) -> int:
        """0 when the server went meanwhile."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
        except _AWAY:
            return 0
        else:
            return answer.status
        finally:
            connection.close()

    # -- commands beside it --------------------------------------------------

    def huiyin(self, arguments: Sequence[str], stdin: str = "") -> tuple[int, str]:
        """A command in a process of its own; its status, and what it printed."""
        here, there = _FORK.Pipe(duplex=False)
        child = _FORK.Process(target=self._command, args=(there, arguments, stdin))
        child.start()
        there.close()
        try:
            printed = here.recv()
        except EOFError:
            printed = "(killed)"
        child.join(60)
        return child.exitcode if child.exitcode is not None else -1, printed

    def _command(self, printed: Pipe, arguments: Sequence[str], stdin: str) -> None:
        os.environ.update(self._environment())
        out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        sys.argv = ["huiyin", *arguments]
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
        status = 1
        with redirect_stdout(out), redirect_stderr(out):
            try:
                cli.main()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            except Exception:  # noqa: BLE001  (whatever it is, it is printed as a person sees it)
                traceback.print_exc()
        printed.send(out.buffer.getvalue().decode())
        printed.close()
        os._exit(status)

    # -- what is left --------------------------------------------------------

    def missing(self) -> list[str]:
        """What was acknowledged and is nowhere; processes first what waits."""
        settings = self.settings()
        runner = wiring.open_runner(settings)
        try:
            runner.pump_all()
            cases = {case.item.source_item_id: case for case in runner.store.ledger.scan(Query())}
        finally:
            runner.store.close()
        texts = {
            getattr(event.body, "text", "") for case in cases.values() for event in case.history
        }
        file = DeskFile(settings.desk_file)
        try:
            with file.reading() as db:
                marks = {about for (about,) in db.execute("SELECT about FROM trail")}
        finally:
            file.close()
        known = self.acknowledged
        return sorted(
            [f"order {one}" for one in known.orders - cases.keys()]
            + [f"note {one}" for one in known.notes - texts]
            + [f"trail {one}" for one in known.refusals - marks]
        )

    def audit(self) -> tuple[int, str]:
        return self.huiyin(["audit"])
