"""值班台: the first page, taking note of alerts, and assigning without leaving it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.record import commands as do
from cases.words.actors import Actor, Role
from desk.ground import wiring
from desk.ground.actions import CaseChanged, NoSuchCase, NotYet, Refused
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext, PageStore
from desk.home.live import Live, add_live
from desk.home.overview import Overview, overview, silent_sources
from desk.http.authentication import address_of, only, person_of, posted
from desk.http.page_context import page_context
from desk.http.pages import environment, render
from sinks.alerts.book import AlertBook, UnknownAlert
from sinks.alerts.file import AlertFile

Form = Annotated[FormData, Depends(posted)]
_ACKNOWLEDGES = (Role.DESK, Role.LEADER)
_START = {Role.RESPONDER: "/queue", Role.REVIEWER: "/queue"}


def add_today(app: FastAPI, office: DeskContext) -> None:
    alert_file = AlertFile(office.settings.home / "alerts.db")
    book = AlertBook(alert_file)
    entries = tuple(
        entry for entry in wiring.source_entries(office.settings).values() if entry.enabled
    )

    def view_of(store: PageStore, actor: Actor) -> Overview:
        return overview(store, office, office.clock(), actor, book=book, entries=entries)

    def picture(store: PageStore, actor: Actor) -> Mapping[str, object]:
        view, role = view_of(store, actor), actor.role
        lists = environment().get_template("today_lists.html").module
        frame = {"now": office.clock()}
        may_ack = role in _ACKNOWLEDGES
        return {
            "counters": [
                {"name": one.name, "value": one.value, "tone": one.tone} for one in view.counters
            ],
            "alerts": str(lists.alerts(view.alerts, frame, may_ack)),  # type: ignore[attr-defined]
            "hand": str(lists.hand(view.hand, frame, role is Role.DESK)),  # type: ignore[attr-defined]
        }

    live = Live(office, picture)
    office.before_close += [live.close, alert_file.close]
    app.state.live = live
    app.state.before_stop.append(live.close)
    add_live(app, office, live)

    @app.get("/")
    def overview_page(request: Request) -> Response:
        person = person_of(request)
        if person.role in _START:
            return RedirectResponse(_START[person.role], 303)
        with page_context(office, request, "overview") as (store, around, now):
            view = view_of(store, person.actor)
            silent = silent_sources(store, entries, office, now)
            intake = tuple(store.intake_counts().items())
        return render(
            "overview.html",
            around,
            view=view,
            folders=office.folders,
            silent=silent,
            intake=intake,
            units=office.unit_groups() if person.role is Role.DESK else (),
            names=_names(office),
            may_ack=person.role in _ACKNOWLEDGES,
            may_assign=person.role is Role.DESK,
        )

    @app.post("/alerts/acknowledge")
    def acknowledge(request: Request, form: Form) -> Response:
        person = only(request, *_ACKNOWLEDGES)
        alert_id = str(form.get("alert", ""))
        try:
            taken = book.acknowledge(alert_id, person.actor, office.clock())
        except UnknownAlert:
            raise HTTPException(404, "这条告警刚刚产生，还没有登记，请过几秒再按。") from None
        office.trail.record(
            office.clock(),
            person.account.id,
            AuditAction.ALERT,
            alert_id,
            "知悉",
            address_of(request),
        )
        live.acknowledged()
        if _by_script(request):
            return JSONResponse({"by": taken.name})
        return RedirectResponse("/", 303)

    @app.post("/today/assign")
    def assign(request: Request, form: Form) -> Response:
        """From the list, with the case as it stood in the list."""
        person = only(request, Role.DESK)
        seen = str(form.get("seen", ""))
        command = do.Assign(
            lead=str(form.get("lead", "")), reason=str(form.get("reason", "")).strip()[:2000]
        )
        try:
            done = office.acts.submit(
                person.actor,
                str(form.get("case", "")),
                command,
                action_id=str(form.get("action_id", "")),
                seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None,
            )
        except (Refused, CaseChanged, NotYet, NoSuchCase) as problem:
            if _by_script(request):
                status = 404 if isinstance(problem, NoSuchCase) else 409
                error = {"code": "not_done", "message": str(problem)}
                return JSONResponse({"error": error}, status)
            raise HTTPException(409, str(problem)) from None
        live.acknowledged()
        if _by_script(request):
            return JSONResponse({"unit": office.register.name(done.case.unit)})
        return RedirectResponse("/", 303)


def _by_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _names(office: DeskContext) -> dict[str, str]:
    """What a unit is found by: all its names."""
    return {unit.id: " ".join(unit.all_names()) for unit in office.register}
