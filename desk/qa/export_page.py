"""The published answers as files."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only
from desk.qa.book import READERS
from desk.qa.published import ExportFormat, PublicAnswers


def add_export(app: FastAPI, office: DeskContext) -> None:
    @app.get("/qa/export.{form}")
    def export(request: Request, form: str) -> Response:
        only(request, *READERS)
        if form not in tuple(ExportFormat):
            raise HTTPException(404, "可以导出 json 或 html。")
        wanted = ExportFormat(form)
        made = office.get(PublicAnswers).export(doer_of(request), wanted)
        return Response(
            made.content,
            media_type=(
                "application/json" if wanted is ExportFormat.JSON else "text/html; charset=utf-8"
            ),
            headers={"content-disposition": f'attachment; filename="{made.name}"'},
        )
