"""Puts the production runtime together: Kafka for the log, Elasticsearch for the ledger."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar
from uuid import uuid4

from msgspec import Struct

from cases.life.rules import Rules
from cases.routing.units import UnitRegister
from desk.ground import wiring
from desk.ground.live_configuration import LiveConfiguration, ask_for
from desk.ground.office_settings import file_store
from desk.ground.passwords import PasswordError, check_secret
from desk.ground.settings import Production, Settings, SettingsError
from sinks.ledger.base import Ledger, Query
from streams.embedded.runner import POLLS
from streams.linking import LinkStore
from streams.process import Processor
from streams.sources.seam.secrets import Secrets

if TYPE_CHECKING:
    from streams.kafka.acknowledged import Acknowledged
    from streams.kafka.agents import WorkerParts
    from streams.kafka.connection import KafkaAddress
    from streams.kafka.follower import LogFollower
    from streams.kafka.runner import Folders, KafkaRunner
    from streams.kafka.topics import Cluster
    from streams.kafka.writer import Writer
    from streams.metrics import Metrics

P = ParamSpec("P")
T = TypeVar("T")

DESK_PATIENCE = 10.0
"""Seconds that a person waits for the broker before being told."""
WORKER_PATIENCE = 20.0
"""Seconds until a worker does a batch again that it could not write."""


_ANNOUNCED: Final = "configuration"
"""Name of the note in the intake's topic that has the number of the configuration asked for."""


def production(settings: Settings) -> Production:
    """Raises `SettingsError` where the embedded mode is set, or the libraries are missing."""
    if settings.production is None:
        raise SettingsError(
            "这个命令用于 Kafka 方式，请设置 HUIYIN_KAFKA 和 HUIYIN_ELASTICSEARCH"
            "（见 docs/operations.md）；单机请用 huiyin run。"
        )
    if find_spec("aiokafka") is None:
        raise SettingsError("缺少 Kafka 方式的程序库，请安装 huiyin[kafka]。")
    return settings.production


def address(settings: Settings) -> KafkaAddress:
    from streams.kafka.connection import KafkaAddress

    wanted = production(settings)
    return KafkaAddress(
        servers=wanted.kafka,
        prefix=wanted.prefix,
        user=wanted.kafka_user,
        password=password_of(settings, wanted.kafka_user, "kafka_password"),
        mechanism=wanted.kafka_sasl,
        ca_file=wanted.kafka_ca,
        master=settings.master,
    )


def password_of(settings: Settings, user: str, name: str) -> str:
    """Raises `SettingsError` for an example or a password that is guessed at once."""
    if not user:
        return ""
    value = Secrets.load(os.environ, settings.home).require(name)
    try:
        check_secret(name, value)
    except PasswordError as error:
        raise SettingsError(str(error)) from None
    return value


def cluster(settings: Settings) -> Cluster:
    from streams.kafka.topics import Cluster

    wanted = production(settings)
    return Cluster(
        address=address(settings), partitions=wanted.partitions, replication=wanted.replication
    )


class Reindexed(Struct, frozen=True):
    """Index names, and how many cases moved."""

    old: str
    new: str
    cases: int


class LedgerParts(Struct, frozen=True):
    """The ledger and what only an administrator asks of it."""

    ledger: Ledger
    ensure: Callable[[], None]
    """Creates the index where it is missing. Raises `SettingsError`, `LedgerUnavailable`."""
    check: Callable[[], None]
    """Raises `SettingsError` for an index that is missing or mapped strangely."""
    refresh: Callable[[], None]
    """What was written so far is found by searches after it."""
    reindex: Callable[[int, Callable[[int, int], None]], Reindexed]
    """Moves into a new index with so many shards; calls with (cases done, cases in all).
    Raises `SettingsError`, `LedgerUnavailable`."""


