"""看板: the figures of a period, for those who look rather than read."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from threading import Lock
from time import monotonic
from typing import Final, Self

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.figures.measures import MEASURES
from cases.privacy.visibility import marks_of
from cases.reporting.board import Board, board
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period
from cases.words.actors import Actor, Role
from desk.board.handling import handling
from desk.board.incoming import incoming
from desk.board.svg import drawn
from desk.ground.context import DeskContext, PageStore
from desk.ground.past_facts import facts_as_of
from desk.ground.sight import outlines
from desk.hotspots.service import Hotspots
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.period_asked import SPANS, period_asked

_KEPT: Final = 16
_FRESH_SECONDS: Final = 30.0
SUMS: Final = tuple(
    MEASURES[key] for key in ("received", "due", "on_time", "on_time_own", "responded", "overdue")
)
"""The figures at the head of the page."""
BOARD_FIGURES: Final = (
    "received", "due", "on_time", "on_time_own", "answered", "responded", "resolved", "satisfied",
    "instant", "right_first", "returned_share", "overdue", "overdue_days", "returns", "pressed",
    "promises_due", "promises_kept", "promises_broken", "promises_unchecked",
)  # fmt: skip
"""All that a board counts, each as a paper of the period does."""


class _Known(Struct, frozen=True):
    figures: Board
    revision: int
    until: float


class Boards:
    """Figures once made are kept until something was processed, and half a minute more
    where much happens: a wall of screens costs no more than one."""

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._lock = Lock()
        self._known: OrderedDict[tuple[Period, str, tuple[str, ...], date], _Known] = OrderedDict()

    def read(self, store: PageStore, period: Period, unit: str, actor: Actor) -> Board:
        """`unit`: of the cases that it leads only; "" for all. `actor`: who reads it."""
        now = self._office.clock()
        key = (period, unit, marks_of(actor), now.date())
        with self._lock:
            known = self._known.get(key)
            if known and (known.revision == store.processed or monotonic() < known.until):
                return known.figures
            revision = store.processed
            names = UnitNames(self._office.register, period.last)
            figures = board(
                outlines(facts_as_of(store, period, period.as_of(now)), actor),
                period,
                now,
                counted_at=names.counted_at,
                unit=unit,
            )
            self._known[key] = _Known(figures, revision, monotonic() + _FRESH_SECONDS)
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return figures


def add_board(app: FastAPI, office: DeskContext) -> None:
    def page(request: Request, tab: str) -> HTMLResponse:
        person = person_of(request)
        unit = person.unit if person.role is Role.RESPONDER else ""
        period = period_asked(request, office)
        with page_context(office, request, "board") as (store, around, now):
            found = office.get(Boards).read(store, period, unit, person.actor)
            named = office.get(Hotspots).named(store, found.hotspots)
        titles = {spot.matter: spot.name for spot in named}
        charts = (
            incoming(found, unit, lambda matter: titles.get(matter, matter))
            if tab == "incoming"
            else handling(found, unit, office.register.name)
        )
        return render(
            "board.html",
            around,
            tab=tab,
            found=found,
            charts=[(one, drawn(one)) for one in charts],
            sums=SUMS,
            spans=SPANS,
            today=now.date(),
            unit=office.register.name(unit) if unit else "",
        )

    @app.get("/board")
    def incoming_page(request: Request) -> HTMLResponse:
        return page(request, "incoming")

    @app.get("/board/handling")
    def handling_page(request: Request) -> HTMLResponse:
        return page(request, "handling")
