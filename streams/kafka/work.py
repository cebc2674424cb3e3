"""A batch carried out for as long as it takes: a dependency that is down costs time,
never an item."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event
from time import perf_counter
from typing import TypeVar

from huiyin.backoff import backoff
from sinks.ledger.base import LedgerUnavailable
from streams.batch_work import Outcome
from streams.kafka.errors import KeyLost, LogDown
from streams.metrics import Metrics
from streams.process import LedgerBusy, Ports, Prepared, Processor

T = TypeVar("T")

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0
"""Seconds between two tries."""

log = logging.getLogger("huiyin.worker")


class Stopped(Exception):
    """The process is to end; the batch was not carried out and must not be acknowledged."""


class PatientWork:
    """`process` with patience around it. `prepare` and `carry_out` are for one thread each."""

    def __init__(
        self,
        processor: Processor,
        ports: Ports,
        clock: Callable[[], datetime],
        metrics: Metrics,
        stop: Event,
        opened: Callable[[bytes], bytes] = lambda data: data,
    ) -> None:
        """`opened`: what a record of the inbox holds. May raise `LogDown` and `KeyLost`."""
        self._processor = processor
        self._ports = ports
        self._clock = clock
        self._metrics = metrics
        self._stop = stop
        self._opened = opened

    def prepare(self, batch: Sequence[bytes]) -> Prepared:
        """What is done while the batch before is written. Raises `NothingClassified`, and
        `Stopped` while waiting for keys."""
        opened = self._patiently(lambda: [self._open(data) for data in batch])
        return self._processor.prepare(opened, self._clock())

    def _open(self, data: bytes) -> bytes:
        """What cannot be opened is no message, and becomes a dead letter as it is."""
        try:
            return self._opened(data)
        except KeyLost as problem:
            log.error("%s", problem)  # noqa: TRY400  a traceback says nothing of it
            return data

    def carry_out(self, batch: Prepared) -> Outcome:
        """Returns when everything is written. Raises `Stopped` while waiting, and whatever
        is neither a bad item nor a dependency that is down."""
        start = perf_counter()
        outcome = self._patiently(lambda: self._processor.write(batch, self._ports, self._clock()))
        self._metrics.processed(outcome, perf_counter() - start, self._processor.times.seconds)
        return outcome

    def _patiently(self, step: Callable[[], T]) -> T:
        failures = 0
        said = ""
        while True:
            try:
                done = step()
            except (LedgerUnavailable, LogDown, LedgerBusy) as problem:
                if str(problem) != said:
                    said = str(problem)
                    log.warning("等待后再试，没有丢失：%s", said)
                self._metrics.waiting(type(problem).__name__)
                failures += 1
                pause = backoff(failures, first=_FIRST_WAIT, most=_LONGEST_WAIT)
                if self._stop.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311
                    raise Stopped from problem
                continue
            if said:
                log.warning("已恢复，继续处理。")
            return done
