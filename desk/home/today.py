"""值班台: the first page, and taking note of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from cases.words.actors import Actor, Role
from desk.alerts.acknowledging import MAY_ACKNOWLEDGE, Alerts
from desk.annual_review.service import AnnualReviews
from desk.ground import wiring
from desk.ground.calendar_ahead import unpublished
from desk.ground.context import DeskContext, PageStore
from desk.ground.locality import FILE
from desk.ground.office_settings import unnamed
from desk.home.live import Live, add_live
from desk.home.overview import Overview, overview, silent_sources, unacknowledged
from desk.home.presses import add_presses, by_script
from desk.http.authentication import doer_of, person_of, posted
from desk.http.page_context import page_context
from desk.http.pages import environment, render
from desk.http.waiting import WaitingCounts

Form = Annotated[FormData, Depends(posted)]
_START = {Role.RESPONDER: "/queue", Role.REVIEWER: "/queue"}

_MAY_NAME: Final = frozenset({Role.ADMIN, Role.DESK})
"""Who is told that the office has not named its place."""
_OWN_FILE: Final = f"本地配置文件夹（overlay）的 {FILE} "


def add_today(app: FastAPI, office: DeskContext) -> None:
    alerts = office.get(Alerts)
    entries = tuple(
        entry for entry in wiring.source_entries(office.settings).values() if entry.enabled
    )

    def view_of(store: PageStore, actor: Actor) -> Overview:
        return overview(store, office, office.clock(), actor, book=alerts.book, entries=entries)

    def picture(store: PageStore, actor: Actor) -> Mapping[str, object]:
        view, role = view_of(store, actor), actor.role
        lists = environment().get_template("today_lists.html").module
        frame = {"now": office.clock()}
        may_ack = role in MAY_ACKNOWLEDGE
        return {
            "counters": [
                {"name": one.name, "value": one.value, "tone": one.tone} for one in view.counters
            ],
            "alerts": str(lists.alerts(view.alerts, frame, may_ack)),  # type: ignore[attr-defined]
            "events": str(lists.events(view.events, frame)),  # type: ignore[attr-defined]
            "unseen": str(lists.unseen(view.unseen, frame, role is Role.DESK)),  # type: ignore[attr-defined]
            "returns": str(lists.returns(view.returns, frame, role is Role.DESK)),  # type: ignore[attr-defined]
            "hand": str(lists.hand(view.hand, view.receipts, frame, role is Role.DESK)),  # type: ignore[attr-defined]
        }

    office.get(WaitingCounts).register(
        "overview", lambda store, actor: unacknowledged(store, office, alerts.book, actor)
    )
    live = Live(office, picture)
    office.before_close.append(live.close)
    app.state.live = live
    app.state.before_stop.append(live.close)
    add_live(app, office, live)
    add_presses(app, office, live)

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
            unnamed=unnamed(office.card, _OWN_FILE) if person.role in _MAY_NAME else "",
            unpublished=unpublished(office.rules.calendar, now.date())
            if person.role in _MAY_NAME
            else "",
            may_set_up=person.role is Role.ADMIN,
            review=office.get(AnnualReviews).overdue() if person.role is Role.ADMIN else "",
            folders=office.folders,
            silent=silent,
            intake=intake,
            units=office.unit_groups() if person.role is Role.DESK else (),
            names=_names(office),
            may_ack=person.role in MAY_ACKNOWLEDGE,
            may_assign=person.role is Role.DESK,
        )

    @app.post("/alerts/acknowledge")
    def acknowledge(request: Request, form: Form) -> Response:
        entry = alerts.acknowledge(doer_of(request), str(form.get("alert", "")))
        live.acknowledged()
        if by_script(request):
            return JSONResponse({"by": taken.name if (taken := entry.state.acknowledged) else ""})
        return RedirectResponse("/", 303)


def _names(office: DeskContext) -> dict[str, str]:
    """What a unit is found by: all its names."""
    return {unit.id: " ".join(unit.all_names()) for unit in office.register}
