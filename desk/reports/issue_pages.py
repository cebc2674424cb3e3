"""Issuing a paper on the page, its corrections, and what was issued as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.privacy.visibility import marks_of
from cases.reporting.periods import Period
from cases.reporting.settings import PaperKind
from cases.words.actors import Role
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import Person, address_of, only, posted
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.reports.in_force import ReportsInForce
from desk.reports.issuing import IssueError, PaperIssues
from desk.reports.paper_pages import READERS, named_blocks, which_paper
from desk.reports.service import paper_name
from sinks.reports.editions import Edition, EditionError

Form = Annotated[FormData, Depends(posted)]
Correct = Callable[[Person, PaperKind, Period, str, str], None]
"""Starts counting again: who, which paper, who signs, why."""
_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CORRECTION: Final = "更正逐件列出改计的事项，您的账号不能看到保密件的分类。请向值班台索取。"
_BASE: Final = "/reports/papers/{kind}/{key}"


def add_issue_pages(
    app: FastAPI, office: DeskContext, reports: ReportsInForce, correct: Correct
) -> None:
    def note(request: Request, person: Person, about: str, detail: str) -> None:
        office.trail.record(
            office.clock(), person.account.id, AuditAction.REPORT, about, detail,
            address_of(request),
        )  # fmt: skip

    @app.post(f"{_BASE}/issue")
    def issue(request: Request, kind: str, key: str, form: Form) -> Response:
        person, now = only(request, Role.DESK), office.clock()
        sort, period = which_paper(kind, key)
        typed = str(form.get("number", "")).strip()
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
        url = office.settings.public_url
        try:
            edition = reports.issues.issue(
                sort, period, number, str(form.get("signer", "")), person.actor, now, url
            )
        except (IssueError, EditionError) as error:
            raise HTTPException(409, str(error)) from None
        note(request, person, edition.number, f"签发{edition.number}，签发人 {edition.signer}")
        return RedirectResponse(f"/reports/papers/{kind}/{key}/preview", 303)

    @app.post(f"{_BASE}/correct")
    def start(request: Request, kind: str, key: str, form: Form) -> Response:
        person = only(request, Role.DESK)
        sort, period = which_paper(kind, key)
        signer, reason = (str(form.get(name, "")).strip() for name in ("signer", "reason"))
        if not signer or not reason:
            raise HTTPException(409, "签发更正须写明签发人和更正的原因。")
        note(request, person, period.key, f"更正{reports.reporting.reports.papers[sort]}：{reason}")
        correct(person, sort, period, signer, reason)
        return RedirectResponse("/reports#jobs", 303)

    @app.post(f"{_BASE}/withdraw")
    def withdraw(request: Request, kind: str, key: str, form: Form) -> Response:
        person, now = only(request, Role.DESK), office.clock()
        sort, period = which_paper(kind, key)
        reason = str(form.get("reason", ""))
        try:
            edition = reports.issues.withdraw(sort, period, reason, person.actor, now)
        except (IssueError, EditionError) as error:
            raise HTTPException(409, str(error)) from None
        note(request, person, edition.number, f"撤回{edition.number}：{reason.strip()}")
        return RedirectResponse("/reports", 303)

    @app.get(f"{_BASE}/issued/{{revision}}")
    def shown(request: Request, kind: str, key: str, revision: int) -> HTMLResponse:
        _person, sort, period, edition = _edition_of(reports.issues, request, kind, key, revision)
        paper = reports.issues.document(sort, edition)
        with page_context(office, request, "reports") as (_store, around, _now):
            pass
        name = next(one for one in edition.files if one.endswith(".docx"))
        return render(
            "issued_paper.html",
            around,
            paper=paper,
            blocks=named_blocks(paper.blocks),
            edition=edition,
            withdrawn=reports.issues.of(sort, period).withdrawn,
            damage=reports.issues.folder(sort).damage(edition),
            docx=f"/reports/papers/{kind}/{key}/issued/{revision}/{name}",
        )

    @app.get(f"{_BASE}/issued/{{revision}}/{{name}}")
    def file(request: Request, kind: str, key: str, revision: int, name: str) -> FileResponse:
        person, sort, period, edition = _edition_of(reports.issues, request, kind, key, revision)
        # Only names that stand in the edition's own list: nothing of the address is a path.
        if name not in edition.files or not name.endswith(".docx"):
            raise HTTPException(404, "没有这个文件。")
        path = reports.issues.folder(sort).path(edition, name)
        reporting = reports.reporting
        full = paper_name(
            reporting, reporting.reports.papers[sort], period, f"_{edition.number}.docx"
        )
        office.trail.record(
            office.clock(), person.account.id, AuditAction.EXPORT, full, "下载",
            address_of(request),
        )  # fmt: skip
        disposition = f"attachment; filename=report.docx; filename*=UTF-8''{quote(full)}"
        return FileResponse(path, media_type=_DOCX, headers={"content-disposition": disposition})


def _edition_of(
    issues: PaperIssues, request: Request, kind: str, key: str, revision: int
) -> tuple[Person, PaperKind, Period, Edition]:
    person = only(request, *READERS)
    sort, period = which_paper(kind, key)
    for edition in issues.of(sort, period).editions:
        if edition.revision == revision:
            # Those of an earlier version name withheld cases beside their topic.
            if edition.changed and marks_of(person.actor):
                raise HTTPException(403, _CORRECTION)
            return person, sort, period, edition
    raise HTTPException(404, "没有签发过这一份。")
