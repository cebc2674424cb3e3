"""`huiyin intake`: one process that asks the sources and watches the drop folders."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Sequence
from types import FrameType

from desk.app.background import Background, Drop
from desk.app.commands.worker import speak
from desk.ground import production, production_upkeep, wiring
from desk.ground.settings import Settings, SettingsError
from desk.sources.open_sources import open_doors
from streams.health import HealthPages, PortTaken
from streams.metrics import Metrics
from streams.sources.seam.config import SourceEntry
from streams.sources.tables.files import TableFiles


def run(settings: Settings, names: Sequence[str]) -> None:
    """Until SIGTERM or Ctrl+C. `names`: only these sources; all enabled ones without.

    Raises `SettingsError`, `SourceError`, `LogDown`, `LogError`."""
    speak()
    log = logging.getLogger("huiyin.intake")
    production_upkeep.check(settings)
    stop = threading.Event()
    entries = _chosen(settings, names)
    doors = open_doors(entries, wiring.source_context(settings, stop))
    metrics = Metrics()
    background = Background(
        stopping=stop,
        open_runner=production.open_intake(settings, metrics),
        drops=tuple(
            Drop(source, settings.home / source.options.folder)
            for source in doors.all.values()
            if isinstance(source, TableFiles) and source.options.folder
        ),
        pulls=doors.pulls,
        doors=doors.entries,
    )

    def alive() -> str:
        return "；".join(f"{loop.name}停了" for loop in background.states() if not loop.alive)

    try:
        pages = HealthPages(
            settings.health_host, settings.health_port, metrics, alive=alive, ready=alive
        )
    except PortTaken as taken:
        raise SettingsError(str(taken)) from taken

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    background.start()
    log.info(
        "接收进程启动：%d 个来源，健康检查 %s/healthz，指标 %s/metrics",
        len(doors.entries),
        pages.url,
        pages.url,
    )
    said: dict[str, str] = {}
    while not stop.wait(1.0):
        for loop in background.states():
            if loop.error != said.get(loop.name, ""):
                said[loop.name] = loop.error
                log.warning("%s：%s", loop.name, loop.error or "已恢复")
    background.stop()
    pages.close()
    log.info("接收进程已停止。")


def _chosen(settings: Settings, names: Sequence[str]) -> list[SourceEntry]:
    entries = wiring.source_entries(settings)
    unknown = [name for name in names if name not in entries]
    if unknown:
        raise SettingsError(f"没有来源 {'、'.join(unknown)}。已配置的有：{'、'.join(entries)}。")
    return [entry for name, entry in entries.items() if not names or name in names]
