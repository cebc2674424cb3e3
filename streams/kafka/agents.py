"""The Faust app: a few lines around `process`.

Nothing here decides anything. A batch is acknowledged after it is written; whatever
is not handled inside ends the process at once, for a stream that raised
processes nothing more while it looks alive. Its supervisor starts it again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import faust
from msgspec import Struct

from huiyin.interpreter import settle
from sinks.ledger.base import LedgerUnavailable
from sinks.private import make_folder
from streams.kafka.connection import KafkaAddress, quiet
from streams.kafka.errors import LogDown, LogError
from streams.kafka.fast_lane import FastLane
from streams.kafka.linking import LeaderLinks
from streams.kafka.liveness import Liveness, lag
from streams.kafka.sweep import LeaderSweep
from streams.kafka.topics import Cluster
from streams.kafka.work import PatientWork, Stopped
from streams.metrics import Metrics
from streams.process import LedgerBusy, Prepared

BATCH = 500
GATHER_SECONDS = 0.05
"""How long a batch that is not full waits for more."""
SWEEP_EVERY = timedelta(seconds=60)
LINK_SECONDS = 5.0
LANE_SECONDS = 1.0
"""Between two looks whether many messages wait."""
LANE_REST_SECONDS = 0.2
"""The same while they do and all are looked at: so long a press waits at most to be seen."""
WATCH_SECONDS = 10.0
CONFIGURATION_SECONDS = 5.0
"""Between two looks whether another configuration was asked for."""
STOP_SECONDS = 20.0
"""A worker that was told to stop and has not after so long is ended."""

log = logging.getLogger("huiyin.worker")


class WorkerParts(Struct, frozen=True, kw_only=True):
    """What a worker is made of, put together by the command line."""

    cluster: Cluster
    work: PatientWork
    sweep: LeaderSweep
    links: LeaderLinks
    lane: FastLane
    metrics: Metrics
    liveness: Liveness
    stop: threading.Event
    ready: threading.Event
    """Set while this worker has partitions or knows that it has none to get."""
    scratch: Path
    """A folder that Faust makes and keeps nothing of value in."""
    look: Callable[[], None]
    """Whether another configuration was asked for; it counts from the next batch on. Raises
    `LogError`, `LogDown`."""
    batch: int = BATCH


def leave(code: int, why: str) -> None:
    """Ends the process without any more ado: what was not acknowledged comes again."""
    log.error("进程退出：%s", why)
    logging.shutdown()
    os._exit(code)


def build_app(parts: WorkerParts) -> faust.App:
    address = parts.cluster.address
    app = faust.App(
        address.group,
        broker=[f"kafka://{server}" for server in address.servers],
        broker_credentials=_credentials(address),
        store="memory://",
        datadir=parts.scratch,
        autodiscover=False,
        web_enabled=False,
        # Topics are made by `huiyin doctor --create`, with what they need.
        topic_allow_declare=False,
        topic_partitions=parts.cluster.partitions,
        topic_replication_factor=parts.cluster.replication,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_session_timeout=10,
        broker_heartbeat_interval=2,
        broker_request_timeout=30,
        broker_rebalance_timeout=30,
        broker_commit_interval=1,
        # Waiting for a ledger that is down must not look like a dead consumer.
        broker_max_poll_interval=86_400,
        stream_wait_empty=True,
        worker_redirect_stdouts=False,
    )
    inbox = app.topic(
        parts.cluster.topics.inbox,
        key_type=bytes,
        key_serializer="raw",
        value_type=bytes,
        value_serializer="raw",
    )
    # One thread each: messages of a case stay in order. While a batch is written, the next
    # one is classified. Four for the rest.
    reads = ThreadPoolExecutor(1, "huiyin-prepare")
    writes = ThreadPoolExecutor(1, "huiyin-process")
    others = ThreadPoolExecutor(4, "huiyin-watch")
    ahead = ThreadPoolExecutor(1, "huiyin-lane")
    mine: tuple[int, ...] = ()

    async def write(batch: Prepared, events: Sequence[Any]) -> None:
        loop = asyncio.get_running_loop()
        with _or_leave():
            await loop.run_in_executor(writes, parts.work.carry_out, batch)
            for event in events:
                event.ack()

    @app.agent(inbox, name="process", concurrency=1)
    async def process(stream: Any) -> None:
        loop = asyncio.get_running_loop()
        writing: asyncio.Task[None] | None = None
        with _or_leave():
            async for events in stream.noack_take(parts.batch, within=GATHER_SECONDS):
                data = [event.value or b"" for event in events]
                batch = await loop.run_in_executor(reads, _prepare, parts, data)
                if writing is not None:
                    # Not more than one ahead. Acknowledged in order: one thread writes.
                    await asyncio.shield(writing)
                writing = asyncio.create_task(write(batch, events))

    @app.timer(interval=SWEEP_EVERY.total_seconds(), on_leader=True)  # type: ignore[untyped-decorator]
    async def sweep() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(others, _quietly, lambda: _sweep(parts))

    @app.timer(interval=LINK_SECONDS, on_leader=True)  # type: ignore[untyped-decorator]
    async def link() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(others, _quietly, lambda: _link(parts))

    @app.timer(interval=LANE_SECONDS)  # type: ignore[untyped-decorator]
    async def look_ahead() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(ahead, _quietly, lambda: _look_ahead(parts, lambda: mine))

    @app.timer(interval=WATCH_SECONDS)  # type: ignore[untyped-decorator]
    async def watch() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(others, _quietly, lambda: _watch(parts))

    @app.timer(interval=CONFIGURATION_SECONDS)  # type: ignore[untyped-decorator]
    async def configuration() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(others, _quietly, parts.look)

    @app.on_partitions_assigned.connect
    async def assigned(*given: Any, **_: Any) -> None:
        nonlocal mine
        _app, all_of_them = given
        inbox_name = parts.cluster.topics.inbox
        mine = tuple(tp.partition for tp in all_of_them if tp.topic == inbox_name)
        parts.ready.set()

    return app


def _sweep(parts: WorkerParts) -> None:
    asked = parts.sweep.sweep(SWEEP_EVERY)
    parts.metrics.swept(asked)
    if asked:
        log.info("巡查：%d 件需要看一看", asked)


def _link(parts: WorkerParts) -> None:
    waiting = parts.liveness.waiting
    # Not known yet: the first look at the log comes soon.
    while waiting is not None and not parts.stop.is_set():
        if not parts.links.step(waiting):
            return
        waiting = parts.liveness.waiting


def _prepare(parts: WorkerParts, data: Sequence[bytes]) -> Prepared:
    parts.lane.let_look()
    return parts.work.prepare(data)


def _look_ahead(parts: WorkerParts, mine: Callable[[], Collection[int]]) -> None:
    """Until so many messages wait no more."""
    try:
        while not parts.stop.is_set():
            if parts.lane.step(mine()):
                continue
            if not parts.lane.behind:
                return
            parts.stop.wait(LANE_REST_SECONDS)
    except Stopped:
        return
    finally:
        parts.lane.rest()


def _watch(parts: WorkerParts) -> None:
    found = lag(parts.cluster.address)
    parts.liveness.see(found)
    parts.metrics.lag(found.waiting, parts.liveness.stalled)


def _quietly(step: Callable[[], None]) -> None:
    """What fails here is tried again with the next turn of its timer."""
    try:
        step()
    except (LogDown, LogError, LedgerUnavailable, LedgerBusy) as problem:
        log.warning("%s", problem)
    except Exception:
        log.exception("巡查失败，稍后再试")


@contextmanager
def _or_leave() -> Iterator[None]:
    """Whatever the body raises ends the process, but for Faust's own cancelling."""
    try:
        yield
    except asyncio.CancelledError:
        raise
    except Stopped:
        leave(0, "等待时收到停止信号，未办完的一批由下次启动接着办。")
    except BaseException as error:
        log.exception("处理失败")
        leave(70, f"{type(error).__name__}：{error}")


