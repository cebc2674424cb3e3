"""Lines of the log that repeat themselves are counted instead of written.

A sender who makes us write a line for every attempt fills the disk: 1,100 connections that
were left open wrote 114 MB in a minute. Nothing is left out in silence: how many there were
stands in the next line.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

WINDOW_SECONDS: Final = 60.0
MOST_ALIKE: Final = 5
"""Lines of one kind in a window."""
MOST: Final = 300
"""Lines in a window altogether, of whatever kind."""
_MOST_KINDS: Final = 512


class FoldRepeats(logging.Filter):
    """For a handler. Lines are alike when they come from the same place in the program."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = Lock()
        self._began = clock()
        self._seen: dict[tuple[str, int, str], int] = {}
        self._written = 0
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        with self._lock:
            now = self._clock()
            left_out = 0
            if now - self._began >= WINDOW_SECONDS:
                left_out, self._left_out = self._left_out, 0
                self._began, self._written = now, 0
                self._seen.clear()
            kind = (record.pathname, record.lineno, _error(record))
            alike = self._seen.get(kind, 0)
            if len(self._seen) < _MOST_KINDS:
                self._seen[kind] = alike + 1
            if alike >= MOST_ALIKE or self._written >= MOST:
                self._left_out += 1 + left_out
                return False
            self._written += 1
        if left_out:
            told = f"（此前有 {left_out} 行重复的日志没有写出）{record.getMessage()}"
            record.msg, record.args = told, None
        return True


def _error(record: logging.LogRecord) -> str:
    return record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""


def fold_repeats(handlers: Iterable[logging.Handler]) -> None:
    """Puts `FoldRepeats` on each handler that has none."""
    for handler in handlers:
        if not any(isinstance(each, FoldRepeats) for each in handler.filters):
            handler.addFilter(FoldRepeats())
