"""Milliseconds a page, median, with many cases; and what a first visit loads.

`python -m benchmarks.pages [CASES]` makes the cases from those of the sample data
(`benchmarks.many_cases`). The pages are asked for in this process: without network, and with
nothing else to do (`benchmarks.load` has both). A home that was filled before is used again:
`python -m benchmarks.pages --home FOLDER`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from starlette.testclient import TestClient

from benchmarks.many_cases import NOW, fill
from cases.words.actors import Role
from desk.cases.similar_answers import SimilarAnswers
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import Settings, read_settings
from huiyin.interpreter import settle
from tests.desk.clients import signed_in

CASES = 100_000
TIMES = 16
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
    "/ledger?q=停车&order=oldest",
    "/queue",
    "/board",
    "/disputes",
)
"""For the desk."""
CASE = "/cases/demo:0003"


def measure(client: TestClient, pages: Sequence[str], times: int) -> None:
    """Prints the median of all but the first, which finds nothing in memory."""
    # The processor time stays the same on a machine that is busy with something else.
    print(f"  {'':<72}{'ms':>6}{'worst':>7}{'CPU ms':>8}{'first':>7}{'KB':>6}")
    for page in pages:
        spent, used = [], []
        for _ in range(times):
            begun, own = perf_counter(), process_time()
            answer = client.get(page)
            spent.append((perf_counter() - begun) * 1000)
            used.append((process_time() - own) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{page}: {answer.status_code}")
        size = len(answer.content) / 1024
        print(
            f"  {page:<72}{median(spent[1:]):>6.0f}{max(spent):>7.0f}"
            f"{median(used[1:]):>8.0f}{used[0]:>7.0f}{size:>6.0f}"
        )


def first_load(client: TestClient, page: str) -> float:
    """KB of the page and of everything that it names, before compression."""
    text = client.get(page).text
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    return sum(len(client.get(file).content) for file in files) / 1024 + len(text.encode()) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("cases", nargs="?", type=int, default=CASES)
    parser.add_argument("--home", type=Path, help="a folder, filled if it is empty, and kept")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each page is opened")
    # `python -m benchmarks` names the benchmarks in its own arguments.
    options = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    with TemporaryDirectory(prefix="huiyin-bench-") as new:
        settings = filled(options.home or Path(new), options.cases)
        show(settings, options.times)


def filled(home: Path, cases: int) -> Settings:
    """Settings of a home with so many cases; one that has a ledger already stays as it is."""
    settings = read_settings({"HUIYIN_HOME": str(home), "HUIYIN_NOW": NOW.isoformat()})
    if not settings.database.exists():
        begun = perf_counter()
        fill(settings, cases)
        print(f"  {cases:,} cases written in {perf_counter() - begun:.0f} s")
    return settings


def show(settings: Settings, times: int = TIMES) -> None:
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
        settle()
        desk = signed_in(office, Role.DESK)
        measure(desk, PAGES, times)
        measure(signed_in(office, Role.RESPONDER, "housing"), ("/queue", "/ledger"), times)
        for page in ("/", "/ledger"):
            print(f"  first load of {page}: {first_load(desk, page):.0f} KB")
        # Built beside the first page of a case: what it takes is not that page's.
        office.get(SimilarAnswers).ready(600)
        measure(desk, (CASE,), times)
    finally:
        office.close()


if __name__ == "__main__":
    main()