def _credentials(address: KafkaAddress) -> object:
    context = address.tls()
    if address.user:
        return faust.SASLCredentials(
            username=address.user,
            password=address.password,
            mechanism=address.mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context is not None else None


class _Worker(faust.Worker):
    """Ends in time when told to, also while a dependency is down."""

    def __init__(self, app: faust.App, parts: WorkerParts) -> None:
        super().__init__(app, loglevel="ERROR", redirect_stdouts=False)
        self._parts = parts
        self.spinner = None

    def _on_sigterm(self) -> None:
        self._ending()
        super()._on_sigterm()

    def _on_sigint(self) -> None:
        self._ending()
        super()._on_sigint()

    def _ending(self) -> None:
        self._parts.stop.set()
        self._parts.ready.clear()
        watchdog = threading.Timer(
            STOP_SECONDS, leave, (1, f"{STOP_SECONDS:.0f} 秒内没有停下来，强制退出。")
        )
        watchdog.daemon = True
        watchdog.start()


def run_worker(parts: WorkerParts) -> None:
    """Runs until SIGTERM or SIGINT; ends the process itself (`SystemExit`)."""
    make_folder(parts.scratch)
    app = build_app(parts)
    worker = _Worker(app, parts)
    quiet()
    settle()
    worker.execute_from_commandline()