def ledger(settings: Settings) -> LedgerParts:
    from sinks.elastic import (
        ElasticLedger,
        IndexProblem,
        check_index,
        connect,
        current_version,
        ensure_index,
        reindex_and_swap,
    )

    wanted = production(settings)
    user = wanted.elasticsearch_user
    client = connect(
        [wanted.elasticsearch],
        user=user,
        password=password_of(settings, user, "elasticsearch_password"),
        ca_certs=wanted.elasticsearch_ca,
    )

    elastic = ElasticLedger(client, wanted.index)

    def told(step: Callable[P, T]) -> Callable[P, T]:
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return step(*args, **kwargs)
            except IndexProblem as problem:
                raise SettingsError(str(problem)) from problem

        return run

    def reindex(shards: int, progress: Callable[[int, int], None]) -> Reindexed:
        old = current_version(client, wanted.index)
        new = reindex_and_swap(client, wanted.index, shards=shards, progress=progress)
        return Reindexed(old, new, elastic.search(Query(limit=1)).total)

    def ensure() -> None:
        ensure_index(client, wanted.index)

    def check() -> None:
        check_index(client, wanted.index)

    return LedgerParts(
        ledger=elastic,
        ensure=told(ensure),
        check=told(check),
        refresh=elastic.refresh,
        reindex=told(reindex),
    )


def writer(settings: Settings, patience: float | None, *, counted: bool = False) -> Writer:
    """`counted`: what it writes is answered for, so that is counted on this machine.
    Raises `SettingsError`, and `StoreError` when it cannot be counted."""
    from streams.kafka.connection import quiet
    from streams.kafka.writer import Writer

    quiet()
    where = address(settings)
    counts = acknowledged(settings) if counted else None
    return Writer(where, patience=patience, acknowledged=counts)


def acknowledged(settings: Settings) -> Acknowledged:
    """What was acknowledged to this machine. Raises `SettingsError`, `StoreError`."""
    from streams.kafka.acknowledged import Acknowledged
    from streams.kafka.proof import counted_topics

    return Acknowledged(settings.kafka_counts, counted_topics(address(settings)))


def build_worker(
    settings: Settings, metrics: Metrics, *, ledger_parts: LedgerParts | None = None
) -> WorkerParts:
    """Raises `SettingsError`."""
    from streams.kafka.agents import WorkerParts
    from streams.kafka.erasing import ErasingJournal
    from streams.kafka.fast_lane import FastLane
    from streams.kafka.inbox_ahead import InboxAhead
    from streams.kafka.keyring import ring_of
    from streams.kafka.linking import KafkaLinkStore, LeaderLinks
    from streams.kafka.liveness import Liveness
    from streams.kafka.log import AlertWriter, DeadLetterWriter, JournalWriter
    from streams.kafka.sweep import LeaderSweep
    from streams.kafka.work import PatientWork
    from streams.process import Ports

    wiring.load(settings)
    where = cluster(settings)
    topics = where.topics
    processor = wiring.build_processor(settings)
    parts = ledger_parts or ledger(settings)
    stop = threading.Event()
    ring = ring_of(where.address)

    def ports(out: Writer) -> Ports:
        return Ports(
            ledger=parts.ledger,
            journal=ErasingJournal(JournalWriter(out, topics), out, parts.ledger, ring),
            alerts=AlertWriter(out, topics),
            dead_letters=DeadLetterWriter(out, topics),
        )

    return WorkerParts(
        cluster=where,
        work=PatientWork(
            processor,
            ports(writer(settings, WORKER_PATIENCE)),
            settings.clock,
            metrics,
            stop,
            partial(ring.opened, topics.inbox),
        ),
        # With writers of their own: a long batch does not hold up the sweep, nor what goes first.
        lane=FastLane(
            InboxAhead(where.address),
            processor,
            ports(writer(settings, WORKER_PATIENCE)),
            settings.clock,
            stop,
        ),
        sweep=LeaderSweep(
            where.address,
            writer(settings, WORKER_PATIENCE),
            parts.ledger,
            lambda: processor.rules,
            settings.clock,
        ),
        links=LeaderLinks(
            KafkaLinkStore(where.address, writer(settings, WORKER_PATIENCE)),
            lambda store: wiring.build_linker(settings, store),
        ),
        metrics=metrics,
        liveness=Liveness(120.0),
        stop=stop,
        ready=threading.Event(),
        scratch=settings.home / "faust",
        look=live_configuration(settings, processor).look_and_log,
    )


