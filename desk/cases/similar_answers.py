"""Similar answered cases, found by an index in this process.

It is built beside the first page that asks, from what the ledger holds, and looks for
new replies every few minutes. Until it is built a page goes without; no page waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol, Self

from cases.record.case import Case
from classifiers.base import Text
from classifiers.matter.similar import SimilarCases
from desk.ground.context import DeskContext
from desk.ground.loops import Loop
from sinks.ledger.base import Ledger, Query

REFRESH_SECONDS: Final = 300.0
LOOK_BACK: Final = timedelta(days=60)
"""How long after its receipt a new reply to a case is still noticed without a restart."""
_AT_A_STRETCH: Final = 0.005
_RESTS: Final = 2.0
"""Times as long as it worked. A page asks the data some twenty times, and after each time waits
for all that computes in this process: building without a rest made pages four times slower."""


class _Store(Protocol):
    @property
    def ledger(self) -> Ledger: ...


class _Stores(Protocol):
    def reader(self) -> AbstractContextManager[_Store]: ...


class SimilarAnswers:
    def __init__(self, stores: _Stores, clock: Callable[[], datetime]) -> None:
        self._stores = stores
        self._clock = clock
        self._index = SimilarCases()
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._since: datetime | None = None
        self._loop = Loop("相似答复", self._step, REFRESH_SECONDS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.readers, desk.clock)

    def find(self, case: Case, count: int) -> tuple[str, ...] | None:
        """Ids of the closest cases with a reply, best first; None while the index is being
        built. What of them a person may see is for the caller to ask."""
        self._loop.begin()
        if not self._ready.is_set():
            return None
        with self._lock:
            found = self._index.find(
                Text(case.item.title, case.item.body), count, exclude=case.case_id
            )
        return tuple(one.case_id for one in found)

    def ready(self, seconds: float) -> bool:
        """Whether it is built, after waiting for so long."""
        self._loop.begin()
        return self._ready.wait(seconds)

    def close(self) -> None:
        self._loop.close()

    def _step(self) -> bool:
        if self._take(self._since):
            self._ready.set()
            self._since = self._clock() - LOOK_BACK
        return False

    def _take(self, since: datetime | None) -> bool:
        """Adds what is new; False when it was stopped on the way."""
        begun = monotonic()
        with self._stores.reader() as store:
            for case in store.ledger.scan(Query(replied=True, received_from=since)):
                if self._loop.stop.is_set():
                    return False
                # A confidential case is nobody's example.
                if case.case_id in self._known or case.confidential:
                    continue
                self._known.add(case.case_id)
                with self._lock:
                    self._index.add(case.case_id, Text(case.item.title, case.item.body))
                worked = monotonic() - begun
                if worked > _AT_A_STRETCH:
                    self._loop.stop.wait(_RESTS * worked)
                    begun = monotonic()
        return True
