"""Reading a topic: what is sealed there is opened, and of erased cases comes what is left."""

from __future__ import annotations

from collections.abc import Iterator

from streams.kafka.keyring import ring_of
from streams.kafka.sealing import sealed_topics
from streams.kafka.stored_reader import LogEntry, Offsets, StoredReader

__all__ = ["LogEntry", "Offsets", "Reader"]


class Reader(StoredReader):
    """The same, opened with the keys of this process. Raises `LogError` also where a key is gone
    that nobody destroyed."""

    def read(self, start: Offsets, end: Offsets) -> Iterator[LogEntry]:
        entries = super().read(start, end)
        names = {topic for topic, _ in end} & sealed_topics(self._address.prefix)
        if not names:
            yield from entries
            return
        ring = ring_of(self._address)
        ring.catch_up()
        for entry in entries:
            if entry.value is None or entry.topic not in names:
                yield entry
            else:
                yield entry._replace(value=ring.opened(entry.topic, entry.value))
