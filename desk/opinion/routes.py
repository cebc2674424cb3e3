"""关注: policies and fields, 事件档案, 意见建议."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec.structs import replace
from starlette.exceptions import HTTPException

from cases.clocks.rule import EVENT_LEVELS
from cases.registers import incident
from cases.registers.incident import Incident, Part, clocks
from cases.registers.ownership import of_unit
from cases.registers.watch import Watch
from cases.words.actors import Role
from cases.words.labels import Kind
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING, beijing
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.registers import Changed
from desk.ground.sight import find_case, for_actor, only_seen
from desk.http.authentication import only, person_of
from desk.http.form_input import Form, day_of, note, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filter_input import read_page
from desk.opinion.registers import (
    Adoption,
    Decision,
    Incidents,
    Suggestions,
    Watches,
    heard,
    preset_watches,
)
from desk.phrasing.lines import case_lines
from sinks.ledger.base import Query

KEEPERS: Final = (Role.DESK, Role.ADMIN, Role.LEADER)
READERS: Final = (*KEEPERS, Role.REVIEWER)
_PAGE: Final = 50


def add_opinion(app: FastAPI, office: DeskContext) -> None:
    _add_watches(app, office)
    _add_incidents(app, office)
    _add_suggestions(app, office)


# -- watches -----------------------------------------------------------------


def _add_watches(app: FastAPI, office: DeskContext) -> None:
    book = Watches(office.file, preset_watches(office.settings))

    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "opinion") as (store, around, now):
            kept = [(one, heard(store.ledger, one.watch, now)) for one in book.all()]
        return render(
            "watches.html",
            around,
            400 if problem else 200,
            kept=kept,
            may_keep=person.role in KEEPERS,
            problem=problem,
            typed=typed or {},
        )

    @app.get("/watches")
    def watches_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        return page(request)

    @app.post("/watches")
    def add(request: Request, form: Form) -> Response:
        person, now, typed = only(request, *KEEPERS), office.clock(), typed_of(form)
        try:
            watch = Watch(
                title=typed.get("title", ""),
                words=tuple(typed.get("words", "").split()),
                field=typed.get("field", "政策"),
                reference=typed.get("reference", ""),
                since=day_of(typed, "since", "“从哪天起”"),
            )
            number = book.add(watch, now, person.actor)
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        note(office, request, AuditAction.REGISTER, number, f"关注 {watch.title}")
        return RedirectResponse("/watches", 303)

    @app.post("/watches/{number}/drop")
    def drop(request: Request, number: str, form: Form) -> Response:
        person, now, typed = only(request, *KEEPERS), office.clock(), typed_of(form)
        try:
            book.drop(number, seen_of(typed), now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, str(problem))
        note(office, request, AuditAction.REGISTER, number, "不再关注")
        return RedirectResponse("/watches", 303)


# -- incidents ---------------------------------------------------------------


_ASKED: Final = ("title", "summary", "refs")
"""What another page fills into the form by the address."""


def _add_incidents(app: FastAPI, office: DeskContext) -> None:
    book = Incidents(office.file)

    def list_page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        with page_context(office, request, "opinion") as (_store, around, now):
            pass
        found = [(one, clocks(one, office.rules)) for one in book.all()]
        return render(
            "incidents.html",
            around,
            400 if problem else 200,
            incidents=found,
            levels=EVENT_LEVELS,
            now_text=beijing(now).strftime("%Y-%m-%dT%H:%M"),
            may_keep=person_of(request).role in KEEPERS,
            problem=problem,
            typed=typed or {},
        )

    def one_page(
        request: Request, found: Incident, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        with page_context(office, request, "opinion") as (store, around, now):
            cases = store.ledger.load(found.refs)
            actor = person_of(request).actor
            known = only_seen((cases[ref] for ref in found.refs if ref in cases), actor)
            lines = case_lines(known, office, now, actor)
        return render(
            "incident.html",
            around,
            400 if problem else 200,
            one=found,
            clocks=clocks(found, office.rules),
            all_parts=list(Part),
            levels=EVENT_LEVELS,
            lines=lines,
            now_text=beijing(now).strftime("%Y-%m-%dT%H:%M"),
            may_keep=person_of(request).role in KEEPERS and found.open,
            problem=problem,
            typed=typed or {},
        )

    def incident_of(number: str) -> Incident:
        found = book.get(number)
        if found is None:
            raise HTTPException(404, f"没有编号为“{number[:20]}”的事件档案。")
        return found

    @app.get("/incidents")
    def incidents_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        return list_page(
            request, typed={name: request.query_params.get(name, "") for name in _ASKED}
        )

    @app.get("/incidents/{number}")
    def incident_page(request: Request, number: str) -> HTMLResponse:
        only(request, *READERS)
        return one_page(request, incident_of(number))

    @app.post("/incidents")
    def open_incident(request: Request, form: Form) -> Response:
        person, now, typed = only(request, *KEEPERS), office.clock(), typed_of(form)
        try:
            opened = incident.Opened(
                title=typed.get("title", ""),
                level=typed.get("level", ""),
                noticed_at=_moment(typed.get("noticed_at", "")),
                summary=typed.get("summary", ""),
                refs=tuple(typed.get("refs", "").split()),
            )
            made = book.open(opened, now, person.actor)
        except NotAllowed as problem:
            return list_page(request, str(problem), typed)
        note(office, request, AuditAction.REGISTER, made.number, f"建立事件档案：{made.title}")
        return RedirectResponse(f"/incidents/{made.number}", 303)

    @app.post("/incidents/{number}/{name}")
    def do(request: Request, number: str, name: str, form: Form) -> Response:
        person, now, typed = only(request, *KEEPERS), office.clock(), typed_of(form)
        found = incident_of(number)
        try:
            book.do(number, seen_of(typed), _step(name, typed), now, person.actor)
        except (NotAllowed, Changed) as problem:
            return one_page(request, incident_of(number), str(problem), typed)
        note(office, request, AuditAction.REGISTER, found.number, name)
        return RedirectResponse(f"/incidents/{number}", 303)


def _step(name: str, typed: Mapping[str, str]) -> incident.Step:
    """Raises `NotAllowed` of incidents and `HTTPException`."""
    text = typed.get("text", "")
    match name:
        case "note":
            part = typed.get("part", "")
            if part not in list(Part):
                raise NotAllowed("请选择这条记录属于哪一步。")
            return incident.Noted(
                part=Part(part),
                text=text,
                at=_moment(typed.get("at", "")),
                where=typed.get("where", ""),
            )
        case "grade":
            return incident.Graded(level=typed.get("level", ""), reason=text)
        case "link":
            return incident.Linked(refs=tuple(typed.get("refs", "").split()))
        case "end":
            return incident.Ended(conclusion=text)
    raise HTTPException(404, "没有这个动作。")


def _moment(text: str) -> datetime:
    """Raises `NotAllowed` of incidents."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotAllowed(f"时间应写作 2026-11-22T09:30，实际是“{text[:30]}”。") from None
    return at.replace(tzinfo=BEIJING) if at.tzinfo is None else beijing(at)


