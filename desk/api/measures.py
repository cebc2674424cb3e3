"""Measures: what every figure is called and counts, and the figures of a period."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from cases.figures.measures import MEASURES, Ratio, value_text
from cases.words.actors import Role
from desk.api.answers_office import FigureOut, FiguresOut, MeasureOut, MeasuresOut
from desk.api.describe import operation, said
from desk.board.routes import BOARD_FIGURES, Boards
from desk.ground.context import DeskContext
from desk.http.authentication import person_of
from desk.ledger.period_asked import period_asked

TAG: Final = "指标"


def add_measures(api: FastAPI, office: DeskContext) -> None:
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

    @api.get("/figures", **operation(FiguresOut, "一段时间的指标，与看板相同", tag=TAG))
    def figures(request: Request) -> Response:
        """`from` and `to` (days, both included), or `days`; of a responder its unit's."""
        person, period = person_of(request), period_asked(request, office)
        unit = person.unit if person.role is Role.RESPONDER else ""
        with office.readers.reader() as store:
            found = office.get(Boards).read(store, period, unit, person.actor)
        rows = []
        for key in BOARD_FIGURES:
            value: int | Ratio = getattr(found.counts, key)
            rate = isinstance(value, Ratio)
            rows.append(
                FigureOut(
                    id=key,
                    name=MEASURES[key].name,
                    text=value_text(value),
                    value=value.value if isinstance(value, Ratio) else value,
                    part=value.part if isinstance(value, Ratio) else None,
                    whole=value.whole if isinstance(value, Ratio) else None,
                    rate=rate,
                )
            )
        return said(FiguresOut(as_of=found.at, items=tuple(rows)))
