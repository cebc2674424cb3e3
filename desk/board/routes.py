"""看板: the figures of a period, for those who look rather than read."""

from __future__ import annotations

from datetime import date
from typing import Final, Self

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

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
from desk.ground.kept_figures import KeptFigures
from desk.ground.media import media_table
from desk.ground.past_facts import facts_as_of
from desk.ground.sight import outlines
from desk.hotspots.service import Hotspots
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.period_asked import SPANS, period_asked

SUMS: Final = tuple(
    MEASURES[key] for key in ("received", "due", "on_time", "on_time_own", "responded", "overdue")
)
"""The figures at the head of the page."""
BOARD_FIGURES: Final = (
    "received", "due", "on_time", "on_time_own", "answered", "responded", "resolved", "satisfied",
    "instant", "right_first", "returned_share", "overdue", "overdue_days", "returns", "pressed",
    "promises_due", "promises_kept", "promises_broken", "promises_unchecked", "media", "stories",
)  # fmt: skip
"""All that a board counts, each as a paper of the period does."""


class Boards:
    """What a board shows, kept a while (`desk.ground.kept_figures`)."""

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._kept: KeptFigures[tuple[Period, str, tuple[str, ...], date], Board] = KeptFigures()

    def read(self, store: PageStore, period: Period, unit: str, actor: Actor) -> Board:
        """`unit`: of the cases that it leads only; "" for all. `actor`: who reads it."""
        now = self._office.clock()

        def made() -> Board:
            names = UnitNames(self._office.register, period.last)
            return board(
                outlines(facts_as_of(store, period, period.as_of(now)), actor),
                period,
                now,
                counted_at=names.counted_at,
                unit=unit,
                media=media_table(self._office.settings).channels,
            )

        return self._kept.read((period, unit, marks_of(actor), now.date()), store.processed, made)


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
