"""管理 → 处理活动记录."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, Posted, back, show
from desk.ground.context import DeskContext
from desk.ground.processing_table import LONGEST
from desk.http.authentication import doer_of, only
from desk.http.download import disposition
from desk.http.form_input import typed_of
from desk.processing.service import TITLE, ProcessingRegister
from desk.setup.workbook import XLSX

PROCESSING: Final = "/admin/processing"
_TYPES: Final = {
    "xlsx": XLSX,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_DONE: Final = {"saved": "已保存，立即生效。"}


def add_processing(app: FastAPI, office: DeskContext) -> None:
    register = office.get(ProcessingRegister)

    def page(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        only(request, *ADMIN)
        responsible, contact = register.responsible
        return show(
            office,
            request,
            "processing",
            status,
            rows=register.rows(),
            responsible=responsible,
            contact=contact,
            longest=LONGEST,
            done=_DONE.get(request.query_params.get("done", ""), ""),
            problem=problem,
        )

    @app.get(PROCESSING)
    def register_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.get(PROCESSING + "/register.{form}")
    def register_file(request: Request, form: str) -> Response:
        only(request, *ADMIN)
        data = register.file(doer_of(request), form)
        headers = {"Content-Disposition": disposition(f"{TITLE}.{form}", inline=False)}
        return Response(data, media_type=_TYPES[form], headers=headers)

    @app.post(PROCESSING)
    def name_responsible(request: Request, form: Posted) -> Response:
        said = typed_of(form)
        try:
            register.name_responsible(
                doer_of(request), said.get("responsible", ""), said.get("contact", "")
            )
        except NotAllowed as problem:
            return page(request, str(problem), 409)
        return back(f"{PROCESSING}?done=saved")

    @app.post(PROCESSING + "/{activity}")
    def remark(request: Request, activity: str, form: Posted) -> Response:
        try:
            register.remark(doer_of(request), activity, typed_of(form))
        except NotAllowed as problem:
            return page(request, str(problem), 409)
        return back(f"{PROCESSING}?done=saved#{activity}")
