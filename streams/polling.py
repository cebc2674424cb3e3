"""One poll of one source: ask, store, move on, and remember how it went.

Its caller (a thread of the embedded process, an intake process in
production) decides when; this module decides what a poll is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from os import getpid
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from msgspec import Struct

from cases.alerts import Alert, AlertKind, Level
from cases.record.item import Item
from cases.words.times import beijing
from huiyin.store.lease import Taken, lease
from streams.history import HistoryLine, as_history
from streams.intake import IntakeCounts
from streams.sources.seam.base import Batch, OpenItem, PullSource, SourceError
from streams.sources.seam.health import (
    Complaint,
    HealthRules,
    SourceHealth,
    findings,
    record_failure,
    record_success,
)


class PollStore(Protocol):
    """What a poll needs of a runtime."""

    @property
    def polls(self) -> Path:
        """Folder of the leases: one for each source that is being asked."""
        ...

    def take_from(self, source: str, batch: Batch, cursor: str | None) -> IntakeCounts | None:
        """Stores the batch and its cursor in one step; None, and nothing is stored, when the
        source does not stand at `cursor` any more because a person moved it."""
        ...

    def cursor(self, source: str) -> str | None: ...

    def open_items(self, source: str) -> Sequence[OpenItem]:
        """Cases of this source that still wait for an answer, most urgent first."""
        ...

    def health(self, source: str) -> SourceHealth | None: ...

    def change_health(
        self, source: str, change: Callable[[SourceHealth | None], SourceHealth]
    ) -> None:
        """Reads, changes and writes in one step: a poll that ends must not undo a pause
        that began meanwhile."""
        ...

    def raise_alerts(self, alerts: Sequence[Alert]) -> None: ...


class SourceBusy(SourceError):
    """The source is being asked already; the text says since when and by which process."""


class PollResult(Struct, frozen=True, kw_only=True):
    counts: IntakeCounts = IntakeCounts()
    error: str = ""
    paused: bool = False
    moved: bool = False
    """A person moved the cursor meanwhile: the rest is left to a poll from there."""


def health_of(store: PollStore, source: str, now: datetime) -> SourceHealth:
    return store.health(source) or SourceHealth(source=source, watched_since=now)


def poll_once(
    store: PollStore,
    source: PullSource,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    history: HistoryLine | None = None,
) -> PollResult:
    """Asks the source once, while nobody else of this machine does. Each batch is stored,
    with its cursor, before the next is asked for; what was stored before an error stays
    stored. `stop` is looked at between batches; `history` parts what comes in as history.

    Raises `SourceBusy`."""
    holder = f"{beijing(clock()):%m-%d %H:%M} 开始，进程 {getpid()}"
    try:
        with lease(store.polls / f"{quote(source.name, safe='')}.lock", holder):
            return _poll(store, source, clock, stop, history)
    except Taken as taken:
        raise SourceBusy(
            f"来源“{source.name}”正在读取（{taken}），同一来源一次只读一遍，这一次没有读取。"
            "请等它读完再看结果，不必重复操作。"
        ) from None


def _poll(
    store: PollStore,
    source: PullSource,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
    history: HistoryLine | None,
) -> PollResult:
    if health_of(store, source.name, clock()).paused:
        return PollResult(paused=True)
    counts = IntakeCounts()
    received: list[datetime] = []
    error = ""
    moved = False
    try:
        cursor = store.cursor(source.name)
        recheck = store.open_items(source.name)
        with _ended(source.poll(cursor, now=clock(), recheck=recheck)) as batches:
            for batch in batches:
                taken = store.take_from(source.name, as_history(batch, history), cursor)
                if taken is None:
                    moved = True
                    break
                cursor = cursor if batch.cursor is None else batch.cursor
                counts += taken
                if taken.new:
                    received += times_of(batch)
                if stop():
                    break
    except SourceError as problem:
        error = str(problem)
    except Exception as problem:
        # Not a source's word: the store is down, or a fault of ours. The caller
        # hears of it; the list of sources shows it too, where that can still be written.
        with suppress(Exception):
            kind = type(problem).__name__
            note(store, source.name, clock(), (), f"读取时程序出错（{kind}），请查看日志")
        raise
    note(store, source.name, clock(), received, error)
    return PollResult(counts=counts, error=error, moved=moved)


@contextmanager
def _ended(batches: Iterator[Batch]) -> Iterator[Iterator[Batch]]:
    """Ends a poll that is left early now (it may hold a connection), not when the memory
    is cleaned up."""
    try:
        yield batches
    finally:
        _close(batches)


def close_source(source: PullSource) -> None:
    """Closes the connections that a source keeps between polls, if it keeps any."""
    _close(source)


def _close(closable: object) -> None:
    close = getattr(closable, "close", None)
    if close is not None:
        close()


def times_of(batch: Batch) -> list[datetime]:
    """When its items were received, for `note`."""
    return [found.received_at for found in batch.found if isinstance(found, Item)]


def note(
    store: PollStore, source: str, now: datetime, received: Sequence[datetime], error: str = ""
) -> None:
    """Remembers how a poll or a push went."""

    def change(known: SourceHealth | None) -> SourceHealth:
        health = known or SourceHealth(source=source, watched_since=now)
        if error:
            return record_failure(health, now=now, error=error)
        return record_success(health, now=now, received=tuple(received))

    store.change_health(source, change)


_KINDS = {Complaint.SILENT: AlertKind.SOURCE_SILENT}


def watch(
    store: PollStore,
    source: str,
    channel: str,
    rules: HealthRules,
    now: datetime,
    is_workday: Callable[[date], bool],
) -> Sequence[str]:
    """Raises an alert for what is wrong with the source, once for each time it goes
    wrong; gives what is wrong now, in plain Chinese."""
    health = store.health(source)
    if health is None:
        # From now on its silence counts.
        store.change_health(
            source, lambda known: known or SourceHealth(source=source, watched_since=now)
        )
        return []
    found = findings(health, rules, now=now, is_workday=is_workday)
    store.raise_alerts(
        [
            Alert(
                alert_id=f"source:{source}:{one.complaint.value}:{one.since.isoformat()}",
                kind=_KINDS.get(one.complaint, AlertKind.SOURCE_FAILING),
                level=Level.MEDIUM,
                at=now,
                text=f"来源“{channel}”：{one.text}",
            )
            for one in found
        ]
    )
    return [one.text for one in found]
