"""`huiyin measures`: the definition of every figure."""

from __future__ import annotations

import typer

from cases.figures.measures import MEASURES
from desk.ground.console import Json, tell


def add_to(app: typer.Typer) -> None:
    app.command("measures")(measures)


def measures(*, as_json: Json = False) -> None:
    """指标口径：每个指标叫什么、怎么算、按哪个日期归期、依据是什么。"""
    rows = list(MEASURES.values())
    tell("\n".join(row.definition for row in rows), {"measures": rows}, as_json=as_json)
