"""The check of the site's columns, by command and by the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.doer import Doer
from desk.ground.settings import Settings, SettingsError
from desk.site_columns.watch import SiteWatch
from huiyin.net.pacing import HostPacing
from streams.runtime import Runtime
from streams.site_watch.report import Reported
from streams.sources.seam.http import PoliteClient
from streams.sources.seam.http_options import HttpOptions


def site_watch(settings: Settings, file: DeskFile) -> SiteWatch:
    """Raises `SettingsError`."""
    register = wiring.build_router(settings).register
    return SiteWatch(file, wiring.build_columns(settings), register)


def site_client(watch: SiteWatch) -> PoliteClient:
    """Raises `SettingsError` where no host is allowed."""
    if not watch.table.hosts:
        raise SettingsError(
            "没有允许访问的主机。请在 config/columns.toml 的 hosts 里写上网站的主机名。"
        )
    options = HttpOptions(
        hosts=list(watch.table.hosts),
        allow_private_addresses=watch.table.allow_private_addresses,
        requests_per_minute=120,
        attempts=2,
        patience=30,
    )
    return PoliteClient("columns", options, pacing=HostPacing())


def import_findings(
    desk: DeskContext, watch: SiteWatch, by: Doer, reported: Sequence[Reported], name: str
) -> int:
    """What a monitoring program found, from a file of this name; gives how many. Stands in the
    trail."""
    number = watch.take(reported, desk.clock())
    desk.note(by, AuditAction.REGISTER, name[:100], f"导入监测结果 {number} 条")
    return number


class Checked(Struct, frozen=True):
    columns: int
    handed_over: int
    """New rectification items."""
    findings: int | None
    """Broken links and mixed content; None where nobody looked."""


def check_columns(
    watch: SiteWatch,
    client: PoliteClient,
    runner: Runtime,
    *,
    links: bool = True,
    done: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Checked:
    """Reads every column, hands stale ones over, raises the alerts, and looks for broken
    links. One that is stopped on the way counts as not made."""
    now = runner.clock()
    states = watch.check(client, now, done)
    made = watch.hand_over(now, runner.processor.rules.calendar)
    runner.raise_alerts(tuple(watch.alerts(now)))
    findings = None
    if links and watch.table.crawl_pages:
        findings = watch.walk(client, now, stopped)
    if not stopped():
        watch.ran(now)
    return Checked(len(states), len(made), findings)
