"""What runs beside the pages: the watched folders, the processing, the sweep.

Each loop has a connection of its own: a store is not for several threads. A stop takes
effect between two transactions, so nothing is half done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Final

from desk.alerts.alerting import ALERT_SECONDS, AlertWork
from desk.ground.loops import Loop, LoopState, politely, soon
from desk.ground.machine_clock import machine_time
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
STEP: Final = 100
"""Messages of a transaction: another writer waits for no more."""
PEOPLE_STEP: Final = 8
"""The same while people press. It costs half as much processor time again."""
SWEEP_SECONDS: Final = 60.0
WATCH_DOORS: Final = 60.0
LINK_SECONDS: Final = 5.0


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


def processing_step(pump: EmbeddedRunner) -> Callable[[], bool]:
    """The step of the loop that processes: a few messages."""

    def step() -> bool:
        size = PEOPLE_STEP if pump.precedence.pressed_lately else STEP
        return pump.pump(size).messages > 0

    return step


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
    open_linker: Callable[[LinkStore], Linker] | None = None
    """What finds cases about the same thing, and what begins; None leaves both alone."""
    alerts: Callable[[Runtime], AlertWork] | None = None
    """Opens what sends alerts out; None leaves that to another process."""
    chores: Sequence[PeriodicTask] = ()
    _savers: list[Callable[[], None]] = field(default_factory=list)
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
            watcher.tell = self._add("投递文件夹", watcher.look, WATCH_SECONDS).tell
        for pull in self.pulls:
            step = poll_step(self._open(), pull, self.stopping, pump_wake.set)
            self._add(f"读取 {pull.channel}", step, pull.seconds, politely(pull.seconds))
        if self.doors:
            keeper = self._open()
            is_workday = keeper.processor.rules.calendar.is_workday
            self._add("来源状况", watch_step(keeper, self.doors, is_workday), WATCH_DOORS)
        store = self._open().store if self.open_linker is not None else None
        if self.open_linker is not None and isinstance(store, LinkStore):
            linker = self.open_linker(store)
            self._savers.append(linker.save)

            def link() -> bool:
                more = linker.step()
                if more:
                    pump_wake.set()
                return more

            self._add("同一事项", link, LINK_SECONDS)
        if self.alerts is not None:
            work = self.alerts(self._open())
            self._savers.append(work.close)
            self._add("告警发送", work.step, ALERT_SECONDS)
        for chore in self.chores:
            self._add(chore.name, chore.open(self._open()), chore.rest)
        self.wake_pump = pump_wake.set
        for loop in self._loops:
            loop.begin()

    def _add_work(self, pump: EmbeddedRunner, sweeper: EmbeddedRunner, pump_wake: Event) -> None:
        def sweep() -> bool:
            if sweeper.sweep():
                pump_wake.set()
            return False

        self._add("处理", processing_step(pump), PUMP_SECONDS, wake=pump_wake)
        self._add("巡查", sweep, self.sweep_seconds)

    def stop(self) -> None:
        """Ends the loops after the transaction that each is in, and closes their stores."""
        self.stopping.set()
        for loop in self._loops:
            loop.close()
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
        wait_after: Callable[[int], float] = soon,
        *,
        wake: Event | None = None,
    ) -> Loop:
        loop = Loop(name, step, rest, stop=self.stopping, wake=wake, wait_after=wait_after)
        self._loops.append(loop)
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
        found = dropfolder.scan(drop.folder, self._looks.get(drop.folder, {}), now=machine_time())
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
            dropfolder.fail(path, str(error), now=machine_time())
            self.tell(f"{path.name}：读不了，已移到 {dropfolder.FAILED} 文件夹，原因见旁边的说明")
            return
        taken = counts.read - counts.rejected
        dropfolder.finish(path, now=machine_time(), taken=taken, rejected=rejected)
        self.tell(
            f"{path.name}：新事项 {counts.new}，新版本 {counts.later}，"
            f"未变化 {counts.unchanged}，死信 {counts.rejected}"
        )
