"""剔除和申诉 on the page, and 试算: the class table with other weights, which saves nothing."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec.structs import replace

from cases.reporting.naming import UnitNames
from cases.reporting.periods import PeriodError, PeriodKind, containing, read_period
from cases.reporting.scoring import EXPLAINED, Score, ranking, scored_of
from cases.reporting.settings import RATES, Rate, ReportTable, Scoring
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.exclusions.register import upheld
from desk.exclusions.service import ASKERS, Exclusions
from desk.ground.context import DeskContext
from desk.http.authentication import doer_of, only
from desk.http.form_input import Form, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.figure_lists import KeptLists, NoList

_COMPARERS: Final = (Role.DESK, Role.LEADER, Role.REVIEWER, Role.ADMIN)
_MOST: Final = 1000.0


def add_exclusions(app: FastAPI, office: DeskContext) -> None:
    service = office.get(Exclusions)

    def page(request: Request, problem: str = "", typed: dict[str, str] | None = None) -> Response:
        doer = doer_of(request)
        lines = service.lines(doer, request.query_params.get("unit", ""))
        with page_context(office, request, "reports") as (_store, around, now):
            pass
        return render(
            "exclusions.html",
            around,
            409 if problem else 200,
            lines=[(one, service.may_decide(doer, one)) for one in lines],
            unit_name=office.register.name,
            today=now.date(),
            may_ask=doer.actor.role in ASKERS,
            may_compare=doer.actor.role in _COMPARERS,
            appeal=doer.actor.role is Role.RESPONDER,
            me=doer.actor.id,
            typed=typed or {"case": request.query_params.get("case", "")},
            problem=problem,
        )

    @app.get("/exclusions")
    def list_page(request: Request) -> Response:
        return page(request)

    @app.post("/exclusions")
    def ask(request: Request, form: Form) -> Response:
        typed = typed_of(form)
        try:
            service.ask(
                doer_of(request),
                typed.get("case", ""),
                typed.get("reason", ""),
                typed.get("evidence", ""),
            )
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        return RedirectResponse("/exclusions", 303)

    @app.post("/exclusions/{number}/decision")
    def decide(request: Request, number: str, form: Form) -> Response:
        typed = typed_of(form)
        if typed.get("upheld") not in ("1", "0"):
            return page(request, "请选择成立或不成立。")
        try:
            service.decide(
                doer_of(request),
                number,
                upheld=typed["upheld"] == "1",
                reason=typed.get("reason", ""),
            )
        except NotAllowed as problem:
            return page(request, str(problem))
        return RedirectResponse("/exclusions", 303)

    @app.post("/exclusions/{number}/take-back")
    def take_back(request: Request, number: str, _form: Form) -> Response:
        try:
            service.take_back(doer_of(request), number)
        except NotAllowed as problem:
            return page(request, str(problem))
        return RedirectResponse("/exclusions", 303)

    _add_what_if(app, office)


def _add_what_if(app: FastAPI, office: DeskContext) -> None:
    @app.get("/exclusions/what-if")
    def what_if(request: Request) -> HTMLResponse:
        only(request, *_COMPARERS)
        table = ReportTable.from_table(office.settings.table("reports.toml"))
        asked = request.query_params
        with page_context(office, request, "reports") as (_store, around, now):
            last = containing(PeriodKind.QUARTER, now.date()).previous
        key = asked.get("period", "") or (last.key if last else "")
        problem = ""
        before: tuple[Score, ...] = ()
        after: tuple[Score, ...] = ()
        weights = {one.figure: one.weight for one in table.scoring.rate}
        try:
            weights = {one: _weight(asked.get(one), weights.get(one, 0.0)) for one in RATES}
            changed = with_weights(table.scoring, weights)
            before = _scores(office, key, table.scoring)
            after = _scores(office, key, changed)
        except (PeriodError, NoList, ValueError) as error:
            problem = str(error)
        was = {one.unit: one for one in before}
        return render(
            "what_if.html",
            around,
            # Who only opens the page has asked for nothing wrong yet.
            400 if problem and asked else 200,
            period=key,
            weights=weights,
            rates=RATES,
            lines=[(one, was.get(one.unit)) for one in after],
            explained=EXPLAINED,
            problem=problem,
            asked=bool(asked),
        )


def with_weights(scoring: Scoring, weights: dict[str, float]) -> Scoring:
    """Raises `ValueError` where nothing weighs anything."""
    if not sum(weights.values()):
        raise ValueError("各项权重合计应大于 0，实际是 0。")
    rates = tuple(Rate(figure=key, weight=weight) for key, weight in weights.items() if weight)
    return replace(scoring, rate=rates)


def _weight(text: str | None, known: float) -> float:
    """Raises `ValueError`."""
    if text is None:
        return known
    try:
        found = float(text or 0)
    except ValueError:
        found = -1.0
    if not 0 <= found <= _MOST:
        raise ValueError(f"权重应为 0 到 {_MOST:g} 的数，实际是“{text[:20]}”。")
    return found


def _scores(office: DeskContext, key: str, scoring: Scoring) -> tuple[Score, ...]:
    """From the list that was kept with the paper of the quarter: nothing is counted anew, and
    nothing is kept. Raises `PeriodError`, `NoList`."""
    period = read_period(PeriodKind.QUARTER, key)
    lists = office.get(KeptLists).of_period(period.key)
    excluded = {one.case_id for one in scoring.appeal}
    excluded |= {one.case_id for one in upheld(office.file)}
    names = UnitNames(office.register, period.last)
    return ranking(scored_of(lists, excluded), names, scoring)
