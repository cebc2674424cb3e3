"""The alert work of one process: the notifier and the watch on the stream, put together."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from cases.words.times import BEIJING, beijing
from desk.duty.roster import Duty
from desk.ground import disks, wiring
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings
from desk.ground.storage_problems import STORAGE, no_room
from sinks.alerts.config import AlertSetup, read_setup
from sinks.alerts.file import AlertFile
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.unrecorded import send_unrecorded
from streams.embedded.alerts import StoredAlerts
from streams.embedded.runner import EmbeddedRunner
from streams.guarded_post import open_post
from streams.notify import AlertSource, Notifier, NotifierPorts
from streams.runtime import Runtime
from streams.sources.seam.secrets import Secrets
from streams.stream_watch import StreamView, StreamWatch, disk_alert

ALERT_SECONDS: Final = 2.0
_LOOK_EVERY: Final = timedelta(seconds=30)
_CALL_EVERY: Final = timedelta(hours=1)
_NO_ROOM: Final = "磁盘已满：新来件和操作存不下。请管理员清出空间，清出后自动继续"
_log = logging.getLogger(__name__)


def alert_setup(settings: Settings) -> AlertSetup:
    """config/alerts.toml. Raises `AlertConfigError` and `SourceError` (a missing secret)."""
    secrets = Secrets.load(os.environ, settings.home)
    return read_setup(settings.table("alerts.toml"), secrets, open_post)


def alert_file(settings: Settings) -> AlertFile:
    """Raises `StoreError`."""
    return AlertFile(settings.home / "alerts.db")


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
            return self._step(_real())
        except STORAGE as error:
            real = _real()
            again = self._called is None or real - self._called >= _CALL_EVERY
            if again and no_room(error) and self._call_out(error):
                self._called = real
            raise

    def _step(self, real: datetime) -> bool:
        if self._looked is None or real - self._looked >= _LOOK_EVERY:
            self._looked = real
            self._watch.look()
        return self._notifier.step()

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
    calendar = runner.processor.rules.calendar
    base = settings.public_url.rstrip("/")
    file = alert_file(settings)
    desk_file = DeskFile(settings.desk_file)
    around = NotifierPorts(
        source=source,
        raised=runner,
        act=runner.act,
        cases=runner.store.ledger.load,
        is_workday=lambda at: calendar.is_workday(beijing(at).date()),
        clock=runner.clock,
        real=_real,
        unit_name=wiring.build_router(settings).register.name,
        case_link=lambda case_id: f"{base}/cases/{quote(case_id, safe='')}" if base else "",
        roster=Duty(desk_file),
        counted=counted,
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
        return send_unrecorded(disk_alert(words, now, full=True), setup, now, _real())

    notifier = Notifier(AlertOutbox(file), setup, around)
    return AlertWork(file, desk_file, notifier, watch, call_out)


def embedded_work(settings: Settings, runner: Runtime) -> AlertWork:
    """The work of `huiyin run`. Raises as `alert_work`."""
    if not isinstance(runner, EmbeddedRunner):
        raise TypeError("the embedded alert work needs an embedded runner")
    return alert_work(settings, runner, StoredAlerts(runner.store), runner.store)


def _real() -> datetime:
    return datetime.now(BEIJING)
