"""Carrying out an erasure: the journal says that it was decided, then keys and texts go.

The worker that writes the event does it before it acknowledges the message. One that dies on the
way gets the message again, finds the event in the history, and does it again: each step may be
repeated.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cases.life.evolve import fold
from cases.privacy.erased import erased_event
from cases.record import events as ev
from cases.record.case import Case, encode_case
from cases.record.events import Recorded
from sinks.ledger.base import Change, Ledger
from streams.kafka.connection import KafkaAddress
from streams.kafka.keyring import KeyRing, ring_of
from streams.kafka.reader import Reader
from streams.kafka.spool import JournalSpool
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.process import Journal, LedgerBusy

_TRIES = 5


class ErasingJournal:
    """Implements `streams.process.Journal`."""

    def __init__(self, journal: Journal, writer: Writer, ledger: Ledger, ring: KeyRing) -> None:
        self._journal = journal
        self._writer = writer
        self._ledger = ledger
        self._ring = ring

    def append(self, events: Sequence[Recorded]) -> None:
        """Raises `LogError`, `LogDown`, `LedgerUnavailable`, `LedgerBusy`."""
        self._journal.append(events)
        erased = {event.case_id for event in events if isinstance(event.body, ev.Erased)}
        refused = {event.case_id for event in events if isinstance(event.body, ev.ActionRefused)}
        if refused:
            # All that still happens to an erased case: what was tried stands in the refusal.
            self._ring.catch_up()
            erased |= refused & self._ring.erased()
        if erased:
            carry_out(erased, self._writer, self._ledger)


def carry_out(case_ids: Collection[str], writer: Writer, ledger: Ledger) -> None:
    """Raises `LogError`, `LogDown`, `LedgerUnavailable`, `LedgerBusy`."""
    writer.erase(case_ids)
    left = set(case_ids)
    for _ in range(_TRIES):
        changes = [
            Change(after, case.seq)
            for case in ledger.load(sorted(left)).values()
            if encode_case(after := without_texts(case)) != encode_case(case)
        ]
        left = set(ledger.store(changes))
        if not left:
            return
    raise LedgerBusy(f"{len(left)} 件正在别处改动，删除稍后再做。")


def without_texts(case: Case) -> Case:
    """The case as a rebuild makes it of what is left of its events."""
    left = [e if isinstance(e.body, ev.Erased) else erased_event(e) for e in case.history]
    return fold(left) or case


def erase_again(address: KafkaAddress, writer: Writer, ledger: Ledger) -> int:
    """Carries out what the journal says and the topic of keys does not: it was brought back from
    an older copy. Gives how many cases. Raises as `carry_out`."""
    ring = ring_of(address)
    with Reader(address) as reader, JournalSpool() as spool:
        spool.fill(reader, Topics(address.prefix).journal)
        again = spool.erased - ring.erased()
    carry_out(again, writer, ledger)
    return len(again)


def erase_what_came_late(ring: KeyRing, writer: Writer) -> int:
    """What a process that did not know of an erasure has sealed since: gives how many cases."""
    ring.catch_up()
    late = ring.came_late()
    if late:
        writer.erase(late)
    return len(late)
