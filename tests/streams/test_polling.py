"""One poll: what it stores, what it remembers, and what may happen meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from os import getpid
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Event
from typing import NoReturn

import pytest

from desk.ground import wiring
from desk.ground.settings import read_settings
from desk.sources.open_sources import Pull, poll_step
from huiyin.store.errors import StoreError
from huiyin.store.lease import lease
from huiyin.store.sqlite import Connection
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.polling import SourceBusy, note, poll_once, watch
from streams.sources.seam import health as rules
from streams.sources.seam.base import Batch, OpenItem, SourceError
from streams.sources.seam.health import HealthRules, SourceHealth
from tests.cases.helpers import RECEIVED, item

NAME = "letters"


class Told:
    """Gives these batches; `then` happens behind each of them, at the other end."""

    name = NAME

    def __init__(self, *batches: Batch | Exception) -> None:
        self.batches = batches
        self.asked: list[str | None] = []
        self.ended = False

    def poll(
        self, cursor: str | None, *, now: datetime, recheck: Sequence[OpenItem]
    ) -> Iterator[Batch]:
        self.asked.append(cursor)
        try:
            for each in self.batches:
                if isinstance(each, Exception):
                    raise each
                self.meanwhile(each)
                yield each
        finally:
            self.ended = True

    def meanwhile(self, batch: Batch) -> None:
        """Something that happens before the batch is stored."""

    def rewound(self, to: datetime) -> str:
        return "rewound"


def batch(number: int) -> Batch:
    return Batch(found=(item(str(number)),), cursor=f"after {number}")


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    runner = wiring.open_runner(
        read_settings(
            {
                "HUIYIN_HOME": str(tmp_path),
                "HUIYIN_NOW": RECEIVED.isoformat(),
                "HUIYIN_CLASSIFIER": "rules",
            }
        )
    )
    yield runner
    runner.store.close()


@contextmanager
def opened_beside(runner: EmbeddedRunner) -> Iterator[EmbeddedRunner]:
    """A second one on the same file, as another process has it."""
    other = EmbeddedRunner(EmbeddedStore(runner.store.path), runner.processor, runner.clock)
    yield other
    other.store.close()


def health(runner: EmbeddedRunner) -> SourceHealth:
    found = runner.health(NAME)
    assert found is not None
    return found


def test_what_was_stored_before_an_error_stays_with_its_cursor(runner: EmbeddedRunner) -> None:
    result = poll_once(runner, Told(batch(1), SourceError("连不上")), runner.clock)
    assert (result.counts.new, result.error) == (1, "连不上")
    assert runner.cursor(NAME) == "after 1"
    assert (health(runner).failures, health(runner).last_error) == (1, "连不上")


def test_what_a_full_disk_refused_is_asked_for_again(
    runner: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place in the mailbox or list stays where the last stored batch left it."""

    def full(_db: Connection, *, acknowledged: bool = True) -> NoReturn:
        raise StoreError("数据文件没有写入，磁盘已满")

    poll_once(runner, Told(batch(1)), runner.clock)
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "transaction", full)
        with pytest.raises(StoreError, match="磁盘已满"):
            poll_once(runner, Told(batch(2)), runner.clock)
    assert runner.cursor(NAME) == "after 1"
    source = Told(batch(2))
    assert poll_once(runner, source, runner.clock).counts.new == 1
    assert source.asked == ["after 1"]


def test_a_poll_that_is_left_early_is_ended_at_once(runner: EmbeddedRunner) -> None:
    source = Told(batch(1), batch(2))
    poll_once(runner, source, runner.clock, stop=lambda: True)
    assert source.ended
    assert runner.cursor(NAME) == "after 1"


def test_rewinding_wins_over_a_poll_that_is_under_way(runner: EmbeddedRunner) -> None:
    class Rewound(Told):
        def meanwhile(self, batch: Batch) -> None:
            if batch.cursor == "after 2":
                runner.store.set_cursor(NAME, self.rewound(RECEIVED))

    source = Rewound(batch(1), batch(2), batch(3))
    result = poll_once(runner, source, runner.clock)
    assert (result.moved, result.counts.new) == (True, 1)
    assert source.ended
    assert runner.cursor(NAME) == "rewound"
    again = Told(batch(1), batch(2))
    result = poll_once(runner, again, runner.clock)
    assert again.asked == ["rewound"]
    assert (result.counts.unchanged, result.counts.new) == (1, 1)


