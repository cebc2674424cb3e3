"""Twenty people at work while fifty messages a second come in: what they wait for each page.

    python -m benchmarks.load [--home FOLDER] [--cases N] [--people 20] [--messages 50]

The desk is `huiyin run` in a process of its own, on a home of `benchmarks.many_cases`. Everybody
opens a page, looks at it for one to three seconds, and opens the next: the desk's people, two
thirds of all, pages of the whole county, the others those of their unit. The messages are those
of `benchmarks.messages`; another process takes them in, as `huiyin ingest` does, second by second.
A waiting time is from the click to the last byte, by the clock; the people's own program uses the
same processors. Printed too: what a page takes without messages and without the others, how many
messages came in and were read meanwhile, the processor time of the desk, memory, the start.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from time import monotonic, perf_counter, sleep
from urllib.parse import quote

import psutil
from msgspec import Struct

from benchmarks.many_cases import NOW
from benchmarks.messages import TROUBLES, text
from benchmarks.pages import filled
from cases.record.item import Item
from cases.words.actors import Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings
from streams.embedded.store import EmbeddedStore
from streams.intake import take
from streams.sources.seam.base import Batch

LEAST, MOST = 1.0, 3.0
"""Seconds between a page and the next click."""
_CASE = "一件事项"
DESK = (
    ("值班台", "/"),
    ("台账", "/ledger"),
    ("台账，逾期", "/ledger?view=overdue"),
    ("台账，渠道和类别", "/ledger?channel=12345热线&topic=城乡建设&state=closed"),
    ("台账，一个单位按期限", "/ledger?unit=housing&order=due"),
    ("台账，不满意", "/ledger?satisfied=no"),
    ("搜索一个词", "/ledger?q=停车"),
    ("搜索一个词，最早的在前", "/ledger?q=停车&order=oldest"),
    ("我的待办", "/queue"),
    ("看板", "/board"),
    ("派单异议", "/disputes"),
    (_CASE, ""),
    (_CASE, ""),
    (_CASE, ""),
)
UNIT = (("单位：我的待办", "/queue"), ("单位：台账", "/ledger"), ("单位：一件事项", ""))
_UNITS = ("housing", "urban-management", "water-company")


class Waits:
    """Milliseconds by page, as all people see them."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)
        self.refused: dict[str, int] = defaultdict(int)
        self._lock = Lock()

    def add(self, page: str, seconds: float, status: int) -> None:
        with self._lock:
            if status == 200:
                self.found[page].append(seconds * 1000)
            else:
                self.refused[f"{page} {status}"] += 1


class Person(Struct, frozen=True):
    """Who clicks, and on what."""

    cookie: str
    pages: tuple[tuple[str, str], ...]
    cases: tuple[str, ...]

    def click(self, connection: HTTPConnection, path: str, which: int) -> int:
        """Opens a page; gives the status."""
        case_id = quote(self.cases[which % len(self.cases)], safe="")
        path = path or f"/cases/{case_id}"
        connection.request("GET", quote(path, safe="/?=&%"), headers={"cookie": self.cookie})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def work(self, address: str, number: int, stop: Event, waits: Waits) -> None:
        """Until `stop`."""
        random_ = random.Random(number)
        connection = HTTPConnection(address, timeout=60)
        stop.wait(random_.uniform(0, MOST))
        while not stop.is_set():
            page, path = random_.choice(self.pages)
            begun = perf_counter()
            status = self.click(connection, path, random_.randrange(10**6))
            waits.add(page, perf_counter() - begun, status)
            stop.wait(random_.uniform(LEAST, MOST))
        connection.close()


def people_of(settings: Settings, count: int) -> list[Person]:
    """Signed in; every third belongs to a unit."""
    with sqlite3.connect(settings.database) as db:
        every = "SELECT case_id FROM cases WHERE id % max(1, (SELECT max(id) / 500 FROM cases)) = 0"
        known = tuple(case_id for (case_id,) in db.execute(every))
        own = {
            unit: tuple(
                case_id
                for (case_id,) in db.execute(
                    "SELECT case_id FROM cases INDEXED BY cases_by_receipt "
                    "WHERE instr(units, ?) ORDER BY received_at DESC LIMIT 200",
                    (unit,),
                )
            )
            for unit in _UNITS
        }
    file = DeskFile(settings.desk_file)
    found = []
    try:
        accounts, sessions = Accounts(file), Sessions(file)
        for number in range(count):
            unit = _UNITS[number // 3 % len(_UNITS)] if number % 3 == 2 else ""
            name = f"bench-{number}"
            if accounts.get(name) is None:
                role = Role.RESPONDER if unit else Role.DESK
                accounts.add(Account(id=name, name="林某", role=role, unit=unit, created=NOW), "")
            cookie = f"huiyin={sessions.begin(name, '127.0.0.1')}"
            pages, cases = (UNIT, own[unit]) if unit else (DESK, known)
            found.append(Person(cookie, pages, cases))
    finally:
        file.close()
    return found


@contextmanager
def desk(settings: Settings) -> Iterator[tuple[psutil.Process, str, float]]:
    """`huiyin run`: its process, its address, and how long it took to start."""
    begun = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from desk.app.cli import main; main()", "run"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={
            **os.environ,
            "HUIYIN_HOME": str(settings.home),
            "HUIYIN_NOW": NOW.isoformat(),
            "HUIYIN_PORT": "0",
            "PYTHONUTF8": "1",
        },
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://([0-9.:]+)/", line):
                yield psutil.Process(process.pid), found[1], perf_counter() - begun
                return
        raise SystemExit("the desk did not start")
    finally:
        # It is a benchmark's own ledger: nobody waits for what the desk would still put in order.
        process.kill()
        process.communicate()


