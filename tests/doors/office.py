"""A whole office for the tests of the doors: `huiyin run` as its own process, with its own
folder of configuration and data, and the command line beside it."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from cases.alerts import Alert
from cases.record.case import Case
from cases.record.item import Item
from desk.ground import wiring
from desk.ground.settings import Settings
from sinks.ledger.base import Query
from streams.embedded.store import EmbeddedStore
from streams.intake import IntakeCounts
from streams.process import Processor
from streams.sources.seam.health import SourceHealth

_HUIYIN = [sys.executable, "-c", "from desk.app.cli import main; main()"]
_build_processor = wiring.build_processor
_STARTED = re.compile(r"回音已启动：(http://\S+)")
_PATIENCE = 30.0


def until(condition: Callable[[], object], what: str, seconds: float = _PATIENCE) -> None:
    """Returns once `condition` holds; fails with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds:.0f} s still not: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


@dataclass
class Office:
    """`config` is a copy of the shipped folder; `secrets` go in by the environment."""

    serves: ClassVar[str] = "run"
    """The command that is the desk."""
    starts_within: ClassVar[float] = 120.0
    """Seconds; an end of the process is seen at once."""

    folder: Path
    checkout: Path
    secrets: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """Everything that commands and pages have said."""

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.config = self.folder / "config"
        self.log = self.folder / "run.log"
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._built: Processor | None = None
        shutil.copytree(self.checkout / "config", self.config)

    # -- configuration -----------------------------------------------------------

    def configure(self, sources: str, delivery: str = "") -> None:
        """`sources` after the shipped file sources; `delivery` instead of the shipped doors."""
        shipped = (self.checkout / "config" / "sources.toml").read_text("utf-8")
        files, mark, _ = shipped.partition("# ---- Doors that are pushed")
        assert mark
        (self.config / "sources.toml").write_text(files + sources, "utf-8")
        (self.config / "delivery.toml").write_text(delivery, "utf-8")

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HUIYIN_")}
        return {
            **kept,
            "HUIYIN_HOME": str(self.home),
            "HUIYIN_CONFIG": str(self.config),
            "HUIYIN_PORT": "0",
            # The doors are tried here, not the model; and this one is there at once.
            "HUIYIN_CLASSIFIER": "rules",
            "PYTHONUNBUFFERED": "1",
            **{f"HUIYIN_SECRET_{name}": value for name, value in self.secrets.items()},
        }

    # -- the process -------------------------------------------------------------

    def start(self) -> None:
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*_HUIYIN, self.serves],
                cwd=self.checkout,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._process = process

        def started() -> bool:
            text = self.log.read_bytes()[before:].decode()
            assert process.poll() is None, text
            found = _STARTED.search(text)
            self.url = found[1] if found else ""
            return bool(found)

        until(started, f"huiyin {self.serves} prints its address", self.starts_within)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_PATIENCE)
        finally:
            self.kill()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def huiyin(self, *arguments: str, status: int = 0) -> str:
        """Runs one command in this process (a new one takes seconds to start); what it
        printed, on both channels."""
        from desk.app.cli import main

        out = io.StringIO()
        code: object = 0
        with (
            patch.dict(os.environ, self.environment(), clear=True),
            patch.object(wiring, "build_processor", self._processor),
            patch.object(sys, "argv", ["huiyin", *arguments]),
            redirect_stdout(out),
            redirect_stderr(out),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
        self.said.append(out.getvalue())
        assert code == status, out.getvalue()
        return out.getvalue()

    def _processor(self, settings: Settings) -> Processor:
        """Rules, tables and units are read with the first command: they stay what they are."""
        if self._built is None:
            self._built = _build_processor(settings)
        return self._built

    # -- over HTTP ---------------------------------------------------------------

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            target = path + ("?" + urlencode(query) if query else "")
            connection.request("GET" if body is None else "POST", target, body, headers or {})
            answer = connection.getresponse()
            found = Answer(answer.status, answer.read())
        finally:
            connection.close()
        self.said.append(found.body.decode("utf-8", "replace"))
        return found

    def push(
        self, source: str, body: bytes, headers: dict[str, str], query: dict[str, str] | None = None
    ) -> Answer:
        return self.ask(f"/push/{source}", body, headers, query)

    # -- what is in the data file ------------------------------------------------

    @contextmanager
    def store(self) -> Iterator[EmbeddedStore]:
        store = EmbeddedStore(self.home / "huiyin.db", readonly=True)
        try:
            yield store
        finally:
            store.close()

    def case(self, case_id: str) -> Case | None:
        with self.store() as store:
            return store.ledger.load([case_id]).get(case_id)

    def item(self, case_id: str) -> Item:
        case = self.case(case_id)
        assert case is not None, case_id
        return case.item

    def versions(self, case_id: str) -> int:
        case = self.case(case_id)
        return case.versions if case else 0

    def ids(self, source: str = "") -> set[str]:
        with self.store() as store:
            return {case.case_id for case in store.ledger.scan(Query(source=source))}

    def health(self, source: str) -> SourceHealth | None:
        with self.store() as store:
            return store.health(source)

    def counts(self, source: str) -> IntakeCounts:
        with self.store() as store:
            return store.intake_counts().get(source, IntakeCounts())

    def alerts(self, source: str) -> list[Alert]:
        with self.store() as store:
            return [
                alert
                for alert in store.alerts(10_000)
                if alert.alert_id.startswith(f"source:{source}:")
            ]

    def files(self) -> dict[Path, bytes]:
        """Everything below the data folder and the configuration, and the log."""
        found = [*self.home.rglob("*"), *self.config.rglob("*"), self.log]
        return {path: path.read_bytes() for path in found if path.is_file()}


# -- how platforms prove who they are ---------------------------------------------


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def signature(key: str, body: bytes, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": stamp, "x-signature": digest}


def wechat_query(token: str, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    joined = "".join(sorted([token, stamp, "n0nce"]))
    digest = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    return {"signature": digest, "timestamp": stamp, "nonce": "n0nce"}


def wechat_message(number: int, text: str) -> bytes:
    return (
        "<xml><ToUserName><![CDATA[gh_account]]></ToUserName>"
        "<FromUserName><![CDATA[oCitizen1]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId></xml>"
    ).encode()


def as_body(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
