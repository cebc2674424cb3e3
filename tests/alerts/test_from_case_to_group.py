"""From a grave letter to the group and back into the case's history, on a real data file."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from cases.alerts import AlertKind
from cases.record import events as ev
from cases.record.item import Item
from cases.record.messages import Action
from cases.words.times import BEIJING
from desk.alerts import alerting
from desk.alerts.alerting import AlertWork, embedded_work
from desk.app.cli import app
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.actions import _since
from desk.ground.machine_clock import machine_time
from desk.ground.settings import Settings, read_settings
from huiyin.store.errors import StoreError
from huiyin.store.sqlite import Connection
from sinks.alerts.outbox import GRACE
from streams.embedded.runner import EmbeddedRunner
from streams.sources.seam.base import Batch
from tests.cases.helpers import CONFIG
from tests.cases.helpers import DESK as OFFICER
from tests.standins.robots import DingTalkRobot, answer
from tests.standins.server import Hit, Reply

NOW = datetime(2026, 11, 20, 10, tzinfo=BEIJING)
"""A Friday."""
SECRET = "SEC-of-the-group"
ALERTS = """
[channel.duty]
adapter = "dingtalk"
options = { address = "ROBOT", secret = "SIGN", allow_private_addresses = true }

[route.grave]
kinds = ["high_risk"]
channels = ["duty"]
"""


@pytest.fixture
def robot() -> Iterator[DingTalkRobot]:
    with DingTalkRobot(time.time, secret=SECRET, keyword="回音") as standing:
        yield standing


@pytest.fixture
def settings(tmp_path: Path, robot: DingTalkRobot, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "alerts.toml").write_text(ALERTS, "utf-8")
    for name, value in {
        "HUIYIN_HOME": str(tmp_path / "home"),
        "HUIYIN_CONFIG": str(tmp_path / "config"),
        "HUIYIN_NOW": NOW.isoformat(),
        "HUIYIN_CLASSIFIER": "rules",
        "HUIYIN_PUBLIC_URL": "https://desk.example.gov.cn",
        "HUIYIN_SECRET_ROBOT": robot.address,
        "HUIYIN_SECRET_SIGN": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.fixture
def runner(settings: Settings) -> Iterator[EmbeddedRunner]:
    runner = wiring.open_runner(settings)
    letter = Item(
        source="letters",
        source_item_id="7",
        channel="县长信箱",
        received_at=NOW,
        title="周某13912345678反映商场起火",
        body="商场三楼起火，浓烟很大，请速来。",
        phone="13912345678",
    )
    runner.take("letters", Batch(found=(letter,)))
    runner.pump_all()
    yield runner
    runner.store.close()


@contextmanager
def working(settings: Settings, runner: EmbeddedRunner) -> Iterator[AlertWork]:
    work = embedded_work(settings, runner)
    try:
        yield work
    finally:
        work.close()


def work_off(settings: Settings, runner: EmbeddedRunner) -> None:
    with working(settings, runner) as work:
        while work.step():
            pass
    runner.pump_all()


def receipts(runner: EmbeddedRunner) -> list[ev.AlertNoted]:
    history = runner.store.ledger.load(["letters:7"])["letters:7"].history
    return [event.body for event in history if isinstance(event.body, ev.AlertNoted)]


def test_a_full_disk_is_told_though_the_alert_cannot_be_kept(
    settings: Settings,
    runner: EmbeddedRunner,
    robot: DingTalkRobot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once, however often the step fails; and as ever when there is room again."""
    (settings.config / "alerts.toml").write_text(
        ALERTS.replace('"high_risk"', '"high_risk", "disk_full"'), "utf-8"
    )
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    error = StoreError("告警文件 /srv/secret/alerts.db 没有写入，磁盘已满")
    error.__cause__ = cause

    def full(_self: Connection, *, acknowledged: bool = True) -> NoReturn:
        raise error

    with working(read_settings(), runner) as work:
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "transaction", full)
            for _ in range(3):
                with pytest.raises(StoreError):
                    work.step()
        (shown,) = robot.shown
        assert "磁盘已满" in shown
        assert "/srv/secret" not in shown
        work.step()
    assert [("起火" in each) for each in robot.shown] == [False, True]


def test_a_grave_letter_reaches_the_group_and_the_receipt_the_case(
    settings: Settings, runner: EmbeddedRunner, robot: DingTalkRobot
) -> None:
    work_off(settings, runner)
    work_off(settings, runner)
    (shown,) = robot.shown
    assert "危急" in shown
    assert "起火" in shown
    assert "13912345678" not in shown, "personal data stays in"
    assert "(https://desk.example.gov.cn/cases/letters%3A7)" in shown
    (noted,) = receipts(runner)
    assert (noted.channel, noted.outcome, noted.kind) == ("duty", "sent", "urgent")
    assert len(runner.store.alerts(50)) == 1, "a receipt calls nobody"
    assert audit_store(runner.store).balanced
    before = list(runner.store.ledger.load(["letters:7"]).values())
    runner.rebuild()
    assert list(runner.store.ledger.load(["letters:7"]).values()) == before
    assert audit_store(runner.store).balanced


