"""事件档案 on its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cases.clocks.rule import EVENT_LEVELS
from cases.registers.incident import OF_UNITS, Incident, Part
from cases.registers.incident_course import spread
from cases.registers.incident_rules import KEEPERS, writable
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from desk.board.svg import drawn
from desk.ground.context import DeskContext
from desk.ground.sight import only_seen
from desk.http.authentication import doer_of, only, person_of
from desk.http.form_input import Form, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.http.waiting import WaitingCounts
from desk.opinion.incident_files import READERS, IncidentFiles
from desk.opinion.incident_forms import opened_of, step_of
from desk.opinion.incident_page import chart_of, course, late_by, messages_of
from desk.phrasing.lines import case_lines

_ASKED: Final = ("title", "summary", "refs", "any_of", "all_of", "none_of")
"""What another page fills into the form by the address."""
_MOST_IN_BRIEF: Final = 40
"""Cases that an address can name."""


def add_incidents(app: FastAPI, office: DeskContext) -> None:
    files = office.get(IncidentFiles)
    office.get(WaitingCounts).register("incidents", lambda _store, actor: files.waiting(actor))

    def list_page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "incidents") as (_store, around, now):
            pass
        return render(
            "incidents.html",
            around,
            400 if problem else 200,
            incidents=[(one, files.dues(one)) for one in files.visible(person.actor)],
            unit_name=office.register.name,
            levels=EVENT_LEVELS,
            now_text=beijing(now).strftime("%Y-%m-%dT%H:%M"),
            may_keep=person.role in KEEPERS,
            problem=problem,
            typed=typed or {},
            asked=any((typed or {}).values()),
        )

    def one_page(
        request: Request, found: Incident, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        actor = person_of(request).actor
        with page_context(office, request, "incidents") as (store, around, now):
            cases = store.ledger.load(found.members)
            seen = only_seen((cases[ref] for ref in found.members if ref in cases), actor)
            lines = case_lines(seen, office, now, actor)
        chart = chart_of(spread(messages_of(lines)))
        keeps = actor.role in KEEPERS and found.open
        named = [("case", line.case_id) for line in lines[:_MOST_IN_BRIEF]]
        return render(
            "incident.html",
            around,
            400 if problem else 200,
            one=found,
            dues=files.dues(found),
            late=files.late(found, now),
            late_by=late_by,
            all_parts=list(Part),
            parts=writable(found, actor),
            parts_of_units=OF_UNITS,
            levels=EVENT_LEVELS,
            lines=lines,
            more=len(found.members) - len(lines) if actor.role is not Role.RESPONDER else 0,
            why={one.ref: one.why for one in found.joined},
            chart=chart,
            picture="" if chart.empty else drawn(chart),
            course=course(found, lines, office),
            units=office.unit_groups() if keeps else (),
            unit_name=office.register.name,
            brief_href=f"/briefs/new?{urlencode(named)}"
            if named and actor.role is Role.DESK
            else "",
            now_text=beijing(now).strftime("%Y-%m-%dT%H:%M"),
            may_keep=keeps,
            problem=problem,
            typed=typed or {},
        )

    @app.get("/incidents")
    def incidents_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        return list_page(request, typed=asked)

    @app.get("/incidents/{number}")
    def incident_page(request: Request, number: str) -> HTMLResponse:
        return one_page(request, files.get(person_of(request).actor, number))

    @app.post("/incidents")
    def open_incident(request: Request, form: Form) -> Response:
        typed = typed_of(form)
        only(request, *KEEPERS)
        try:
            made = files.begin(doer_of(request), opened_of(typed))
        except NotAllowed as problem:
            return list_page(request, str(problem), typed)
        return RedirectResponse(f"/incidents/{made.number}", 303)

    @app.post("/incidents/{number}/{name}")
    def do(request: Request, number: str, name: str, form: Form) -> Response:
        by, typed = doer_of(request), typed_of(form)
        found = files.get(by.actor, number)
        try:
            if name == "part":
                files.part(by, number, typed.get("ref", ""), typed.get("text", ""))
            else:
                step = step_of(files, found, name, typed, by.actor)
                files.write(by, number, seen_of(typed), step)
        except NotAllowed as problem:
            return one_page(request, files.get(by.actor, number), str(problem), typed)
        return RedirectResponse(f"/incidents/{number}", 303)
