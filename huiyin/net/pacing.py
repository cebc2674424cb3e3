"""How often a host may be asked.

One `HostPacing` is shared by every source of the process, so that two sources on one
host together stay below its limit. Time and sleep are passed in.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from msgspec import Struct

from huiyin.backoff import backoff

_MARGIN = 1.05
"""Requests are planned a little further apart than the limit asks: the network delays one
request more than the next, and the server counts what arrives, not what was sent."""
_SLOWEST_LEVEL = 4
"""A host that recovers is asked at 1/16 of the pace first, then 1/4, 1/2, in full."""


class Pace(Struct, frozen=True, kw_only=True):
    """The limits of one source. All times in seconds."""

    interval: float
    """Least time between two requests."""
    jitter: float = 0.5
    """Up to this share of the interval is added at random."""
    backoff_first: float = 5.0
    backoff_most: float = 900.0
    patience: float = 120.0
    """A wait longer than this is not slept through: `TooEarly` is raised instead."""


class TooEarly(Exception):
    """The host may not be asked for another `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class _Host(Struct):
    free_at: float = 0.0
    level: int = 0


class HostPacing:
    """Gives out turns per host; a host that refuses is asked less and less often."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        stopped: Callable[[], bool] = lambda: False,
        rng: random.Random | None = None,
    ) -> None:
        """A process that wants to end quickly passes `stop.wait` and `stop.is_set` of an
        `Event`: a wait that is cut short ends as `TooEarly`."""
        self._monotonic = monotonic
        self._stopped = stopped
        self._sleep = sleep
        self._rng = rng or random.Random()  # noqa: S311  politeness, not secrecy
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def turn(self, host: str, pace: Pace) -> None:
        """Wait for the next turn. Raises `TooEarly` when that takes longer than `patience`."""
        with self._lock:
            now = self._monotonic()
            state = self._hosts.setdefault(host, _Host())
            start = max(now, state.free_at)
            if start - now > pace.patience:
                raise TooEarly(start - now)
            step = pace.interval * self._rng.uniform(_MARGIN, _MARGIN + pace.jitter)
            slow = step * 2 ** min(state.level, _SLOWEST_LEVEL)
            # Never so slow that the source would give up waiting for a host that is well.
            state.free_at = start + min(slow, max(step, pace.patience * 0.9))
        while (wait := start - self._monotonic()) > 0:
            if self._stopped():
                raise TooEarly(wait)
            self._sleep(wait)

    def good(self, host: str) -> None:
        """The host answered as it should: half the back-off is forgiven, not all, because a
        host that answers every other request is not well yet."""
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
            state.level = min(state.level, 2 * _SLOWEST_LEVEL) // 2

    def bad(self, host: str, pace: Pace, *, retry_after: float = 0.0) -> float:
        """The host refused or answered nonsense. Returns the seconds until its next turn:
        twice as long each time, and at least what it asked for itself."""
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
            state.level += 1
            wait = backoff(state.level, first=pace.backoff_first, most=pace.backoff_most)
            wait *= self._rng.uniform(1.0, 1.25)
            now = self._monotonic()
            state.free_at = max(state.free_at, now + max(wait, retry_after))
            return state.free_at - now
