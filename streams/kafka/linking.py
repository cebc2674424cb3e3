"""Same matter, crowds and repeated callers over Kafka: a `LinkStore` on the topics.

The journal has an order in each partition and none between them. What is read in one
go is put into the order in which the messages were received; a partition that still has
more waits for the others, by the time at which its events were written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

import msgspec
from msgspec import Struct

from cases.record import events as ev
from cases.record.events import Recorded, decode_event
from cases.record.messages import Action
from streams.kafka.connection import KafkaAddress
from streams.kafka.log import Inbox
from streams.kafka.reader import LogEntry, Offsets, Reader
from streams.kafka.records import Record
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.linking import Linker, Position

AT_ONCE = 5_000
"""About so many events of the journal are read in one go."""
MOST_WAITING = 2_000
"""While more messages wait to be processed, linking waits: it comes behind the stream and
must not hold it up."""
_CHUNK = 512 * 1024
"""Bytes of the saved state in one record."""
_HEAD = "head"


class _Head(Struct, frozen=True, kw_only=True):
    """Which chunks are the newest state, and how far the journal was read for it."""

    slot: str
    chunks: int
    digest: str
    read: int
    """Events, in all partitions."""
    offsets: dict[int, int]
    """The next one to be read, by partition."""


class KafkaLinkStore:
    """Implements `streams.linking.LinkStore`. For one thread.

    The state is kept in a compacted topic, in two slots that are written in turn: while
    one is being written, the head still names the other, which is whole."""

    def __init__(self, address: KafkaAddress, writer: Writer | None) -> None:
        """Without `writer` it only reads, and what is to be linked is left to others."""
        self._address = address
        self._topics = Topics(address.prefix)
        self._writer = writer
        self._inbox = None if writer is None else Inbox(writer, self._topics)
        self._read = 0
        self._offsets: dict[tuple[str, int], int] = {}
        self._slot = "a"
        self._end: Offsets = {}

    # -- the journal ---------------------------------------------------------

    def journal_after(self, position: int, limit: int) -> Sequence[tuple[int, Recorded]]:
        """About `limit` events. `position` counts the events of all partitions; only the
        one that was given last can be asked for.

        Raises `LogError` and `LogDown`."""
        if position != self._read:
            raise ValueError(f"events were read to {self._read}, asked for after {position}")
        with Reader(self._address) as reader:
            ends = reader.ends(self._topics.journal)
            most = max(1, limit // len(ends))
            starts = {each: self._offsets.get(each, 0) for each in ends}
            until = {each: min(end, starts[each] + most) for each, end in ends.items()}
            found: dict[tuple[str, int], list[LogEntry]] = {each: [] for each in ends}
            for entry in reader.read(starts, until):
                found[entry.topic, entry.partition].append(entry)
        more = {each for each, end in ends.items() if until[each] < end}
        ready = _ready(found, more)
        for entry in ready:
            self._offsets[entry.topic, entry.partition] = entry.offset + 1
        events = [decode_event(entry.value) for entry in ready if entry.value is not None]
        events.sort(key=_received)
        rows = list(enumerate(events, self._read + 1))
        self._read += len(events)
        return rows

    # -- the state -----------------------------------------------------------

    @property
    def moved_on(self) -> bool:
        """Whether another linker has saved since this one read or saved the state.

        Raises `LogError` and `LogDown`."""
        with Reader(self._address) as reader:
            return reader.ends(self._topics.links) != self._end

    def linked(self) -> Position | None:
        """Goes back to what was saved last. Raises `LogError` and `LogDown`."""
        values: dict[str, bytes] = {}
        with Reader(self._address) as reader:
            self._end = reader.ends(self._topics.links)
            for entry in reader.read({}, self._end):
                values[(entry.key or b"").decode()] = entry.value or b""
        self._read, self._offsets = 0, {}
        if _HEAD not in values:
            return None
        head = msgspec.json.decode(values[_HEAD], type=_Head)
        state = b"".join(values.get(f"{head.slot}|{n}", b"") for n in range(head.chunks))
        self._slot = head.slot
        if _digest(state) != head.digest:
            # Two leaders saved at the same moment. What is said again has the same ids.
            return None
        self._read = head.read
        self._offsets = {(self._topics.journal, p): offset for p, offset in head.offsets.items()}
        return Position(head.read, state)

    def link(self, actions: Sequence[Action], saved: Position | None) -> None:
        """The actions first: should only they arrive, the events are read again, and the
        same actions have the same ids. Raises `LogError` and `LogDown`."""
        if self._inbox is None or self._writer is None:
            return
        self._inbox.append(actions)
        if saved is None:
            return
        slot = "b" if self._slot == "a" else "a"
        chunks = [saved.state[at : at + _CHUNK] for at in range(0, len(saved.state), _CHUNK)]
        head = _Head(
            slot=slot,
            chunks=len(chunks),
            digest=_digest(saved.state),
            read=saved.after,
            offsets={partition: offset for (_, partition), offset in self._offsets.items()},
        )
        for number, chunk in enumerate(chunks):
            self._writer.write(self._topics.links, [Record(f"{slot}|{number}".encode(), chunk)])
        self._writer.write(self._topics.links, [Record(_HEAD.encode(), msgspec.json.encode(head))])
        self._slot = slot
        with Reader(self._address) as reader:
            self._end = reader.ends(self._topics.links)


def _ready(
    found: dict[tuple[str, int], list[LogEntry]], more: set[tuple[str, int]]
) -> list[LogEntry]:
    """What may be taken now: nothing written later than the newest that was read of a
    partition that has more. Clocks may go back, so that need not be its last; one
    partition is always taken whole."""
    limits = [
        max(entry.written_ms for entry in entries)
        for each, entries in found.items()
        if each in more
    ]
    if not limits:
        return [entry for entries in found.values() for entry in entries]
    limit = min(limits)
    return [
        entry
        for entries in found.values()
        for entry in takewhile(lambda entry: entry.written_ms <= limit, entries)
    ]


def _received(event: Recorded) -> tuple[datetime, str, int]:
    body = event.body
    at = body.item.received_at if isinstance(body, ev.CaseOpened) else event.at
    return at, event.case_id, event.seq


def _digest(state: bytes) -> str:
    return hashlib.blake2b(state, digest_size=16).hexdigest()


class LeaderLinks:
    """Called by the leader's timer. Another leader takes over where the last one saved; two
    for a moment say the same with the same ids."""

    def __init__(
        self, store: KafkaLinkStore, open_linker: Callable[[KafkaLinkStore], Linker]
    ) -> None:
        self._store = store
        self._open_linker = open_linker
        self._linker: Linker | None = None

    def step(self, waiting: int) -> bool:
        """Links what is new, unless more than `MOST_WAITING` messages are `waiting`; gives
        whether there may be more at once. Raises `LogError` and `LogDown`."""
        if waiting > MOST_WAITING:
            return False
        if self._linker is None or self._store.moved_on:
            self._linker = self._open_linker(self._store)
        try:
            return self._linker.step(AT_ONCE)
        except BaseException:
            # Half a step may be in its memory: from what was saved again.
            self._linker = None
            raise
