"""The facts of cases as they were at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cases.figures.case_facts import CaseFacts, facts_of
from cases.figures.dated import as_of
from cases.reporting.periods import Period
from cases.words.times import micros
from desk.ground.context import PageStore

_READ_AT_ONCE: Final = 500


def facts_as_of(store: PageStore, period: Period, at: datetime) -> Iterator[CaseFacts]:
    """The facts of every case received before the end of the period, as they were at `at`. Stored
    are the facts of today: only cases that changed since are read themselves."""
    since = micros(at)
    changed = []
    for row in store.ledger.outlines(None, period.end_at):
        if row.changed < since:
            yield row
        else:
            changed.append(row.case_id)
    for first in range(0, len(changed), _READ_AT_ONCE):
        for case in store.ledger.load(changed[first : first + _READ_AT_ONCE]).values():
            then = as_of(case, at)
            if then is not None:
                yield facts_of(then)
