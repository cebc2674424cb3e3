"""The inbox as one who reads ahead sees it: nothing is acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import LogDown, LogError
from streams.kafka.liveness import Lag, lag_of
from streams.kafka.reader import LogEntry, Reader
from streams.kafka.topics import Topics


class InboxAhead:
    """Implements `streams.kafka.fast_lane.Log`. Its reader stays open until something fails."""

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._topic = Topics(address.prefix).inbox
        self._reader: Reader | None = None

    def lag(self) -> Lag:
        with self._opened() as reader:
            return lag_of(reader, self._topic)

    def read(self, partition: int, start: int, end: int) -> Iterator[LogEntry]:
        which = (self._topic, partition)
        with self._opened() as reader:
            yield from reader.read({which: start}, {which: end})

    @contextmanager
    def _opened(self) -> Iterator[Reader]:
        if self._reader is None:
            self._reader = Reader(self._address, group=self._address.group)
        try:
            yield self._reader
        except (LogDown, LogError):
            self.close()
            raise

    def close(self) -> None:
        """The next look opens it anew."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
