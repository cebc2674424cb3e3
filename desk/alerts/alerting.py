"""The alert work of one process: the notifier and the watch on the stream, put together."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from cases.words.actors import Actor, Role
from cases.words.times import beijing
from desk.accounts.accounts import Accounts
from desk.alerts.people_told import PeopleTold
from desk.alerts.present import Present, belongs_by
from desk.duty.roster import Duty
from desk.ground import disks, wiring
from desk.ground.deskfile import DeskFile
from desk.ground.machine_clock import machine_time
from desk.ground.settings import Settings
from desk.ground.storage_problems import STORAGE, no_room
from desk.opinion.incident_book import Incidents
from desk.phrasing.times import midnight
from desk.reports.morning_pages import morning_now
from desk.reports.service import Reporting
from sinks.alerts.config import AlertSetup, read_setup
from sinks.alerts.file import AlertFile
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.unrecorded import send_unrecorded
from streams.embedded.alerts import StoredAlerts
from streams.embedded.runner import EmbeddedRunner
from streams.guarded_post import open_post
from streams.notifier_ports import AlertSource, NotifierPorts
from streams.notify import Notifier
from streams.runtime import Runtime
from streams.sources.seam.secrets import Secrets
from streams.stream_watch import StreamView, StreamWatch, disk_alert
from streams.unit_notices import UnitToday

ALERT_SECONDS: Final = 1.0
_LOOK_EVERY: Final = timedelta(seconds=30)
_CALL_EVERY: Final = timedelta(hours=1)
_NO_ROOM: Final = "磁盘已满：新来件和操作存不下。请管理员清出空间，清出后自动继续"
_ROUND: Final = "alert_round"
_log = logging.getLogger(__name__)


def alert_setup(settings: Settings) -> AlertSetup:
    """config/alerts.toml. Raises `AlertConfigError` and `SourceError` (a missing secret)."""
    secrets = Secrets.load(os.environ, settings.home)
    return read_setup(settings.table("alerts.toml"), secrets, open_post)


def alert_file(settings: Settings) -> AlertFile:
    """Raises `StoreError`."""
    return AlertFile(settings.home / "alerts.db")


def last_round(file: AlertFile) -> datetime | None:
    """When, by the machine's time, the alert work last looked after the stream and worked off what
    was due; None before the first time. Half a minute apart where all is well."""
    said = file.fact(_ROUND)
    return datetime.fromisoformat(said) if said else None


class AlertWork:
    """What one loop does. For one thread."""

    def __init__(
        self,
        file: AlertFile,
        desk_file: DeskFile,
        notifier: Notifier,
        watch: StreamWatch,
        call_out: Callable[[Exception], bool],
    ) -> None:
        """Closes both files at the end. `call_out`: tells people of a full disk without
        writing anything; whether it reached one."""
        self._file = file
        self._desk_file = desk_file
        self._notifier = notifier
        self._watch = watch
        self._call_out = call_out
        self._looked: datetime | None = None
        self._called: datetime | None = None

    def step(self) -> bool:
        """Sends what is due; now and then looks after the stream. Raises `StoreError`; where
        the disk is full, people are called first, once an hour."""
        try:
            return self._step(machine_time())
        except STORAGE as error:
            real = machine_time()
            again = self._called is None or real - self._called >= _CALL_EVERY
            if again and no_room(error) and self._call_out(error):
                self._called = real
            raise

    def _step(self, real: datetime) -> bool:
        looks = self._looked is None or real - self._looked >= _LOOK_EVERY
        if looks:
            self._looked = real
            self._watch.look()
        more = self._notifier.step()
        if looks:
            self._file.set_fact(_ROUND, real.isoformat())
        return more

    def close(self) -> None:
        self._file.close()
        self._desk_file.close()


def alert_work(
    settings: Settings,
    runner: Runtime,
    source: AlertSource,
    view: StreamView,
    counted: Callable[[str], None] = lambda _outcome: None,
) -> AlertWork:
    """`runner` and `view` are for this work's thread. Raises what `alert_setup` and
    `alert_file` raise, and `StoreError`."""
    setup = alert_setup(settings)
    calendar, register = runner.processor.rules.calendar, wiring.build_router(settings).register
    base = settings.public_url.rstrip("/")
    file = alert_file(settings)
    desk_file = DeskFile(settings.desk_file)
    events = Incidents(desk_file)
    around = NotifierPorts(
        source=source,
        raised=runner,
        act=runner.act,
        cases=runner.store.ledger.load,
        event_over=lambda alert: events.over(alert, runner.processor.rules),
        is_workday=lambda at: calendar.is_workday(beijing(at).date()),
        clock=runner.clock,
        real=machine_time,
        unit_name=register.name,
        case_link=lambda case_id: f"{base}/cases/{quote(case_id, safe='')}" if base else "",
        roster=Duty(desk_file),
        counted=counted,
        with_people=Present(
            PeopleTold(desk_file),
            unit_name=register.name,
            belongs=belongs_by(Accounts(desk_file)),
            secrets=lambda: Secrets.load(os.environ, settings.home),
            open_post=open_post,
            clock=runner.clock,
        ),
        unit_today=_unit_today(settings, runner, desk_file),
        own_list=f"{base}/queue" if base else "",
    )
    watch = StreamWatch(
        view,
        file,
        setup.watch,
        runner.raise_alerts,
        runner.clock,
        lambda: disks.rooms(settings),
    )

    def call_out(error: Exception) -> bool:
        _log.error("磁盘已满，告警不经告警簿直接发出：%s", error)
        now, room = runner.clock(), disks.tightest(settings)
        words = room.words if room is not None and room.full and room.vital else _NO_ROOM
        return send_unrecorded(disk_alert(words, now, full=True), setup, now, machine_time())

    notifier = Notifier(AlertOutbox(file), setup, around)
    return AlertWork(file, desk_file, notifier, watch, call_out)


def _unit_today(
    settings: Settings, runner: Runtime, file: DeskFile
) -> Callable[[str], UnitToday | None]:
    """A unit's part of 早报 as its own page shows it, counted."""

    def today(unit: str) -> UnitToday | None:
        now = runner.clock()
        actor = Actor(id="", role=Role.RESPONDER, unit=unit)
        try:
            reporting = Reporting.of(settings).as_decided(file)
            morning = morning_now(runner.store.ledger, reporting, midnight(now), now, actor)
        except Exception as error:  # noqa: BLE001  the notice goes out without these figures
            _log.warning("早报的件数查不到，通知里不写：%s", type(error).__name__)
            return None
        return UnitToday(due=len(morning.due), late=len(morning.late))

    return today


def embedded_work(settings: Settings, runner: Runtime) -> AlertWork:
    """The work of `huiyin run`. Raises as `alert_work`."""
    if not isinstance(runner, EmbeddedRunner):
        raise TypeError("the embedded alert work needs an embedded runner")
    return alert_work(settings, runner, StoredAlerts(runner.store), runner.store)
