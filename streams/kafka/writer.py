"""Writing with acknowledgement: when `write` returns, every replica in sync has it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer

from huiyin.backoff import backoff
from streams.kafka.acknowledged import Ack, Acknowledged, digest_of
from streams.kafka.client_loop import ClientLoop
from streams.kafka.connection import KafkaAddress, in_words
from streams.kafka.errors import LogDown, LogError
from streams.kafka.keyring import KeyRing, ring_of
from streams.kafka.records import Record
from streams.kafka.topics import LARGEST_MESSAGE

T = TypeVar("T")

_Place = tuple[int, int]
"""Partition and offset."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0
"""Seconds between two tries."""
_ROOM = 64 * 1024
"""Bytes left for key and framing."""
_ONE_TRY = 30.0
"""Seconds until records that nobody acknowledged are sent again by a new producer."""
_LAST_WORDS = 10.0
"""Seconds to end a producer that may still have to send."""


class Writer:
    """A producer with an event loop and thread of its own, so that plain code can call it.
    What is of a case goes out sealed under the key of the case.

    Idempotent: what the client repeats by itself arrives once and in order. When it
    gives up, everything that was not acknowledged is sent again by a new producer, and
    may then be there twice; readers know repeats by their ids. For several threads.
    """

    def __init__(
        self,
        address: KafkaAddress,
        *,
        patience: float | None = None,
        waiting: Callable[[str], None] = lambda _why: None,
        acknowledged: Acknowledged | None = None,
    ) -> None:
        """`patience`: seconds after which `write` raises `LogDown`; None waits for ever
        and calls `waiting` with the reason before each new try. `acknowledged` counts what
        is answered for, and is closed with the writer."""
        self._ring: KeyRing = ring_of(address)
        self._address = address
        self._patience = patience
        self._waiting = waiting
        self._acknowledged = acknowledged
        self._producer: AIOKafkaProducer | None = None
        self._lock = threading.Lock()
        self._loop = ClientLoop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="huiyin-kafka-writer", daemon=True
        )
        self._thread.start()

    def write(self, topic: str, records: Sequence[Record]) -> None:
        """In order for each key. Raises `LogError`, also for a record that is too large,
        `LogDown` when patience ends, and `StoreError` when the count cannot be written:
        then the records may be there, and may be sent again."""
        if not records:
            return
        largest = max(len(record.value or b"") for record in records)
        if largest > LARGEST_MESSAGE - _ROOM:
            raise LogError(
                f"这条内容有 {largest / 2**20:.1f} MB，超过 Kafka 日志每条 "
                f"{LARGEST_MESSAGE // 2**20} MB 的上限，没有写入。请缩短后再试。"
            )
        with self._lock:
            records = self._patiently(
                lambda left: self._ring.sealed(records, partial(self._once, left))
            )
            counts = self._acknowledged
            if counts is None or topic not in counts.topics:
                self._write(topic, records)
                return
            before = counts.reached(topic)
            places = self._write(topic, records)
            counts.add(
                topic,
                before,
                [
                    Ack(partition, offset, digest_of(record.key, record.value))
                    for record, (partition, offset) in zip(records, places, strict=True)
                ],
            )

    def erase(self, case_ids: Collection[str]) -> None:
        """Destroys the keys of these cases: nothing that was sealed for them is opened any more.
        May be repeated. Raises `LogError`, `LogDown`."""
        with self._lock:
            self._patiently(lambda left: self._ring.destroy(case_ids, partial(self._once, left)))

    def wrap_keys(self) -> int:
        """Wraps the keys that were made while there was no master key; gives how many. Raises
        `LogError`, `LogDown`."""
        with self._lock:
            return self._patiently(lambda left: self._ring.wrap_all(partial(self._once, left)))

    def _write(self, topic: str, records: Sequence[Record]) -> list[_Place]:
        return self._patiently(lambda left: self._once(left, topic, records))

    def _once(self, seconds: float, topic: str, records: Sequence[Record]) -> list[_Place]:
        with in_words(self._address):
            return self._run(self._loop.within(seconds, self._send(topic, records)))

    def _patiently(self, step: Callable[[float], T]) -> T:
        """`step` is given the seconds that it may take."""
        end = None if self._patience is None else time.monotonic() + self._patience
        failures = 0
        while True:
            try:
                return step(_ONE_TRY if end is None else max(0.1, end - time.monotonic()))
            except LogDown as problem:
                self._drop()
                failures += 1
                pause = backoff(failures, first=_FIRST_WAIT, most=_LONGEST_WAIT)
                if end is not None and time.monotonic() + pause >= end:
                    raise
                self._waiting(str(problem))
            time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  not a secret

    async def _send(self, topic: str, records: Sequence[Record]) -> list[_Place]:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._address.options(),
                enable_idempotence=True,
                max_batch_size=256 * 1024,
                max_request_size=LARGEST_MESSAGE,
                request_timeout_ms=20_000,
                retry_backoff_ms=200,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        sent = [
            await self._producer.send(topic, key=record.key, value=record.value)
            for record in records
        ]
        return [(done.partition, done.offset) for done in await asyncio.gather(*sent)]

    def _drop(self) -> None:
        """Leaves the producer behind with what it still holds."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer._closed = True  # noqa: SLF001  stop() would wait for the broker
        self._run(self._loop.clear())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(Exception):
                self._run(asyncio.wait_for(producer.stop(), _LAST_WORDS))
        # In its own thread: who closes may have a loop that runs.
        with contextlib.suppress(Exception):
            self._run(self._loop.clear())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._loop.is_running():
            self._loop.close()
        if self._acknowledged is not None:
            self._acknowledged.close()
