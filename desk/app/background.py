"""What runs beside the pages: the watched folders, the processing, the sweep.

Each loop is a thread with a connection of its own: a store is not for several
threads. A loop that fails says so (`Background.states`), waits and tries again;
it never ends by itself. A stop takes effect between two transactions, so nothing
is half done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from msgspec.structs import replace

from cases.words.times import BEIJING
from classifiers.matter.linker import Matters
from desk.alerts.alerting import ALERT_SECONDS, AlertWork
from desk.ground.loop_state import LoopState
from desk.ground.storage_problems import storage_problem
from desk.sources.open_sources import Pull, poll_step, watch_step
from streams.embedded.runner import EmbeddedRunner
from streams.intake import IntakeCounts
from streams.linking import Linker, LinkStore
from streams.polling import close_source
from streams.runtime import Runtime
from streams.sources.seam.base import FileSource, Rejected, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.tables import dropfolder

WATCH_SECONDS: Final = 3.0
PUMP_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 60.0
WATCH_DOORS: Final = 60.0
LINK_SECONDS: Final = 5.0
LONGEST_WAIT: Final = 60.0
"""Seconds between two tries of what fails again and again."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A file source and the folder whose files it reads."""

    source: FileSource
    folder: Path


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Work of the desk that comes round by itself, such as the check of the site's columns."""

    name: str
    rest: float
    """Seconds from one step to the next."""
    open: Callable[[Runtime], Callable[[], bool]]
    """Gives the step; see `Loop`."""


def _now() -> datetime:
    return datetime.now(BEIJING)


def soon(failures: int) -> float:
    """Where trying again costs nobody else anything."""
    return min(LONGEST_WAIT, 2.0 ** min(failures - 1, 10))


