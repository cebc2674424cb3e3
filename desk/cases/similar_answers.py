"""Similar answered cases, found by an index in this process.

It is built beside the first page that asks, from what the ledger holds, and looks for
new replies every few minutes. Until it is built a page goes without; no page waits.
What only hands a message on is no answer, and a street is no likeness.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol, Self

from cases.privacy.public_text import is_released
from cases.privacy.visibility import Sight, for_anyone, sight_of
from cases.record.case import Case
from cases.words.actors import Actor
from classifiers.base import Text
from classifiers.matter.places import without_places
from classifiers.matter.similar import Similar, SimilarCases
from classifiers.reply.quality import check_reply
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


class AnsweredCases:
    """The cases that got an answer, by what they are about."""

    def __init__(self) -> None:
        self._index = SimilarCases()
        self._read: dict[str, int] = {}

    def take(self, case: Case) -> None:
        """Adds a case that has an answer; what was read is read again only when it changed."""
        # A confidential case is nobody's example.
        if case.confidential or self._read.get(case.case_id) == case.seq:
            return
        self._read[case.case_id] = case.seq
        if answer_of(case):
            self._index.add(case.case_id, _subject(case))

    def find(self, case: Case, count: int) -> list[Similar]:
        """The closest, best first."""
        return self._index.find(_subject(case), count, exclude=case.case_id)


class SimilarAnswers:
    def __init__(self, stores: _Stores, clock: Callable[[], datetime]) -> None:
        self._stores = stores
        self._clock = clock
        self._answered = AnsweredCases()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._since: datetime | None = None
        self._loop = Loop("相似答复", self._step, REFRESH_SECONDS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.readers, desk.clock)

    def find(self, case: Case, count: int) -> tuple[str, ...] | None:
        """Ids of the closest cases with an answer, best first; None while the index is being
        built. What of them a person may see `answer_for` says."""
        self._loop.begin()
        if not self._ready.is_set():
            return None
        with self._lock:
            found = self._answered.find(case, count)
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
                with self._lock:
                    self._answered.take(case)
                worked = monotonic() - begun
                if worked > _AT_A_STRETCH:
                    self._loop.stop.wait(_RESTS * worked)
                    begun = monotonic()
        return True


def _subject(case: Case) -> Text:
    return without_places(Text(case.item.title, case.item.body))


def answer_of(case: Case) -> str:
    """The latest reply to the citizen that tells something; "" where there is none."""
    given = [delivery.text for round_ in case.rounds for delivery in round_.deliveries]
    return _first_answer(case, reversed(given))


def answer_for(case: Case, actor: Actor) -> str:
    """What this person may read of the answer, masked: of a case that is not theirs what a person
    released for everyone; "" where there is nothing."""
    if case.confidential:
        return ""
    if sight_of(case, actor) >= Sight.MASKED:
        return for_anyone(case, answer_of(case), by_office=True)
    released = case.publication.reply if case.publication and is_released(case) else ""
    return _first_answer(case, (released,))


def answers_for(cases: Sequence[Case | None], actor: Actor) -> list[tuple[Case, str]]:
    """Those of these cases whose answer this person may read, with it, in their order."""
    found = ((case, answer_for(case, actor)) for case in cases if case is not None)
    return [(case, text) for case, text in found if text]


def _first_answer(case: Case, texts: Iterable[str]) -> str:
    message, day = Text(case.item.title, case.item.body), case.received_at.date()
    return next((text for text in texts if text and check_reply(message, text, day).answers), "")
