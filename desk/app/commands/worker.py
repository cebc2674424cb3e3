"""`huiyin worker`: one process that works on the inbox, until it is told to stop."""

from __future__ import annotations

import logging
import sys

from desk.ground import production, production_upkeep
from desk.ground.settings import Settings, SettingsError
from streams.health import HealthPages, PortTaken
from streams.metrics import Metrics


def speak() -> None:
    """Lines of our own on the error output, one per event."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    ours = logging.getLogger("huiyin")
    ours.handlers[:] = [handler]
    ours.setLevel(logging.INFO)
    ours.propagate = False


def run(settings: Settings) -> None:
    """Checks everything first. Raises `SettingsError`; ends the process otherwise."""
    speak()
    production_upkeep.check(settings)
    metrics = Metrics()
    parts = production.build_worker(settings, metrics)

    def alive() -> str:
        if parts.liveness.alive:
            return ""
        return f"积压的消息已有 {parts.liveness.stalled:.0f} 秒没有处理"

    try:
        pages = HealthPages(
            settings.health_host,
            settings.health_port,
            metrics,
            alive=alive,
            ready=lambda: "" if parts.ready.is_set() else "还没有分到分区，或正在停止",
        )
    except PortTaken as taken:
        raise SettingsError(str(taken)) from taken
    log = logging.getLogger("huiyin.worker")
    log.info("处理进程启动，健康检查 %s/healthz，指标 %s/metrics", pages.url, pages.url)
    from streams.kafka.agents import run_worker

    run_worker(parts)
