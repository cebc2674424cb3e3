"""Milliseconds a page, median, with many cases; and what a first visit loads.

`python -m benchmarks.pages [CASES]` makes the cases from those of the sample data: their
documents, spread over four years, three of a hundred open. The pages are asked for in this
process: without network, and with nothing else to do.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from msgspec.structs import replace
from starlette.testclient import TestClient

from cases.record.case import Case
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.cases.similar_answers import SimilarAnswers
from desk.demo.messages import load_demo
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import Settings, read_settings
from sinks.ledger.base import Change, Query
from tests.desk.clients import signed_in

CASES = 100_000
TIMES = 15
NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
_BATCH = 5_000
_YEARS = timedelta(days=1400)
PAGES = (
    "/",
    "/ledger",
    "/ledger?page=2000",
    "/ledger?view=overdue",
    "/ledger?view=high_risk",
    "/ledger?channel=12345热线",
    "/ledger?channel=12345热线&topic=城乡建设&state=closed",
    "/ledger?unit=housing&order=due",
    "/ledger?sentiment=negative&returned=no&received_from=2026-01-01",
    "/ledger?satisfied=no",
    "/ledger?todo=acknowledge",
    "/ledger?q=停车",
    "/ledger?q=的",
    "/ledger?size=200",
    "/queue",
    "/cases/demo:0003",
)
"""For the desk; the queue is that of a unit."""


def fill(settings: Settings, cases: int) -> None:
    """The sample data, and as many cases made of it."""
    runner = wiring.open_runner(settings)
    load_demo(runner.store, runner.processor, NOW)
    patterns = list(runner.store.ledger.scan(Query()))
    opened = [case for case in patterns if case.open]
    closed = [case for case in patterns if not case.open]
    random_ = random.Random(1)
    for start in range(0, cases, _BATCH):
        made = []
        for number in range(start, min(start + _BATCH, cases)):
            recent = number > cases * 0.97
            made.append(_made(random_.choice(opened if recent else closed), number, cases))
        with runner.store.transaction():
            runner.store.ledger.store([Change(case, 0) for case in made])
    runner.store.close()


def _made(pattern: Case, number: int, cases: int) -> Case:
    """The row of another case; its document stays that of the pattern."""
    at = NOW - _YEARS + _YEARS * number / cases
    earlier = at - pattern.received_at if not pattern.open else timedelta()
    clocks = tuple(replace(clock, due_at=clock.due_at + earlier) for clock in pattern.round.clocks)
    rounds = (*pattern.rounds[:-1], replace(pattern.round, clocks=clocks))
    return replace(pattern, case_id=f"demo:g{number:07}", received_at=at, rounds=rounds)


def measure(client: TestClient, pages: Sequence[str]) -> None:
    # The processor time stays the same on a machine that is busy with something else.
    print(f"  {'':<72}{'ms':>6}{'worst':>7}{'CPU ms':>8}{'KB':>6}")
    for page in pages:
        spent, used = [], []
        for _ in range(TIMES):
            begun, own = perf_counter(), process_time()
            answer = client.get(page)
            spent.append((perf_counter() - begun) * 1000)
            used.append((process_time() - own) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{page}: {answer.status_code}")
        size = len(answer.content) / 1024
        print(
            f"  {page:<72}{median(spent):>6.0f}{max(spent):>7.0f}{median(used):>8.0f}{size:>6.0f}"
        )


def first_load(client: TestClient, page: str) -> float:
    """KB of the page and of everything that it names, before compression."""
    text = client.get(page).text
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    return sum(len(client.get(file).content) for file in files) / 1024 + len(text.encode()) / 1024


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else CASES
    with TemporaryDirectory(prefix="huiyin-bench-") as home:
        settings = read_settings({"HUIYIN_HOME": home, "HUIYIN_NOW": NOW.isoformat()})
        begun = perf_counter()
        fill(settings, cases)
        print(f"  {cases:,} cases written in {perf_counter() - begun:.0f} s")
        show(settings)


def show(settings: Settings) -> None:
    """What the pages over this data take."""
    office = DeskContext(
        settings=settings,
        rules=wiring.build_rules(settings),
        register=wiring.build_router(settings).register,
        readers=Readers(settings.database),
        acts=CaseActions(lambda: wiring.open_runner(settings)),
        demo=True,
    )
    try:
        # Built beside the first page of a case: what it takes is not the next page's.
        office.get(SimilarAnswers).ready(600)
        desk = signed_in(office, Role.DESK)
        measure(desk, PAGES)
        measure(signed_in(office, Role.RESPONDER, "housing"), ("/queue", "/ledger"))
        for page in ("/", "/ledger"):
            print(f"  first load of {page}: {first_load(desk, page):.0f} KB")
    finally:
        office.close()


if __name__ == "__main__":
    main()
