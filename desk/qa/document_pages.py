"""政策文件 of the book: listed, registered, repealed."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec.structs import replace
from starlette.exceptions import HTTPException

from cases.registers import qa
from cases.registers.ownership import owns
from cases.registers.qa import Document
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.registers import Changed
from desk.http.authentication import only, person_of
from desk.http.form_input import Form, day_of, note, seen_of, typed_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.qa.book import READERS, Book


def add_documents(app: FastAPI, office: DeskContext, book: Book) -> None:
    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        person = person_of(request)
        with page_context(office, request, "qa") as (_store, around, now):
            pass
        documents = book.documents()
        counts = {
            number: sum(entry.content.document == number for entry in book.all())
            for number in documents
        }
        return render(
            "qa_documents.html",
            around,
            400 if problem else 200,
            documents=documents,
            steps={number: book.document_steps(number) for number in documents},
            counts=counts,
            today=now.date(),
            may_write=person.role in qa.EDITORS,
            mine={n for n, unit in book.owners().items() if owns(person.actor, unit)},
            problem=problem,
            typed=typed or {},
        )

    @app.get("/qa/documents")
    def documents_page(request: Request) -> HTMLResponse:
        only(request, *READERS)
        return page(request)

    @app.post("/qa/documents")
    def add(request: Request, form: Form) -> Response:
        person, now, typed = only(request, *qa.EDITORS), office.clock(), typed_of(form)
        try:
            document = _document(typed)
            number = book.add_document(document, now, person.actor)
        except NotAllowed as problem:
            return page(request, str(problem), typed)
        note(office, request, AuditAction.REGISTER, number, f"登记政策文件：{document.title}")
        return RedirectResponse("/qa/documents", 303)

    @app.post("/qa/documents/{number}/repeal")
    def repeal(request: Request, number: str, form: Form) -> Response:
        person, now, typed = only(request, *qa.EDITORS), office.clock(), typed_of(form)
        known = book.documents().get(number)
        if known is None:
            raise HTTPException(404, f"没有编号为“{number[:20]}”的政策文件。")
        try:
            changed = _repealed(known, typed)
            book.change_document(number, seen_of(typed), changed, now, person.actor)
        except (NotAllowed, Changed) as problem:
            return page(request, str(problem), typed)
        note(office, request, AuditAction.REGISTER, number, f"废止政策文件：{changed.repealed_why}")
        return RedirectResponse("/qa/documents", 303)


def _document(typed: Mapping[str, str]) -> Document:
    """Raises `NotAllowed`."""
    begin = day_of(typed, "valid_from", "施行日期")
    if begin is None:
        raise NotAllowed("请填写施行日期。")
    return Document(
        title=typed.get("title", ""),
        reference=typed.get("reference", ""),
        issued_by=typed.get("issued_by", ""),
        url=typed.get("url", ""),
        valid_from=begin,
        valid_to=day_of(typed, "valid_to", "有效期止"),
    )


def _repealed(known: Document, typed: Mapping[str, str]) -> Document:
    """Raises `NotAllowed`."""
    day, why = day_of(typed, "day", "废止日期"), typed.get("text", "")
    if day is None or not why:
        raise NotAllowed("请填写废止日期和依据。")
    return replace(known, repealed_on=day, repealed_why=why)
