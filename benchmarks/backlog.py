"""A backlog: how soon what is urgent is seen, and what people wait for meanwhile.

    python -m benchmarks.backlog [MESSAGES]

After an outage so many messages wait in the inbox of one process with SQLite, twenty urgent ones
among them, the last of them at the very end. The processing runs as in `huiyin run`; beside it, ten
times a second, a list and a case are opened, and once a second a case is pressed on. What these
take alone is in the same run: of the looks before the processing begins, of the presses in turn
with the others, with the processing held back, so that what else the machine does counts in both.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter, sleep
from typing import Final

from benchmarks.messages import TROUBLES, text
from benchmarks.places import OVERLAY
from cases.record.commands import Press, Rung
from cases.record.item import Item
from cases.record.messages import Action, Observation, observe
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from classifiers.base import Classifier, Text
from desk.app.background import processing_step
from desk.ground import wiring
from desk.ground.loops import Loop
from desk.ground.settings import Settings, read_settings
from huiyin.interpreter import settle
from sinks.ledger.base import Order, Query
from streams.embedded import precedence as stepping_aside
from streams.embedded.precedence import precedence
from streams.embedded.runner import EmbeddedRunner
from streams.sources.seam.base import Batch

MESSAGES: Final = 20_000
URGENT: Final = 20
KNOWN: Final = 500
HELD_SECONDS: Final = 0.3
"""Longer than a piece of work."""
PRESSES: Final = 60
"""At least, alone and meanwhile."""
NOW: Final = datetime(2026, 11, 22, 9, tzinfo=BEIJING)
DESK: Final = Actor(id="desk", name="值班员", role=Role.DESK)
CRIES: Final = (
    "邻居家着火了，浓烟往楼上冲",
    "孩子掉进河里了，快来人",
    "电梯停在半空，老人被困喘不上气",
)


def message(random_: random.Random, number: int, troubles: tuple[str, ...], body: str = "") -> Item:
    return Item(
        source="backlog",
        source_item_id=str(number),
        channel="12345热线",
        received_at=NOW - timedelta(minutes=random_.randrange(600)),
        title="" if body else random_.choice(troubles)[:20],
        body=body or text(random_, troubles, random_.randrange(200, 420)),
    )


def urgent_numbers(messages: int) -> set[int]:
    """Twenty, the last of all among them."""
    return {*random.Random(3).sample(range(messages - 1), URGENT - 1), messages - 1}


def waiting(engine: Classifier, messages: int) -> Iterator[list[Observation]]:
    """What waits, in batches. All but the urgent ones are of sentences that do not sound urgent to
    the engine that is shipped."""
    random_ = random.Random(3)
    quiet = tuple(one for one in TROUBLES if not engine.urgent([Text("", one)])[0])
    urgent = urgent_numbers(messages)
    for start in range(0, messages, 5000):
        yield [
            observe(message(random_, n, quiet, random_.choice(CRIES) if n in urgent else ""), "")
            for n in range(start, min(messages, start + 5000))
        ]


def cases_of(numbers: Iterable[int]) -> list[str]:
    return [f"backlog:{number}" for number in sorted(numbers)]


def fill(runner: EmbeddedRunner, engine: Classifier, messages: int) -> list[str]:
    """Puts the messages into the inbox; gives the numbers of the urgent cases."""
    for batch in waiting(engine, messages):
        with runner.store.transaction():
            runner.store.append(batch)
    return cases_of(urgent_numbers(messages))


def press_on(case_id: str, number: str) -> Action:
    """催办."""
    command = Press(rung=Rung.REMIND, text="请尽快办理")
    return Action(message_id=number, case_id=case_id, actor=DESK, command=command, at=NOW)


class Visitor:
    """Reads and presses; seconds of each, by what was done."""

    def __init__(self, runner: EmbeddedRunner, known: Sequence[str]) -> None:
        self.runner = runner
        self._known = known
        self._random = random.Random(5)
        self.pressed = 0

    def look(self) -> None:
        """A list of fifty and one case."""
        self.runner.store.ledger.search(Query(order=Order.NEWEST, limit=50, count_to=1000))
        self.runner.store.ledger.load([self._random.choice(self._known)])

    def press(self) -> None:
        """催办 on a case that was there before."""
        case_id = self._known[self.pressed % len(self._known)]
        self.pressed += 1
        number = f"press-{self.pressed}"
        self.runner.act(press_on(case_id, number))
        self.runner.carry_on([case_id])
        case = self.runner.store.ledger.load([case_id])[case_id]
        if not case.recorded_for(number):
            raise SystemExit(f"{case_id}: pressed in vain")


def timed(work: Callable[[], None]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def told(name: str, found: Sequence[float], alone: Sequence[float]) -> None:
    for when, seconds in (("alone", alone), ("meanwhile", found)):
        ms = [1000 * each for each in seconds]
        print(
            f"  {name}, {when}: median {median(ms):.0f} ms, p95 {quantiles(ms, n=20)[-1]:.0f}, "
            f"slowest {max(ms):.0f} ({len(ms)} times)"
        )


def run(settings: Settings, messages: int) -> None:
    first = wiring.open_runner(settings, wiring.build_processor(settings))
    random_ = random.Random(4)
    old = tuple(message(random_, 10**7 + n, TROUBLES) for n in range(KNOWN))
    first.take("before", Batch(found=old))
    first.pump_all()
    visitor = Visitor(wiring.open_runner(settings, first.processor), [item.case_id for item in old])
    settle()
    looks = [timed(visitor.look) for _ in range(PRESSES)]
    urgent = fill(first, wiring.build_classifier(settings), messages)
    stop, begun = Event(), perf_counter()
    loop = Loop("处理", processing_step(first), 1.0, stop=stop)
    loop.begin()
    looked: list[float] = []
    pressed: list[float] = []
    alone: list[float] = []
    ahead = precedence(settings.database)
    waits, before = set(urgent), first.store.processed
    while waits or len(pressed) < PRESSES:
        looked.append(timed(visitor.look))
        if len(looked) % 10 == 0:
            pressed.append(timed(visitor.press))
            with ahead.person():
                sleep(HELD_SECONDS)
                alone.append(timed(visitor.press))
        still = waits - visitor.runner.store.ledger.load(list(waits)).keys()
        if waits and not still:
            done = visitor.runner.store.processed - before
            print(
                f"  all {URGENT} urgent cases open after {perf_counter() - begun:.1f} s; "
                f"{done:,} of {messages:,} messages had had their turn"
            )
        waits = still
        sleep(0.1)
    loop.close()
    told("a list and a case", looked, looks)
    told("a press", pressed, alone)


def main() -> None:
    stepping_aside.MOST_SECONDS = 10.0  # type: ignore[misc]  # for the presses alone
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with TemporaryDirectory(prefix="huiyin-backlog-") as name:
        settings = read_settings(
            {
                "HUIYIN_HOME": str(Path(name)),
                "HUIYIN_OVERLAY": str(OVERLAY),
                "HUIYIN_NOW": NOW.isoformat(),
                "HUIYIN_CLASSIFIER": "linear",
            }
        )
        print(f"{messages:,} messages wait, load {os.getloadavg()[0]:.1f}")
        run(settings, messages)
        print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
