"""The page 对上交换: what waits to be sent, what did not arrive, what the platform has not
answered."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct

from cases.life.todo import TODO_WORDS, Todo
from cases.privacy.visibility import Eyes
from cases.words.actors import Actor, Role
from desk.exchange.lines import UpwardLine, upward_lines
from desk.exchange.service import SETTLERS, Exchange
from desk.ground.context import DeskContext, PageStore
from desk.ground.doer import NotThere
from desk.ground.sight import for_actor, only_seen_of
from desk.http.authentication import doer_of, only, person_of
from desk.http.form_input import Form, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.http.waiting import MOST, WaitingCounts
from desk.phrasing.lines import CaseLine, case_line
from sinks.delivery.log import SettleError
from sinks.ledger.base import Query

ROLES: Final = (Role.DESK, Role.LEADER, Role.ADMIN)
_LISTED: Final = 200
_LISTS: Final = (Todo.SETTLE_UP, Todo.SEND_UP, Todo.AWAIT_UP)


class ExchangeLine(Struct, frozen=True):
    line: CaseLine
    messages: tuple[UpwardLine, ...]


def add_exchange(app: FastAPI, office: DeskContext) -> None:
    office.get(WaitingCounts).register("exchange", _unsettled)

    def page(request: Request, problem: str = "") -> HTMLResponse:
        actor = person_of(request).actor
        with page_context(office, request, "exchange") as (store, frame, now):
            lists = []
            for todo in _LISTS:
                found = store.ledger.search(for_actor(Query(todo=todo, limit=_LISTED), actor))
                lines = [
                    ExchangeLine(
                        case_line(case, office, now, actor), upward_lines(case, Eyes(case, actor))
                    )
                    for case in only_seen_of(found.cases, actor)
                ]
                lists.append((TODO_WORDS[todo], found.total, lines))
        return render(
            "exchange.html",
            frame,
            400 if problem else 200,
            lists=lists,
            may_settle=actor.role in SETTLERS,
            platforms=len(office.rules.platforms),
            may_set_up=actor.role is Role.ADMIN,
            problem=problem,
        )

    @app.get("/exchange")
    def exchange_page(request: Request) -> HTMLResponse:
        only(request, *ROLES)
        return page(request)

    @app.post("/exchange/settle")
    def settle(request: Request, form: Form) -> Response:
        typed = typed_of(form)
        number = typed.get("number", "")
        if typed.get("delivered") not in ("0", "1"):
            return page(request, "请选择平台是否已经收下。")
        try:
            office.get(Exchange).settle(
                doer_of(request),
                typed.get("case", ""),
                int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
                delivered=typed["delivered"] == "1",
                proof=typed.get("proof", ""),
            )
        except (SettleError, NotThere) as error:
            return page(request, str(error))
        return RedirectResponse("/exchange", 303)


def _unsettled(store: PageStore, actor: Actor) -> int:
    query = for_actor(Query(todo=Todo.SETTLE_UP, limit=0, count_to=MOST + 1), actor)
    return store.ledger.search(query).total
