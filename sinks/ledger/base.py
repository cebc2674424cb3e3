"""The ledger as everyone sees it: one document per case, written by compare-and-set,
searched by the desk, read by the exports."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from cases.figures.case_facts import CaseFacts
from cases.record.case import Case, State


class Change(Struct, frozen=True):
    """A case to write in place of its state with `expected_seq` events; 0: it must be new."""

    case: Case
    expected_seq: int


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"
    CASE_ID = "case_id"


class Query(Struct, frozen=True, kw_only=True):
    """What to find. Empty conditions hold for every case; times are half open
    (`from` included, `to` not)."""

    text: str = ""
    """A piece of the text, at least one character; punctuation and spaces are
    not looked at. Several pieces separated by spaces must all occur."""
    source: str = ""
    channel: str = ""
    unit: str = ""
    """Lead or assisting unit."""
    lead: str = ""
    """Lead unit."""
    topic: str = ""
    kind: str = ""
    risk: str = ""
    sentiment: str = ""
    matter: str = ""
    """同一事项: cases that were linked to it."""
    todo: str = ""
    """Something that waits to be done: a `cases.life.todo.Todo`, or `Todo:unit`."""
    case_ids: tuple[str, ...] | None = None
    """Only these; many thousands are allowed."""
    not_withheld_from: tuple[str, ...] = ()
    """Without cases that are withheld from a reader with one of these marks."""
    high_risks: tuple[str, ...] | None = None
    """Cases with one of these risks, or urgent ones."""
    states: tuple[State, ...] = ()
    dispatched: bool | None = None
    """Whether a unit was chosen; False is 待派 when the case is open too."""
    received_from: datetime | None = None
    received_to: datetime | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None
    replied: bool | None = None
    """Whether the current round has a reply."""
    satisfied: bool | None = None
    """What the newest call-back said."""
    returned: bool | None = None
    """Whether a unit ever gave it back."""
    promise_to: datetime | None = None
    """Cases with an open promise due before."""
    order: Order = Order.NEWEST
    limit: int = 50
    offset: int = 0
    count_to: int = 0
    """Where to stop counting; 0 counts all."""


class Page(Struct, frozen=True):
    total: int
    """How many match; not `exact`, there are more."""
    cases: tuple[Case, ...]
    exact: bool = True


class Facets(Struct, frozen=True, kw_only=True):
    """How many of the cases that match have which value, the most frequent first. Each field
    counts without the query's own condition on it: what choosing another value would find."""

    channel: tuple[tuple[str, int], ...] = ()
    unit: tuple[tuple[str, int], ...] = ()
    """Lead and assisting."""
    topic: tuple[tuple[str, int], ...] = ()
    kind: tuple[tuple[str, int], ...] = ()
    risk: tuple[tuple[str, int], ...] = ()
    state: tuple[tuple[str, int], ...] = ()
    exact: bool = True
    """False: the time was up, and every number is at least so large."""


class Counts(Struct, frozen=True, kw_only=True):
    """The counters at the top of the desk, as of one moment."""

    total: int
    today: int
    """Received today."""
    undispatched: int
    """待派: waits for the desk to choose a unit."""
    due_today: int
    """Due later today; like `overdue` without cases whose date stands still (待补充)."""
    overdue: int
    high_risk: int
    """Open cases with a risk that the office counts as high."""


class LedgerUnavailable(Exception):
    """The ledger cannot be asked or written now. Some of a batch may have been written:
    wait with back-off, acknowledge nothing and do the whole batch again."""


class CasesRefused(Exception):
    """These cases can never be stored as they are. Everything else was written or lost a
    race: give these up, and load and decide those in `conflicts` again."""

    def __init__(self, reasons: Mapping[str, str], conflicts: Sequence[str] = ()) -> None:
        case_id, reason = next(iter(reasons.items()))
        super().__init__(f"台账存不下 {len(reasons)} 件事项，第一件 {case_id}：{reason}")
        self.reasons = dict(reasons)
        """Why, by case_id."""
        self.conflicts = tuple(conflicts)


class Ledger(Protocol):
    """Implementations are in `sinks.ledger.sqlite` and `sinks.elastic`; one
    conformance suite runs against all of them. Every method may raise
    `LedgerUnavailable`."""

    def load(self, case_ids: Sequence[str]) -> dict[str, Case]:
        """The cases that exist, as last written."""
        ...

    def store(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """Writes each case whose stored state still has `expected_seq` events and gives
        the ids of those that do not: load and decide them again. Raises `CasesRefused`
        after everything else was written."""
        ...

    def refresh(self) -> None:
        """What was written so far is found by searches after it."""
        ...

    def search(self, query: Query) -> Page: ...

    def scan(self, query: Query, *, one_moment: bool = False) -> Generator[Case, None, None]:
        """Every matching case in the order of its case_id, whatever `limit` says.
        `one_moment`: as the ledger is when the first is read, whatever comes in meanwhile;
        no other method may be called before the last was read or the generator closed."""
        ...

    def counts(self, now: datetime, high_risks: Iterable[str], unit: str = "") -> Counts:
        """`unit`: only its cases, lead or assisting."""
        ...

    def facets(self, query: Query, seconds: float = 0.0) -> Facets:
        """`seconds`: how long it may take, about; 0 takes as long as it takes."""
        ...

    def outlines(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[CaseFacts]:
        """Of the cases received in this half-open time, by time of receipt."""
        ...

    def to_look_at(self, until: datetime, calendar: str) -> Iterator[str]:
        """Ids of cases with a clock or a date due before `until` whose passing was not
        said yet (`CaseIndex.look_by`), or with a provisional due time by another
        calendar than `calendar`, in order."""
        ...
