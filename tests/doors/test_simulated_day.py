"""A day of the whole office in virtual time: the real loops in their real threads, and
nobody sleeps. While every thread waits, time jumps to the next thing that is due."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from desk.app import background as background_module
from desk.app.background import Background
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from desk.sources.open_sources import open_doors
from desk.sources.push import Pushes
from huiyin.net.pacing import HostPacing
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.sources.registry import SourceContext
from streams.sources.seam.base import PushRequest
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.doors.office import as_body, bearer, signature, wechat_message, wechat_query
from tests.standins import server
from tests.standins.feed import Feed
from tests.standins.hotline_platform import order
from tests.standins.liuyan import APP_CODE, Liuyan, Thread
from tests.standins.mailbox import Letter, Mailbox
from tests.standins.server import StandIn
from tests.streams.sources.pulled import NOW

HOUR = 3600.0
RATE = 20
"""Requests a minute that each host allows."""
SECRETS = {"HOTLINE": "h-token", "WECHAT": "w-token", "MEDIA": "m-key", "LIUYAN": APP_CODE}


class VirtualTime:
    """Time for threads that all wait through it. It moves only while all of them wait."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._now = 0.0
        self._changed = threading.Condition()
        self._threads = 0
        self._waiting: dict[int, float] = {}
        self.over = False

    def expect(self, threads: int) -> None:
        """From now on time moves, for so many threads."""
        with self._changed:
            self._threads = threads
            self._move()

    def seconds(self) -> float:
        return self._now

    def clock(self) -> datetime:
        return self._start + timedelta(seconds=self._now)

    def unix(self) -> float:
        return self.clock().timestamp()

    def sleep(self, seconds: float) -> None:
        self.wait(seconds, lambda: False)

    def wait(self, seconds: float, done: Callable[[], bool]) -> None:
        """Until `done` or so much later."""
        me = threading.get_ident()
        with self._changed:
            until = self._now + seconds
            while not (done() or self.over or self._now >= until):
                self._waiting[me] = until
                if self._move():
                    continue  # perhaps to this very moment
                # The bound is for a thread that ended without saying so.
                assert self._changed.wait(30) or self.over, (
                    f"virtual time stands still: {self._waiting}"
                )
            self._waiting.pop(me, None)

    def wake(self) -> None:
        with self._changed:
            # Whoever is woken is no longer counted as waiting, or time would run ahead of it.
            self._waiting.clear()
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self.over = True
            self._changed.notify_all()

    def _move(self) -> bool:
        """On to the next moment, if all wait; whether it moved."""
        if not self._threads or len(self._waiting) < self._threads:
            return False
        now = max(self._now, min(self._waiting.values()))
        self._now = now
        self._waiting = {who: at for who, at in self._waiting.items() if at > now}
        self._changed.notify_all()
        return True


class VirtualEvent(threading.Event):
    time: VirtualTime

    def set(self) -> None:
        super().set()
        self.time.wake()

    def wait(self, timeout: float | None = None) -> bool:
        self.time.wait(1e9 if timeout is None else timeout, self.is_set)
        return self.is_set()


