"""关注: policies and fields, 事件档案, 意见建议."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec.structs import replace

from cases.registers.incident_rules import KEEPERS
from cases.registers.ownership import of_unit
from cases.registers.watch import Watch
from cases.words.actors import Role
from cases.words.labels import Kind
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.registers import Changed
from desk.ground.sight import find_case, for_actor, only_seen
from desk.http.authentication import only, person_of
from desk.http.form_input import Form, day_of, note, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filter_input import read_page
from desk.opinion.incident_routes import add_incidents
from desk.opinion.media_routes import add_media
from desk.opinion.registers import (
    Adoption,
    Decision,
    Suggestions,
    Watches,
    heard,
    preset_watches,
)
from desk.phrasing.lines import case_lines
from sinks.ledger.base import Query

READERS: Final = (*KEEPERS, Role.REVIEWER)
_PAGE: Final = 50
_SECONDS: Final = 1.0
"""How long the channels to choose from may be counted."""


def add_opinion(app: FastAPI, office: DeskContext) -> None:
    _add_watches(app, office)
    add_incidents(app, office)
    add_media(app, office)
    _add_suggestions(app, office)


# -- watches -----------------------------------------------------------------


def _add_watches(app: FastAPI, office: DeskContext) -> None:
    def book() -> Watches:
        return Watches(office.file, preset_watches(office.settings))

    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "opinion") as (store, around, now):
            channels = [name for name, _ in store.ledger.facets(Query(limit=0), _SECONDS).channel]
            kept = [(one, heard(store.ledger, one.watch, now)) for one in book().all()]
        return render(
            "watches.html",
            around,
            400 if problem else 200,
            kept=kept,
            channels=channels,
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
                all_of=tuple(typed.get("all_of", "").split()),
                none_of=tuple(typed.get("none_of", "").split()),
                place=typed.get("place", ""),
                channel=typed.get("channel", ""),
                alert=bool(typed.get("alert")),
            )
            number = book().add(watch, now, person.actor)
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        note(office, request, AuditAction.REGISTER, number, f"关注 {watch.title}")
        return RedirectResponse("/watches", 303)

    @app.post("/watches/{number}/drop")
    def drop(request: Request, number: str, form: Form) -> Response:
        person, now, typed = only(request, *KEEPERS), office.clock(), typed_of(form)
        try:
            book().drop(number, seen_of(typed), now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, str(problem))
        note(office, request, AuditAction.REGISTER, number, "不再关注")
        return RedirectResponse("/watches", 303)


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