def ask_all(settings: Settings, number: str) -> None:
    """All that runs is to use the configuration of this number. Raises `SettingsError`, `LogDown`,
    `LogError`."""
    if settings.production is None:
        ask_for(settings, number)
    else:
        announce(settings, number)


def announce(settings: Settings, number: str) -> None:
    """Workers and desks are to use the configuration of this number: each reads its own files
    again. Raises `SettingsError`, `LogDown`, `LogError`."""
    from streams.kafka.progress import Progress

    with closing(writer(settings, DESK_PATIENCE)) as out:
        Progress(address(settings), out).set_note(_ANNOUNCED, number)


def claimed(settings: Settings, name: str, text: str) -> str:
    """What the first process of the installation said that claimed `name`: `text`, where this is
    the first. Raises `SettingsError`, `LogDown`, `LogError`."""
    from streams.kafka.progress import Progress

    with closing(writer(settings, DESK_PATIENCE)) as out:
        return Progress(address(settings), out).claim(name, text)


def claim_anew(settings: Settings, name: str, text: str) -> None:
    """`text` holds from now on, in the place of what was claimed before. Raises as `claimed`."""
    from streams.kafka.progress import Progress

    with closing(writer(settings, DESK_PATIENCE)) as out:
        Progress(address(settings), out).set_note(name, text)


def live_configuration(
    settings: Settings,
    processor: Processor,
    told: Callable[[Settings, Rules, UnitRegister], None] = lambda *_: None,
) -> LiveConfiguration:
    """Takes on what was announced, as soon as the files of this machine have that number.
    Raises `SettingsError`, `LogDown`, `LogError`; so does a look."""
    from streams.kafka.progress import Progress

    progress = Progress(address(settings), writer(settings, WORKER_PATIENCE))

    def announced() -> str:
        progress.refresh()
        return progress.note(_ANNOUNCED)

    return LiveConfiguration(settings, processor, told, announced)


def read_links(settings: Settings) -> LinkStore:
    """What the workers' leader has linked and saved, and the journal after it; only to be
    read. Raises `SettingsError`."""
    from streams.kafka.linking import KafkaLinkStore

    return KafkaLinkStore(address(settings), None)


def _folders(settings: Settings) -> Folders:
    from streams.kafka.runner import Folders

    return Folders(file_store(settings), settings.home / POLLS)


def open_runner(
    settings: Settings, *, name: str = "", processor: Processor | None = None
) -> KafkaRunner:
    """For commands and the desk. `name`: who counts what is taken in; "" is a new writer,
    for counts of several writers add up. `processor`: the one whose configuration changes while
    the process runs. Raises `SettingsError`."""
    from streams.kafka.runner import KafkaRunner

    return KafkaRunner(
        address(settings),
        writer(settings, DESK_PATIENCE, counted=True),
        ledger(settings).ledger,
        processor or wiring.build_processor(settings),
        settings.clock,
        name=name or uuid4().hex,
        folders=_folders(settings),
    )


@contextmanager
def opened_follower(settings: Settings) -> Iterator[LogFollower]:
    """Raises `SettingsError`, `LogDown`, `LogError`."""
    from streams.kafka.follower import LogFollower

    with closing(writer(settings, DESK_PATIENCE, counted=True)) as out:
        follower = LogFollower(address(settings), out, ledger(settings).ledger)
        with closing(follower):
            yield follower


def open_intake(settings: Settings, metrics: Metrics) -> Callable[[], KafkaRunner]:
    """Opens runners for the loops of one polling process: they share what they know.

    Raises `SettingsError`, `LogDown`, `LogError`."""
    from streams.kafka.intake import POLLER
    from streams.kafka.progress import Progress
    from streams.kafka.runner import KafkaRunner

    where = address(settings)
    processor = wiring.build_processor(settings)
    elastic = ledger(settings).ledger
    progress = Progress(where, writer(settings, WORKER_PATIENCE, counted=True))
    folders = _folders(settings)

    def open_one() -> KafkaRunner:
        return KafkaRunner(
            where,
            writer(settings, WORKER_PATIENCE, counted=True),
            elastic,
            processor,
            settings.clock,
            name=POLLER,
            folders=folders,
            progress=progress,
            metrics=metrics,
        )

    return open_one
