"""What a process that runs for days asks of Python, and which processes do."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desk.app import cli_ledger, server
from desk.ground.settings import read_settings
from desk.sources.ingest import FileResult
from huiyin.interpreter import settle
from streams.intake import IntakeCounts
from streams.kafka import agents


@pytest.fixture
def as_before() -> Iterator[None]:
    """Other tests run in this process too."""
    thresholds, seconds = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(seconds)


@pytest.mark.usefixtures("as_before")
def test_what_was_loaded_is_looked_through_no_more_and_threads_take_short_turns() -> None:
    frozen = gc.get_freeze_count()
    loaded = [[number] for number in range(1000)]

    settle()

    assert gc.get_freeze_count() >= frozen + len(loaded)
    assert gc.get_threshold()[0] >= 10_000
    assert sys.getswitchinterval() <= 0.001


def test_the_desk_settles_before_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(server, "settle", lambda: done.append("settled"))
    answering = SimpleNamespace(should_exit=False, run=lambda sockets: done.append("answers"))
    monkeypatch.setattr(server, "make_server", lambda _app, _settings: answering)

    nothing: Any = None  # none of them is looked at
    server.run_server(nothing, nothing, nothing)

    assert done == ["settled", "answers"]


def test_a_worker_settles_before_it_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done: list[str] = []
    monkeypatch.setattr(agents, "settle", lambda: done.append("settled"))
    monkeypatch.setattr(agents, "build_app", lambda _parts: None)
    working = SimpleNamespace(execute_from_commandline=lambda: done.append("works"))
    monkeypatch.setattr(agents, "_Worker", lambda _app, _parts: working)

    agents.run_worker(SimpleNamespace(scratch=tmp_path))  # type: ignore[arg-type]

    assert done == ["settled", "works"]


def test_an_import_settles_before_it_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done: list[str] = []
    settings = read_settings({"HUIYIN_HOME": str(tmp_path), "HUIYIN_CLASSIFIER": "rules"})
    monkeypatch.setattr(cli_ledger, "settle", lambda: done.append("settled"))
    monkeypatch.setattr(cli_ledger, "read_settings", lambda: settings)
    path = tmp_path / "none.csv"
    result = FileResult(file=str(path), counts=IntakeCounts())

    def reads(*_: object) -> FileResult:
        done.append("reads")
        return result

    monkeypatch.setattr(cli_ledger, "ingest_file", reads)

    cli_ledger.ingest([path], source="board-export")

    assert done == ["settled", "reads"]
