"""Commands on the columns of the site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from desk.ground.console import fail, opened
from desk.ground.settings import read_settings
from desk.site_columns.check import check_columns, site_client, site_watch
from streams.site_watch.report import read_file


def add_to(app: typer.Typer) -> None:
    columns = typer.Typer(help="栏目更新监测。", no_args_is_help=True)
    app.add_typer(columns, name="columns")
    columns.command("list")(list_)
    columns.command("check")(check)
    columns.command("import")(import_)


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
    total = sum(one.enabled for one in watch.table.column)
    with opened(settings) as runner, Progress(transient=True) as bar:
        task = bar.add_task("检查栏目", total=total)
        found = check_columns(watch, client, runner, links=links, done=lambda: bar.advance(task))
    print(f"检查了 {found.columns} 个栏目，新交办整改 {found.handed_over} 项。")
    if found.findings is not None:
        print(f"错链断链和混合内容：{found.findings} 处。")


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
