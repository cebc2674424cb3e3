"""承诺事项: every promise, whose it is, when it falls due, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.figures.measures import Ratio, rate_text
from cases.privacy.visibility import for_anyone
from cases.record.case import Case, Promise
from cases.words.actors import Role
from desk.ground.context import DeskContext
from desk.ground.sight import only_seen
from desk.http.authentication import person_of
from desk.http.encoded_routes import case_href
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filter_input import BadParameter

_LOOKED_BACK = timedelta(days=731)
_MOST = 500


class PromiseStanding(StrEnum):
    """The value is in the address and shown."""

    OVERDUE = "逾期未核查"
    DUE = "未到期"
    KEPT = "已兑现"
    BROKEN = "未兑现"


class PromiseLine(Struct, frozen=True, kw_only=True):
    case_id: str
    href: str
    number: int
    title: str
    text: str
    owner: str
    due: date
    standing: PromiseStanding
    evidence: str
    verified_by: str
    published: str


def standing_of(promise: Promise, today: date) -> PromiseStanding:
    if promise.kept is not None:
        return PromiseStanding.KEPT if promise.kept else PromiseStanding.BROKEN
    return PromiseStanding.OVERDUE if promise.due < today else PromiseStanding.DUE


def promise_lines(
    cases: Iterable[Case], office: DeskContext, today: date, unit: str = ""
) -> list[PromiseLine]:
    """Of these cases, the most overdue first; `unit`: what that unit promised only."""
    lines = [
        PromiseLine(
            case_id=case.case_id,
            href=case_href(case.case_id),
            number=promise.number,
            title=for_anyone(case, case.item.title, instead="（保密件）"),
            text=for_anyone(case, promise.text, by_office=True),
            owner=office.register.name(promise.owner),
            due=promise.due,
            standing=standing_of(promise, today),
            evidence=for_anyone(case, promise.evidence, by_office=True),
            verified_by=promise.verified_by,
            published=for_anyone(case, promise.published, by_office=True),
        )
        for case in cases
        for promise in case.promises
        if not unit or promise.owner == unit
    ]
    order = list(PromiseStanding)
    return sorted(lines, key=lambda one: (order.index(one.standing), one.due, one.case_id))


def add_promises(app: FastAPI, office: DeskContext) -> None:
    @app.get("/promises")
    def promises_page(request: Request) -> HTMLResponse:
        person = person_of(request)
        unit = person.unit if person.role is Role.RESPONDER else ""
        wanted = request.query_params.get("standing", "")
        if wanted and wanted not in list(PromiseStanding):
            raise BadParameter(
                f"没有“{wanted[:20]}”这一类，可用的有：{'、'.join(PromiseStanding)}。"
            )
        with page_context(office, request, "promises") as (store, around, now):
            ids = [
                row.case_id
                for row in store.ledger.outlines(now - _LOOKED_BACK)
                if any(not unit or owner == unit for owner, _, _ in row.promises)
            ]
            cases = only_seen(store.ledger.load(ids[-_MOST:]).values(), person.actor)
        lines = promise_lines(cases, office, now.date(), unit)
        counts = {one: sum(line.standing is one for line in lines) for one in PromiseStanding}
        judged = counts[PromiseStanding.KEPT] + counts[PromiseStanding.BROKEN]
        return render(
            "promises.html",
            around,
            lines=[line for line in lines if not wanted or line.standing == wanted],
            counts={one.value: n for one, n in counts.items()},
            rate=rate_text(Ratio(counts[PromiseStanding.KEPT], judged)) if judged else "",
            total=len(lines),
            wanted=wanted,
            cut=len(ids) > _MOST,
            most=_MOST,
        )
