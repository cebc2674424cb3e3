"""The commands about the configuration."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.app.commands import config
from desk.ground import extensions
from desk.ground.arguments import one_of
from desk.ground.configuration import LAYOUTS
from desk.ground.console import Json, tell
from desk.ground.settings import SettingsError, read_settings
from huiyin.configuration.document import ConfigurationError

_group = typer.Typer(name="config", help="配置：每项从哪里来、能不能用、从什么时候起用。")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group)


@_group.command()
def show(
    table: Annotated[str, typer.Argument(help="只看这张表，如 deadlines。")] = "",
    local: Annotated[bool, typer.Option("--local", help="只看本地改过的。")] = False,
    as_json: Json = False,
) -> None:
    """列出每一项生效的值，以及它写在哪个文件的第几行；不写表名时也列出已安装的扩展包。"""
    name = f"{table.removesuffix('.toml')}.toml" if table else ""
    one_of(name, LAYOUTS, what="配置表", where="", option="TABLE")
    configuration = read_settings().configuration
    try:
        lines = config.shown(configuration, [name] if name else list(LAYOUTS))
    except ConfigurationError as error:
        raise SettingsError(str(error)) from error
    lines = [line for line in lines if line.local or not local]
    added = [] if table else extensions.installed()
    text = "\n".join((*config.listed(lines), *config.of_packages(added)))
    tell(text, [*lines, *added], as_json=as_json)


@_group.command()
def check(as_json: Json = False) -> None:
    """检查全部配置表，逐条说明哪个文件的哪一行要改。"""
    found = config.check(read_settings())
    text = "\n".join(found.problems) or (
        f"配置可用，编号 {found.number}：{found.files} 张表，本地改动 {found.local} 处。"
    )
    tell(text, found, as_json=as_json)
    if found.problems:
        raise SystemExit(1)


@_group.command()
def reload(as_json: Json = False) -> None:
    """检查配置；可用时请运行中的回音（含各处理进程）换上。"""
    number = config.reload(read_settings())
    said = (
        f"配置 {number} 检查通过，运行中的回音几秒之内换上；"
        "换不上时值班台首页和处理进程的日志会写明原因。"
    )
    tell(said, {"configuration": number}, as_json=as_json)