@dataclass
class Day:
    """The office, its surroundings, and what was measured."""

    time: VirtualTime
    settings: Settings
    board: Liuyan
    letters: Mailbox
    paper: Feed
    polls: Counter[str] = field(default_factory=Counter)
    sweeps: list[float] = field(default_factory=list)
    hits: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Requests by host and minute."""
    memory: dict[int, int] = field(default_factory=dict)
    """Resident bytes by hour."""
    written: int = 0

    def entries(self) -> list[SourceEntry]:
        def entry(name: str, adapter: str, minutes: float, options: dict[str, Any]) -> SourceEntry:
            return SourceEntry(
                name=name, adapter=adapter, channel=name, poll_minutes=minutes, options=options,
                file="s.toml",
            )  # fmt: skip

        def web(stand_in: StandIn) -> dict[str, Any]:
            return {
                "hosts": [stand_in.host], "allow_private_addresses": True,
                "requests_per_minute": RATE, "backoff_most": 600.0,
            }  # fmt: skip

        short = {"overlap_days": 0.25, "recheck_limit": 5}
        return [
            entry("liuyan", "liuyan", 20, {
                "base_url": self.board.url, "http": web(self.board), "fids": ["1"],
                "app_code_secret": "LIUYAN", **short,
            }),
            entry("site-letters", "site-mailbox", 30, {
                "base_url": self.letters.url, "http": web(self.letters), "preset": "voice-board",
                **short,
            }),
            entry("public-letters", "site-mailbox", 30, {
                "base_url": self.letters.url, "http": web(self.letters), **short,
                "list": {
                    "url": "/letters", "params": {"page": "{page}"}, "format": "html",
                    "rows": "table.list tr", "fields": {
                        "id": {"at": "a@href", "match": r"id=(\w+)"}, "title": ["a@title", "a"],
                        "received_at": "td:nth-child(2)", "state": "td:nth-child(3)",
                        "url": "a@href",
                    },
                },
                "detail": {"format": "html", "root": "table.letter"},
            }),
            entry("news", "feed", 15, {
                "urls": [f"{self.paper.url}/rss.xml"], "http": web(self.paper),
            }),
            entry("hotline", "hotline-push", 15, {
                "auth": {"kind": "bearer", "secrets": ["HOTLINE"]},
            }),
            entry("wechat", "wechat", 15, {"token": "WECHAT"}),
            entry("media", "webhook", 15, {
                "auth": {"kind": "hmac", "secrets": ["MEDIA"]},
                "fields": {"id": "id", "body": "content"},
            }),
        ]  # fmt: skip

    # -- the other end -----------------------------------------------------------

    def half_an_hour(self, step: int, pushes: Pushes, random_: random.Random) -> None:
        """Somebody writes at each door; now and then a server is not well."""
        at = int(self.time.unix()) - 60
        self.board.add(Thread(10_000 + step, at, f"留言 {step}", f"{step} 号路灯不亮" * 20, "1"))
        letter = Letter(str(20_000 + step), at, f"来信 {step}", f"{step} 号楼停水")
        self.letters.letters.append(letter)
        del self.letters.letters[:-60]
        stories = range(max(0, step - 20), step + 1)
        self.paper.rss(
            *(
                f"<title>报道 {n}</title><guid>n{n}</guid><description>{n}</description>"
                for n in stories
            )
        )
        if step % 3 == 0:
            answer = {"dateline": at, "content": "已处理", "organization": "住建局"}
            self.board.threads[10_000 + step - step % 7].replies.append(answer)
            random_.choice(self.letters.letters).replies.append(("已回复", at, "城管局"))
        if step % 2 == 0:
            fault = random_.choice(
                [server.status(429, retry_after="300"), server.status(403), server.EMPTY,
                 server.HTML, server.truncated, server.status(502)]
            )  # fmt: skip
            random_.choice([self.board, self.letters, self.paper]).fault(fault, times=4)
        if step == 20:  # ten hours in: the board is down for an hour
            self.board.fault(server.status(503), times=1_000_000)
        if step == 22:
            self.board.faults.clear()
        now = self.time.unix()
        order_ = as_body(order(str(250_305_101_108_000_000 + step)))
        said = as_body({"id": step, "content": f"{step} 号站牌倒了"})
        for name, request in {
            "hotline": PushRequest(method="POST", query={}, headers=bearer("h-token"), body=order_),
            "wechat": PushRequest(
                method="POST", query=wechat_query("w-token", now), headers={},
                body=wechat_message(step + 1, "护栏断了"),
            ),
            "media": PushRequest(
                method="POST", query={}, headers=signature("m-key", said, now), body=said
            ),
        }.items():  # fmt: skip
            assert pushes.receive(name, request).status == 200, name
        self.written += 1

    def measure(self) -> None:
        """Counts the requests, empties the logs (they are ours, and grow), looks at memory."""
        for stand_in in (self.board, self.letters, self.paper):
            for hit in stand_in.log:
                self.hits[stand_in.host, int(hit.at // 60)] += 1
            stand_in.log.clear()
        self.board.seen_lists.clear()
        for stand_in in (self.board, self.letters, self.paper):
            stand_in.faults = [fault for fault in stand_in.faults if fault.times]
        gc.collect()
        self.memory[int(self.time.seconds() // HOUR)] = psutil.Process().memory_info().rss


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    virtual = VirtualTime(NOW)
    monkeypatch.setattr(VirtualEvent, "time", virtual, raising=False)
    monkeypatch.setattr(background_module, "Event", VirtualEvent)
    monkeypatch.setattr("desk.ground.loops.Event", VirtualEvent)
    # Each look is woken when something came in; the idle ones only cost the test time.
    monkeypatch.setattr(background_module, "PUMP_SECONDS", 60.0)
    # Cases are read in batches of 500, which a day of this town does not fill: with small
    # ones, the most that is held at once is reached early, and what grows after is a leak.
    monkeypatch.setattr("streams.sweep._BATCH", 20)
    monkeypatch.setattr("streams.embedded.runner.MOST_RECHECKS", 20)
    settings = read_settings({"HUIYIN_HOME": str(tmp_path), "HUIYIN_CLASSIFIER": "rules"})
    with ExitStack() as opened:
        yield Day(
            virtual,
            settings,
            opened.enter_context(Liuyan(virtual.seconds)),
            opened.enter_context(Mailbox(virtual.seconds)),
            opened.enter_context(Feed(virtual.seconds)),
        )


def run(day: Day, hours: int) -> None:
    """The office from its start, for so many hours."""
    virtual = day.time
    stop = VirtualEvent()
    processor = wiring.build_processor(day.settings)

    class Runner(EmbeddedRunner):
        def sweep(self) -> int:
            day.sweeps.append(virtual.seconds())
            return super().sweep()

        def open_items(self, source: str) -> list[Any]:
            day.polls[source] += 1
            return super().open_items(source)

    def open_runner() -> EmbeddedRunner:
        store = EmbeddedStore(day.settings.database)
        # What the disk does is not asked here, and it has other guests.
        store._db.execute("PRAGMA synchronous = OFF")
        # The page cache is bounded (64 MB), and a day does not fill it: with a small one,
        # whatever else grows can be seen.
        store._db.execute("PRAGMA cache_size = -1024")
        return Runner(store, processor, virtual.clock)

    around = SourceContext(
        secrets=Secrets(SECRETS),
        pacing=HostPacing(
            monotonic=virtual.seconds, sleep=virtual.sleep, stopped=stop.is_set,
            rng=random.Random(5),
        ),
    )  # fmt: skip
    doors = open_doors(day.entries(), around)
    office = Background(
        open_runner=open_runner, pulls=doors.pulls, doors=doors.entries, stopping=stop
    )
    pushes = Pushes(doors.pushes, open_runner, lambda: office.wake_pump())  # noqa: PLW0108  (set at start)
    random_ = random.Random(3)
    failed: list[BaseException] = []

    def town() -> None:
        try:
            for step in range(hours * 2):
                day.half_an_hour(step, pushes, random_)
                if step % 2:
                    day.measure()
                virtual.sleep(1800)
            day.measure()
        except BaseException as error:  # noqa: BLE001  the test tells it
            failed.append(error)
        finally:
            virtual.stop()
            stop.set()

    office.start()
    writer = threading.Thread(target=town)
    writer.start()
    virtual.expect(len(office.states()) + 1)
    writer.join()
    office.stop()
    pushes.close()
    if failed:
        raise failed[0]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_day_with_all_doors(day: Day) -> None:
    started = time.monotonic()
    run(day, 24)
    real = time.monotonic() - started
    runner = wiring.open_runner(day.settings)
    runner.pump_all()
    result = audit_store(runner.store)
    assert result.balanced, result.problems
    counts = runner.store.intake_counts()
    for name in ("hotline", "wechat", "media"):
        assert counts[name].new == day.written, name
    # What was written in the last minutes may not have been asked for yet.
    for name in ("liuyan", "site-letters", "public-letters", "news"):
        assert day.written - 2 <= counts[name].new <= day.written, name
    runner.store.close()

    schedule = {"liuyan": 72, "site-letters": 48, "public-letters": 48, "news": 96}
    share = {name: day.polls[name] / planned for name, planned in schedule.items()}
    gaps = [b - a for a, b in pairwise(day.sweeps)]
    growth = day.memory[24] - day.memory[6]
    print(
        f"24 h in {real:.0f} s; polls per plan {share}; {len(day.sweeps)} sweeps, longest gap "
        f"{max(gaps):.0f} s; most requests a minute {max(day.hits.values())}; "
        f"{sum(day.hits.values())} requests; memory {day.memory[6] / 1e6:.1f} MB at 6 h, "
        f"{day.memory[24] / 1e6:.1f} MB at 24 h"
    )
    assert min(share.values()) >= 0.8, share
    assert len(day.sweeps) >= 24 * 60 - 1
    assert max(gaps) <= 61
    assert max(day.hits.values()) <= RATE
    assert growth < 0.1 * day.memory[6], day.memory
