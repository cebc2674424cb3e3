"""`huiyin demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.demo.home import demo_settings, remove
from desk.ground.console import Json, tell
from desk.ground.settings import read_settings

_group = typer.Typer(help="示例数据。", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="demo")


@_group.callback()
def _demo() -> None:
    """示例数据。"""


@_group.command("remove")
def remove_samples(
    yes: Annotated[bool, typer.Option("--yes", help="不再问一次。")] = False,
    as_json: Json = False,
) -> None:
    """删除示例数据的文件夹；里面有真实来件的不删。请先停止回音。"""
    settings = demo_settings(read_settings())
    if not yes:
        typer.confirm(f"删除示例数据文件夹 {settings.home}？", abort=True)
    remove(settings)
    tell(
        f"已删除示例数据文件夹 {settings.home}。", {"removed": str(settings.home)}, as_json=as_json
    )
