"""Commands on the columns of the site."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from desk.ground.console import Json, bar, command_line, fail, opened, opened_desk, tell
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, read_settings
from desk.site_columns.check import check_columns, import_findings, site_client, site_watch
from desk.site_columns.watch import SiteWatch
from streams.site_watch.report import read_file


def add_to(app: typer.Typer) -> None:
    columns = typer.Typer(help="栏目更新监测。", no_args_is_help=True)
    app.add_typer(columns, name="columns")
    columns.command("list")(list_)
    columns.command("check")(check)
    columns.command("import")(import_)


def _watch(settings: Settings) -> SiteWatch:
    return site_watch(settings, DeskFile(settings.desk_file))


def list_(as_json: Json = False) -> None:
    """列出栏目的更新情况。"""
    settings = read_settings()
    found = _watch(settings).states(settings.clock().date())
    if as_json:
        columns = [
            {
                "title": one.column.title,
                "freshness": one.freshness.value,
                "newest": one.newest,
                "last_day": one.last_day,
                "problem": one.problem,
            }
            for one in found
        ]
        print(msgspec.json.encode(columns).decode())
        return
    for one in found:
        newest, last = one.newest or "—", one.last_day or "—"
        print(
            "\t".join((one.freshness.value, one.column.title, str(newest), str(last), one.problem))
        )


def check(
    links: Annotated[bool, typer.Option(help="同时查错链断链。")] = True,
    as_json: Json = False,
) -> None:
    """现在就检查全部栏目；未按时更新的交单位整改，并发出告警。"""
    settings = read_settings()
    watch = _watch(settings)
    client = site_client(watch)
    total = sum(one.enabled for one in watch.table.column)
    with opened(settings) as runner, bar("检查栏目") as progress:
        task = progress.add_task("", name=f"{total} 个", total=total)
        done = partial(progress.advance, task)
        found = check_columns(watch, client, runner, links=links, done=done)
    lines = [f"检查了 {found.columns} 个栏目，新交办整改 {found.handed_over} 项。"]
    if found.findings is not None:
        lines.append(f"错链断链和混合内容：{found.findings} 处。")
    result = {
        "columns": found.columns,
        "handed_over": found.handed_over,
        "findings": found.findings,
    }
    tell("\n".join(lines), result, as_json=as_json)


def import_(
    file: Annotated[Path, typer.Argument(help="监测软件导出的 xlsx、xls 或 csv。", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """导入第三方监测软件的结果。"""
    settings = read_settings()
    reported = read_file(file)
    if not reported:
        fail(f"{file.name} 里没有一条结果。")
    with opened_desk(settings) as desk:
        watch = _watch(settings)
        number = import_findings(desk, watch, command_line(), reported, file.name)
    tell(f"已导入 {number} 条监测结果。", {"file": str(file), "findings": number}, as_json=as_json)
