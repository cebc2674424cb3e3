"""Papers of a case: 交办单, 督办单 and the case itself, as A4 pages and as Word files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.privacy.visibility import Eyes, Sight, sight_of
from cases.record import events as ev
from cases.record.case import Case
from cases.words.actors import Role
from desk.files.uploads import MediaType
from desk.ground.actions import NoSuchCase
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.sight import Unmasking, find_case
from desk.http.authentication import Person, address_of, only, person_of, posted
from desk.http.download import disposition
from desk.http.encoded_routes import CodedRoute
from desk.http.pages import Frame, render
from desk.http.unmasking import GRANT, here, unmask_href, with_grant
from desk.papers.docx import docx_of
from desk.papers.numbers import Series, give_number, number_of
from desk.papers.paper import NoPaper, Paper
from desk.papers.printed import case_paper, fee_notice, handover, pressing

Form = Annotated[FormData, Depends(posted)]


def print_links(case: Case, person: Person, grant: str = "") -> tuple[tuple[str, str], ...]:
    """The papers of the case that this person may print: (name, address). With a `grant` they
    are printed as the page is shown, else masked."""
    if sight_of(case, person.actor) <= Sight.WITHHELD:
        return ()
    code = quote(case.case_id, safe="")
    links = [("打印本页内容", f"/print/case/{code}")]
    if person.role in (Role.DESK, Role.RESPONDER) and case.dispatched:
        links += [
            ("交办单" if task.lead else "协办交办单", f"/print/handover/{code}/{task.unit}")
            for task in case.tasks
            if person.role is Role.DESK or task.unit == person.unit
        ]
    if person.role in (Role.DESK, Role.LEADER) or person.unit == case.unit:
        links += [
            (f"{event.body.rung.value}单（{event.at:%m-%d}）", f"/print/press/{code}/{event.seq}")
            for event in case.history
            if isinstance(event.body, ev.Pressed)
        ]
    if person.role is Role.DESK and case.fee is not None:
        links.append(("收费通知书", f"/print/fee/{code}"))
    if person.role is Role.DESK:
        links.append(("写舆情专报", f"/briefs/new?case={code}"))
    return tuple(
        (name, with_grant(href, grant) if href.startswith("/print/") else href)
        for name, href in links
    )


def add_prints(app: FastAPI, office: DeskContext) -> None:
    _add_case_paper(app, office)
    _add_handover(app, office)
    _add_pressing(app, office)
    _add_fee(app, office)


# -- papers of a case ----------------------------------------------------------------


def shown(request: Request, paper: Paper, *, number_at: str = "", unmask_at: str = "") -> Response:
    """The paper as a page, or as a Word file. `number_at`: where its number is asked for,
    while it has none. `unmask_at`: where it is asked for without masks."""
    if request.query_params.get("format") == "docx":
        name = f"{paper.title}{paper.number or ''}.docx"
        return Response(
            docx_of(paper),
            media_type=MediaType.DOCX.value,
            headers={"content-disposition": disposition(name, inline=False)},
        )
    around = Frame(paper.on, "print", person=person_of(request))
    return render(
        "print_paper.html",
        around,
        paper=paper,
        number_at=number_at,
        docx=f"?{urlencode([*_kept(request), ('format', 'docx')])}",
        unmask_at=unmask_at,
        then=here(request),
    )


def _kept(request: Request) -> list[tuple[str, str]]:
    grant = request.query_params.get(GRANT, "")
    return [(GRANT, grant)] if grant else []


def _load(office: DeskContext, request: Request, case_id: str) -> Case:
    """Raises `NoSuchCase`, also for who may not know of what sort the case is."""
    with office.readers.reader() as store:
        return find_case(store.ledger, case_id, person_of(request).actor, Sight.LABELS)


def _eyes(office: DeskContext, request: Request, case: Case) -> Eyes:
    grant = request.query_params.get(GRANT, "")
    return office.get(Unmasking).eyes(grant, case, person_of(request).actor)


def _unmask_at(case: Case, eyes: Eyes) -> str:
    """Where this person asks for the paper without masks; "" where there is no more."""
    return unmask_href(case) if eyes.full and eyes.sight is not Sight.FULL else ""


def _printable(
    office: DeskContext,
    request: Request,
    case: Case,
    eyes: Eyes,
    make: Callable[[Case, Eyes], Paper],
) -> Paper:
    """The paper; that it was made is noted, for it leaves the desk."""
    try:
        paper = make(case, eyes)
    except NoPaper as problem:
        raise HTTPException(404, str(problem)) from None
    office.trail.record(
        office.clock(),
        person_of(request).account.id,
        AuditAction.EXPORT,
        case.case_id,
        f"打印{paper.title}" + ("（未脱敏）" if eyes.sight is Sight.FULL else ""),
        address_of(request),
    )
    return paper


def _add(app: FastAPI, path: str, endpoint: Callable[..., Response], method: str = "GET") -> None:
    app.router.routes.append(CodedRoute(path, endpoint, methods=[method], response_model=None))


def _add_case_paper(app: FastAPI, office: DeskContext) -> None:
    def page(request: Request, case_id: str) -> Response:
        case = _load(office, request, case_id)
        eyes = _eyes(office, request, case)
        paper = _printable(
            office,
            request,
            case,
            eyes,
            lambda one, seen: case_paper(one, seen, office, office.clock()),
        )
        return shown(request, paper, unmask_at=_unmask_at(case, eyes))

    _add(app, "/print/case/{case_id:coded}", page)


def _add_handover(app: FastAPI, office: DeskContext) -> None:
    def allowed(request: Request, case_id: str, unit: str) -> tuple[Person, Case]:
        person = only(request, Role.DESK, Role.RESPONDER)
        case = _load(office, request, case_id)
        if person.role is Role.RESPONDER and person.unit != unit:
            raise NoSuchCase(case_id)
        return person, case

    def page(request: Request, case_id: str, unit: str) -> Response:
        person, case = allowed(request, case_id, unit)
        number = number_of(office, Series.HANDOVER, _task_name(case, unit))
        eyes = _eyes(office, request, case)
        paper = _printable(
            office,
            request,
            case,
            eyes,
            lambda one, seen: handover(one, unit, seen, office, office.clock(), number),
        )
        ask = person.role is Role.DESK and not number
        return shown(
            request,
            paper,
            number_at=_here(request) if ask else "",
            unmask_at=_unmask_at(case, eyes),
        )

    def give(request: Request, case_id: str, unit: str, _form: Form) -> Response:
        only(request, Role.DESK)
        person, case = allowed(request, case_id, unit)
        _printable(
            office,
            request,
            case,
            Eyes(case, person.actor),
            lambda one, seen: handover(one, unit, seen, office, office.clock(), ""),
        )
        name = _task_name(case, unit)
        give_number(office, Series.HANDOVER, name, person.actor, office.clock())
        return RedirectResponse(_here(request), 303)

    _add(app, "/print/handover/{case_id:coded}/{unit}", page)
    _add(app, "/print/handover/{case_id:coded}/{unit}", give, "POST")


def _add_pressing(app: FastAPI, office: DeskContext) -> None:
    def allowed(request: Request, case_id: str) -> tuple[Person, Case]:
        person, case = person_of(request), _load(office, request, case_id)
        if person.role not in (Role.DESK, Role.LEADER) and person.unit != case.unit:
            raise NoSuchCase(case_id)
        return person, case

    def page(request: Request, case_id: str, seq: int) -> Response:
        person, case = allowed(request, case_id)
        number = number_of(office, Series.PRESSING, f"{case_id}#{seq}")
        eyes = _eyes(office, request, case)
        paper = _printable(
            office,
            request,
            case,
            eyes,
            lambda one, seen: pressing(one, seq, seen, office, office.clock(), number),
        )
        ask = person.role is Role.DESK and not number
        more = case.confidential and eyes.withheld
        return shown(
            request,
            paper,
            number_at=_here(request) if ask else "",
            unmask_at=_unmask_at(case, eyes) if more else "",
        )

    def give(request: Request, case_id: str, seq: int, _form: Form) -> Response:
        only(request, Role.DESK)
        person, case = allowed(request, case_id)
        _printable(
            office,
            request,
            case,
            Eyes(case, person.actor),
            lambda one, seen: pressing(one, seq, seen, office, office.clock(), ""),
        )
        give_number(office, Series.PRESSING, f"{case_id}#{seq}", person.actor, office.clock())
        return RedirectResponse(_here(request), 303)

    _add(app, "/print/press/{case_id:coded}/{seq:int}", page)
    _add(app, "/print/press/{case_id:coded}/{seq:int}", give, "POST")


def _add_fee(app: FastAPI, office: DeskContext) -> None:
    def page(request: Request, case_id: str) -> Response:
        case = _load(office, request, case_id)
        if person_of(request).role is not Role.DESK:
            # Said alike to who may not open the case at all.
            raise NoSuchCase(case_id)
        eyes = _eyes(office, request, case)
        paper = _printable(
            office,
            request,
            case,
            eyes,
            lambda one, seen: fee_notice(one, seen, office, office.clock()),
        )
        return shown(request, paper, unmask_at=_unmask_at(case, eyes))

    _add(app, "/print/fee/{case_id:coded}", page)


def _task_name(case: Case, unit: str) -> str:
    """What names the paper: a unit that gets the case a second time gets a second paper."""
    task = case.task(unit)
    return f"{case.case_id}#{unit}#{task.assigned_at.isoformat() if task else ''}"


def _here(request: Request) -> str:
    raw: bytes = request.scope["raw_path"]
    return raw.decode("latin-1")
