"""A backlog in the production mode: how soon what is urgent is open and alarmed, what people wait
for.

    python -m benchmarks.kafka_backlog [MESSAGES] [--turn]

So many messages wait in two partitions, twenty urgent ones among them, the last of them at the
very end. Then two workers start. Beside them a desk runs that alarms a robot; twice a second a list
and a case are opened, and a case is pressed on again and again, each time until it is carried out.
`--turn`: without the fast lane, each message at its turn.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final

from benchmarks.backlog import (
    KNOWN,
    NOW,
    URGENT,
    cases_of,
    message,
    press_on,
    urgent_numbers,
    waiting,
)
from benchmarks.latency import ALERTS, Robot
from benchmarks.messages import TROUBLES
from benchmarks.places import OVERLAY
from cases.record.messages import observe
from desk.ground import production, wiring
from sinks.ledger.base import Order, Query
from streams.kafka.log import Inbox
from streams.kafka.topics import Topics
from tests.doors.office import Office
from tests.installation import ROOT, Installation, Worker, installation, until
from tests.servers import Elasticsearch, Kafka

MESSAGES: Final = 20_000
WORKERS: Final = 2
ALONE: Final = 10
"""Looks and presses before the backlog."""
MOST_SECONDS: Final = 3_600
LOOK: Final = Query(order=Order.NEWEST, limit=50, count_to=1000)


class Visitor:
    """Looks and presses; seconds of each, since `begin_anew`."""

    def __init__(self, town: Installation, known: list[str]) -> None:
        self._ledger = production.ledger(town.settings).ledger
        self._inbox = Inbox(production.writer(town.settings, 20), Topics(town.name))
        self._known = known
        self._over = Event()
        self._numbers = 0
        self.looked: list[float] = []
        self.pressed: list[float] = []

    def look(self) -> None:
        begun = time.perf_counter()
        self._ledger.search(LOOK)
        self._ledger.load([self._known[len(self.looked) % KNOWN]])
        self.looked.append(time.perf_counter() - begun)

    def press(self) -> None:
        self._numbers += 1
        case_id, number = self._known[self._numbers % KNOWN], f"press-{self._numbers}"
        begun = time.perf_counter()
        self._inbox.append([press_on(case_id, number)])
        while not self._over.is_set():
            if self._ledger.load([case_id])[case_id].recorded_for(number):
                self.pressed.append(time.perf_counter() - begun)
                return
            time.sleep(0.05)

    def begin_anew(self) -> None:
        self.looked, self.pressed = [], []

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Presses all the time, from a thread of its own."""

        def go_on() -> None:
            while not self._over.is_set():
                self.press()
                self._over.wait(0.5)

        thread = Thread(target=go_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def _told(name: str, seconds: list[float]) -> None:
    ms = [1000 * each for each in seconds]
    if len(ms) < 2:
        print(f"  {name}: {len(ms)} times, {ms}", flush=True)
        return
    p95 = quantiles(ms, n=20, method="inclusive")[-1]
    print(
        f"  {name}: median {median(ms):.0f} ms, p95 {p95:.0f}, slowest {max(ms):.0f} "
        f"({len(ms)} times)",
        flush=True,
    )


def _workers(town: Installation, mode: str) -> list[Popen[bytes]]:
    return [
        Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.kafka_worker",
                mode,
                str(town.folder / f"{n}.times"),
            ],
            cwd=ROOT,
            env={**os.environ, **town.environment, "PYTHONPATH": str(ROOT)},
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=(town.folder / f"bench-worker-{n}.log").open("wb"),
        )
        for n in range(WORKERS)
    ]


def run(town: Installation, robot: Robot, messages: int, mode: str) -> None:

    random_ = random.Random(4)
    old = [message(random_, 10**7 + n, TROUBLES) for n in range(KNOWN)]
    writer = production.writer(town.settings, 60)
    inbox = Inbox(writer, Topics(town.name))

    inbox.append([observe(item, "") for item in old])
    first = town.start_worker()
    visitor = Visitor(town, [item.case_id for item in old])
    until(lambda: town.waiting == 0, MOST_SECONDS)
    for _ in range(ALONE):
        visitor.look()
        visitor.press()
    print(f"alone, load {os.getloadavg()[0]:.1f}", flush=True)
    _told("a list and a case", visitor.looked)
    _told("a press", visitor.pressed)
    first.stop()
    visitor.begin_anew()
    for batch in waiting(wiring.build_classifier(town.settings), messages):
        inbox.append(batch)
    urgent = cases_of(urgent_numbers(messages))
    hits, begun = len(robot.log), time.monotonic()
    workers = _workers(town, mode)
    try:
        with visitor.busy():
            _watch(town, robot, visitor, urgent, begun)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
    print(f"meanwhile, load {os.getloadavg()[0]:.1f}", flush=True)
    _told("a list and a case", visitor.looked)
    _told("a press", visitor.pressed)
    sent = len(robot.log) - hits
    print(f"  requests to the robot: {sent}", flush=True)


def _watch(
    town: Installation, robot: Robot, visitor: Visitor, urgent: list[str], begun: float
) -> None:
    """Until all urgent cases are open and alarmed."""
    ledger = production.ledger(town.settings).ledger
    end = time.monotonic() + MOST_SECONDS
    steps: list[tuple[str, Callable[[], bool]]] = [
        ("a worker has had its first batch", lambda: any(town.folder.glob("*.times"))),
        (f"all {URGENT} urgent cases open", lambda: len(ledger.load(urgent)) == len(urgent)),
        (f"all {URGENT} alarmed at the robot", lambda: set(urgent) <= robot.arrivals().keys()),
    ]
    for name, there in steps:
        while not there():
            if time.monotonic() > end:
                raise SystemExit(f"not within {MOST_SECONDS} s: {name}")
            visitor.look()
            time.sleep(0.5)
        print(
            f"  {name} after {time.monotonic() - begun:.0f} s; "
            f"{town.waiting:,} messages waited for their turn",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("messages", type=int, nargs="?", default=MESSAGES)
    parser.add_argument("--turn", action="store_true", help="without the fast lane")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="huiyin-backlog-")))
        robot = stack.enter_context(Robot(time.monotonic))
        office = Office(folder, ROOT, {"SIGN": "key"})
        (office.config / "alerts.toml").write_text(
            ALERTS.format(url=f"{robot.url}/alerts"), "utf-8"
        )
        kafka = stack.enter_context(Kafka(folder / "kafka"))
        elastic = stack.enter_context(Elasticsearch(folder / "elasticsearch"))
        own = {
            "HUIYIN_CONFIG": str(office.config),
            "HUIYIN_OVERLAY": str(OVERLAY),
            "HUIYIN_CLASSIFIER": "linear",
            "HUIYIN_PORT": "0",
            "HUIYIN_SECRET_SIGN": "key",
        }
        town = stack.enter_context(
            installation(folder, kafka, elastic, now=NOW.replace(tzinfo=None).isoformat(), **own)
        )
        desk = Worker(town.environment, folder / "desk.log", ("desk",))
        stack.callback(desk.kill)
        until(lambda: "回音已启动：" in desk.said(), 300, desk.said)
        mode = "turn" if options.turn else "ours"
        print(f"{options.messages:,} messages, {mode}, load {os.getloadavg()[0]:.1f}", flush=True)
        run(town, robot, options.messages, mode)


if __name__ == "__main__":
    main()
