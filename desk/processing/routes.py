"""管理 → 处理活动记录, 管理 → 年度自查."""

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
from desk.processing.reviews import AnnualReviews
from desk.processing.service import TITLE, ProcessingRegister
from desk.setup.workbook import XLSX

PROCESSING: Final = "/admin/processing"
REVIEW: Final = "/admin/review"
_TYPES: Final = {
    "xlsx": XLSX,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_DONE: Final = {"saved": "已保存，立即生效。", "signed": "已签字，记入历次自查。"}


def add_processing(app: FastAPI, office: DeskContext) -> None:
    _add_register(app, office)
    _add_review(app, office)


def _add_register(app: FastAPI, office: DeskContext) -> None:
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


def _add_review(app: FastAPI, office: DeskContext) -> None:
    reviews = office.get(AnnualReviews)

    def page(
        request: Request, *, holds: bool, problem: str = "", note: str = "", status: int = 200
    ) -> HTMLResponse:
        only(request, *ADMIN)
        return show(
            office,
            request,
            "review",
            status,
            looks=reviews.look(doer_of(request), count_holds=holds),
            history=reviews.history(),
            overdue=reviews.overdue(),
            holds=holds,
            note=note,
            done=_DONE.get(request.query_params.get("done", ""), ""),
            problem=problem,
        )

    @app.get(REVIEW)
    def review_page(request: Request) -> HTMLResponse:
        return page(request, holds=bool(request.query_params.get("holds")))

    @app.post(REVIEW)
    def sign(request: Request, form: Posted) -> Response:
        note, holds = str(form.get("note", "")), bool(form.get("holds"))
        try:
            reviews.sign(doer_of(request), note, count_holds=holds)
        except NotAllowed as problem:
            return page(request, holds=holds, problem=str(problem), note=note, status=409)
        return back(f"{REVIEW}?done=signed")
