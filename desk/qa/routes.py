"""问答库 on the desk: entries, policy documents, candidates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from cases.privacy.visibility import Sight
from cases.registers import qa
from cases.registers.ownership import owns
from cases.registers.qa import Document, QaEntry, QaStanding, Step, Written
from cases.words.actors import Role
from cases.words.labels import Kind
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.registers import Changed
from desk.ground.sight import find_case, for_actor, only_seen_of
from desk.http.authentication import Person, only, person_of
from desk.http.draft_autosave import DraftAutosave
from desk.http.encoded_routes import case_href
from desk.http.form_input import Form, day_of, note, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.qa.book import READERS, Book
from desk.qa.candidates import candidates
from desk.qa.document_pages import add_documents
from desk.qa.export_page import add_export
from sinks.ledger.base import Query

LISTS: Final = ("已发布", "待审", "草稿", "已失效", "已撤回")
_LOOKED_BACK: Final = timedelta(days=90)


def add_qa(app: FastAPI, office: DeskContext) -> None:
    book = office.get(Book)
    _add_entries(app, office, book)
    _add_entry(app, office, book)
    add_documents(app, office, book)
    add_export(app, office)


# -- entries -----------------------------------------------------------------


def _add_entries(app: FastAPI, office: DeskContext, book: Book) -> None:
    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        wanted = request.query_params.get("list", "")
        with page_context(office, request, "qa") as (_store, around, now):
            pass
        listed = _listed(book, now.date())
        documents = book.documents()
        uses = book.uses()
        return render(
            "qa.html",
            around,
            400 if problem else 200,
            lists={name: len(entries) for name, entries in listed.items()},
            wanted=wanted if wanted in listed else _first(listed),
            entries=listed.get(wanted, listed[_first(listed)]),
            documents={
                number: one for number, one in documents.items() if one.in_force(now.date())
            },
            all_documents=documents,
            uses=uses,
            unit_name=office.register.name,
            units=office.unit_groups(),
            own_unit=person.unit,
            may_write=person.role in qa.EDITORS,
            problem=problem,
            typed=typed or {},
        )

    @app.get("/qa")
    def list_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        return page(request)

    @app.get("/qa/candidates")
    def candidates_page(request: Request) -> HTMLResponse:
        person = only(request, *qa.EDITORS)
        with page_context(office, request, "qa") as (store, around, now):
            query = Query(
                kind=Kind.INQUIRY.value,
                replied=True,
                received_from=now - _LOOKED_BACK,
            )
            cases = only_seen_of(store.ledger.scan(for_actor(query, person.actor)), person.actor)
            found = candidates(cases, book.all(), book.alike)
        return render(
            "qa_candidates.html",
            around,
            candidates=found,
            documents={n: d for n, d in book.documents().items() if d.in_force(now.date())},
            unit_name=office.register.name,
            days=_LOOKED_BACK.days,
        )

    @app.post("/qa")
    def write(request: Request, form: Form) -> Response:
        person, now, typed = only(request, *qa.EDITORS), office.clock(), typed_of(form)
        try:
            entry = book.write(_written(typed, person), now, person.actor)
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        note(
            office, request, AuditAction.REGISTER, entry.number, f"写问答：{entry.content.question}"
        )
        return RedirectResponse(f"/qa/entries/{entry.number}", 303)


def _listed(book: Book, today: date) -> dict[str, list[QaEntry]]:
    """Entries by the list that they stand in, the newest first."""
    expired = {entry.number for entry in book.expired(today)}
    lists: dict[str, list[QaEntry]] = {name: [] for name in LISTS}
    for entry in reversed(book.all()):
        if entry.standing is QaStanding.PUBLISHED and entry.number in expired:
            lists["已失效"].append(entry)
        else:
            lists[entry.standing.value].append(entry)
    return lists


def _first(listed: Mapping[str, list[QaEntry]]) -> str:
    return next((name for name, entries in listed.items() if entries), LISTS[0])


def _written(typed: Mapping[str, str], person: Person) -> Written:
    """Raises `NotAllowed`."""
    return Written(
        question=typed.get("question", ""),
        answer=typed.get("answer", ""),
        document=typed.get("document", ""),
        clause=typed.get("clause", ""),
        topic=typed.get("topic", ""),
        unit=person.unit if person.role is Role.RESPONDER else typed.get("unit", ""),
        valid_to=day_of(typed, "valid_to", "有效期止"),
        case_ids=tuple(typed.get("case_ids", "").split()),
    )


# -- one entry ---------------------------------------------------------------


def _add_entry(app: FastAPI, office: DeskContext, book: Book) -> None:
    def page(
        request: Request, entry: QaEntry, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "qa") as (_store, around, now):
            pass
        documents = book.documents()
        today = now.date()
        return render(
            "qa_entry.html",
            around,
            400 if problem else 200,
            entry=entry,
            public=entry.public(documents, today),
            document=documents.get(entry.content.document),
            documents={n: d for n, d in documents.items() if d.in_force(today)},
            unit=office.register.name(entry.content.unit) if entry.content.unit else "",
            units=office.unit_groups(),
            uses=book.uses()[entry.number],
            forms=[
                name
                for name, step in _TRIED.items()
                if _possible(entry, step or entry.content, person, documents, today)
            ],
            history=[(one.at, one.by.name or one.by.id, *_told(one.step)) for one in entry.history],
            problem=problem,
            typed=typed or {},
        )

    def entry_of(number: str) -> QaEntry:
        found = book.get(number)
        if found is None:
            raise HTTPException(404, f"没有编号为“{number[:20]}”的问答。")
        return found

    @app.get("/qa/entries/{number}")
    def entry_page(request: Request, number: str) -> HTMLResponse:
        only(request, *READERS)
        return page(request, entry_of(number))

    @app.post("/qa/entries/{number}/quote")
    def quote(request: Request, number: str, form: Form) -> Response:
        """The answer goes to the end of what the writer of a reply has typed so far."""
        person, now, case_id = only(request, *qa.EDITORS), office.clock(), str(form.get("case_id"))
        with office.readers.reader() as store:
            case = find_case(store.ledger, case_id, person.actor, Sight.FULL)
        public = {one.number: one.published for one in book.public(now.date())}
        answer = public.get(number)
        if answer is None:
            raise HTTPException(404, "这条问答现在不对外，不能引用。")
        typed = office.get(DraftAutosave)
        typed.add(person.account.id, case_id, answer.answer, case.seq, now)
        book.use(number, case_id, now, person.actor)
        return RedirectResponse(f"{case_href(case_id)}#reply", 303)

    @app.post("/qa/entries/{number}/{name}")
    def do(request: Request, number: str, name: str, form: Form) -> Response:
        person, now, typed = person_of(request), office.clock(), typed_of(form)
        entry = entry_of(number)
        try:
            step = _step(name, typed, entry, person)
            book.do(number, seen_of(typed), step, now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, entry_of(number), str(problem), typed)
        note(office, request, AuditAction.REGISTER, number, _told(step)[0])
        return RedirectResponse(f"/qa/entries/{number}", 303)


_TRIED: Final[dict[str, Step | None]] = {
    "submit": qa.Submitted(),
    "approve": qa.Approved(),
    "reject": qa.Rejected("…"),
    "edit": None,
    "withdraw": qa.Withdrew("…"),
}
"""The forms of the page, filled in enough to ask whether they are possible; the text as it
is stands for an edit."""


def _step(name: str, typed: Mapping[str, str], entry: QaEntry, person: Person) -> Step:
    """Raises `HTTPException` and `NotAllowed`."""
    text = typed.get("text", "")
    match name:
        case "submit":
            return qa.Submitted()
        case "approve":
            return qa.Approved(text)
        case "reject":
            return qa.Rejected(text)
        case "withdraw":
            return qa.Withdrew(text)
        case "edit":
            case_ids = " ".join(entry.content.case_ids)
            return _written({**typed, "case_ids": case_ids}, person)
    raise HTTPException(404, "没有这个动作。")


def _possible(
    entry: QaEntry, step: Step, person: Person, documents: Mapping[str, Document], today: date
) -> bool:
    try:
        qa.check(entry, step, person.actor, documents, today)
    except NotAllowed:
        # Who may edit at all may move an entry to another document.
        return (
            isinstance(step, Written)
            and person.role in qa.EDITORS
            and owns(person.actor, entry.content.unit)
        )
    return True


def _told(step: Step) -> tuple[str, str]:
    match step:
        case Written(question=question):
            return "编写", question
        case qa.Submitted():
            return "提交审定", ""
        case qa.Approved(opinion=opinion):
            return "审定发布", opinion
        case qa.Rejected(reason=reason):
            return "退回修改", reason
        case qa.Withdrew(reason=reason):
            return "撤回", reason
