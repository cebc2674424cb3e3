"""整改事项: the list, one item, and what may be done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from cases.registers import rectification as rules
from cases.registers.ownership import of_unit
from cases.registers.rectification import Origin, Rectification, Step
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.registers import Changed
from desk.http.authentication import Person, only, person_of
from desk.http.form_input import Form, note, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.rectification.register import (
    Candidate,
    PoorReplies,
    Rectifications,
    candidates,
    most_first,
)

FINDERS: Final = (Role.DESK, Role.ADMIN, Role.LEADER)
WORKING_DAYS: Final = 5
"""Proposed for putting a problem right; the office writes what it wants."""
_LOOKED_BACK: Final = 30
_MOST_CASES: Final = 200


def add_rectification(app: FastAPI, office: DeskContext) -> None:
    book = Rectifications(office.file, {unit.id for unit in office.register})
    _add_list(app, office, book)
    _add_item(app, office, book)


def _add_list(app: FastAPI, office: DeskContext, book: Rectifications) -> None:
    poor = PoorReplies()

    def page(
        request: Request, problem: str = "", typed: dict[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        today = office.clock().date()
        wanted = request.query_params.get("stage", "")
        items = [one for one in book.all() if _may_see(person, one)]
        with page_context(office, request, "rectification") as (store, around, now):
            found: list[Candidate] = []
            if person.role in FINDERS:
                since = now - timedelta(days=_LOOKED_BACK)
                rows = list(store.ledger.outlines(since, now))
                found = candidates(rows, items, now)
                found = most_first([*found, *poor.candidates(store.ledger, rows, items)])
        shown = [one for one in items if not wanted or _in_list(one, wanted, today)]
        shown.sort(key=lambda one: (not one.open, one.due, one.number))
        return render(
            "rectification.html",
            around,
            400 if problem else 200,
            items=shown,
            total=len(items),
            lists={name: sum(_in_list(one, name, today) for one in items) for name in LISTS},
            wanted=wanted,
            candidates=found,
            looked_back=_LOOKED_BACK,
            most_cases=_MOST_CASES,
            may_find=person.role in FINDERS,
            units=office.unit_groups(),
            unit_name=office.register.name,
            origins=list(Origin),
            today=today,
            due=office.rules.calendar.add_working_days(today, WORKING_DAYS),
            problem=problem,
            typed=typed or {},
        )

    @app.get("/rectification")
    def list_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post("/rectification")
    def find(request: Request, form: Form) -> Response:
        person, now = only(request, *FINDERS), office.clock()
        typed = typed_of(form)
        try:
            item = book.find(_found(typed, now.date()), now, person.actor)
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        note(office, request, AuditAction.REGISTER, item.number, f"立项：{item.title}")
        return RedirectResponse(f"/rectification/{item.number}", 303)


LISTS: Final = ("逾期", *(stage.value for stage in rules.Stage))


def _in_list(item: Rectification, name: str, today: date) -> bool:
    if name == "逾期":
        return item.open and item.overdue(today)
    return item.stage == name


def _may_see(person: Person, item: Rectification) -> bool:
    return person.role is not Role.RESPONDER or of_unit(person.actor, item.unit)


def _found(typed: dict[str, str], today: date) -> rules.Found:
    """Raises `NotAllowed`."""
    try:
        due = date.fromisoformat(typed.get("due", ""))
        origin = Origin(typed.get("origin", ""))
    except ValueError:
        raise NotAllowed("请选择问题来源，并填写整改期限（如 2026-11-27）。") from None
    return rules.Found(
        title=typed.get("title", ""),
        problem=typed.get("problem", ""),
        origin=origin,
        unit=typed.get("unit", ""),
        found_on=today,
        due=due,
        ref=" ".join(typed.get("ref", "").split()),
        requirement=typed.get("requirement", ""),
    )


def _add_item(app: FastAPI, office: DeskContext, book: Rectifications) -> None:
    def item_of(request: Request, number: str) -> Rectification:
        found = book.get(number)
        if found is None or not _may_see(person_of(request), found):
            raise HTTPException(404, f"没有编号为“{number[:40]}”的整改事项，或您无权查看。")
        return found

    def page(
        request: Request,
        item: Rectification,
        problem: str = "",
        typed: dict[str, str] | None = None,
    ) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "rectification") as (_store, around, now):
            pass
        return render(
            "rectification_item.html",
            around,
            400 if problem else 200,
            item=item,
            unit=office.register.name(item.unit),
            late=item.open and item.overdue(now.date()),
            forms=[name for name in STEPS if _possible(item, name, person.actor)],
            history=[(one.at, one.by.name or one.by.id, *_told(one.step)) for one in item.history],
            problem=problem,
            typed=typed or {},
        )

    @app.get("/rectification/{number}")
    def item_page(request: Request, number: str) -> HTMLResponse:
        return page(request, item_of(request, number))

    @app.post("/rectification/{number}/{name}")
    def do(request: Request, number: str, name: str, form: Form) -> Response:
        item, person, now = item_of(request, number), person_of(request), office.clock()
        typed = typed_of(form)
        if name not in STEPS:
            raise HTTPException(404, "没有这个动作。")
        try:
            step = STEPS[name](typed)
            book.do(number, seen_of(typed), step, now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, item_of(request, number), str(problem), typed)
        note(office, request, AuditAction.REGISTER, item.number, _told(step)[0])
        return RedirectResponse(f"/rectification/{number}", 303)


def _day(typed: dict[str, str]) -> date:
    """Raises `NotAllowed`."""
    try:
        return date.fromisoformat(typed.get("due", ""))
    except ValueError:
        raise NotAllowed("请填写新的期限，如 2026-11-27。") from None


STEPS: Final[dict[str, Callable[[dict[str, str]], Step]]] = {
    "measure": lambda typed: rules.Measure(text=typed.get("text", "")),
    "hand-in": lambda typed: rules.HandedIn(evidence=typed.get("text", "")),
    "pass": lambda typed: rules.Verified(passed=True, opinion=typed.get("text", "")),
    "send-back": lambda typed: rules.Verified(passed=False, opinion=typed.get("text", "")),
    "extend": lambda typed: rules.Extended(due=_day(typed), reason=typed.get("text", "")),
    "appeal": lambda typed: rules.Appealed(reason=typed.get("text", "")),
    "uphold": lambda typed: rules.AppealDecided(upheld=True, reason=typed.get("text", "")),
    "dismiss": lambda typed: rules.AppealDecided(upheld=False, reason=typed.get("text", "")),
    "withdraw": lambda typed: rules.Withdrawn(reason=typed.get("text", "")),
}
"""What the forms of the page ask for."""


def _possible(item: Rectification, name: str, actor: Actor) -> bool:
    """Whether the item would allow it, were everything filled in."""
    filled = {"text": "…", "due": (item.due + timedelta(days=1)).isoformat()}
    try:
        rules.check(item, STEPS[name](filled), actor)
    except NotAllowed:
        return False
    return True


def _told(step: Step) -> tuple[str, str]:
    """What happened, and what was written, in the office's words."""
    match step:
        case rules.Found(problem=problem, due=due):
            return f"交办整改，期限 {due:%m-%d}", problem
        case rules.Measure(text=text):
            return "填写整改措施", text
        case rules.HandedIn(evidence=evidence):
            return "提交整改结果", evidence
        case rules.Verified(passed=passed, opinion=opinion):
            return ("核验通过，销号" if passed else "核验不通过，退回整改"), opinion
        case rules.Extended(due=due, reason=reason):
            return f"延期至 {due:%m-%d}", reason
        case rules.Appealed(reason=reason):
            return "提出申诉", reason
        case rules.AppealDecided(upheld=upheld, reason=reason):
            return ("申诉成立，撤销" if upheld else "申诉不成立"), reason
        case rules.Withdrawn(reason=reason):
            return "撤销", reason
