"""管理 → 年度自查."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN, Posted, back, show
from desk.annual_review.service import AnnualReviews
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only

REVIEW: Final = "/admin/review"
_DONE: Final = {"signed": "已签字，记入历次自查。"}


def add_annual_review(app: FastAPI, office: DeskContext) -> None:
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