def test_a_pause_that_comes_during_a_poll_lasts(runner: EmbeddedRunner) -> None:
    class Paused(Told):
        def meanwhile(self, batch: Batch) -> None:
            runner.change_health(
                NAME,
                lambda known: rules.pause(
                    known or SourceHealth(source=NAME, watched_since=RECEIVED),
                    now=RECEIVED,
                    by="值班长",
                ),
            )

    poll_once(runner, Paused(batch(1)), runner.clock)
    assert health(runner).paused
    assert poll_once(runner, Told(batch(2)), runner.clock).paused
    assert runner.cursor(NAME) == "after 1"


def test_a_source_is_asked_by_one_at_a_time(runner: EmbeddedRunner) -> None:
    with opened_beside(runner) as other:

        class Asked(Told):
            def meanwhile(self, batch: Batch) -> None:
                second = Told(batch)
                with pytest.raises(SourceBusy) as busy:
                    poll_once(other, second, other.clock)
                said.append(str(busy.value))
                assert second.asked == []

        said: list[str] = []
        poll_once(runner, Asked(batch(1)), runner.clock)
        begun = f"{RECEIVED:%m-%d %H:%M} 开始，进程 {getpid()}"
        assert said[0] == (
            f"来源“{NAME}”正在读取（{begun}），同一来源一次只读一遍，这一次没有读取。"
            "请等它读完再看结果，不必重复操作。"
        )
        assert poll_once(other, Told(batch(2)), other.clock).counts.new == 1
    assert health(runner).failures == 0


@pytest.mark.parametrize("problem", [SourceError("连不上"), ValueError("ours")])
def test_a_poll_that_failed_leaves_the_source_free(
    runner: EmbeddedRunner, problem: Exception
) -> None:
    with suppress(ValueError):
        poll_once(runner, Told(problem), runner.clock)
    assert poll_once(runner, Told(batch(1)), runner.clock).counts.new == 1


def test_two_sources_are_asked_at_the_same_time(runner: EmbeddedRunner) -> None:
    with opened_beside(runner) as other:

        class Asked(Told):
            def meanwhile(self, batch: Batch) -> None:
                second = Told(Batch(found=(item("9"),), cursor="9"))
                second.name = "信访/网上"
                assert poll_once(other, second, other.clock).counts.new == 1

        assert poll_once(runner, Asked(batch(1)), runner.clock).counts.new == 1


def test_a_killed_process_holds_no_source(runner: EmbeddedRunner) -> None:
    holding = (
        "import sys, time; from pathlib import Path; from huiyin.store.lease import lease\n"
        "with lease(Path(sys.argv[1]), '进程'): print('held', flush=True); time.sleep(600)"
    )
    file = runner.polls / f"{NAME}.lock"
    with Popen([sys.executable, "-c", holding, str(file)], stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(SourceBusy):
            poll_once(runner, Told(batch(1)), runner.clock)
        process.kill()
    assert poll_once(runner, Told(batch(1)), runner.clock).counts.new == 1


def test_a_turn_of_the_timer_that_finds_the_source_busy_is_no_failure(
    runner: EmbeddedRunner,
) -> None:
    source = Told(batch(1))
    step = poll_step(runner, Pull(source, "信箱", 60), Event(), lambda: None)
    with lease(runner.polls / f"{NAME}.lock", "进程"):
        assert step() is False
    assert source.asked == []
    assert step() is False
    assert len(source.asked) == 1


def test_a_fault_of_ours_is_raised_and_shown_without_its_text(runner: EmbeddedRunner) -> None:
    with pytest.raises(ValueError, match="inner detail"):
        poll_once(runner, Told(ValueError("inner detail")), runner.clock)
    assert "ValueError" in health(runner).last_error
    assert "inner detail" not in health(runner).last_error


def test_watching_never_undoes_what_a_poll_noted(runner: EmbeddedRunner) -> None:
    def look() -> Sequence[str]:
        return watch(runner, NAME, "信箱", HealthRules(failures=2), RECEIVED, lambda _day: True)

    assert look() == []
    assert health(runner).watched_since == RECEIVED
    note(runner, NAME, RECEIVED, (), "连不上")
    note(runner, NAME, RECEIVED, (), "连不上")
    assert look() == look() == ["连续 2 次失败：连不上"]
    assert len(runner.store.alerts(10)) == 1
