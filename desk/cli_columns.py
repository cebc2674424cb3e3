"""Commands on the columns of the site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from desk import wiring
from desk.console import fail, opened
from desk.deskfile import DeskFile
from desk.settings import Settings, SettingsError, read_settings
from desk.site_watch import SiteWatch
from streams.site_watch.report import read_file
from streams.sources.http import PoliteClient
from streams.sources.http_options import HttpOptions
from streams.sources.pacing import HostPacing


def add_to(app: typer.Typer) -> None:
    columns = typer.Typer(help="栏目更新监测。", no_args_is_help=True)
    app.add_typer(columns, name="columns")
    columns.command("list")(list_)
    columns.command("check")(check)
    columns.command("import")(import_)


def site_watch(settings: Settings) -> SiteWatch:
    """Raises `SettingsError`."""
    register = wiring.build_router(settings).register
    return SiteWatch(DeskFile(settings.desk_file), wiring.build_columns(settings), register)


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


def list_() -> None:
    """列出栏目的更新情况。"""
    settings = read_settings()
    for one in site_watch(settings).states(settings.clock().date()):
        newest, last = one.newest or "—", one.last_day or "—"
        print(
            "\t".join((one.freshness.value, one.column.title, str(newest), str(last), one.problem))
        )


def check(
    links: Annotated[bool, typer.Option(help="同时查错链断链。")] = True,
) -> None:
    """现在就检查全部栏目；未按时更新的交单位整改，并发出告警。"""
    settings = read_settings()
    watch = site_watch(settings)
    client = site_client(watch)
    now = settings.clock()
    total = sum(one.enabled for one in watch.table.column)
    with Progress(transient=True) as bar:
        task = bar.add_task("检查栏目", total=total)
        states = watch.check(client, now, lambda: bar.advance(task))
    made = watch.hand_over(now, wiring.build_calendar(settings))
    with opened(settings) as runner:
        runner.raise_alerts(tuple(watch.alerts(now)))
    watch.ran(now)
    print(f"检查了 {len(states)} 个栏目，新交办整改 {len(made)} 项。")
    if links and watch.table.crawl_pages:
        print(f"错链断链和混合内容：{watch.walk(client, now)} 处。")


def import_(
    file: Annotated[Path, typer.Argument(help="监测软件导出的 xlsx、xls 或 csv。", metavar="FILE")],
) -> None:
    """导入第三方监测软件的结果。"""
    settings = read_settings()
    reported = read_file(file)
    if not reported:
        fail(f"{file.name} 里没有一条结果。")
    number = site_watch(settings).take(reported, settings.clock())
    print(f"已导入 {number} 条监测结果。")
