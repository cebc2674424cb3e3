"""The page 指标口径: the definition of every figure."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from cases.figures.measures import LEAST_FOR_A_RATE, MEASURES, TOO_FEW, WITHOUT_EXCLUDED
from desk.ground.context import DeskContext
from desk.http.page_context import page_context
from desk.http.pages import render


def add_measures(app: FastAPI, office: DeskContext) -> None:
    @app.get("/measures")
    def measures_page(request: Request) -> HTMLResponse:
        with page_context(office, request, "board") as (_store, around, _now):
            return render(
                "measures.html",
                around,
                measures=MEASURES.values(),
                least=LEAST_FOR_A_RATE,
                too_few=TOO_FEW,
                without_excluded=WITHOUT_EXCLUDED,
            )
