"""A change made while the program runs: checked, swapped between two batches, named in events."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.life.rules import Rules
from cases.record.messages import Observation, encode_message
from cases.routing.units import UnitRegister
from desk.app.commands import config as commands
from desk.ground import wiring
from desk.ground.live_configuration import ASKED, KEPT, LiveConfiguration
from desk.ground.settings import Settings, SettingsError, read_settings
from streams.embedded.runner import EmbeddedRunner
from streams.sources.seam.base import Batch
from tests.cases.helpers import item


class Running:
    """A process on a data folder, without threads."""

    def __init__(self, home: Path, root: Path) -> None:
        self.config = home / "config"
        shutil.copytree(root / "config", self.config)
        self.environment = {
            "HUIYIN_HOME": str(home),
            "HUIYIN_CONFIG": str(self.config),
            "HUIYIN_CLASSIFIER": "rules",
            "HUIYIN_NOW": "2026-03-03T10:00",
        }
        self.settings = self.read()
        self.runner: EmbeddedRunner = wiring.open_runner(self.settings)
        self.told: list[tuple[Settings, Rules, UnitRegister]] = []
        self.live = LiveConfiguration(
            self.settings, self.runner.processor, lambda *tables: self.told.append(tables)
        )

    def read(self) -> Settings:
        """As a command reads them that is started now."""
        return read_settings(self.environment)

    def change(self, name: str, old: str, new: str) -> None:
        path = self.config / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def numbers(self, number: str) -> set[str]:
        """Those in the events of a message that comes in now."""
        one = item(number)
        self.runner.take("letters", Batch(found=(one,), done=1, total=1))
        self.runner.pump_all()
        case = self.runner.store.ledger.load([one.case_id])[one.case_id]
        return {event.configuration for event in case.history}


@pytest.fixture
def running(tmp_path: Path, root: Path) -> Iterator[Running]:
    found = Running(tmp_path, root)
    yield found
    found.runner.store.close()


def test_a_change_is_checked_asked_for_and_swapped_in(running: Running, tmp_path: Path) -> None:
    first = running.live.number
    assert running.numbers("1") == {first}
    running.change("handling.toml", "window_working_days = 1 ", "window_working_days = 2 ")
    running.live.look()
    assert running.numbers("2") == {first}, "nobody asked for it"

    second = commands.reload(running.read())
    assert (tmp_path / ASKED).read_text("ascii") == second != first
    assert running.numbers("3") == {first}, "not before the process has looked"
    running.live.look()
    assert running.runner.processor.rules.handling.returns.window_working_days == 2
    assert running.numbers("4") == {second}
    ((settings, rules, register),) = running.told
    assert settings.configuration.number == rules.number == second
    assert "housing" in register
    running.live.look()
    assert len(running.told) == 1, "once"
    assert {path.stem for path in (tmp_path / KEPT).iterdir()} == {first, second}


def test_a_batch_ends_by_what_it_began_with(running: Running) -> None:
    first = running.live.number
    runner = running.runner
    message = encode_message(Observation(message_id="m", case_id=item("9").case_id, item=item("9")))
    begun = runner.processor.prepare([message], runner.clock())
    running.change("handling.toml", "window_working_days = 1 ", "window_working_days = 2 ")
    running.live.reload()
    with runner.store.transaction():
        runner.processor.write(begun, runner._ports, runner.clock())
    case = runner.store.ledger.load([item("9").case_id])[item("9").case_id]
    assert {event.configuration for event in case.history} == {first}
    assert running.numbers("10") == {running.live.number} != {first}


def test_what_cannot_be_used_is_refused_and_the_old_one_stays(running: Running) -> None:
    first = running.live.number
    running.change("handling.toml", "[returns]", "[retruns]")
    running.change("delivery.toml", "[delivery.mail]\n", "[delivery.mail\n")
    for attempt in (lambda: commands.reload(running.read()), running.live.reload):
        with pytest.raises(SettingsError, match=r"delivery\.toml.*不是合法的 TOML"):
            attempt()
    running.change("delivery.toml", "[delivery.mail\n", "[delivery.mail]\n")
    with pytest.raises(SettingsError, match=r"handling\.toml 第 4 行.*retruns"):
        running.live.reload()
    running.live.look()
    assert running.told == []
    assert running.numbers("1") == {first}


def test_a_file_that_changed_after_the_check_is_not_taken(running: Running) -> None:
    running.change("handling.toml", "window_working_days = 1 ", "window_working_days = 2 ")
    commands.reload(running.read())
    running.change("handling.toml", "window_working_days = 2 ", "window_working_days = 3 ")
    for _ in range(2):  # as long as nobody asks again
        with pytest.raises(SettingsError, match="在检查之后又改了"):
            running.live.look()
    assert running.told == []
    commands.reload(running.read())
    running.live.look()
    assert running.runner.processor.rules.handling.returns.window_working_days == 3


def test_tables_that_wait_for_the_next_start_are_named(running: Running) -> None:
    running.change("sources.toml", 'channel = "问政平台"', 'channel = "问政"')
    running.change("reports.toml", "most_listed = 50", "most_listed = 40")
    assert running.live.reload() == ("sources.toml",)


def test_what_was_asked_for_before_the_start_is_nothing_new(running: Running) -> None:
    running.change("handling.toml", "window_working_days = 1 ", "window_working_days = 2 ")
    commands.reload(running.read())
    again = LiveConfiguration(running.read(), running.runner.processor, lambda *_: None)
    running.change("handling.toml", "window_working_days = 2 ", "window_working_days = 3 ")
    again.look()


def test_settings_read_again_see_what_has_changed(running: Running) -> None:
    assert running.settings.read_again().configuration.number == running.live.number
    running.change("delivery.toml", "[delivery.mail]\n", "[delivery.mail\n")
    assert running.settings.configuration.problems() == []
    (problem,) = running.settings.read_again().configuration.problems()
    assert "delivery.toml" in problem
