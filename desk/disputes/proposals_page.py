"""The page 派单建议: what reassignments suggest, with the cases for and against, two presses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from cases.figures.dispatch_lessons import LEAST, Proposal
from cases.figures.disputes import dispatch_shares
from cases.figures.measures import MEASURES, rate_text
from cases.words.refusals import NotAllowed
from desk.disputes.learned import LOOKED_BACK, ROLES, DispatchProposals, told
from desk.disputes.routes import rule_word
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.sight import only_seen_of
from desk.http.authentication import doer_of, only
from desk.http.form_input import Form, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.phrasing.lines import CaseLine, case_lines
from desk.phrasing.phrases import Phrases

HREF: Final = "/disputes/proposals"
_SHOWN: Final = 10
"""Cases that are listed for and against one proposal."""


class ProposalLine(Struct, frozen=True, kw_only=True):
    one: Proposal
    said: str
    unit: str
    rules: str
    cases: tuple[CaseLine, ...]
    against: tuple[CaseLine, ...]
    basis: str
    """What the form begins with."""


def add_proposals(app: FastAPI, office: DeskContext) -> None:
    service = office.get(DispatchProposals)

    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = only(request, *ROLES)
        waiting = service.waiting(doer_of(request))
        with page_context(office, request, "disputes") as (store, around, now):
            phrases = Phrases(office.register, now)

            def lines(ids: tuple[str, ...]) -> tuple[CaseLine, ...]:
                known = store.ledger.load(list(ids[-_SHOWN:])).values()
                return case_lines(only_seen_of(known, person.actor), office, now, person.actor)

            shown = [
                ProposalLine(
                    one=one,
                    said=told(one, phrases),
                    unit=phrases.unit(one.unit),
                    rules="、".join(map(rule_word, one.rules)),
                    cases=lines(one.cases),
                    against=lines(one.against),
                    basis=f"近 {LOOKED_BACK.days} 天 {len(one.cases)} 件改派由其承办",
                )
                for one in waiting
            ]
            start, until = now - LOOKED_BACK, now + timedelta(microseconds=1)
            by_rule, _ = dispatch_shares(store.ledger.outlines(start, until), start, until)
        return render(
            "dispatch_proposals.html",
            around,
            400 if problem else 200,
            problem=problem,
            typed=typed or {},
            proposals=shown,
            dismissed=service.dismissed(),
            shares=[(rule_word(row.name), rate_text(row.right)) for row in by_rule],
            right=MEASURES["right_first"],
            days=LOOKED_BACK.days,
            least=LEAST,
        )

    @app.get(HREF)
    def proposals_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post(HREF + "/{number}/accept")
    def accept(request: Request, number: str, form: Form) -> Response:
        typed = typed_of(form)
        item, words, basis = (typed.get(name, "") for name in ("item", "words", "basis"))
        return done(
            request,
            lambda by: service.accept(by, number, item=item, words=words, basis=basis),
            typed | {"id": number},
        )

    @app.post(HREF + "/{number}/dismiss")
    def dismiss(request: Request, number: str, form: Form) -> Response:
        typed = typed_of(form)
        return done(
            request,
            lambda by: service.dismiss(by, number, typed.get("reason", "")),
            typed | {"id": number},
        )

    def done(request: Request, press: Callable[[Doer], None], typed: Mapping[str, str]) -> Response:
        try:
            press(doer_of(request))
        except NotThere as problem:
            raise HTTPException(404, str(problem)) from None
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        return RedirectResponse(HREF, 303)
