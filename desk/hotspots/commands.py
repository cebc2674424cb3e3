"""`huiyin hotspots`, and `huiyin rename-hotspot`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
import typer

from cases.reporting.hotspots import explained
from cases.reporting.periods import days as days_of
from desk.ground import wiring
from desk.ground.console import Json, bar, command_line, opened, opened_desk, tell
from desk.ground.settings import Settings, read_settings
from desk.hotspots.service import Hotspots
from desk.ledger.period_asked import LONGEST_DAYS
from streams.linking import LinkStore


def add_to(app: typer.Typer) -> None:
    app.command()(hotspots)
    app.command("rename-hotspot")(rename_hotspot)


def hotspots(
    count: Annotated[int, typer.Option(min=1, help="最多几个。")] = 10,
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="最近多少天。")] = 30,
    as_json: Json = False,
) -> None:
    """热点：两人以上反映的同一事项，按热度排列；先把还没有关联的关联起来。"""
    settings = read_settings()
    _link(settings)
    today = settings.clock().date()
    period = days_of(today - timedelta(days=days - 1), today)
    with opened_desk(settings) as desk, desk.readers.reader() as store:
        found = desk.get(Hotspots).find(store, command_line().actor, period, count)
        unit_name = desk.register.name
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for spot in found:
        units = "、".join(unit_name(unit) for unit in spot.units) or "还没有派单"
        print(
            f"热度 {spot.heat}  {spot.people} 人 {spot.cases} 件  {spot.name}"
            f"{'（已改名）' if spot.corrected_by else ''}  {units}  （{spot.matter}）"
        )
    print(explained(period) if found else f"最近 {days} 天没有两人以上反映的同一事项。")


def _link(settings: Settings) -> None:
    with opened(settings) as runner, bar("关联") as progress:
        runner.pump_all()
        if not isinstance(runner.store, LinkStore):
            return  # with Kafka the workers link
        linker = wiring.build_linker(settings, runner.store)
        task = progress.add_task("", name="同一事项", total=None)
        while linker.step():
            progress.advance(task)
        linker.save()
        runner.pump_all()


def rename_hotspot(
    matter: Annotated[str, typer.Argument(help="热点的编号，见 hotspots。", metavar="MATTER")],
    name: Annotated[str, typer.Argument(help="名称：地点和事由。", metavar="NAME")],
    by: Annotated[str, typer.Option(help="谁；不给则为本机的用户。")] = "",
    as_json: Json = False,
) -> None:
    """更正热点的名称：页面、看板、材料和接口都用这个名称，重新关联后也保留。"""
    with opened_desk(read_settings()) as desk:
        kept = desk.get(Hotspots).rename(command_line(by), matter, name)
    tell(f"热点 {matter} 改名为“{kept}”。", {"matter": matter, "name": kept}, as_json=as_json)
