"""The ledger folded from the journal, byte for byte as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from cases.life.evolve import evolve
from cases.record.case import Case, encode_case
from cases.record.events import Recorded
from sinks.ledger.base import Change, Ledger
from streams.embedded.runner import Rebuilt
from streams.kafka.connection import KafkaAddress
from streams.kafka.reader import Reader
from streams.kafka.spool import JournalSpool
from streams.kafka.topics import Topics

_BATCH = 500


class Progressed(Struct, frozen=True):
    """One step of a rebuild: events read, then events folded."""

    read: int = 0
    folded: int = 0


def rebuild(
    address: KafkaAddress,
    ledger: Ledger,
    progress: Callable[[Progressed], None] = lambda _done: None,
) -> Rebuilt:
    """Writes what is missing or different; what is right is left alone, so it may be
    broken off and repeated. Stop the workers first.

    Raises `LogError`, `LogDown`, `LedgerUnavailable`."""
    topics = Topics(address.prefix)
    with JournalSpool() as spool:
        with Reader(address) as reader:
            spool.fill(reader, topics.journal, lambda n: progress(Progressed(read=n)))
        return fold_into(ledger, spool.events(), lambda n: progress(Progressed(folded=n)))


def journal_length(address: KafkaAddress) -> int:
    """Records in the journal, repeats included. Raises `LogError` and `LogDown`."""
    with Reader(address) as reader:
        topic = Topics(address.prefix).journal
        starts = reader.starts(topic)
        return sum(end - starts[each] for each, end in reader.ends(topic).items())


def fold_into(
    ledger: Ledger, events: Iterable[Recorded], progress: Callable[[int], None]
) -> Rebuilt:
    """`events`: by case and number."""
    cases = total = 0
    batch: list[Case] = []
    for case in _folded(events):
        cases += 1
        batch.append(case)
        if len(batch) == _BATCH:
            _write(ledger, batch)
            total += _told(batch, progress)
    _write(ledger, batch)
    total += _told(batch, progress)
    return Rebuilt(cases, total)


def _told(batch: list[Case], progress: Callable[[int], None]) -> int:
    events = sum(case.seq for case in batch)
    progress(events)
    batch.clear()
    return events


def _folded(events: Iterable[Recorded]) -> Iterator[Case]:
    for _, group in groupby(events, key=lambda event: event.case_id):
        case: Case | None = None
        for event in group:
            case = evolve(case, event)
        if case is not None:
            yield case


def _write(ledger: Ledger, batch: list[Case]) -> None:
    there = ledger.load([case.case_id for case in batch])
    changes = []
    for case in batch:
        known = there.get(case.case_id)
        if known is None or encode_case(known) != encode_case(case):
            changes.append(Change(case, known.seq if known else 0))
    ledger.store(changes)
