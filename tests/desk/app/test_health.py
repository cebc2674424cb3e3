"""`huiyin health`: a timer hears that the desk, or its watch over alerts, comes round no more."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from cases.words.times import BEIJING
from desk.alerts.alerting import alert_file, embedded_work, last_round
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from tests.desk.app.test_cli import Run, called

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=BEIJING)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(tmp_path),
            "HUIYIN_NOW": "2026-03-20T09:00",
            "HUIYIN_CLASSIFIER": "rules",
        }
    )


@pytest.fixture
def run(settings: Settings) -> Run:
    return partial(called, settings.home, "health")


def swept(settings: Settings, ago: timedelta) -> None:
    runner = wiring.open_runner(settings, wiring.build_processor(settings))
    runner.store.set_fact("last_sweep", (NOW - ago).isoformat())
    runner.store.close()


def alerts_worked_off(settings: Settings) -> None:
    """As the alert loop of the running desk does it."""
    work = embedded_work(settings, wiring.open_runner(settings, wiring.build_processor(settings)))
    work.step()
    work.close()


def test_all_is_well_while_both_come_round(settings: Settings, run: Run) -> None:
    swept(settings, timedelta(minutes=1))
    alerts_worked_off(settings)
    assert "正常：上次时限巡查 03-20 08:59" in run().output
    found = json.loads(run("--json").stdout)
    assert (found["ok"], found["problems"]) == (True, [])


def test_a_desk_that_is_down_is_told_with_a_status(settings: Settings, run: Run) -> None:
    swept(settings, timedelta(minutes=6))
    alerts_worked_off(settings)
    said = run(status=1)
    assert "时限巡查已停" in said.output
    assert "请启动 huiyin run" in said.output
    assert said.stdout == ""


def test_a_watch_over_alerts_that_died_is_told_though_the_sweep_goes_on(
    settings: Settings, run: Run
) -> None:
    swept(settings, timedelta(minutes=1))
    alerts_worked_off(settings)
    file = alert_file(settings)
    before = last_round(file)
    assert before is not None
    file.set_fact("alert_round", (before - timedelta(minutes=6)).isoformat())
    file.close()
    assert "告警检查已停：自 " in run(status=1).output
    found = json.loads(run("--json", status=1).stdout)
    assert not found["ok"]
    assert found["last_alert_round"]


def test_a_home_in_which_nothing_ever_ran_is_not_well(settings: Settings, run: Run) -> None:
    wiring.open_runner(settings, wiring.build_processor(settings)).store.close()
    said = run(status=1).output
    assert "还没有做过时限巡查" in said
    assert "告警检查已停：没有来过" in said


def test_a_wrong_home_is_named_and_nothing_is_made_there(settings: Settings, run: Run) -> None:
    before = sorted(settings.home.iterdir())
    said = run(status=1)
    assert f"{settings.home} 里没有数据文件" in said.output
    assert "请核对 HUIYIN_HOME" in said.output
    assert not json.loads(run("--json", status=1).stdout)["ok"]
    assert sorted(settings.home.iterdir()) == before
