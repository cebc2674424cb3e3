"""From file to searchable ledger through Kafka, a real worker and Elasticsearch: the same
as in one process, provable, and rebuilt byte for byte."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.messages import write_board_csv
from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions
from desk.app.commands.audit import audit_store
from desk.ground import production, wiring
from desk.ground.deskfile import DeskFile
from desk.ground.settings import read_settings
from desk.sources.ingest import ingest_file
from sinks.ledger.base import Query
from sinks.reports.export import csv_lines, jsonl
from streams.kafka.sweep import LeaderSweep
from streams.sources.registry import file_source
from tests.installation import Installation, Worker, installation, until
from tests.servers import Elasticsearch, Kafka

ROWS = 400
UNIT = "housing"


@pytest.fixture(scope="module")
def town(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation with a worker that has processed a file."""
    folder = tmp_path_factory.mktemp("town")
    write_board_csv(folder / "messages.csv", ROWS)
    with installation(folder, kafka, elasticsearch) as it:
        it.start_worker()
        result = it.feed(folder / "messages.csv")
        assert (result.error, result.counts.new) == ("", ROWS)
        it.until_done()
        yield it


def _action(number: int, case_id: str, command: do.AnyCommand, unit: str = "") -> Action:
    role = Role.RESPONDER if unit else Role.DESK
    settings = read_settings({"HUIYIN_NOW": "2026-11-22T09:00"})
    return Action(
        message_id=f"a-flow-{number}",
        case_id=case_id,
        actor=Actor(id="wang", role=role, unit=unit),
        command=command,
        at=settings.clock(),
    )


def _actions(unit: str) -> list[Action]:
    """Some that are allowed, one that is refused, one for a case that is not there."""
    waiting = [f"board-export:{100_000 + number}" for number in range(0, 30, 3)]
    actions = [
        _action(number, case_id, do.Assign(lead=unit, reason="重新派单"))
        for number, case_id in enumerate(waiting)
    ]
    actions += [
        _action(100 + number, case_id, do.Acknowledge(), unit)
        for number, case_id in enumerate(waiting[:5])
    ]
    actions.append(_action(200, waiting[0], do.Acknowledge(), "no-such-unit"))
    actions.append(_action(201, "board-export:none", do.Acknowledge(), unit))
    return actions


def _embedded(home: Path, path: Path) -> tuple[tuple[bytes, bytes], int]:
    """The same through the embedded runtime."""
    settings = read_settings({"HUIYIN_HOME": str(home), "HUIYIN_NOW": "2026-11-22T09:00"})
    runner = wiring.open_runner(settings)
    reader = file_source(wiring.build_sources(settings), "board-export")
    ingest_file(runner, reader, path, lambda *_: None)
    for action in _actions(UNIT):
        runner.act(action)
    runner.pump_all()
    ticks = runner.sweep()
    runner.pump_all()
    assert audit_store(runner.store).balanced
    name = wiring.build_router(settings).register.name
    cases = runner.store.ledger
    exported = (
        b"".join(jsonl(cases.scan(Query()), name)),
        b"".join(csv_lines(cases.scan(Query()), name)),
    )
    runner.store.close()
    return exported, ticks


@contextmanager
def _sweep(town: Installation) -> Iterator[LeaderSweep]:
    settings = town.settings
    parts = production.ledger(settings)
    parts.refresh()
    writer = production.writer(settings, 20)
    rules = wiring.build_rules(settings)
    yield LeaderSweep(
        production.address(settings), writer, parts.ledger, lambda: rules, settings.clock
    )
    writer.close()


@pytest.mark.timeout(180)
def test_both_runtimes_export_the_same_bytes(town: Installation) -> None:
    expected, ticks = _embedded(town.folder / "embedded", town.folder / "messages.csv")
    runner = production.open_runner(town.settings)
    for action in _actions(UNIT):
        runner.act(action)
    runner.pump_all()
    with _sweep(town) as sweep:
        assert sweep.sweep(timedelta(seconds=60)) == ticks > ROWS / 4
        town.until_done()
        assert sweep.sweep(timedelta(seconds=60)) == 0, "swept a moment ago"
    same = [got == wanted for got, wanted in zip(town.export(), expected, strict=True)]
    assert same == [True, True]
    runner.store.close()

    proof = town.audit()
    assert proof.problems == ()
    assert (proof.cases, proof.actions, proof.ticks, proof.dead) == (ROWS, 17, ticks, 0)


def test_the_same_file_again_changes_nothing(town: Installation) -> None:
    before = town.export()
    result = town.feed(town.folder / "messages.csv")
    assert (result.counts.new, result.counts.unchanged) == (0, ROWS)
    same = town.export() == before
    assert same
    proof = town.audit()
    assert proof.problems == ()
    assert proof.read == 2 * ROWS


