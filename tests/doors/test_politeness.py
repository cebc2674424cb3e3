"""What other people's servers see of us, and what a bad one does to the rest of the office."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from desk.app.background import Background
from desk.ground import wiring
from desk.ground.loops import politely
from desk.ground.settings import read_settings
from desk.sources.open_sources import open_doors, poll_step
from huiyin.net.pacing import HostPacing
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.sources.registry import SourceContext
from streams.sources.seam.base import SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.doors.office import until
from tests.standins import server
from tests.standins.clock import FakeClock
from tests.standins.feed import Feed
from tests.standins.liuyan import APP_CODE, Liuyan, Thread
from tests.standins.mailbox import Letter, Mailbox
from tests.standins.server import Hit, Reply, StandIn
from tests.streams.sources.pulled import NOW

RATE = 12
T0 = int(NOW.timestamp()) - 3 * 86_400


def board_entry(name: str, board: Liuyan, fid: str, **http: object) -> SourceEntry:
    web = {
        "hosts": [board.host],
        "allow_private_addresses": True,
        "requests_per_minute": RATE,
        **http,
    }
    options = {"base_url": board.url, "http": web, "fids": [fid], "app_code_secret": "CODE"}
    return SourceEntry(
        name=name, adapter="liuyan", channel="领导留言板", options=options, file="s.toml"
    )


def around(pacing: HostPacing) -> SourceContext:
    return SourceContext(secrets=Secrets({"CODE": APP_CODE}), pacing=pacing)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    runner = wiring.open_runner(
        read_settings(
            {
                "HUIYIN_HOME": str(tmp_path),
                "HUIYIN_NOW": NOW.isoformat(),
                "HUIYIN_CLASSIFIER": "rules",
            }
        )
    )
    yield runner
    runner.store.close()


def most_in_a_minute(hits: list[Hit]) -> int:
    """In any sixty seconds, wherever they begin."""
    times = [hit.at for hit in hits]
    return max(sum(start <= at < start + 60 for at in times) for start in times)


def test_two_sources_of_one_host_together_stay_below_its_rate(runner: EmbeddedRunner) -> None:
    clock = FakeClock()
    with Liuyan(clock.time) as board:
        for n in range(40):
            board.add(Thread(1000 + n, T0 + n, f"留言 {n}", "路灯不亮" * 40, str(1 + n % 2)))
        entries = [board_entry("one", board, "1"), board_entry("two", board, "2")]
        doors = open_doors(entries, around(clock.pacing()))
        steps = [poll_step(runner, pull, Event(), lambda: None) for pull in doors.pulls]
        for _ in range(3):
            for step in steps:
                step()
            runner.pump_all()
        assert len(board.log) > 100
        assert most_in_a_minute(board.log) <= RATE
        # Polite, and not idle: the time is used.
        assert most_in_a_minute(board.log) >= RATE // 2
        for pull in doors.pulls:
            pull.source.close()  # type: ignore[attr-defined]
    assert len(list(runner.store.ledger.scan(Query()))) == 40


def test_the_pauses_grow_while_a_server_refuses_and_shrink_when_it_is_well(
    runner: EmbeddedRunner,
) -> None:
    clock = FakeClock()
    with Liuyan(clock.time) as board:
        board.add(*(Thread(1000 + n, T0 + n, f"留言 {n}", "路灯", "1") for n in range(10)))
        entry = board_entry("one", board, "1", backoff_first=5.0, backoff_most=600.0)
        (pull,) = open_doors([entry], around(clock.pacing())).pulls
        step = poll_step(runner, pull, Event(), lambda: None)
        board.fault(server.status(429), times=8)
        errors: list[str] = []
        while any(fault.times for fault in board.faults):
            try:
                step()
            except SourceError as error:
                errors.append(str(error))
                clock.sleep(30)  # as the loop rests
        refused = [hit.at for hit in board.log]
        pauses = [b - a for a, b in pairwise(refused)]
        assert len(errors) > 1
        assert all("429" in error or "退避" in error for error in errors)
        assert pauses[0] >= 5
        assert all(b > a for a, b in pairwise(pauses))
        assert pauses[-1] > 40 * pauses[0]
        health = runner.health("one")
        assert health is not None
        assert health.failures == len(errors)

        while True:  # the back-off that is still running
            try:
                step()
                break
            except SourceError:
                clock.sleep(30)
        for _ in range(4):
            step()
        times = [hit.at for hit in board.log]
        last = times[-1] - times[-2]
        assert last <= 60 / RATE * 1.6
        health = runner.health("one")
        assert health is not None
        assert (health.failures, health.last_error) == (0, "")
        pull.source.close()  # type: ignore[attr-defined]


def test_a_source_that_fails_is_asked_less_and_less_often_and_at_last_as_seldom_as_ever() -> None:
    waits = [politely(1200)(failures) for failures in range(1, 9)]
    assert waits == [30, 60, 120, 240, 480, 960, 1200, 1200]
    assert politely(3)(1) == 3
    assert politely(86_400)(10_000) == 86_400


def test_a_server_that_drips_delays_neither_the_sweep_nor_the_other_doors(
    tmp_path: Path,
) -> None:
    settings = read_settings({"HUIYIN_HOME": str(tmp_path), "HUIYIN_CLASSIFIER": "rules"})
    processor = wiring.build_processor(settings)
    sweeps: list[int] = []

    class Runner(EmbeddedRunner):
        def sweep(self) -> int:
            sweeps.append(1)
            return super().sweep()

    dripping = Event()

    def drip(_hit: Hit, reply: Reply) -> Reply:
        def chunks() -> Iterator[bytes]:
            dripping.set()
            while not paper.released.wait(0.05):
                yield b" "

        return Reply(chunks=chunks, headers=reply.headers)

    def web(stand_in: StandIn) -> dict[str, object]:
        return {
            "hosts": [stand_in.host], "allow_private_addresses": True, "jitter": 0,
            "requests_per_minute": 600, "attempts": 1,
        }  # fmt: skip

    with Feed() as paper, Mailbox() as site:
        paper.fault(drip, times=1000)
        entries = [
            SourceEntry(
                name="news", adapter="feed", channel="新闻媒体", file="s.toml", poll_minutes=0.05,
                options={"urls": [f"{paper.url}/rss.xml"], "http": web(paper)},
            ),
            SourceEntry(
                name="letters", adapter="site-mailbox", channel="信箱", file="s.toml",
                poll_minutes=0.05,
                options={"base_url": site.url, "http": web(site), "preset": "voice-board"},
            ),
        ]  # fmt: skip
        doors = open_doors(entries, around(HostPacing()))
        office = Background(
            open_runner=lambda: Runner(EmbeddedStore(settings.database), processor, settings.clock),
            pulls=doors.pulls,
            doors=doors.entries,
            sweep_seconds=0.05,
        )
        office.start()
        try:
            assert dripping.wait(20)
            now = int(settings.clock().timestamp())
            site.letters.append(Letter("1", now - 60, "来信", "路灯不亮"))
            before = len(sweeps)
            with_letters = EmbeddedStore(settings.database, readonly=True)
            until(lambda: with_letters.ledger.load(["letters:1"]), "the letter of the other door")
            until(lambda: len(sweeps) > before + 20, "twenty sweeps")
            with_letters.close()
            # All the while it was still dripping.
            assert len(paper.log) == 1
        finally:
            paper.released.set()
            office.stop()
