"""早报: the morning on the page, from the hand-over until now, and the digest of a unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec.structs import replace

from cases.privacy.visibility import Sight, sight_of
from cases.record.case import OPEN_STATES, Case
from cases.reporting.daily_paper import ON_SCREEN, daily_blocks, span_words
from cases.reporting.morning import Morning
from cases.reporting.naming import UnitNames
from cases.words.actors import Actor, Role
from cases.words.times import beijing
from desk.duty.roster import Duty
from desk.ground.context import DeskContext
from desk.ground.sight import for_actor
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.times import midnight
from desk.reports.in_force import ReportsInForce
from desk.reports.making import watch_of
from desk.reports.paper_pages import named_blocks
from desk.reports.service import Reporting
from sinks.ledger.base import Ledger, Query


def handed_over(office: DeskContext, reporting: Reporting, now: datetime) -> datetime:
    """The last hand-over that was written yesterday; without one, the hour of 快报 yesterday."""
    yesterday = beijing(now).date() - timedelta(days=1)
    written = [one.at for one in office.get(Duty).notes() if beijing(one.at).date() == yesterday]
    if written:
        return beijing(max(written))
    return datetime.combine(yesterday, reporting.reports.daily_hour, now.tzinfo)


def morning_now(
    ledger: Ledger, office: Reporting, since: datetime, now: datetime, actor: Actor
) -> Morning:
    """The same as `making.count_morning` of this moment, without reading every case; a unit has
    its own part. Raises `LedgerUnavailable`."""
    only = (
        UnitNames(office.register, now.date()).family(actor.unit or "-")
        if actor.role is Role.RESPONDER
        else ()
    )
    watch = watch_of(office, since, now + timedelta(microseconds=1), only)
    seen: set[str] = set()
    for case in _asked(ledger, office, since, now, actor):
        if case.case_id not in seen and sight_of(case, actor) is not Sight.NOTHING:
            seen.add(case.case_id)
            watch.add(case)
    return replace(watch.morning(), events=office.events(since, now, only))


def _asked(
    ledger: Ledger, office: Reporting, since: datetime, now: datetime, actor: Actor
) -> Iterator[Case]:
    opened = tuple(OPEN_STATES)
    today = midnight(now)
    matters: set[str] = set()
    for case in ledger.scan(for_actor(Query(received_from=since), actor)):
        matters.update(case.matters)
        yield case
    for query in (
        Query(states=opened, due_to=today + timedelta(days=1)),
        Query(states=opened, high_risks=office.high_risks),
        Query(states=opened, dispatched=False),
        Query(promise_to=today),
        *(Query(matter=matter) for matter in sorted(matters)),
    ):
        yield from ledger.scan(for_actor(query, actor))


def add_morning(app: FastAPI, office: DeskContext, reports: ReportsInForce) -> None:
    @app.get("/morning")
    def morning_page(request: Request) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "morning") as (store, around, now):
            reporting = reports.reporting
            since = handed_over(office, reporting, now)
            morning = morning_now(
                store.ledger, reporting.as_decided(office.file), since, now, person.actor
            )
        return render(
            "morning.html",
            around,
            span=span_words(morning),
            blocks=named_blocks(daily_blocks(morning, ON_SCREEN)),
        )
