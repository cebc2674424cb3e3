"""Work beside the pages: one thread that does one thing again and again, and says how it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread, current_thread
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from desk.ground.machine_clock import machine_time
from desk.ground.settings import SettingsError
from desk.ground.storage_problems import storage_problem
from huiyin.backoff import backoff
from streams.sources.seam.base import SourceError

_log = logging.getLogger(__name__)
LONGEST_WAIT: Final = 60.0
"""Seconds between two tries of what fails again and again."""


class LoopState(Struct, frozen=True, kw_only=True):
    """How a loop is doing. Times are the machine's, whatever HUIYIN_NOW says."""

    name: str
    alive: bool = True
    error: str = ""
    """What went wrong last; "" when the last try went well."""
    retry_at: datetime | None = None
    worked_at: datetime | None = None
    note: str = ""
    """What it did last, where that is worth saying."""


def soon(failures: int) -> float:
    """Where trying again costs nobody else anything."""
    return backoff(failures, first=1.0, most=LONGEST_WAIT)


def politely(rest: float) -> Callable[[int], float]:
    """For a server of others: half a minute first, at last as seldom as when all is
    well. A mailbox that refuses a password is not asked with it again every minute."""
    return lambda failures: backoff(failures, first=30.0, most=rest)


class Loop:
    """Calls `step` again and again in a thread of its own. `step` returns whether there may be
    more to do at once; otherwise the loop rests.

    A step that fails is told (`state`, and once in the log), waits and is tried again; the
    loop never ends by itself."""

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        rest: float,
        *,
        stop: Event | None = None,
        wake: Event | None = None,
        wait_after: Callable[[int], float] = soon,
    ) -> None:
        """`rest`: seconds. `wait_after`: seconds until the next try after so many failures in
        a row."""
        self._wait_after = wait_after
        self._step = step
        self._rest = rest
        self.stop = stop or Event()
        self._wake = wake or Event()
        self._lock = Lock()
        self._state = LoopState(name=name)
        self._thread: Thread | None = None

    def begin(self) -> None:
        """Does nothing where it has begun already, or is stopped."""
        with self._lock:
            if self._thread is None and not self.stop.is_set():
                name = f"huiyin-{self._state.name}"
                self._thread = Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Cuts the rest short."""
        self._wake.set()

    def close(self) -> None:
        """Ends after the step in hand. Safe to call again, and from a step."""
        self.stop.set()
        self._wake.set()
        if self._thread is not None and self._thread is not current_thread():
            self._thread.join()

    def tell(self, note: str) -> None:
        """Leaves a remark for the page."""
        with self._lock:
            self._state = replace(self._state, note=note)

    @property
    def state(self) -> LoopState:
        with self._lock:
            alive = self._thread is not None and self._thread.is_alive()
            return replace(self._state, alive=alive)

    def _run(self) -> None:
        failures = 0
        while not self.stop.is_set():
            # Before the step: what comes in during it wakes the loop once more.
            self._wake.clear()
            try:
                more = self._step()
            except Exception as error:  # noqa: BLE001  (whatever it is, it must not end the loop)
                failures += 1
                self._failed(error, failures)
                continue
            failures = 0
            with self._lock:
                self._state = replace(
                    self._state, error="", retry_at=None, worked_at=machine_time()
                )
            if not more and not self.stop.is_set():
                self._wake.wait(self._rest)

    def _failed(self, error: Exception, failures: int) -> None:
        if failures == 1:
            # The page says less: everybody sees it.
            ours = isinstance(error, SettingsError | SourceError) or storage_problem(error)
            _log.warning("%s：%s", self._state.name, error, exc_info=None if ours else error)
        said = _in_words(error)
        wait = self._wait_after(failures)
        with self._lock:
            self._state = replace(
                self._state, error=said, retry_at=machine_time() + timedelta(seconds=wait)
            )
        self.stop.wait(wait)


def _in_words(error: Exception) -> str:
    """For pages, which everybody sees: no path of this machine stands in it."""
    if isinstance(error, SettingsError | SourceError):
        return str(error)  # written for people
    if (problem := storage_problem(error)) is not None:
        return problem.text
    if isinstance(error, OSError):
        return f"{type(error).__name__}：{error.strerror or error}"
    # Of others the kind helps whom people ask.
    return f"{type(error).__name__}：{error}"
