"""`python -m tests.worker COMMAND…`: the command line, with fault points.

HUIYIN_TEST_FAULT=POINT:WHAT[:AFTER] makes a worker fall at a point of `process`: after it
wrote the ledger, the journal or everything (`ledger`, `journal`, `ack`), the first time,
or after AFTER more batches. WHAT is `kill` or `stop` (SIGSTOP; somebody must wake it up).

HUIYIN_TEST_BACKLOG=NUMBER: from so many waiting messages on, those that cannot wait go first.
HUIYIN_TEST_HELD=PATH: while there is such a file no batch is carried out at its turn.

Workers link cases about the same matter only with HUIYIN_TEST_LINKS=1: what belongs
together depends on the order in which cases come, and that is what faults change.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.batch_work import Outcome
from streams.kafka import fast_lane
from streams.kafka.linking import LeaderLinks
from streams.kafka.log import JournalWriter
from streams.kafka.work import PatientWork
from streams.process import Prepared

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def _arm(fault: str) -> None:
    point, _, rest = fault.partition(":")
    what, _, after = rest.partition(":")
    left = [int(after or 0)]

    def fall(*_: object) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), SIGNALS[what])
        left[0] -= 1

    if point == "ledger":
        _before(JournalWriter, "append", fall)
    elif point == "journal":
        _after(JournalWriter, "append", fall)
    else:
        _after(PatientWork, "carry_out", fall)


def _before(owner: type, name: str, fall: Any) -> None:
    real = getattr(owner, name)

    def wrapped(self: object, batch: Sequence[object]) -> object:
        if batch:
            fall()
        return real(self, batch)

    setattr(owner, name, wrapped)


def _after(owner: type, name: str, fall: Any) -> None:
    real = getattr(owner, name)

    def wrapped(self: object, batch: Sequence[object]) -> object:
        result = real(self, batch)
        if batch:
            fall()
        return result

    setattr(owner, name, wrapped)


def _hold(path: Path) -> None:
    real = PatientWork.carry_out

    def held(self: PatientWork, batch: Prepared) -> Outcome:
        while path.exists():
            time.sleep(0.05)
        return real(self, batch)

    PatientWork.carry_out = held  # type: ignore[method-assign]


def _leave_unlinked() -> None:
    LeaderLinks.step = lambda *_: False  # type: ignore[method-assign]


if __name__ == "__main__":
    if not os.environ.get("HUIYIN_TEST_LINKS"):
        _leave_unlinked()
    if fault := os.environ.get("HUIYIN_TEST_FAULT"):
        _arm(fault)
    if held := os.environ.get("HUIYIN_TEST_HELD"):
        _hold(Path(held))
    if number := os.environ.get("HUIYIN_TEST_BACKLOG"):
        fast_lane.BACKLOG = int(number)  # type: ignore[misc]
    from desk.app.cli import main

    sys.argv[0] = "huiyin"
    main()
