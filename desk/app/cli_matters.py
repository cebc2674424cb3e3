"""`huiyin joint`: several cases of one matter answered together."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
import typer
from msgspec import Struct

from desk.app.cli_cases import By, MaybeRole, Unit, doer_as
from desk.delivery.outbox import ReplyOutbox
from desk.ground.console import Json, fail, opened_desk
from desk.ground.settings import read_settings
from desk.matters.carrying import Carrying
from desk.matters.joint_view import JointView
from desk.matters.presses import PRESSES, Pressed, carry_out
from desk.matters.service import Matters

_PATIENCE: Final = 600.0
"""Seconds; each case takes a fraction of one."""
Number = Annotated[str, typer.Argument(help="并单的编号，如 BD2026-0001。", metavar="NUMBER")]


class _Case(Struct, frozen=True):
    case_id: str
    stage: str
    why: str


class _Joint(Struct, frozen=True):
    number: str
    matter: str
    unit: str
    cases: tuple[_Case, ...]


def add_to(app: typer.Typer) -> None:
    joint = typer.Typer(help="并单一并答复。", no_args_is_help=True)
    app.add_typer(joint, name="joint")
    joint.command("show")(show)
    joint.command("begin")(begin)
    joint.command("press")(press)


def show(
    number: Annotated[str, typer.Argument(help="并单的编号；不给则列出全部。")] = "",
    by: By = "cli",
    role: MaybeRole = None,
    unit: Unit = "",
    as_json: Json = False,
) -> None:
    """显示一个并单的各件办到哪里，或列出全部并单。"""
    with opened_desk(read_settings()) as desk:
        doer, service = doer_as(desk, by, role, unit), desk.get(Matters)
        numbers = [number] if number else [one.number for one in service.recent(doer.actor)]
        views = [service.view(doer, one) for one in numbers]
    _tell(views, as_json=as_json)


def begin(
    matter: Annotated[str, typer.Argument(help="同一事项的编号。", metavar="MATTER")],
    cases: Annotated[list[str], typer.Argument(help="事项编号，两件以上。", metavar="CASE_ID")],
    by: By = "cli",
    role: MaybeRole = None,
    unit: Unit = "",
    as_json: Json = False,
) -> None:
    """并单：这些来件以后一并答复。"""
    with opened_desk(read_settings()) as desk:
        made = desk.get(Matters).begin(doer_as(desk, by, role, unit), matter, tuple(cases))
    _tell([made], as_json=as_json)


def press(
    number: Number,
    name: Annotated[str, typer.Argument(help="、".join(PRESSES), metavar="PRESS")],
    text: Annotated[
        str, typer.Option(help="write：答复内容；approve：审核意见；reject：退改的理由。")
    ] = "",
    check: Annotated[list[str] | None, typer.Option(help="approve：审核要点，可多次。")] = None,
    case: Annotated[str, typer.Option(help="split：拆出哪一件。")] = "",
    by: By = "cli",
    role: MaybeRole = None,
    unit: Unit = "",
    as_json: Json = False,
) -> None:
    """一并答复的一步：拟稿、审核、退改、发送、拆出、撤销。"""
    pressed = Pressed(
        press=name,
        text=text,
        checklist=tuple(check or ()),
        note=text,
        reason=text,
        case_id=case,
    )
    with opened_desk(read_settings()) as desk:
        doer, service = doer_as(desk, by, role, unit), desk.get(Matters)
        carry_out(service, doer, number, pressed)
        done = desk.get(Carrying).wait(_PATIENCE) and desk.get(ReplyOutbox).wait(_PATIENCE)
        view = service.view(doer, number)
    _tell([view], as_json=as_json)
    if not done:
        fail("已登记，但还没有逐件办完；会继续办理，请稍后用 huiyin joint show 查看。")


def _tell(views: list[JointView], *, as_json: bool) -> None:
    found = [
        _Joint(
            one.joint.number,
            one.joint.matter,
            one.joint.unit,
            tuple(
                _Case(each.case.case_id, each.standing.stage.value, each.standing.why)
                for each in one.cases
            ),
        )
        for one in views
    ]
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for joint in found:
        print(f"{joint.number}  {joint.matter}  {joint.unit}  {len(joint.cases)} 件")
        for case in joint.cases:
            print(f"  {case.case_id}  {case.stage}{f'：{case.why}' if case.why else ''}")
    if not found:
        print("没有并单。")
