"""苗头预警 on the page."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cases.words.refusals import NotAllowed
from desk.emerging.begun import events_of
from desk.emerging.service import MOST, READERS, EmergingWarnings
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only, person_of
from desk.http.form_input import Form, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.lines import case_href


def add_emerging(app: FastAPI, office: DeskContext) -> None:
    service = office.get(EmergingWarnings)

    def page(request: Request, problem: str = "") -> HTMLResponse:
        actor = person_of(request).actor
        with page_context(office, request, "emerging") as (store, frame, now):
            found = service.listed(store, actor, now)
        return render(
            "emerging.html",
            frame,
            409 if problem else 200,
            events=events_of(found),
            most=MOST,
            cut=len(found) == MOST,
            problem=problem,
        )

    @app.get("/emerging")
    def emerging_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        return page(request)

    @app.post("/emerging/{case_id:case_id}/matter")
    def make_matter(request: Request, case_id: str, _form: Form) -> Response:
        try:
            matter = service.make_matter(doer_of(request), case_id)
        except NotAllowed as problem:
            return page(request, str(problem))
        return RedirectResponse(f"/matters/{quote(matter, safe='')}", 303)

    @app.post("/emerging/{case_id:case_id}/tell")
    def tell(request: Request, case_id: str, form: Form) -> Response:
        typed = typed_of(form)
        try:
            service.tell(doer_of(request), case_id, typed.get("unit", ""), typed.get("note", ""))
        except NotAllowed as problem:
            return page(request, str(problem))
        return RedirectResponse(f"{case_href(case_id)}?done=assign", 303)