class Loop:
    """Calls `step` again and again. `step` returns whether there may be more to do at
    once; otherwise the loop rests."""

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        rest: float,
        stop: Event,
        wake: Event,
        wait_after: Callable[[int], float] = soon,
    ) -> None:
        """`wait_after`: seconds until the next try after so many failures in a row."""
        self._wait_after = wait_after
        self._step = step
        self._rest = rest
        self._stop = stop
        self._wake = wake
        self._lock = Lock()
        self._state = LoopState(name=name)
        self._thread = Thread(target=self._run, name=f"huiyin-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Cuts the rest short."""
        self._wake.set()

    def join(self) -> None:
        self._thread.join()

    def tell(self, note: str) -> None:
        """Leaves a remark for the page."""
        with self._lock:
            self._state = replace(self._state, note=note)

    @property
    def state(self) -> LoopState:
        with self._lock:
            return replace(self._state, alive=self._thread.is_alive())

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            # Before the step: what comes in during it wakes the loop once more.
            self._wake.clear()
            try:
                more = self._step()
            except Exception as error:  # noqa: BLE001  (whatever it is, it must not end the loop)
                failures += 1
                if not isinstance(error, SourceError):
                    # The page says less: everybody sees it.
                    _log.error("%s: %s", self._state.name, error)
                wait = self._wait_after(failures)
                with self._lock:
                    self._state = replace(
                        self._state,
                        error=_in_words(error),
                        retry_at=_now() + timedelta(seconds=wait),
                    )
                self._stop.wait(wait)
                continue
            failures = 0
            with self._lock:
                self._state = replace(self._state, error="", retry_at=None, worked_at=_now())
            if not more and not self._stop.is_set():
                self._wake.wait(self._rest)


def politely(rest: float) -> Callable[[int], float]:
    """For somebody else's server: half a minute first, at last as seldom as when all is
    well. A mailbox that refuses a password is not asked with it again every minute."""
    return lambda failures: min(rest, 30.0 * 2.0 ** min(failures - 1, 20))


def _in_words(error: Exception) -> str:
    """For pages, which everybody sees: no path of this machine stands in it."""
    if isinstance(error, SourceError):
        return str(error)  # written for people
    if (problem := storage_problem(error)) is not None:
        return problem.text
    if isinstance(error, OSError):
        return f"{type(error).__name__}：{error.strerror or error}"
    # Of others the kind helps whom people ask.
    return f"{type(error).__name__}：{error}"


@dataclass(slots=True)
class Background:
    """All loops of one process.

    `open_runner` opens a runner with a connection of its own; it is called in the
    thread that uses it.
    """

    open_runner: Callable[[], Runtime]
    drops: Sequence[Drop] = ()
    pulls: Sequence[Pull] = ()
    doors: Sequence[SourceEntry] = ()
    """Enabled sources, whose health is watched."""
    sweep_seconds: float = SWEEP_SECONDS
    stopping: Event = field(default_factory=Event)
    """Set when the process is to end."""
    wake_pump: Callable[[], None] = lambda: None
    """Tells the processing that something came in."""
    matters: Callable[[], Matters] | None = None
    """Where cases about the same thing are found; None leaves them alone."""
    alerts: Callable[[Runtime], AlertWork] | None = None
    """Opens what sends alerts out; None leaves that to another process."""
    chores: Sequence[PeriodicTask] = ()
    _savers: list[Callable[[], None]] = field(default_factory=list)
    _wakes: list[Event] = field(default_factory=list)
    _loops: list[Loop] = field(default_factory=list)
    _runners: list[Runtime] = field(default_factory=list)

    def start(self) -> None:
        """Raises `StoreError` when the data file can't be used."""
        pump_wake = Event()
        pump, sweeper = self._open(), self._open()
        # With Kafka both are the workers' business.
        if isinstance(pump, EmbeddedRunner) and isinstance(sweeper, EmbeddedRunner):
            self._add_work(pump, sweeper, pump_wake)
        if self.drops:
            watcher = Watcher(self._open(), self.drops, self.stopping, pump_wake.set)
            watcher.tell = self._add("投递文件夹", watcher.look, WATCH_SECONDS, Event()).tell
        for pull in self.pulls:
            step = poll_step(self._open(), pull, self.stopping, pump_wake.set)
            self._add(f"读取 {pull.channel}", step, pull.seconds, Event(), politely(pull.seconds))
        if self.doors:
            keeper = self._open()
            is_workday = keeper.processor.rules.calendar.is_workday
            self._add("来源状况", watch_step(keeper, self.doors, is_workday), WATCH_DOORS, Event())
        store = self._open().store if self.matters is not None else None
        if self.matters is not None and isinstance(store, LinkStore):
            linker = Linker(store, self.matters())
            self._savers.append(linker.save)

            def link() -> bool:
                more = linker.step()
                if more:
                    pump_wake.set()
                return more

            self._add("同一事项", link, LINK_SECONDS, Event())
        if self.alerts is not None:
            work = self.alerts(self._open())
            self._savers.append(work.close)
            self._add("告警发送", work.step, ALERT_SECONDS, Event())
        for chore in self.chores:
            self._add(chore.name, chore.open(self._open()), chore.rest, Event())
        self.wake_pump = pump_wake.set
        for loop in self._loops:
            loop.start()

    def _add_work(self, pump: EmbeddedRunner, sweeper: EmbeddedRunner, pump_wake: Event) -> None:
        def sweep() -> bool:
            if sweeper.sweep():
                pump_wake.set()
            return False

        self._add("处理", lambda: pump.pump().messages > 0, PUMP_SECONDS, pump_wake)
        self._add("巡查", sweep, self.sweep_seconds, Event())

    def stop(self) -> None:
        """Ends the loops after the transaction that each is in, and closes their stores."""
        self.stopping.set()
        for wake in self._wakes:
            wake.set()
        for loop in self._loops:
            loop.join()
        for save in self._savers:
            save()
        for runner in self._runners:
            runner.store.close()
        for pull in self.pulls:
            close_source(pull.source)

    def states(self) -> tuple[LoopState, ...]:
        return tuple(loop.state for loop in self._loops)

    def _open(self) -> Runtime:
        runner = self.open_runner()
        self._runners.append(runner)
        return runner

    def _add(
        self,
        name: str,
        step: Callable[[], bool],
        rest: float,
        wake: Event,
        wait_after: Callable[[int], float] = soon,
    ) -> Loop:
        loop = Loop(name, step, rest, self.stopping, wake, wait_after)
        self._loops.append(loop)
        self._wakes.append(wake)
        return loop


class Watcher:
    """Reads what is put into the watched folders."""

    def __init__(
        self,
        runner: Runtime,
        drops: Sequence[Drop],
        stop: Event,
        taken: Callable[[], None],
    ) -> None:
        self._runner = runner
        self._drops = drops
        self._stop = stop
        self._taken = taken
        self._looks: dict[Path, dict[str, dropfolder.Look]] = {}
        self.tell: Callable[[str], None] = lambda _note: None

    def look(self) -> bool:
        """One look at every folder. One bad folder does not keep the others waiting;
        raises `SourceError` with what was wrong, after the last."""
        problems = []
        for drop in self._drops:
            try:
                self._look_at(drop)
            except SourceError as error:
                problems.append(str(error))
        if problems:
            raise SourceError("；".join(problems))
        return False

    def _look_at(self, drop: Drop) -> None:
        dropfolder.prepare(drop.folder)
        # The machine's clock, not the office's: files carry the machine's times.
        found = dropfolder.scan(drop.folder, self._looks.get(drop.folder, {}), now=_now())
        self._looks[drop.folder] = found.looks
        for path in found.ready:
            if self._stop.is_set():
                return
            self._read(drop, path)

    def _read(self, drop: Drop, path: Path) -> None:
        counts = IntakeCounts()
        rejected: list[str] = []
        try:
            for batch in drop.source.read(path, now=self._runner.clock()):
                counts += self._runner.take(drop.source.name, batch)
                self._taken()
                rejected += [
                    f"{one.origin}：{one.detail}"
                    for one in batch.found
                    if isinstance(one, Rejected)
                ]
                if self._stop.is_set():
                    # The file stays: after the next start its rows are known already.
                    return
        except SourceError as error:
            dropfolder.fail(path, str(error), now=_now())
            self.tell(f"{path.name}：读不了，已移到 {dropfolder.FAILED} 文件夹，原因见旁边的说明")
            return
        taken = counts.read - counts.rejected
        dropfolder.finish(path, now=_now(), taken=taken, rejected=rejected)
        self.tell(
            f"{path.name}：新事项 {counts.new}，新版本 {counts.later}，"
            f"未变化 {counts.unchanged}，死信 {counts.rejected}"
        )
