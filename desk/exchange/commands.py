"""`huiyin exchange`: from which machine replies, and messages to the platform above, go out."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from desk.exchange.service import Exchange
from desk.ground.console import Json, command_line, opened_desk, tell
from desk.ground.settings import read_settings

_HELP: Final = "对外发送：答复和对上消息从哪台机器发出（Kafka 方式）。"


def add_to(app: typer.Typer) -> None:
    exchange = typer.Typer(help=_HELP, no_args_is_help=True)
    app.add_typer(exchange, name="exchange")
    exchange.callback(help=_HELP)(_group)
    exchange.command("here")(here)


def _group() -> None:
    """With one command only, a group would lose its name."""


def here(
    reason: Annotated[str, typer.Option(help="为什么原来的机器不再发送。")],
    by: Annotated[str, typer.Option(help="谁；不给则为本机的用户。")] = "",
    as_json: Json = False,
) -> None:
    """答复和对上消息改由这个数据文件夹发送；还没有结果的由人到平台核实。"""
    with opened_desk(read_settings()) as desk:
        unclear = desk.get(Exchange).send_from_here(command_line(by), reason)
    said = f"{unclear} 条可能已从原来的机器发出，请在事项页面和“对上交换”里逐条核实。"
    tell(f"答复和对上消息从现在起由这里发送。{said}", {"unclear": unclear}, as_json=as_json)
