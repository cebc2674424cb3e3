"""热点与共性问题 on the page."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from cases.figures.buckets import buckets_of
from cases.reporting.hotspots import explained, recent_days
from cases.reporting.periods import Period
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.ground.context import DeskContext
from desk.hotspots.picture import spread_picture
from desk.hotspots.service import LONGEST, MOST, RENAMERS, Hotspots
from desk.http.authentication import doer_of, person_of
from desk.http.form_input import Form, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.period_asked import SPANS, period_asked


def add_hotspots(app: FastAPI, office: DeskContext) -> None:
    service = office.get(Hotspots)

    def page(request: Request, problem: str = "", typed: dict[str, str] | None = None) -> Response:
        person = person_of(request)
        period = period_asked(request, office)
        with page_context(office, request, "hotspots") as (store, around, now):
            found = service.find(store, person.actor, period)
        unit = person.unit if person.role is Role.RESPONDER else ""
        buckets = buckets_of(period.first, period.last)
        return render(
            "hotspots.html",
            around,
            409 if problem else 200,
            lines=[
                (
                    spot,
                    spread_picture(spot.name, buckets, spot.spread),
                    _href(spot.matter, period, unit),
                )
                for spot in found
            ],
            cut=len(found) == MOST,
            explained=explained(period),
            recent=recent_days(period),
            period=period,
            spans=SPANS,
            today=now.date(),
            unit=office.register.name(unit) if unit else "",
            unit_name=office.register.name,
            may_rename=person.role in RENAMERS,
            longest=LONGEST,
            problem=problem,
            typed=typed or {},
        )

    @app.get("/hotspots")
    def hotspots_page(request: Request) -> Response:
        return page(request)

    @app.post("/hotspots")
    def rename(request: Request, form: Form) -> Response:
        typed = typed_of(form)
        seen = typed.get("seen", "")
        try:
            service.rename(
                doer_of(request),
                typed.get("matter", ""),
                typed.get("name", ""),
                int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None,
            )
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        query = request.url.query
        return RedirectResponse(f"/hotspots?{query}" if query else "/hotspots", 303)


def _href(matter: str, period: Period, unit: str) -> str:
    """The cases that were counted; of a unit, those that it leads."""
    asked = {
        "matter": matter,
        "received_from": period.first.isoformat(),
        "received_to": period.last.isoformat(),
    }
    return f"/ledger?{urlencode(asked | ({'lead': unit} if unit else {}))}"
