"""The desk that is attacked: `huiyin run` as a process of its own, watched from outside."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from desk.accounts.sessions import csrf_token
from desk.ground import wiring
from desk.ground.settings import read_settings
from streams.sources.seam.base import Batch
from tests.attack.people import Answer, Visitor
from tests.attack.wire import PATIENCE, Wire, request
from tests.desk.case_office import item
from tests.doors.office import until
from tests.sessions import cookie_of

ROOT = Path(__file__).resolve().parents[2]
TOKEN, KEY = "hotline-token-7f3a", "media-key-5d2e"
HANDLES = 1024
"""Open files of the process: what most systems give."""
LIMITS = {
    "HUIYIN_WEB_HEADER_SECONDS": "2",
    "HUIYIN_WEB_BODY_SECONDS": "2",
    "HUIYIN_WEB_IDLE_SECONDS": "2",
    "HUIYIN_WEB_WRITE_SECONDS": "2",
}
"""Short, so that nobody waits long for what they end."""
SESSIONS = 400
"""Made before the desk is up."""
_PATIENCE = 300
"""Seconds for a desk to start: other work may have the machine."""
_STARTED = re.compile(r"回音已启动：http://\S+:(\d+)/")


@dataclass
class Cost:
    """What happened meanwhile."""

    cpu: float = 0.0
    """Seconds."""
    rss_before: int = 0
    rss_peak: int = 0
    log: int = 0
    """Bytes."""


class Target:
    def __init__(
        self, folder: Path, tree: Path = ROOT, cases: int = 0, template: Path | None = None
    ) -> None:
        """`tree`: the checkout that is attacked. `cases`: how many are in the ledger.
        `template`: a folder that is filled with them once and copied from then on."""
        self.home, self.config = folder / "home", folder / "config"
        self.log = folder / "run.log"
        self.tree = tree
        self.port = 0
        if template is not None and template.exists():
            shutil.copytree(template, folder, dirs_exist_ok=True)
        else:
            shutil.copytree(tree / "config", self.config)
            self._configure()
            if cases:
                self._fill(cases)
            cookies = [cookie_of(self.home) for _ in range(SESSIONS)]
            (folder / "cookies").write_text("\n".join(cookies), "utf-8")
            if template is not None:
                shutil.copytree(folder, template)
        self._cookies = (folder / "cookies").read_text("utf-8").splitlines()
        self._start()

    def _configure(self) -> None:
        sources = (self.config / "sources.toml").read_text("utf-8")
        for name in ("hotline", "new-media", "wechat"):
            head, mark, rest = sources.partition(f"[source.{name}]")
            assert mark, name
            sources = head + mark + rest.replace("enabled = false", "enabled = true", 1)
        (self.config / "sources.toml").write_text(sources, "utf-8")
        office = (self.config / "office.toml").read_text("utf-8")
        kept = [line for line in office.splitlines() if not line.startswith("open311 ")]
        (self.config / "office.toml").write_text("\n".join(["open311 = true", *kept]), "utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HUIYIN_")}
        return {
            **kept,
            "HUIYIN_HOME": str(self.home),
            "HUIYIN_CONFIG": str(self.config),
            "HUIYIN_PORT": "0",
            "HUIYIN_CLASSIFIER": "rules",
            "HUIYIN_SECRET_HOTLINE_TOKEN": TOKEN,
            "HUIYIN_SECRET_NEW_MEDIA_KEY": KEY,
            "HUIYIN_SECRET_WECHAT_TOKEN": "wechat-token-9b1c",
            "PYTHONUNBUFFERED": "1",
            **LIMITS,
        }

    def _fill(self, cases: int) -> None:
        runner = wiring.open_runner(read_settings(self._environment()))
        text = "西河路路口的排水井盖缺失已有一个多月，夜间行人经过十分危险。" * 12
        try:
            for first in range(0, cases, 200):
                numbers = range(first, min(cases, first + 200))
                batch = Batch(found=tuple(item(str(each), body=text) for each in numbers))
                runner.take("board-export", batch)
                runner.pump_all()
        finally:
            runner.store.close()

    def _start(self) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from desk.app.cli import main; main()", "run"],
                cwd=self.tree,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_few_handles,  # noqa: PLW1509  (a test without threads of its own yet)
            )

        def started() -> bool:
            text = self.log.read_text("utf-8", "replace")
            assert self._process.poll() is None, text
            found = _STARTED.search(text)
            self.port = int(found[1]) if found else 0
            return bool(found)

        until(started, "the desk is up", _PATIENCE)
        self.watched = psutil.Process(self._process.pid)

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    # -- how others fare ---------------------------------------------------------

    def wire(self, source: str = "127.0.0.1", receive_buffer: int = 0) -> Wire:
        return Wire(self.port, source, receive_buffer)

    def ask(self, data: bytes, source: str = "127.0.0.1") -> int:
        """The status of the answer; 0 when there was none."""
        try:
            with self.wire(source) as wire:
                wire.send(data)
                return wire.status()
        except OSError:
            return 0

    def whole(self, data: bytes, source: str = "127.0.0.1") -> bytes:
        """The whole answer to a request that asks for the connection to be closed."""
        with self.wire(source) as wire:
            wire.send(data)
            return wire.rest()

    def answers(self, source: str = "127.0.0.1") -> bool:
        """Whether somebody at this address is let in to the sign-in page."""
        return self.ask(request("/login", "Connection: close"), source) == 200

    def as_person(self) -> tuple[str, str]:
        """Headers of somebody of the desk who has just signed in: the cookie and the session's
        token. A new session each time: some attacks end it."""
        cookie = self._cookies.pop()
        return f"Cookie: {cookie}", f"X-CSRF-Token: {csrf_token(cookie.partition('=')[2])}"

    def signed(self, body: bytes) -> tuple[str, str]:
        """Headers of a push whose sender knows the key."""
        stamp = str(int(time.time()))
        digest = hmac.new(KEY.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return f"X-Timestamp: {stamp}", f"X-Signature: {digest}"

    def platform(self) -> Visitor:
        """The hotline platform, which knows its token."""
        return Visitor(self, {"Authorization": f"Bearer {TOKEN}"})

    def media(self, body: bytes) -> Answer:
        """A push of the platform that signs its bodies."""
        pairs = (each.split(": ") for each in self.signed(body))
        headers = {"Content-Type": "application/json", **dict(pairs)}
        return Visitor(self).send("POST", "/push/new-media", body, headers)

    def huiyin(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """A command beside the running desk: its status, and what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", "from desk.app.cli import main; main()", *arguments],
            cwd=self.tree,
            env=self._environment(),
            input=stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def crash(self) -> None:
        """Killed, and started again on what it left."""
        self._process.kill()
        self._process.wait()
        self._start()

    # -- what it costs -----------------------------------------------------------

    def cpu(self) -> float:
        times = self.watched.cpu_times()
        return times.user + times.system

    def cost(self, work: Callable[[], object]) -> float:
        """Processor seconds that the desk spends meanwhile."""
        before = self.cpu()
        work()
        return self.cpu() - before

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        cost = Cost(self.cpu(), self.watched.memory_info().rss, 0, self.log.stat().st_size)
        cost.rss_peak = cost.rss_before
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.02):
                with suppress(psutil.NoSuchProcess):  # an attack may kill it
                    cost.rss_peak = max(cost.rss_peak, self.watched.memory_info().rss)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield cost
        finally:
            over.set()
            watcher.join()
            cost.cpu = max(0.0, self.cpu() - cost.cpu)
            cost.log = max(0, self.log.stat().st_size - cost.log)

    def rss(self) -> int:
        return int(self.watched.memory_info().rss)

    def traceback(self) -> bool:
        """Whether the log tells of an error that nobody thought of."""
        return b"Traceback" in self.log.read_bytes()


def _few_handles() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (HANDLES, HANDLES))


__all__ = ["PATIENCE", "Cost", "Target"]
