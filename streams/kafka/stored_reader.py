"""Reading a topic as it lies there, and what a group has acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.kafka.client_loop import ClientLoop
from streams.kafka.connection import KafkaAddress, in_words
from streams.kafka.errors import LogDown

T = TypeVar("T")

_START = 10.0
"""Seconds to begin, and to end: a broker may let us in and then not answer."""
_PATIENCE = 30.0
"""Seconds without a record, short of the end, until reading counts as failed."""

Offsets = Mapping[tuple[str, int], int]
"""Offset of the next record to be read, by topic and partition."""


class LogEntry(NamedTuple):
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    """None: the key was taken back (compacted topics)."""
    written_ms: int = 0
    """When it was written, in milliseconds since 1970, by the writer's clock."""


class StoredReader:
    """Values as they are stored: sealed ones stay so. For one thread. Raises `LogError` and
    `LogDown`, on opening too."""

    def __init__(self, address: KafkaAddress, *, group: str | None = None) -> None:
        self._address = address
        self._loop = ClientLoop()
        self._open = False
        try:
            with in_words(address):
                self._consumer = self._loop.run_until_complete(self._make(group))
        except BaseException:
            self._loop.close()
            raise
        self._open = True

    async def _make(self, group: str | None) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **self._address.options(),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=4 * 1024 * 1024,
            request_timeout_ms=10_000,
        )
        try:
            await self._loop.within(_START, consumer.start())
        except BaseException:
            await self._stop(consumer)
            raise
        return consumer

    @staticmethod
    async def _stop(consumer: AIOKafkaConsumer) -> None:
        """What a consumer cannot end by itself ends with the loop."""
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.wait_for(consumer.stop(), _START)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            try:
                self._loop.run_until_complete(self._stop(self._consumer))
            finally:
                self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with in_words(self._address):
            return self._loop.run_until_complete(asyncio.wait_for(work, _PATIENCE))

    def _assign(self, positions: Mapping[TopicPartition, int | None]) -> None:
        async def assign() -> None:
            self._consumer.assign(list(positions))
            for tp, offset in positions.items():
                if offset is not None:
                    self._consumer.seek(tp, offset)

        self._run(assign())

    def partitions(self, topic: str) -> list[tuple[str, int]]:
        """Raises `LogDown` when there is no such topic."""
        found = self._run(self._consumer._client._wait_on_metadata(topic))  # noqa: SLF001
        if not found:
            raise LogDown(f"Kafka 上没有主题 {topic}。请运行 huiyin doctor --create。")
        return sorted((topic, number) for number in found)

    def ends(self, topic: str) -> dict[tuple[str, int], int]:
        """Where each partition ends now."""
        partitions = [TopicPartition(*each) for each in self.partitions(topic)]
        ends = self._run(self._consumer.end_offsets(partitions))
        return {(tp.topic, tp.partition): offset for tp, offset in ends.items()}

    def starts(self, topic: str) -> dict[tuple[str, int], int]:
        """The first offset that is still kept."""
        partitions = [TopicPartition(*each) for each in self.partitions(topic)]
        starts = self._run(self._consumer.beginning_offsets(partitions))
        return {(tp.topic, tp.partition): offset for tp, offset in starts.items()}

    def committed(self, topic: str) -> dict[tuple[str, int], int]:
        """What the group of this reader has acknowledged; 0 where it has nothing yet."""
        partitions = [TopicPartition(*each) for each in self.partitions(topic)]
        self._assign(dict.fromkeys(partitions))
        return {
            (tp.topic, tp.partition): self._run(self._consumer.committed(tp)) or 0
            for tp in partitions
        }

    def commit(self, offsets: Offsets) -> None:
        """Acknowledges for the group. Only while no worker is running."""
        wanted = {TopicPartition(*each): offset for each, offset in offsets.items()}
        self._assign(dict.fromkeys(wanted))
        self._run(self._consumer.commit(wanted))

    def read(self, start: Offsets, end: Offsets) -> Iterator[LogEntry]:
        """Everything from `start` (included) to `end` (not), each partition in order.
        What is no longer kept is left out."""
        wanted = {
            TopicPartition(*each): offset
            for each, offset in end.items()
            if offset > start.get(each, 0)
        }
        if not wanted:
            return
        kept = self._run(self._consumer.beginning_offsets(list(wanted)))
        self._assign({tp: max(start.get((tp.topic, tp.partition), 0), kept[tp]) for tp in wanted})
        left = set(wanted)
        heard = time.monotonic()
        while left:
            batch = self._run(self._fetch())
            if batch:
                heard = time.monotonic()
            elif time.monotonic() > heard + _PATIENCE:
                raise LogDown(
                    f"Kafka（{self._address.shown}）{_PATIENCE:.0f} 秒没有回应，读到一半。"
                )
            else:
                left -= {tp for tp in left if self._run(self._consumer.position(tp)) >= wanted[tp]}
            for tp, records in batch.items():
                for record in records:
                    if record.offset < wanted[tp]:
                        yield LogEntry(
                            tp.topic,
                            tp.partition,
                            record.offset,
                            record.key,
                            record.value,
                            record.timestamp,
                        )
                if tp in left and self._run(self._consumer.position(tp)) >= wanted[tp]:
                    left.discard(tp)

    async def _fetch(self) -> dict[TopicPartition, list[Any]]:
        found: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
            timeout_ms=1000, max_records=5000
        )
        return found

    def read_all(self, topic: str) -> Iterator[LogEntry]:
        """From the beginning to the end as it is now."""
        yield from self.read({}, self.ends(topic))
