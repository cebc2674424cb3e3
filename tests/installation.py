"""A Kafka installation for tests, fault runs and benchmarks: settings with names of its
own on running servers, workers as processes of their own, and what came out."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from desk.ground import production, production_upkeep, wiring
from desk.ground.settings import Settings, read_settings
from desk.sources.ingest import FileResult, ingest_file
from sinks.ledger.base import LedgerUnavailable, Query
from sinks.reports.export import csv_lines, jsonl
from streams.audit import Audit
from streams.kafka.errors import LogDown
from streams.kafka.liveness import lag
from streams.sources.registry import file_source
from tests.servers import Elasticsearch, Kafka

ROOT = Path(__file__).resolve().parent.parent
_numbers = itertools.count(1)


class Worker:
    """A worker process. `settle` before killing it is the test's business."""

    def __init__(
        self, environment: dict[str, str], log: Path, command: Sequence[str] = ("worker",)
    ) -> None:
        self.log = log
        self._out = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker", *command],
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._out,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()
        self._out.close()

    def stop(self, within: float = 30.0) -> int:
        """SIGTERM; gives the exit status. Raises `subprocess.TimeoutExpired`."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        finally:
            self.kill()

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


class Installation:
    """`folder` holds its home and the logs of its workers."""

    def __init__(
        self,
        folder: Path,
        kafka: Kafka,
        elasticsearch: Elasticsearch,
        *,
        partitions: int = 2,
        now: str = "2026-11-22T09:00",
        **more: str,
    ) -> None:
        self.folder = folder
        self.name = f"t{next(_numbers)}-{uuid4().hex[:8]}"
        self.environment = {
            "HUIYIN_HOME": str(folder / "home"),
            "HUIYIN_CONFIG": str(ROOT / "config"),
            "HUIYIN_KAFKA": kafka.bootstrap,
            "HUIYIN_KAFKA_PREFIX": self.name,
            "HUIYIN_KAFKA_PARTITIONS": str(partitions),
            "HUIYIN_ELASTICSEARCH": elasticsearch.url,
            "HUIYIN_INDEX": f"{self.name}-cases",
            "HUIYIN_HEALTH_PORT": "0",
            **({"HUIYIN_NOW": now} if now else {}),
            **more,
        }
        self.workers: list[Worker] = []

    @property
    def settings(self) -> Settings:
        return read_settings(self.environment)

    def create(self) -> None:
        production_upkeep.create(self.settings)

    def start_worker(self, **more: str) -> Worker:
        log = self.folder / f"worker-{len(self.workers) + 1}.log"
        worker = Worker(self.environment | more, log)
        self.workers.append(worker)
        return worker

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command to its end, with its output, in this process: a new one takes seconds to
        start. Not for what goes on until it is stopped."""
        from desk.app.cli import main

        out, err = io.StringIO(), io.StringIO()
        code: object = 0
        with (
            patch.dict(os.environ, {**self.environment, **more}),
            patch.object(sys, "argv", ["huiyin", *command]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
        status = code if isinstance(code, int) else 1
        return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())

    def run_apart(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "tests.worker", *command],
            cwd=ROOT,
            env={**os.environ, **self.environment, **more, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def feed(self, path: Path, source: str = "board-export", name: str = "") -> FileResult:
        runner = production.open_runner(self.settings, name=name)
        try:
            reader = file_source(wiring.build_sources(self.settings), source)
            return ingest_file(runner, reader, path, lambda *_: None)
        finally:
            runner.store.close()

    @property
    def waiting(self) -> int:
        return lag(production.address(self.settings)).total

    def until_done(self, within: float = 60.0) -> None:
        """Until the workers have acknowledged everything."""
        until(lambda: self.waiting == 0, within, self._diagnosis)

    def _diagnosis(self) -> str:
        return "\n".join(worker.said()[-2000:] for worker in self.workers)

    def audit(self) -> Audit:
        """What linking or the clock writes while the audit reads log and ledger one after the
        other is a difference that is gone at the next look."""
        found = production_upkeep.audit(self.settings)
        for _ in range(2):
            if not found.problems:
                break
            self.until_done()
            found = production_upkeep.audit(self.settings)
        return found

    def export(self) -> tuple[bytes, bytes]:
        """The ledger as jsonl and csv."""
        parts = production.ledger(self.settings)
        parts.refresh()
        name = wiring.build_router(self.settings).register.name
        return (
            b"".join(jsonl(parts.ledger.scan(Query()), name)),
            b"".join(csv_lines(parts.ledger.scan(Query()), name)),
        )

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()


@contextmanager
def installation(
    folder: Path, kafka: Kafka, elasticsearch: Elasticsearch, **more: Any
) -> Iterator[Installation]:
    """With topics and index; its workers end with it."""
    it = Installation(folder, kafka, elasticsearch, **more)
    it.create()
    try:
        yield it
    finally:
        it.close()


def until(
    condition: Callable[[], bool], within: float, why: Callable[[], str] = lambda: ""
) -> None:
    """Waits for a condition; a server that is away meanwhile is waited for too."""
    end = time.monotonic() + within
    while True:
        with suppress(LogDown, LedgerUnavailable):
            if condition():
                return
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:.0f} s\n{why()}")
        time.sleep(0.1)