# -- suggestions -------------------------------------------------------------


def _add_suggestions(app: FastAPI, office: DeskContext) -> None:
    book = Suggestions(office.file)

    def page(request: Request, problem: str = "") -> HTMLResponse:
        person = person_of(request)
        number = read_page(request.query_params)
        query = Query(
            kind=Kind.SUGGESTION.value,
            limit=_PAGE,
            offset=(number - 1) * _PAGE,
        )
        with page_context(office, request, "opinion") as (store, around, now):
            found = store.ledger.search(for_actor(query, person.actor))
            cases = only_seen(found.cases, person.actor)
            lines = case_lines(cases, office, now, person.actor)
        decisions = book.all()
        answered = {case.case_id for case in cases if case.round.first_delivery is not None}
        mine = {
            case.case_id
            for case in cases
            if person.role is Role.DESK or of_unit(person.actor, case.unit)
        }
        return render(
            "suggestions.html",
            around,
            400 if problem else 200,
            lines=lines,
            total=found.total,
            number=number,
            pages=max(1, -(-found.total // _PAGE)),
            decisions=decisions,
            counts={
                one.value: sum(decision.adoption is one for decision in decisions.values())
                for one in Adoption
            },
            answered=answered,
            mine=mine,
            adoptions=list(Adoption),
            problem=problem,
        )

    @app.get("/suggestions")
    def suggestions_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post("/suggestions/{case_id:case_id}")
    def decide(request: Request, case_id: str, form: Form) -> Response:
        person, now, typed = person_of(request), office.clock(), typed_of(form)
        with office.readers.reader() as store:
            case = find_case(store.ledger, case_id, person.actor)
        if typed.get("adoption") not in list(Adoption):
            return page(request, "请选择采纳、部分采纳或未采纳。")
        decision = Decision(adoption=Adoption(typed["adoption"]), reason=typed.get("reason", ""))
        try:
            book.decide(case, replace(decision, by=person.account.name), now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, str(problem))
        note(office, request, AuditAction.REGISTER, case_id, f"意见建议{decision.adoption}")
        return RedirectResponse("/suggestions", 303)
