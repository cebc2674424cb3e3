"""周反馈、月整改、季通报 on the page: read before they are fetched, their words edited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.reporting.document import Block, Chart, Heading, PageBreak, Paragraph, Table
from cases.reporting.periods import Period, PeriodError, read_period
from cases.reporting.settings import PAPER_PERIODS, PaperKind
from cases.words.actors import Role
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import address_of, only, posted
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.ledger.filter_input import BadParameter
from desk.reports.due import paper_path
from desk.reports.in_force import ReportsInForce
from desk.reports.issuing import PaperIssues
from desk.reports.service import Reporting
from desk.reports.stored_papers import EditError, KeptPaper, edit, first_page, kept
from sinks.reports.editions import Edition

Form = Annotated[FormData, Depends(posted)]
READERS: Final = (Role.DESK, Role.LEADER, Role.REVIEWER, Role.ADMIN)
EDITORS: Final = (Role.DESK, Role.ADMIN)
_NAMES: Final = {
    Heading: "heading",
    Paragraph: "paragraph",
    Table: "table",
    Chart: "chart",
    PageBreak: "break",
}
_SHOWN: Final = 60


class MadePaper(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    title: str
    period: str
    """With its dates."""
    made_at: datetime | None
    edited: int
    href: str
    issued: tuple[Edition, ...] = ()
    """The paper under its number, and its corrections."""
    withdrawn: str = ""


def made_papers(folder: Path, office: Reporting, issues: PaperIssues) -> list[MadePaper]:
    """The newest first. Raises `EditionError`."""
    found: list[tuple[Period, MadePaper]] = []
    for kind, of in PAPER_PERIODS.items():
        place = folder / kind.value
        for path in place.glob("*.docx") if place.is_dir() else ():
            try:
                period = read_period(of, path.stem)
            except PeriodError:
                continue
            paper = kept(path)
            line = MadePaper(
                title=office.reports.papers[kind],
                period=period.name,
                made_at=paper.made_at if paper else None,
                edited=len(paper.edits) if paper else 0,
                href=f"/reports/papers/{kind.value}/{period.key}",
            )
            found.append((period, line))
    found.sort(key=lambda pair: (pair[0].end_at, pair[1].href), reverse=True)
    return [_with_issues(line, period, issues) for period, line in found[:_SHOWN]]


def _with_issues(line: MadePaper, period: Period, issues: PaperIssues) -> MadePaper:
    stands = issues.of(PaperKind(line.href.split("/")[3]), period)
    return replace(line, issued=stands.last, withdrawn=stands.withdrawn)


def named_blocks(blocks: Iterable[Block]) -> list[tuple[str, Block]]:
    """Each with the word by which `paper_blocks.html` shows it."""
    return [(_NAMES[type(block)], block) for block in blocks]


def which_paper(kind: str, key: str) -> tuple[PaperKind, Period]:
    """Raises `BadParameter`."""
    try:
        sort = PaperKind(kind)
        return sort, read_period(PAPER_PERIODS[sort], key)
    except (ValueError, PeriodError):
        raise BadParameter("没有这样的快报、周反馈、月整改或季通报。") from None


def add_paper_pages(app: FastAPI, office: DeskContext, reports: ReportsInForce) -> None:
    folder = office.settings.papers_folder

    def page(request: Request, kind: str, key: str, problem: str = "") -> HTMLResponse:
        person = only(request, *READERS)
        sort, period = which_paper(kind, key)
        paper = kept(paper_path(folder, sort, period))
        if paper is None:
            raise HTTPException(404, "没有这份材料，或由旧版本生成，不能预览；请重新生成。")
        with page_context(office, request, "reports") as (_store, around, now):
            stands = reports.issues.of(sort, period)
        return render(
            "paper.html",
            around,
            400 if problem else 200,
            paper=paper.shown,
            edits={one.text: one for one in paper.edits},
            blocks=named_blocks(paper.shown.blocks),
            first=len(first_page(paper.document)),
            href=f"/reports/papers/{kind}/{key}",
            may_edit=person.role in EDITORS and not stands.standing,
            may_issue=person.role is Role.DESK,
            issued=stands.standing,
            prefix=reports.issues.prefix(sort, now),
            proposed=reports.issues.proposed(sort, now, period),
            reserved=reports.issues.reserved(sort, now),
            signer=paper.document.letter.signer if paper.document.letter else "",
            problem=problem,
        )

    @app.get("/reports/papers/{kind}/{key}/preview")
    def preview(request: Request, kind: str, key: str) -> HTMLResponse:
        return page(request, kind, key)

    @app.post("/reports/papers/{kind}/{key}/preview")
    def write(request: Request, kind: str, key: str, form: Form) -> Response:
        person, now = only(request, *EDITORS), office.clock()
        sort, period = which_paper(kind, key)
        originals, texts = form.getlist("original"), form.getlist("text")
        typed = dict(zip(map(str, originals), map(str, texts), strict=False))
        if reports.issues.of(sort, period).standing:
            return page(request, kind, key, "这一期已经签发，文字不能再改；有误请签发更正。")
        try:
            changed: KeptPaper = edit(
                paper_path(folder, sort, period),
                typed,
                person.actor.name or person.account.id,
                now,
                office.settings.public_url,
                reports.reporting.headed(sort).template,
            )
        except EditError as error:
            return page(request, kind, key, str(error))
        office.trail.record(
            now,
            person.account.id,
            AuditAction.REPORT,
            period.key,
            f"修改{reports.reporting.reports.papers[sort]}的文字，现有 {len(changed.edits)} 处",
            address_of(request),
        )
        return RedirectResponse(f"/reports/papers/{kind}/{key}/preview", 303)
