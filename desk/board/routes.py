"""看板: the figures of a period, for those who look rather than read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Final, Self

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.figures.case_facts import CaseFacts, facts_of
from cases.figures.dated import as_of
from cases.figures.measures import MEASURES
from cases.privacy.visibility import for_anyone, marks_of
from cases.reporting.board import Board, board
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period, days
from cases.words.actors import Actor, Role
from cases.words.times import micros
from desk.board.handling import handling
from desk.board.incoming import incoming
from desk.board.svg import drawn
from desk.ground.context import DeskContext, PageStore
from desk.ground.sight import outlines
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filters import BadParameter

SPANS: Final = {7: "近 7 天", 30: "近 30 天", 90: "近 90 天", 365: "近一年"}
LONGEST_DAYS: Final = 731
_KEPT: Final = 16
_FRESH_SECONDS: Final = 30.0
_READ_AT_ONCE: Final = 500
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
                outlines(_as_of(store, period, period.as_of(now)), actor),
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
            heads = store.ledger.load([line.matter for line in found.hotspots])
        titles = {
            key: for_anyone(case, case.item.title, instead="（保密件）")
            for key, case in heads.items()
        }
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


def _as_of(store: PageStore, period: Period, at: datetime) -> Iterator[CaseFacts]:
    """The facts of every case received before the end of the period, as they were at `at`. Stored
    are the facts of today: only cases that changed since are read themselves."""
    since = micros(at)
    changed = []
    for row in store.ledger.outlines(None, period.end_at):
        if row.changed < since:
            yield row
        else:
            changed.append(row.case_id)
    for first in range(0, len(changed), _READ_AT_ONCE):
        for case in store.ledger.load(changed[first : first + _READ_AT_ONCE]).values():
            then = as_of(case, at)
            if then is not None:
                yield facts_of(then)


def period_asked(request: Request, office: DeskContext) -> Period:
    """Raises `BadParameter`."""
    today = office.clock().date()
    values = request.query_params
    if values.get("from") or values.get("to"):
        try:
            first = date.fromisoformat(values.get("from", ""))
            last = date.fromisoformat(values.get("to", ""))
        except ValueError:
            raise BadParameter("起止日期应都填写，写作 2026-11-22。") from None
        if not first <= last <= today:
            raise BadParameter(f"起始日期（{first}）应不晚于截止日期（{last}），且都不晚于今天。")
        if (last - first).days >= LONGEST_DAYS:
            raise BadParameter(f"最长看 {LONGEST_DAYS} 天，实际是 {(last - first).days + 1} 天。")
        return days(first, last)
    text = values.get("days", "30")
    if text not in map(str, SPANS):
        raise BadParameter(f"days 应为 {'、'.join(map(str, SPANS))} 之一，实际是“{text[:20]}”。")
    return days(today - timedelta(days=int(text) - 1), today)
