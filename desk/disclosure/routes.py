"""依申请公开: the register of requests, and what is asked for so often that it should be public."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from msgspec.structs import replace
from starlette.datastructures import FormData

from cases.privacy.masking import mask_item
from cases.privacy.visibility import for_anyone, is_withheld
from cases.record.case import Case, State
from cases.record.fees import Basis
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.disclosure.register import (
    DECIDERS,
    PROPOSERS,
    Decided,
    Proposals,
    busy,
    frequent,
)
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext, PageStore
from desk.ground.registers import Changed
from desk.ground.sight import only_seen
from desk.http.authentication import only, person_of, posted
from desk.http.encoded_routes import case_href
from desk.http.form_input import note
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filter_input import BadParameter
from desk.qa.book import Book

Form = Annotated[FormData, Depends(posted)]
_LOOKED_BACK: Final = timedelta(days=731)
_MOST: Final = 2000


class Listed(StrEnum):
    """The value is in the address and shown."""

    OPEN = "办理中"
    OVERDUE = "已逾期"
    ANSWERED = "已答复"
    ENDED = "已办结"


class RequestLine(Struct, frozen=True, kw_only=True):
    number: str
    href: str
    title: str
    applicant: str
    """Masked."""
    way: str
    received_at: datetime
    due_at: datetime | None
    """None while the time does not run."""
    late: bool
    state: str
    until: str
    """Of a request that waits: for whom and until when."""
    result: str
    unit: str
    listed: Listed


def request_line(case: Case, office: DeskContext, now: datetime) -> RequestLine:
    clock = case.round.clock("disclosure")
    running = clock is not None and clock.paused_since is None
    first = case.round.first_delivery
    done_at = first.at if first and first.at else now
    late = bool(clock and running and (case.open or first) and done_at > clock.due_at)
    waiting = case.waiting
    until = f"至 {waiting.until:%m-%d}" if waiting and waiting.until else ""
    item = mask_item(replace(case.item, confidential=case.confidential))
    return RequestLine(
        number=case.item.source_item_id,
        href=case_href(case.case_id),
        title=for_anyone(case, case.item.title, instead="（保密件）"),
        applicant=item.author,
        way="" if case.confidential else case.item.extra.get("申请方式", ""),
        received_at=clock.started_at if clock else case.received_at,
        due_at=clock.due_at if clock and running else None,
        late=late,
        state=case.state_words,
        until=until,
        result=case.outcome.result.value if case.outcome else "",
        unit=office.register.name(case.unit) if case.dispatched else "待派",
        listed=_listed(case, late=late),
    )


def _listed(case: Case, *, late: bool) -> Listed:
    if case.open:
        return Listed.OVERDUE if late else Listed.OPEN
    return Listed.ANSWERED if case.state is State.REPLIED else Listed.ENDED


def requests_in(store: PageStore, now: datetime, unit: str = "") -> tuple[list[Case], bool]:
    """The requests of the last two years, the newest `_MOST` at most, and whether there are
    more; `unit`: that unit's own."""
    ids = [row.case_id for row in store.ledger.outlines(now - _LOOKED_BACK) if row.disclosure]
    cases: Iterable[Case] = store.ledger.load(ids[-_MOST:]).values()
    found = [case for case in cases if not unit or case.task(unit) is not None]
    return found, len(ids) > _MOST


def add_disclosure(app: FastAPI, office: DeskContext) -> None:
    book = Proposals(office.file)
    together = office.get(Book).alike.together
    free = office.rules.handling.disclosure.fees.free(Basis.PIECES)
    least = office.rules.handling.disclosure.frequent_requests

    def page(request: Request, problem: str = "") -> HTMLResponse:
        person = person_of(request)
        unit = person.unit if person.role is Role.RESPONDER else ""
        wanted = request.query_params.get("list", "")
        if wanted and wanted not in list(Listed):
            raise BadParameter(f"没有“{wanted[:20]}”这一类，可用的有：{'、'.join(Listed)}。")
        with page_context(office, request, "disclosure") as (store, around, now):
            found, cut = requests_in(store, now, unit)
            cases = only_seen(found, person.actor)
        lines = [request_line(case, office, now) for case in cases]
        order = list(Listed)
        lines.sort(key=lambda one: (order.index(one.listed), one.received_at, one.number))
        office_wide = person.role is not Role.RESPONDER
        # Who asked for what says of what sort a case is, and by whom.
        known = [case for case in cases if not is_withheld(case, person.actor)]
        asked = frequent(known, least, together) if office_wide else []
        return render(
            "disclosure.html",
            around,
            400 if problem else 200,
            lines=[one for one in lines if not wanted or one.listed == wanted],
            counts={one.value: sum(line.listed is one for line in lines) for one in Listed},
            total=len(lines),
            wanted=wanted,
            cut=cut,
            most=_MOST,
            office_wide=office_wide,
            asked=[(one, book.of(one.case_ids)) for one in asked],
            least=least,
            busy=busy(known, free) if office_wide else [],
            free=free,
            proposals=book.all() if office_wide else [],
            may_propose=person.role in PROPOSERS,
            may_decide=person.role in DECIDERS,
            problem=problem,
        )

    @app.get("/disclosure")
    def disclosure_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post("/disclosure/proposals")
    def propose(request: Request, form: Form) -> Response:
        person, now = only(request, *PROPOSERS), office.clock()
        wanted = str(form.get("case", ""))
        with office.readers.reader() as store:
            cases, _ = requests_in(store, now)
        asked = next(
            (one for one in frequent(cases, least, together) if wanted in one.case_ids), None
        )
        if asked is None:
            return page(request, f"没有 {least} 件以上的申请要求公开同一信息。")
        try:
            number = book.propose(asked, now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, str(problem))
        note(office, request, AuditAction.REGISTER, number, f"建议主动公开：{asked.title}")
        return RedirectResponse("/disclosure#proposals", 303)

    @app.post("/disclosure/proposals/{number}")
    def decide(request: Request, number: str, form: Form) -> Response:
        person, now = only(request, *DECIDERS), office.clock()
        seen = str(form.get("seen", ""))
        step = Decided(publish=form.get("publish") == "1", text=str(form.get("text", "")).strip())
        try:
            book.decide(number, int(seen) if seen.isdecimal() else 0, step, now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, str(problem))
        note(
            office,
            request,
            AuditAction.REGISTER,
            number,
            "纳入主动公开" if step.publish else "不纳入主动公开",
        )
        return RedirectResponse("/disclosure#proposals", 303)
