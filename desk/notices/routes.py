"""管理 → 通知设置: a unit's people and the desk say who is told how, and who stands in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from cases.alerts import ALERT_WORDS
from cases.notices import TOLD_UNITS
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only
from desk.http.form_input import Form, day_of, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.notices.leaves import Leaves
from desk.notices.service import Notices, Tried
from desk.notices.units import MAY, people

HREF: Final = "/notices"
_DONE: Final = {
    "added": "已添加，从下一条通知起生效。请发一条测试消息。",
    "removed": "已删去。等着发给它的通知改由本单位其他人收。",
    "leave": "已登记。离岗期间的通知由代收人收。",
    "back": "已取消。",
}


def add_notices(app: FastAPI, office: DeskContext) -> None:
    service = office.get(Notices)

    def page(request: Request, problem: str = "", tried: Tried | None = None) -> HTMLResponse:
        return _page(office, service, request, problem, tried)

    def done(request: Request, what: Callable[[], object], word: str) -> Response:
        try:
            what()
        except NotAllowed as problem:
            return page(request, str(problem))
        return RedirectResponse(f"{HREF}?done={word}", 303)

    @app.get(HREF)
    def notices_page(request: Request) -> HTMLResponse:
        only(request, *MAY)
        return page(request)

    @app.post(HREF)
    def add(request: Request, form: Form) -> Response:
        only(request, *MAY)
        return done(request, lambda: _add(service, request, form), "added")

    @app.post(HREF + "/{number}/remove")
    def remove(request: Request, number: str, form: Form) -> Response:
        only(request, *MAY)
        seen = seen_of(typed_of(form))
        return done(request, lambda: service.remove(doer_of(request), number, seen), "removed")

    @app.post(HREF + "/{number}/test")
    def attempt(request: Request, number: str, _form: Form) -> Response:
        only(request, *MAY)
        try:
            tried = service.attempt(doer_of(request), number)
        except NotAllowed as problem:
            return page(request, str(problem))
        return page(request, tried=tried)

    @app.post(HREF + "/leaves")
    def add_leave(request: Request, form: Form) -> Response:
        only(request, *MAY)
        typed = typed_of(form)
        return done(
            request,
            lambda: office.get(Leaves).add(
                doer_of(request),
                typed.get("account", ""),
                day_of(typed, "first", "第一天"),
                day_of(typed, "last", "最后一天"),
                typed.get("deputy", ""),
            ),
            "leave",
        )

    @app.post(HREF + "/leaves/{number}/end")
    def end_leave(request: Request, number: str, form: Form) -> Response:
        only(request, *MAY)
        seen = seen_of(typed_of(form))
        return done(request, lambda: office.get(Leaves).end(doer_of(request), number, seen), "back")


def _add(service: Notices, request: Request, form: FormData) -> None:
    doer, typed = doer_of(request), typed_of(form)
    unit = doer.actor.unit if doer.actor.role is Role.RESPONDER else typed.get("unit", "")
    service.add(
        doer,
        unit,
        account=typed.get("account", ""),
        via=typed.get("via", ""),
        to=typed.get("to", ""),
        key=typed.get("key", ""),
        kinds=[str(value) for value in form.getlist("kinds")],
        quiet=(typed.get("begin", ""), typed.get("end", "")),
    )


def _page(
    office: DeskContext, service: Notices, request: Request, problem: str, tried: Tried | None
) -> HTMLResponse:
    actor = doer_of(request).actor
    with page_context(office, request, "notices") as (_store, around, _now):
        pass
    own = actor.role is Role.RESPONDER
    asked = request.query_params.get("unit", "")
    unit = actor.unit if own else (asked if asked in office.register else "")
    try:
        lines, choices = service.lines(actor), service.choices()
    except NotAllowed as wrong:
        lines, choices, problem = (), (), problem or str(wrong)
    return render(
        "notices.html",
        around,
        400 if problem else 200,
        lines=lines,
        leaves=office.get(Leaves).lines(actor),
        choices=choices,
        kinds=[(kind.value, ALERT_WORDS[kind]) for kind in TOLD_UNITS],
        words=ALERT_WORDS,
        own=own,
        unit=unit,
        unit_name=office.register.name(unit) if unit else "",
        units=() if own else office.unit_groups(),
        people=people(office, unit) if unit else (),
        untold=() if own else service.told_nobody(),
        done=_DONE.get(request.query_params.get("done", ""), ""),
        problem=problem,
        tried=tried,
    )