def send(settings: Settings, each_second: int, seconds: float) -> int:
    """Takes in messages for so long; gives how many."""
    store = EmbeddedStore(settings.database)
    random_ = random.Random(2)
    sent, begun = 0, monotonic()
    try:
        while sent < each_second * seconds:
            sleep(max(0.0, begun + sent / each_second - monotonic()))
            if monotonic() - begun > seconds:
                break
            numbers = range(sent, sent + each_second)
            batch = Batch(found=tuple(_message(random_, f"{os.getpid()}-{n}") for n in numbers))
            with store.transaction():
                take("demo", batch, store, NOW)
            sent += each_second
    finally:
        store.close()
    return sent


def _message(random_: random.Random, number: str) -> Item:
    return Item(
        source="demo",
        source_item_id=number,
        channel="12345热线",
        received_at=NOW - timedelta(minutes=random_.randrange(600)),
        title=random_.choice(TROUBLES)[:20],
        body=text(random_, TROUBLES, random_.randrange(200, 420)),
    )


def unread(settings: Settings) -> int:
    """How many messages the desk has not processed yet."""
    store = EmbeddedStore(settings.database, readonly=True)
    try:
        return store.waiting()
    finally:
        store.close()


def _alone(person: Person, address: str) -> dict[str, float]:
    """The median of three for each page, with nobody else there."""
    connection = HTTPConnection(address, timeout=120)
    found: dict[str, list[float]] = defaultdict(list)
    for which in range(3):
        for page, path in dict.fromkeys(person.pages):
            begun = perf_counter()
            if person.click(connection, path, which) != 200:
                raise SystemExit(f"{page}: not 200")
            found[page].append((perf_counter() - begun) * 1000)
    connection.close()
    return {page: median(each) for page, each in found.items()}


def run(settings: Settings, people: Sequence[Person], messages: int, seconds: float) -> None:
    waits, stop = Waits(), Event()
    with desk(settings) as (process, address, start):
        clerk = next(each for each in people if each.pages is DESK)
        officer = next((each for each in people if each.pages is UNIT), clerk)
        alone = _alone(clerk, address) | _alone(officer, address)
        sender = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load", "--home", str(settings.home),
             "--send", str(messages), "--seconds", str(seconds)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        used = process.cpu_times()
        threads = [
            Thread(target=person.work, args=(address, number, stop, waits))
            for number, person in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        begun = perf_counter()
        sent = int(sender.communicate()[0])
        seconds = perf_counter() - begun
        now = process.cpu_times()
        stop.set()
        for thread in threads:
            thread.join()
        waiting = unread(settings)
        memory = process.memory_info().rss / 1e6
        busy = (now.user + now.system - used.user - used.system) / seconds
    clicks = sum(map(len, waits.found.values()))
    print(f"  start {start:.1f} s, memory {memory:.0f} MB; {clicks} clicks in {seconds:.0f} s, "
          f"{sent} messages, {waiting} of them still unread, "
          f"desk {busy:.2f} processors, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"  {'ms':<30}{'alone':>8}{'p50':>8}{'p95':>8}{'clicks':>8}")
    for page in dict.fromkeys(name for name, _ in (*DESK, *UNIT)):
        found = waits.found[page]
        if len(found) < 2:
            continue
        print(f"  {page:<30}{alone.get(page, 0):>8.0f}{median(found):>8.0f}"
              f"{quantiles(found, n=20)[-1]:>8.0f}{len(found):>8}")  # fmt: skip
    for what, count in waits.refused.items():
        print(f"  {what}: {count} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--home", type=Path, help="a folder, filled if it is empty, and kept")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--messages", type=int, default=50, help="a second")
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--send", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="huiyin-load-") as new:
        settings = filled(options.home or Path(new), options.cases)
        if options.send is not None:
            print(send(settings, options.send, options.seconds))
            return
        run(settings, people_of(settings, options.people), options.messages, options.seconds)


if __name__ == "__main__":
    main()
