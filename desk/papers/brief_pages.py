"""舆情专报: drafted from cases, written by a person, issued, printed."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.privacy.visibility import is_withheld
from cases.words.actors import Role
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.registers import Changed
from desk.ground.sight import only_seen
from desk.http.authentication import address_of, only, person_of, posted
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.papers import briefs
from desk.papers.briefs import PARTS, BriefError, Briefs, Written
from desk.papers.prints import shown

Form = Annotated[FormData, Depends(posted)]
READERS: Final = (Role.DESK, Role.LEADER, Role.ADMIN)
"""Who reads reports; the desk writes them."""


def add_briefs(app: FastAPI, office: DeskContext) -> None:  # noqa: C901, PLR0915  (routes)
    register = Briefs(office)

    def form_page(
        request: Request,
        text: Written,
        *,
        record: str = "",
        seen: int = 0,
        problem: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        with page_context(office, request, "briefs") as (_store, around, _now):
            pass
        return render(
            "brief.html",
            around,
            status,
            text=text,
            parts=PARTS,
            record=record,
            seen=seen,
            problem=problem,
        )

    def found(request: Request, record: str) -> briefs.Brief:
        try:
            brief = register.get(record)
        except BriefError as error:
            raise HTTPException(404, str(error)) from None
        with office.readers.reader() as store:
            if briefs.readable(brief, store.ledger, person_of(request).actor):
                return brief
        raise HTTPException(404, f"没有编号为“{record[:40]}”的专报。")

    @app.get("/briefs")
    def list_page(request: Request) -> HTMLResponse:
        person = only(request, *READERS)
        with page_context(office, request, "briefs") as (store, around, _now):
            known = [
                one for one in register.all() if briefs.readable(one, store.ledger, person.actor)
            ]
        return render("briefs.html", around, briefs=known)

    @app.get("/briefs/new")
    def new_page(request: Request) -> Response:
        person = only(request, Role.DESK)
        ids = [one for one in request.query_params.getlist("case") if one]
        matter = request.query_params.get("matter", "")
        with office.readers.reader() as store:
            cases = only_seen(briefs.cases_of(store.ledger, ids, matter), person.actor)
            cases = [case for case in cases if not is_withheld(case, person.actor)]
        try:
            text = briefs.drafted(cases, matter, office, office.clock())
        except BriefError as error:
            raise HTTPException(404, str(error)) from None
        return form_page(request, text)

    @app.post("/briefs")
    def begin(request: Request, form: Form) -> Response:
        person = only(request, Role.DESK)
        text = _written(form)
        try:
            made = register.begin(text, person.actor, office.clock())
        except BriefError as error:
            return form_page(request, text, problem=str(error), status=400)
        return RedirectResponse(f"/briefs/{made.record}", 303)

    @app.get("/briefs/{record}")
    def one_page(request: Request, record: str) -> Response:
        person = only(request, *READERS)
        brief = found(request, record)
        if brief.issued or person.role is not Role.DESK:
            return RedirectResponse(f"/print/brief/{record}", 303)
        return form_page(request, brief.text, record=record, seen=brief.seen)

    @app.post("/briefs/{record}")
    def write(request: Request, record: str, form: Form) -> Response:
        person, now = only(request, Role.DESK), office.clock()
        before, text = found(request, record), _written(form)
        seen = str(form.get("seen", ""))
        at = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
        try:
            done = register.write(record, at, text, person.actor, now)
            if form.get("then") == "issue":
                done = register.issue(record, done.seen, person.actor, now)
                office.trail.record(
                    now,
                    person.account.id,
                    AuditAction.REPORT,
                    record,
                    f"签发{done.issued.number if done.issued else ''}",
                    address_of(request),
                )
        except (BriefError, Changed) as error:
            # What was typed stays on the page; with a new number of the last change, so
            # that who has read what changed may save over it.
            latest = found(request, record).seen
            return form_page(
                request, text, record=record, seen=latest, problem=str(error), status=409
            )
        if form.get("then") in ("issue", "print"):
            return RedirectResponse(f"/print/brief/{before.record}", 303)
        return RedirectResponse(f"/briefs/{before.record}", 303)

    @app.get("/print/brief/{record}")
    def print_page(request: Request, record: str) -> Response:
        only(request, *READERS)
        return shown(request, briefs.brief_paper(found(request, record), office, office.clock()))


def _written(form: FormData) -> Written:
    def text(name: str) -> str:
        return str(form.get(name, "")).replace("\r\n", "\n").strip()

    return Written(
        title=text("title")[:200],
        overview=text("overview"),
        spread=text("spread"),
        risk=text("risk"),
        progress=text("progress"),
        advice=text("advice"),
        case_ids=tuple(str(one) for one in form.getlist("case_ids"))[: briefs.MOST_CASES],
        matter=text("matter"),
    )
