"""The ports of `process` in memory, and what can go wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime

from cases.alerts import Alert
from cases.figures.case_facts import CaseFacts
from cases.record.case import Case, decode_case, encode_case
from cases.record.events import Recorded
from cases.record.item import Item
from cases.routing.routing import Assignment, Router
from cases.words.labels import Labels
from classifiers.base import Classifier, Text
from sinks.ledger.base import Change, Counts, Facets, Ledger, Page, Query
from streams.dead_letters import DeadLetter, DeadLetters
from streams.intake import IntakeStore, Taken
from streams.process import AlertSink, Journal, Ports, Processor
from tests.cases.helpers import assigned_to, labels, usual


class Broken(Exception):
    """A dependency is down."""


class MemoryLedger(Ledger):
    """Documents as bytes. Loses the next `races` races: somebody else, who decides the
    same way, has written first."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.races = 0
        self.rival: Callable[[Change], Case] = lambda change: change.case
        self.stores = 0
        self.asked: list[str] = []
        """The cases that were loaded, in order."""

    def load(self, case_ids: Sequence[str]) -> dict[str, Case]:
        self.asked += case_ids
        return self._read(case_ids)

    def _read(self, case_ids: Sequence[str]) -> dict[str, Case]:
        return {
            case_id: decode_case(self.documents[case_id])
            for case_id in case_ids
            if case_id in self.documents
        }

    def store(self, changes: Sequence[Change]) -> tuple[str, ...]:
        self.stores += 1
        if self.races and changes:
            self.races -= 1
            won = self.rival(changes[0])
            self.documents[won.case_id] = encode_case(won)
        lost = []
        for change in changes:
            stored = self._read([change.case.case_id]).get(change.case.case_id)
            if (stored.seq if stored else 0) != change.expected_seq:
                lost.append(change.case.case_id)
            else:
                self.documents[change.case.case_id] = encode_case(change.case)
        return tuple(lost)

    def refresh(self) -> None:
        return

    def search(self, query: Query) -> Page:
        raise NotImplementedError

    def scan(self, query: Query, *, one_moment: bool = False) -> Generator[Case, None, None]:
        raise NotImplementedError

    def counts(self, now: datetime, high_risks: Iterable[str], unit: str = "") -> Counts:
        raise NotImplementedError

    def facets(self, query: Query, seconds: float = 0.0) -> Facets:
        raise NotImplementedError

    def outlines(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[CaseFacts]:
        raise NotImplementedError

    def to_look_at(self, until: datetime, calendar: str) -> Iterator[str]:
        raise NotImplementedError


class MemoryJournal(Journal):
    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.fail_times = 0

    def append(self, events: Sequence[Recorded]) -> None:
        if self.fail_times:
            self.fail_times -= 1
            raise Broken("journal")
        self.events += events

    def known(self) -> dict[tuple[str, int], Recorded]:
        """As a reader sees it: repeats dropped by (case_id, seq). One name never
        stands for two different events."""
        known: dict[tuple[str, int], Recorded] = {}
        for event in self.events:
            assert known.setdefault((event.case_id, event.seq), event) == event
        return known


class MemoryAlerts(AlertSink):
    def __init__(self) -> None:
        self.raised: list[Alert] = []

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self.raised += alerts


class MemoryLetters(DeadLetters):
    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []

    def add(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters


class MemoryIntake(IntakeStore):
    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.taken: list[Taken] = []

    def known_versions(self, case_ids: Sequence[str]) -> dict[str, str]:
        return {key: self.versions[key] for key in case_ids if key in self.versions}

    def store(self, taken: Taken) -> None:
        self.taken.append(taken)
        self.versions |= taken.versions


class OneLabel(Classifier):
    """Says the same of every text; chokes on texts that contain one of `poison`."""

    version = "one-label"

    def __init__(self, *poison: str, said: Labels | None = None) -> None:
        self._poison = poison
        self._said = said or labels()

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        for text in texts:
            if any(word in text.body for word in self._poison):
                raise ZeroDivisionError(f"{len(text.body)} characters")
        return [self._said] * len(texts)


class OneUnit(Router):
    """Sends everything to one unit; chokes on items that contain `poison`."""

    def __init__(self, poison: str = "", to: Assignment | None = None) -> None:
        self._poison = poison
        self._to = to or assigned_to()

    def route(self, item: Item, labels: Labels, *, on: object = None) -> Assignment:
        if self._poison and self._poison in item.body:
            raise KeyError("no such unit")
        return self._to

    def named(self, item: Item, *, on: object = None) -> tuple[str, ...]:
        del item, on
        return ()

    __slots__ = ("_poison", "_to")


class Desk:
    """A processor with its ports, all in memory."""

    def __init__(self, classifier: Classifier | None = None, router: Router | None = None) -> None:
        self.ledger = MemoryLedger()
        self.journal = MemoryJournal()
        self.alerts = MemoryAlerts()
        self.letters = MemoryLetters()
        self.processor = Processor(usual(), classifier or OneLabel(), router or OneUnit())
        self.ports = Ports(
            ledger=self.ledger,
            journal=self.journal,
            alerts=self.alerts,
            dead_letters=self.letters,
        )

    def case(self, case_id: str) -> Case:
        return self.ledger.load([case_id])[case_id]
