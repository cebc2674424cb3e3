"""A ledger with very many cases: those of the sample data, again and again over the years.

Each copy is a whole case with a history of its own: its number and every date in it are its own,
moved by whole weeks, so that weekdays stay what they were. Only what search looks in is masked
once for each pattern rather than once for each copy. Journal and inbox hold the sample data only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from unittest.mock import patch

from cases.record.case import Case
from cases.words.times import BEIJING
from desk.demo.messages import load_demo
from desk.ground import wiring
from desk.ground.settings import Settings
from sinks.ledger import case_index
from sinks.ledger.base import Change, Query
from sinks.ledger.stored_case import decode_stored, encode_stored

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
RECENT = 0.03
"""The share of cases in which something is left to do."""
_BATCH = 5_000
_QUICKLY = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -1500000")
"""A power cut costs a benchmark nothing, and most pages of the indexes are written again and again.
"""
_DAYS = 1400
_DATE = re.compile(r'(?<=")20\d\d-\d\d-\d\d(?=[T"])')


def fill(settings: Settings, cases: int) -> None:
    """Puts in the sample data, and `cases` made of it: in three of a hundred something is left
    to do, the others were received evenly over four years. The same for the same number."""
    runner = wiring.open_runner(settings)
    try:
        load_demo(runner.store, runner.processor, NOW)
        for pragma in _QUICKLY:
            runner.store.connection.execute(pragma)
        made = _copies(list(runner.store.ledger.scan(Query())), cases)
        with patch.object(case_index, "search_text", _search_text):
            while batch := [Change(case, 0) for case in islice(made, _BATCH)]:
                with runner.store.transaction():
                    runner.store.ledger.store(batch)
    finally:
        runner.store.close()


_PLAIN = case_index.search_text
_texts: dict[str, str] = {}
"""What search finds of a case, by title and message of its pattern."""


def _search_text(case: Case) -> str:
    """The same as `case_index.search_text`: the number, then what all copies share."""
    number, item = case_index.folded(case.item.source_item_id), case.item
    key = "\0".join((item.title, item.body, *(d.text for r in case.rounds for d in r.deliveries)))
    if key not in _texts:
        _texts[key] = _PLAIN(case).removeprefix(number)
    return number + _texts[key]


def _copies(patterns: list[Case], cases: int) -> Iterator[Case]:
    random_ = random.Random(1)
    stored = [(case, encode_stored(case).decode()) for case in patterns]
    opened = [each for each in stored if _waits(each[0])]
    closed = [each for each in stored if not _waits(each[0])]
    for number in range(cases):
        if number > cases * (1 - RECENT):
            yield _copy(*random_.choice(opened), number, 0)
            continue
        case, text = random_.choice(closed)
        at = NOW - timedelta(days=_DAYS * (1 - number / cases))
        yield _copy(case, text, number, min(0, (at - case.received_at).days // 7))


def _waits(case: Case) -> bool:
    """Whether anything is left to do: what lies years back is not only closed but done."""
    index = case_index.index_of(case)
    return case.open or bool(index.todo) or index.look_by is not None


def _copy(case: Case, stored: str, number: int, weeks: int) -> Case:
    own = f"g{number:07}"
    stored = stored.replace(f'"{case.case_id}"', f'"{case.item.source}:{own}"').replace(
        f'"source_item_id":"{case.item.source_item_id}"', f'"source_item_id":"{own}"'
    )
    if weeks:
        stored = _DATE.sub(lambda found: _moved(found.group(), weeks), stored)
    return decode_stored(stored.encode())


@lru_cache(maxsize=100_000)
def _moved(day: str, weeks: int) -> str:
    return (date.fromisoformat(day) + timedelta(weeks=weeks)).isoformat()
