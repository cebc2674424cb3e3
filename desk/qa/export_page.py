"""The published answers as files."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import only
from desk.http.form_input import note
from desk.qa.book import READERS, Book
from desk.qa.export import as_html, as_json, public_entries


def add_export(app: FastAPI, office: DeskContext, book: Book) -> None:
    @app.get("/qa/export.{form}")
    def export(request: Request, form: str) -> Response:
        only(request, *READERS)
        if form not in ("json", "html"):
            raise HTTPException(404, "可以导出 json 或 html。")
        day = office.clock().date()
        names = {unit.id: unit.name for unit in office.register}
        entries = public_entries(book.public(day), book.documents(), names)
        data = as_json(entries, day) if form == "json" else as_html(entries, day)
        note(
            office, request, AuditAction.REGISTER, f"qa-{day}.{form}", f"导出问答 {len(entries)} 条"
        )
        return Response(
            data,
            media_type="application/json" if form == "json" else "text/html; charset=utf-8",
            headers={"content-disposition": f'attachment; filename="qa-{day}.{form}"'},
        )
