"""From the embedded data file to Kafka, with everything: `huiyin migrate`.

May be broken off and repeated: what is written twice is known by its ids, and only the
part that the old installation had processed is marked as processed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec import Struct

from cases.record.messages import decode_message
from sinks.ledger.base import Ledger, Query
from streams.embedded.store import EmbeddedStore
from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import LogError
from streams.kafka.log import AlertWriter, DeadLetterWriter, Inbox, JournalWriter
from streams.kafka.progress import Progress
from streams.kafka.reader import Reader
from streams.kafka.rebuild import fold_into
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer

T = TypeVar("T")

_BATCH = 1000
_STARTED, _DONE = "started", "done"
NAME = "moved"
"""Who counted what the old installation had taken in."""


class Moved(Struct, frozen=True, kw_only=True):
    messages: int
    waiting: int
    """How many of these are not processed yet: the workers will."""
    events: int
    cases: int
    letters: int


def migrate(
    store: EmbeddedStore,
    address: KafkaAddress,
    writer: Writer,
    ledger: Ledger,
    progress: Callable[[str, int], None] = lambda _what, _n: None,
) -> Moved:
    """`progress` is called with what is being moved and how many more were.

    Raises `LogError` when the topics hold something else, `LogDown`, `LedgerUnavailable`."""
    topics = Topics(address.prefix)
    state = Progress(address, writer)
    _may_begin(address, topics, state)
    state.set_note(NAME, _STARTED)
    # First: of these nothing is to be sealed, and no version is to be taken in again.
    writer.erase([c.case_id for c in store.ledger.scan(Query()) if c.erased_at is not None])
    inbox = Inbox(writer, topics)
    processed = _move_inbox(_inbox(store, 0, store.processed), inbox, progress)
    with Reader(address, group=address.group) as reader:
        reader.commit(reader.ends(topics.inbox))
    waiting = _move_inbox(_inbox(store, store.processed, None), inbox, progress)
    journal = JournalWriter(writer, topics)
    for events in _batches(store.journal()):
        journal.append(events)
        progress("事件", len(events))
    alerts = AlertWriter(writer, topics)
    for raised in _batches(alert for _, alert in store.alerts_after(0, -1)):
        alerts.raise_alerts(raised)
    letters = _move_letters(store, DeadLetterWriter(writer, topics))
    for source, counts in store.intake_counts().items():
        state.move(source, NAME, counts, store.cursor(source))
        health = store.health(source)
        if health is not None:
            state.set_health(health)
    folded = fold_into(ledger, store.journal(), lambda n: progress("台账", n))
    state.set_note(NAME, _DONE)
    return Moved(
        messages=processed + waiting,
        waiting=waiting,
        events=folded.events,
        cases=folded.cases,
        letters=letters,
    )


def _may_begin(address: KafkaAddress, topics: Topics, state: Progress) -> None:
    note = state.note(NAME)
    if note == _DONE:
        raise LogError(
            "已经搬过了：Kafka 上有这份数据。要重来请先删除主题，再 huiyin doctor --create。"
        )
    with Reader(address) as reader:
        held = any(reader.ends(topics.inbox).values()) or any(reader.ends(topics.journal).values())
    if held and note != _STARTED:
        raise LogError(
            f"Kafka 上前缀为 {address.prefix} 的主题里已有别的数据，不能搬进去。"
            "请用另一个 HUIYIN_KAFKA_PREFIX，或删除这些主题后再 huiyin doctor --create。"
        )


def _inbox(store: EmbeddedStore, after: int, to: int | None) -> Iterator[bytes]:
    position = after
    while rows := store.inbox(position, _BATCH):
        for position, data in rows:
            if to is not None and position > to:
                return
            yield data


def _move_inbox(data: Iterator[bytes], inbox: Inbox, progress: Callable[[str, int], None]) -> int:
    moved = 0
    for batch in _batches(data):
        inbox.append_raw([_case_id(each) for each in batch], batch)
        moved += len(batch)
        progress("消息", len(batch))
    return moved


def _case_id(data: bytes) -> str:
    try:
        return decode_message(data).case_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _move_letters(store: EmbeddedStore, letters: DeadLetterWriter) -> int:
    moved = 0
    for each in store.dead_letters():
        moved += 1
        letter = each.letter
        letters.add_named([(letter, f"{NAME}|{letter.letter_id}|{n}") for n in range(each.times)])
        if each.replayed_at is not None:
            letters.mark_replayed(letter.letter_id, each.replayed_at)
    return moved


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
