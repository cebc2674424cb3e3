"""People before batches: within one process, the processing steps aside for a press.

SQLite lets one writer in at a time and keeps no queue, and of the threads of a process one computes
at a time. So a press would wait for whatever piece of work the processing is at, and compete with
the next. The processing works in small pieces and asks before each (`give_way`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock
from time import monotonic
from typing import Final

GRACE_SECONDS: Final = 0.05
"""So long after a press the processing still keeps back: what was pressed is carried out in two
steps, and then the page is made."""
LATELY_SECONDS: Final = 300.0
MOST_SECONDS: Final = 0.2
"""A piece of work waits for no longer: the backlog goes down while people press all the time."""


class Precedence:
    """For all threads of a process that write to one file."""

    def __init__(self) -> None:
        self.writing = Lock()
        """Held for a transaction, by all: who waits for it has it at once when it is free. SQLite
        lets a writer who waits look again after ever longer rests."""
        self._changed = Condition()
        self._people = 0
        self._left = -LATELY_SECONDS

    @contextmanager
    def person(self) -> Iterator[None]:
        """The body is what a person waits for."""
        with self._changed:
            self._people += 1
        try:
            yield
        finally:
            with self._changed:
                self._people -= 1
                self._left = monotonic()
                self._changed.notify_all()

    def give_way(self) -> None:
        """Returns when no person waits, at once where none has."""
        end = monotonic() + MOST_SECONDS
        with self._changed:
            while (left := min(end, self._until()) - monotonic()) > 0:
                self._changed.wait(left)

    @property
    def pressed_lately(self) -> bool:
        """Whether a person pressed in the last minutes: then the next press is to be reckoned
        with."""
        with self._changed:
            return bool(self._people) or monotonic() - self._left < LATELY_SECONDS

    def _until(self) -> float:
        return float("inf") if self._people else self._left + GRACE_SECONDS


_of: dict[Path, Precedence] = {}
_lock = Lock()


def precedence(path: Path) -> Precedence:
    """The one of this file."""
    with _lock:
        return _of.setdefault(path.absolute(), Precedence())
