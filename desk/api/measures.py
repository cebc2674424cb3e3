"""Measures: what every figure is called and what it counts."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from fastapi.responses import Response

from cases.figures.measures import MEASURES
from desk.api.answers_office import MeasureOut, MeasuresOut
from desk.api.describe import operation, said
from desk.ground.context import DeskContext

TAG: Final = "指标"


def add_measures(api: FastAPI, _office: DeskContext) -> None:
    @api.get("/measures", **operation(MeasuresOut, "指标口径：每个指标怎么算", tag=TAG))
    def measures() -> Response:
        rows = (
            MeasureOut(
                id=row.id,
                name=row.name,
                unit=row.unit,
                formula=row.formula,
                numerator=row.numerator,
                denominator=row.denominator,
                date=row.date,
                source=row.source,
            )
            for row in MEASURES.values()
        )
        return said(MeasuresOut(items=tuple(rows)))