def test_a_receipt_that_is_told_twice_counts_once(
    settings: Settings, runner: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after telling the case and before remembering that."""
    told: list[Action] = []
    act = runner.act

    def twice(action: Action) -> None:
        told.append(action)
        act(action)
        act(action)

    monkeypatch.setattr(runner, "act", twice)
    work_off(settings, runner)
    assert len(told) == 1
    assert len(receipts(runner)) == 1
    assert audit_store(runner.store).balanced


def test_a_receipt_stands_in_nobodys_way(settings: Settings, runner: EmbeddedRunner) -> None:
    """Somebody has the page open while the receipt comes in."""
    seen = runner.store.ledger.load(["letters:7"])["letters:7"].seq
    work_off(settings, runner)
    case = runner.store.ledger.load(["letters:7"])["letters:7"]
    assert case.seq == seen + 1
    assert _since(case, seen, OFFICER) == ()


SENDER = """
from desk.ground import wiring
from desk.alerts.alerting import embedded_work
from desk.ground.settings import read_settings
settings = read_settings()
embedded_work(settings, wiring.open_runner(settings)).step()
"""


@pytest.mark.slow
def test_a_process_that_is_killed_while_sending_sends_nothing_twice(
    settings: Settings,
    runner: EmbeddedRunner,
    robot: DingTalkRobot,
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
) -> None:
    def hang(_hit: Hit, reply: Reply) -> Reply:
        """The group has the message; the sender never hears of it."""
        robot.released.wait(30)
        return reply

    robot.fault(hang)
    sender = subprocess.Popen([sys.executable, "-c", SENDER], cwd=root, env=dict(os.environ))
    end = time.monotonic() + 30
    while not robot.log and time.monotonic() < end:
        time.sleep(0.02)
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    robot.released.set()
    work_off(settings, runner)
    assert receipts(runner) == [], "for a while its sender might be alive"
    later = machine_time() + GRACE + timedelta(seconds=1)
    monkeypatch.setattr(alerting, "machine_time", lambda: later)
    work_off(settings, runner)
    work_off(settings, runner)
    assert len(robot.log) == 1
    (noted,) = receipts(runner)
    assert noted.outcome == "unclear"
    assert "程序中断" in noted.receipt


# -- the command line ------------------------------------------------------------------


def huiyin(*words: str) -> str:
    result = CliRunner().invoke(app, ["alerts", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands_show_what_was_sent_and_what_was_not(
    settings: Settings, runner: EmbeddedRunner, robot: DingTalkRobot
) -> None:
    assert "还没有告警" in huiyin("list")
    robot.keyword = "值班"
    work_off(settings, runner)
    listed = huiyin("list")
    assert "【危急】" in listed
    assert "duty：没有发出" in listed
    assert "关键词" in huiyin("channels")
    failed = huiyin("failed")
    assert "310000" in failed
    message_id = failed.split()[0]
    robot.keyword = "回音"
    assert "已重新排队" in huiyin("resend", message_id)
    result = CliRunner().invoke(app, ["alerts", "resend", message_id])
    assert result.exit_code != 0
    work_off(settings, runner)
    assert len(robot.shown) == 1
    assert "没有发不出的消息" in huiyin("failed")
    assert "正常" in huiyin("channels")
    assert '"state":"sent"' in huiyin("list", "--json")


def test_a_channel_can_be_tried(settings: Settings, robot: DingTalkRobot) -> None:
    assert "已收下测试消息" in huiyin("test", "duty")
    assert "测试消息" in robot.shown[0]
    robot.secret = "changed"
    result = CliRunner().invoke(app, ["alerts", "test", "duty"])
    assert result.exit_code == 1
    assert "T0KEN" not in result.output
    result = CliRunner().invoke(app, ["alerts", "test", "nobody"])
    assert "duty" in str(result.exception)


def test_channels_that_fail_are_alerts_at_the_desk(
    settings: Settings, runner: EmbeddedRunner, robot: DingTalkRobot
) -> None:
    robot.fault(lambda hit, reply: answer(310000, "sign not match"))
    work_off(settings, runner)
    kinds = [alert.kind for alert in runner.store.alerts(50)]
    assert kinds == [AlertKind.CHANNEL_FAILING, AlertKind.URGENT]
