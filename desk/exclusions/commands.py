"""`huiyin exclusion`: 剔除 and 申诉 from the command line."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from desk.exclusions.service import Exclusions
from desk.ground.console import Json, command_line, opened_desk, tell
from desk.ground.settings import read_settings

By = Annotated[str, typer.Option(help="谁；不给则为本机的用户。")]


def add_to(app: typer.Typer) -> None:
    exclusions = typer.Typer(help="考核的剔除和申诉。", no_args_is_help=True)
    app.add_typer(exclusions, name="exclusion")
    exclusions.command("list")(list_exclusions)
    exclusions.command("ask")(ask)
    exclusions.command("decide")(decide)


def list_exclusions(as_json: Json = False) -> None:
    """列出剔除和申诉。"""
    with opened_desk(read_settings()) as desk:
        lines = desk.get(Exclusions).lines(command_line())
    if as_json:
        print(msgspec.json.encode(lines).decode())
        return
    for one in lines:
        print(f"{one.number}  {one.word}  {one.case_id}  {one.standing}  {one.reason}")
    if not lines:
        print("没有剔除和申诉。")


def ask(
    case_id: Annotated[str, typer.Argument(help="事项编号。", metavar="CASE_ID")],
    reason: Annotated[str, typer.Option(help="理由。")],
    evidence: Annotated[str, typer.Option(help="依据：证明材料的名称、文号、时间。")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """提出剔除一件事项，由另一人决定。"""
    with opened_desk(read_settings()) as desk:
        made = desk.get(Exclusions).ask(command_line(by), case_id, reason, evidence)
    tell(f"已提出{made.word} {made.number}，应于 {made.decide_by} 前决定。", made, as_json=as_json)


def decide(
    number: Annotated[str, typer.Argument(help="剔除或申诉的编号。", metavar="NUMBER")],
    reason: Annotated[str, typer.Option(help="决定的理由。")],
    upheld: Annotated[bool, typer.Option("--upheld/--refused", help="成立或不成立。")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """决定一件剔除或申诉；不能由提出的人决定。"""
    with opened_desk(read_settings()) as desk:
        done = desk.get(Exclusions).decide(command_line(by), number, upheld=upheld, reason=reason)
    tell(f"{done.number}：{done.standing}。", done, as_json=as_json)
