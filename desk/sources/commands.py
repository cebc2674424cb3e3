"""Commands on the sources: how they are doing, and their handles."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from desk.ground.console import Json, command_line, fail, moment, opened_desk, tell
from desk.ground.settings import read_settings
from desk.sources.service import Sources, counts_text, lines_text

Name = Annotated[str, typer.Argument(help="config/sources.toml 里的来源名称。", metavar="NAME")]


def add_to(app: typer.Typer) -> None:
    source_app = typer.Typer(help="来源：状况、暂停、读一次、回退。", no_args_is_help=True)
    app.add_typer(source_app, name="source")
    source_app.command("list")(list_sources)
    source_app.command("pause")(pause)
    source_app.command("resume")(resume)
    source_app.command("run")(run_once)
    source_app.command("rewind")(rewind)


def list_sources(as_json: Json = False) -> None:
    """列出所有来源和它们的状况。"""
    with opened_desk(read_settings()) as desk:
        lines = desk.get(Sources).lines()
    print(msgspec.json.encode(lines).decode() if as_json else lines_text(lines))


def pause(
    name: Name,
    by: Annotated[str, typer.Option(help="谁暂停的；不给则为本机的用户。")] = "",
    as_json: Json = False,
) -> None:
    """暂停读取一个来源；推送来的仍然收下。"""
    with opened_desk(read_settings()) as desk:
        desk.get(Sources).pause(command_line(by), name)
    tell(f"来源 {name} 已暂停。", {"source": name, "paused": True}, as_json=as_json)


def resume(name: Name, as_json: Json = False) -> None:
    """恢复读取一个来源。"""
    with opened_desk(read_settings()) as desk:
        desk.get(Sources).resume(command_line(), name)
    tell(f"来源 {name} 已恢复。", {"source": name, "paused": False}, as_json=as_json)


def run_once(name: Name, as_json: Json = False) -> None:
    """现在就读一次，不等下一个时间点；别人正在读时不读。"""
    with opened_desk(read_settings()) as desk:
        result = desk.get(Sources).run(command_line(), name)
    tell(f"来源 {name}：{counts_text(result)}", result, as_json=as_json)
    if result.error:
        fail(result.error)


def rewind(
    name: Name,
    to: Annotated[str, typer.Argument(help="从这个时间起重新读，如 2026-09-01。")],
    as_json: Json = False,
) -> None:
    """从某一天起重新读一遍；已经有的不会重复。"""
    at = moment(to, "TO")
    with opened_desk(read_settings()) as desk:
        desk.get(Sources).rewind(command_line(), name, at)
    said = f"来源 {name} 下次从 {at:%Y-%m-%d %H:%M} 读起；已经有的不会重复。"
    tell(said, {"source": name, "from": at}, as_json=as_json)
