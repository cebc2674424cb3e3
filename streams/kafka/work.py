"""A batch carried out for as long as it takes: a dependency that is down costs time,
never an item."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event
from time import perf_counter

from huiyin.backoff import backoff
from sinks.ledger.base import LedgerUnavailable
from streams.batch_work import Outcome
from streams.kafka.errors import LogDown
from streams.metrics import Metrics
from streams.process import LedgerBusy, Ports, Prepared, Processor

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
    ) -> None:
        self._processor = processor
        self._ports = ports
        self._clock = clock
        self._metrics = metrics
        self._stop = stop

    def prepare(self, batch: Sequence[bytes]) -> Prepared:
        """What needs no dependency, so that it is done while the batch before is written.
        Raises `NothingClassified`."""
        return self._processor.prepare(batch, self._clock())

    def carry_out(self, batch: Prepared) -> Outcome:
        """Returns when everything is written. Raises `Stopped` while waiting, and whatever
        is neither a bad item nor a dependency that is down."""
        failures = 0
        start = perf_counter()
        said = ""
        while True:
            try:
                outcome = self._processor.write(batch, self._ports, self._clock())
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
            self._metrics.processed(outcome, perf_counter() - start, self._processor.times.seconds)
            return outcome
