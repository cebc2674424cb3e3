"""`huiyin desk`: the pages and the pushed doors, with the work done elsewhere."""

from __future__ import annotations

import logging
import socket
import threading
from functools import partial

from desk.alerts.alerting import ALERT_SECONDS, alert_work
from desk.app.periodic_tasks import periodic_tasks
from desk.app.serve import CONFIGURATION_SECONDS, prepare_logs, tell_first
from desk.app.server import address_of, listen, run_server
from desk.app.web import create_app
from desk.ground import extensions, production, production_upkeep, wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.followed_readers import FollowedReaders
from desk.ground.loops import Loop
from desk.ground.settings import Settings
from desk.sources.open_sources import open_doors
from desk.sources.push import Pushes
from streams.health import HealthPages, PortTaken
from streams.kafka.alerts import KafkaAlerts
from streams.kafka.runner import KafkaRunner
from streams.metrics import Metrics

_log = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Runs until Ctrl+C or SIGTERM. Raises `SettingsError`, `SourceError`, `LogDown`,
    `LogError`, `LedgerUnavailable`."""
    listener = listen(settings.host, settings.port)
    try:
        production_upkeep.check(settings)
        _run(settings, listener)
    finally:
        listener.close()


def _run(settings: Settings, listener: socket.socket) -> None:
    wiring.load(settings)
    stop = threading.Event()
    around = wiring.source_context(settings, stop)
    prepare_logs(around.secrets)
    for problem in extensions.problems():
        _log.error("%s", problem)
    doors = open_doors(list(wiring.source_entries(settings).values()), around)

    processor = wiring.build_processor(settings)

    def open_runner() -> KafkaRunner:
        return production.open_runner(settings, processor=processor)

    readers = FollowedReaders(partial(production.opened_follower, settings))
    follower = readers.follower()
    sender = open_runner()
    source = KafkaAlerts(production.address(settings))
    metrics = Metrics()
    work = alert_work(settings, sender, source, follower, metrics.receipt)
    loops = [Loop("告警发送", work.step, ALERT_SECONDS, stop=stop)]
    helpers = []
    chores = DeskFile(settings.desk_file)
    office = DeskContext(
        settings=settings,
        rules=processor.rules,
        register=wiring.build_router(settings).register,
        readers=readers,
        acts=CaseActions(open_runner),
        loops=lambda: tuple(loop.state for loop in loops),
    )
    for chore in periodic_tasks(settings, stop, chores, lambda: office.settings):
        helpers.append(open_runner())
        loops.append(Loop(chore.name, chore.open(helpers[-1]), chore.rest, stop=stop))
    live = production.live_configuration(settings, processor, office.use)
    office.reload = live.reload
    loops.append(Loop("配置", live.look, CONFIGURATION_SECONDS, stop=stop))
    pushes = Pushes(doors.pushes, open_runner)
    app = create_app(office, pushes=pushes)
    tell_first(office, address_of(*listener.getsockname()[:2]))
    pages = _health_pages(settings, metrics, loops)
    for loop in loops:
        loop.begin()
    try:
        run_server(app, listener, settings)
    finally:
        stop.set()
        for loop in loops:
            loop.close()
        if pages is not None:
            pages.close()
        for helper in helpers:
            helper.store.close()
        chores.close()
        work.close()
        source.close()
        sender.store.close()
        pushes.close()
        office.close()


def _health_pages(settings: Settings, metrics: Metrics, loops: list[Loop]) -> HealthPages | None:
    """None where another process of this machine has the port: the pages are what people
    need, so the desk starts all the same, and says so."""

    def wrong() -> str:
        return "；".join(f"{one.state.name}：{one.state.error}" for one in loops if one.state.error)

    try:
        return HealthPages(
            settings.health_host, settings.health_port, metrics, alive=lambda: "", ready=wrong
        )
    except PortTaken as taken:
        _log.warning("%s 值班台的指标没有打开。", taken)
        return None
