"""`kill -9` at any point of an ingest costs a repetition, never an item."""

from __future__ import annotations

import multiprocessing
import random
import time
from pathlib import Path

import pytest

from benchmarks.messages import write_board_csv
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from desk.sources.ingest import ingest_file
from sinks.ledger.base import Query
from sinks.reports.export import jsonl
from streams.sources.registry import file_source

ROWS = 1_500
KILLS = 30


def _settings(home: Path) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_NOW": "2026-11-22T09:00",
            # What is killed is the intake: the second judge would only make it slower.
            "HUIYIN_CLASSIFIER": "linear",
        }
    )


def _ingest(home: Path, path: Path) -> None:
    settings = _settings(home)
    runner = wiring.open_runner(settings)
    reader = file_source(wiring.build_sources(settings), "board-export")
    result = ingest_file(runner, reader, path, lambda *_: None)
    assert not result.error
    runner.store.close()


def _export(home: Path) -> bytes:
    runner = wiring.open_runner(_settings(home))
    runner.pump_all()
    result = audit_store(runner.store)
    assert result.balanced, result.problems
    exported = b"".join(jsonl(runner.store.ledger.scan(Query()), str))
    before = runner.store.journal_size()
    runner.rebuild()
    assert b"".join(jsonl(runner.store.ledger.scan(Query()), str)) == exported
    assert before == runner.store.journal_size()
    runner.store.close()
    return exported


@pytest.mark.slow
def test_killed_ingest_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    write_board_csv(path, ROWS)
    start = time.monotonic()
    _ingest(tmp_path / "calm", path)
    calm_seconds = time.monotonic() - start

    # Forked, so that a kill comes during the work and not during the imports.
    fork = multiprocessing.get_context("fork")
    random_ = random.Random(7)
    kills = 0
    for _ in range(KILLS):
        child = fork.Process(target=_ingest, args=(tmp_path / "killed", path))
        child.start()
        child.join(random_.uniform(0, calm_seconds / 4))
        if child.is_alive():
            child.kill()
            kills += 1
        child.join()
        assert child.exitcode in (0, -9)
    assert kills > KILLS // 2
    _ingest(tmp_path / "killed", path)

    assert _export(tmp_path / "killed") == _export(tmp_path / "calm")