def test_the_commands_of_the_desk_work_on_kafka(town: Installation) -> None:
    shown = town.run("show", "board-export:100003")
    assert json.loads(shown.stdout)["case_id"] == "board-export:100003"
    done = town.run("act", "board-export:100003", "log_contact", '{"text": "已电话联系"}')
    assert "contact_logged" in done.stdout or "action_refused" in done.stdout
    # Exact once the workers rest: what was just pressed may be on its way into the committed part.
    until(lambda: town.run("audit").returncode == 0, 60, lambda: town.run("audit").stdout)
    assert town.run("audit").stdout.rstrip().endswith("核对一致：没有丢失，没有重复。")
    out = town.folder / "ledger.jsonl"
    assert town.run("export", "ledger", "--out", str(out)).returncode == 0
    same = out.read_bytes() == town.export()[0]
    assert same
    assert town.run("dead-letters").returncode == 0
    assert town.run("doctor").returncode == 0


def _signed_in(town: Installation) -> str:
    """The cookie of somebody from the desk."""
    settings = town.settings
    file = DeskFile(settings.desk_file)
    someone = Account(id="wang", name="王某", role=Role.DESK, created=settings.clock())
    Accounts(file).add(someone, "")
    return f"huiyin={Sessions(file).begin(someone.id, '127.0.0.1')}"


@pytest.mark.timeout(180)
def test_the_pages_show_the_ledger(town: Installation) -> None:
    desk = Worker(town.environment | {"HUIYIN_PORT": "0"}, town.folder / "desk.log", ("desk",))
    try:
        until(lambda: "回音已启动：" in desk.said(), 60, desk.said)
        address = desk.said().partition("回音已启动：")[2].split()[0]
        ledger = urllib.request.Request(f"{address}ledger", headers={"Cookie": _signed_in(town)})
        with urllib.request.urlopen(ledger, timeout=60) as answer:
            assert "board-export%3A" in answer.read().decode()
        with urllib.request.urlopen(f"{address}healthz", timeout=30) as answer:
            assert json.load(answer)["waiting"] == 0
        assert desk.stop() == 0
    finally:
        desk.kill()


@pytest.mark.timeout(180)
def test_a_lost_ledger_is_rebuilt_byte_for_byte(
    town: Installation, elasticsearch: Elasticsearch
) -> None:
    before = town.export()
    lost = town.environment | {"HUIYIN_INDEX": f"{town.name}-rebuilt"}
    rebuilt = town.run("rebuild", HUIYIN_INDEX=lost["HUIYIN_INDEX"])
    assert f"{ROWS} 件事项" in rebuilt.stdout, rebuilt.stderr
    same = Installation.export(_with(town, lost)) == before
    assert same


def _with(town: Installation, environment: dict[str, str]) -> Installation:
    other = object.__new__(Installation)
    other.__dict__ |= town.__dict__ | {"environment": environment}
    return other


@pytest.mark.timeout(180)
def test_moving_in_loses_nothing_and_may_be_repeated(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    write_board_csv(tmp_path / "messages.csv", 60)
    with installation(tmp_path, kafka, elasticsearch) as town:
        alone = read_settings(
            {"HUIYIN_HOME": town.environment["HUIYIN_HOME"], "HUIYIN_NOW": "2026-11-22T09:00"}
        )
        runner = wiring.open_runner(alone)
        reader = file_source(wiring.build_sources(alone), "board-export")
        ingest_file(runner, reader, tmp_path / "messages.csv", lambda *_: None)
        runner.act(_action(1, "board-export:100000", do.Assign(lead=UNIT, reason="重新派单")))
        name = wiring.build_router(alone).register.name
        exported = b"".join(jsonl(runner.store.ledger.scan(Query()), name))
        assert runner.store.waiting() == 1
        runner.store.close()

        moved = town.run("migrate")
        assert "60 件事项" in moved.stdout, moved.stderr
        same = town.export()[0] == exported
        assert same
        assert town.waiting == 1
        assert "已经搬过了" in town.run("migrate").stderr

        town.start_worker()
        town.until_done()
        case = production.ledger(town.settings).ledger.load(["board-export:100000"])
        assert case["board-export:100000"].unit == UNIT, "the action that waited is carried out"
        proof = town.audit()
        assert proof.problems == ()
        assert (proof.cases, proof.read, proof.actions) == (60, 60, 1)
        again = town.feed(tmp_path / "messages.csv")
        assert again.counts.unchanged == 60
