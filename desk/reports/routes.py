"""报表: issued ledgers, the weekly, monthly and quarterly papers, and ledgers of any period."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from cases.privacy.visibility import marks_of
from cases.reporting.periods import (
    Period,
    PeriodError,
    PeriodKind,
    containing,
    days,
    issue_day,
    require_begun,
)
from cases.reporting.settings import PAPER_PERIODS, PaperKind
from cases.words.actors import Actor, Role
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.sight import facets, for_actor
from desk.http.authentication import Person, address_of, only, posted
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.rectification.register import printed_items
from desk.reports.choices import KIND_WORDS, KINDS, choices, chosen
from desk.reports.downloads import NO_LABELS, add_downloads
from desk.reports.due import due_papers, paper_path
from desk.reports.in_force import ReportsInForce
from desk.reports.issue import Unchanged, issue
from desk.reports.issue_pages import add_issue_pages
from desk.reports.issuing import PaperIssues
from desk.reports.jobs import ReportJobs, Step, Work
from desk.reports.making import produce, put
from desk.reports.morning_pages import add_morning
from desk.reports.paper_pages import EDITORS, READERS, add_paper_pages, made_papers
from desk.reports.service import (
    LedgerFormat,
    Reporting,
    Wanted,
    paper_name,
    write_ledger,
)
from sinks.ledger.base import Ledger, Query
from sinks.private import make_folder
from sinks.reports.editions import Editions

Form = Annotated[FormData, Depends(posted)]
_FACET_SECONDS: Final = 0.15
"""What the suggestions of channels and topics may cost the page."""


def add_reports(app: FastAPI, office: DeskContext) -> None:
    desk = _Reports(office)
    app.state.before_stop.append(desk.jobs.close)
    _add_pages(app, office, desk)
    add_paper_pages(app, office, desk.in_force)
    add_issue_pages(app, office, desk.in_force, desk.start_correction)
    add_morning(app, office, desk.in_force)
    add_downloads(app, office, desk.in_force, desk.editions, desk.jobs)


class _Reports:
    """What the report pages share."""

    def __init__(self, office: DeskContext) -> None:
        self.office = office
        self.in_force = ReportsInForce(lambda: office.settings, office.file)
        self.editions = Editions(office.settings.home / "editions")
        self.papers = office.settings.papers_folder
        self.jobs = ReportJobs()

    @property
    def reporting(self) -> Reporting:
        return self.in_force.reporting

    @property
    def issues(self) -> PaperIssues:
        return self.in_force.issues

    def start(self, person: Person, title: str, period: Period, work: Work) -> None:
        now = self.office.clock()
        with self.office.readers.reader() as store:
            total = store.ledger.search(Query(received_to=period.as_of(now), limit=0)).total
        self.jobs.start(title, person.account.id, now, total, work)

    def start_correction(
        self, person: Person, kind: PaperKind, period: Period, signer: str, reason: str
    ) -> None:
        now = self.office.clock()
        title = f"更正{self.reporting.reports.papers[kind]} {period.name}"
        work = self.correction(kind, period, signer, reason, person.actor, now)
        self.start(person, title, period, work)

    def issue(self, period: Period, signer: str, reason: str, now: datetime) -> Work:
        def work(step: Step) -> tuple[str, Path | None]:
            with self.office.readers.reader() as store:
                try:
                    edition = issue(
                        store.ledger,
                        self.reporting,
                        self.editions,
                        period,
                        signer,
                        now,
                        reason=reason,
                        progress=step,
                    )
                except Unchanged as same:
                    return str(same), None
            balanced = "" if edition.balanced else "；守恒核对有不平衡的项目，请看该页"
            changed = f"，更正 {edition.changed} 处" if edition.changed else ""
            said = (
                f"已签发{edition.number}：{edition.rows} 件，{edition.equation}{changed}{balanced}"
            )
            return said, None

        return work

    def paper(self, kind: PaperKind, period: Period, now: datetime) -> Work:
        def work(step: Step) -> tuple[str, Path | None]:
            path = paper_path(self.papers, kind, period)
            items = printed_items(self.office.file, self.office.register)
            reporting = self.reporting.as_decided(self.office.file)
            with self.office.readers.reader() as store:
                made = produce(kind, store.ledger, reporting, period, now, items, step)
            standing = self.issues.of(kind, period).standing
            if standing:
                found = self.issues.compare(kind, period, made.figures)
                said = f"{standing[0].number}已经签发，原件不改；重新统计"
                more = f"有 {len(found)} 处不同，请在预览页签发更正" if found else "没有不同"
                return said + more, None
            public_url = self.office.settings.public_url
            put(made, self.papers, path, public_url, self.reporting.headed(kind).template)
            return f"{period.name}：{made.said}", path

        return work

    def correction(
        self, kind: PaperKind, period: Period, signer: str, reason: str, by: Actor, now: datetime
    ) -> Work:
        def work(step: Step) -> tuple[str, Path | None]:
            items = printed_items(self.office.file, self.office.register)
            reporting = self.reporting.as_decided(self.office.file)
            with self.office.readers.reader() as store:
                made = produce(kind, store.ledger, reporting, period, now, items, step)
                url = self.office.settings.public_url
                edition = self.issues.correct(
                    kind, period, made, store.ledger, signer, reason, by, now, url
                )
            return f"已签发{edition.number}：{edition.changed} 处", None

        return work

    def ledger(self, wanted: Wanted, format_: LedgerFormat, now: datetime) -> Work:
        def work(step: Step) -> tuple[str, Path | None]:
            folder = self.office.settings.home / "exports"
            make_folder(folder)
            path = Path(mkdtemp(dir=folder)) / paper_name(
                self.reporting, self.reporting.table.title, wanted.period, f".{format_.value}"
            )
            with self.office.readers.reader() as store:
                written = write_ledger(
                    store.ledger, self.reporting, wanted, {format_: path}, now, progress=step
                )
            return f"{written.rows} 件，{written.balance.equation}", path

        return work


def _page(desk: _Reports, request: Request, person: Person, problem: str = "") -> HTMLResponse:
    office = desk.office
    with page_context(office, request, "reports") as (store, around, now):
        known = facets(store.ledger, for_actor(Query(), person.actor), person.actor, _FACET_SECONDS)
        unissued = _unissued(desk, store.ledger, now.date())
        # As `desk.app.periodic_tasks`: nothing is owed of the time before the first message.
        first = next(iter(store.ledger.outlines()), None)
        begun = first.received if first else now.timestamp()
    return render(
        "reports.html",
        around,
        400 if problem else 200,
        editions=[(one, desk.editions.damage(one)) for one in desk.editions.all()],
        papers=made_papers(desk.papers, desk.reporting, desk.issues),
        due=[
            (desk.reporting.reports.papers[one.kind], one)
            for one in due_papers(desk.papers, desk.reporting, now)
            if one.owed(begun)
        ],
        paper_kinds={kind.value: desk.reporting.reports.papers[kind] for kind in PaperKind},
        kinds={kind.value: KIND_WORDS[kind] for kind in KINDS},
        period_words={kind.value: word for kind, word in KIND_WORDS.items()},
        formats=list(LedgerFormat),
        unissued=unissued,
        choices=choices(now.date()),
        paper_periods={kind.value: of.value for kind, of in PAPER_PERIODS.items()},
        jobs=desk.jobs.all(person.account.id),
        units=office.unit_groups(),
        channels=[name for name, _ in known.channel],
        topics=[name for name, _ in known.topic],
        may_make=person.role in EDITORS,
        problem=problem,
    )


def _unissued(desk: _Reports, ledger: Ledger, today: date) -> Period | None:
    """Last week, where its ledger is to be issued (签发) by now and is not."""
    week = containing(PeriodKind.WEEK, today).previous
    if week is None or today < issue_day(week, desk.reporting.calendar):
        return None
    if desk.editions.latest(week) is not None:
        return None
    # An office that has just begun owes nobody the week before.
    begun = ledger.search(Query(received_to=week.end_at, limit=0, count_to=1)).total
    return week if begun else None


def _add_pages(app: FastAPI, office: DeskContext, desk: _Reports) -> None:  # noqa: C901  (one function a route)
    @app.get("/reports")
    def reports_page(request: Request) -> HTMLResponse:
        return _page(desk, request, only(request, *READERS))

    @app.post("/reports/issue")
    def issue_edition(request: Request, form: Form) -> Response:
        person, now = only(request, Role.DESK), office.clock()
        signer, reason = (str(form.get(name, "")).strip() for name in ("signer", "reason"))
        if not signer:
            return _page(desk, request, person, "请填写签发人。")
        try:
            period = _period(form, now)
        except PeriodError as problem:
            return _page(desk, request, person, str(problem))
        title = f"签发{period.name}台账"
        desk.start(person, title, period, desk.issue(period, signer, reason, now))
        _note(office, request, person, period.key, f"{title}，签发人 {signer}")
        return RedirectResponse("/reports#jobs", 303)

    @app.post("/reports/papers")
    def make(request: Request, form: Form) -> Response:
        person, now = only(request, *EDITORS), office.clock()
        try:
            kind = PaperKind(str(form.get("paper", "")))
            period = chosen(form, PAPER_PERIODS[kind])
            require_begun(period, now)
        except PeriodError as problem:
            return _page(desk, request, person, str(problem))
        except ValueError:
            return _page(desk, request, person, "请选择快报、周反馈、月整改或季通报。")
        title = f"{desk.reporting.reports.papers[kind]} {period.name}"
        desk.start(person, title, period, desk.paper(kind, period, now))
        _note(office, request, person, period.key, title)
        return RedirectResponse("/reports#jobs", 303)

    @app.post("/reports/ledger")
    def make_ledger(request: Request, form: Form) -> Response:
        person, now = only(request, *READERS), office.clock()
        try:
            period = _period(form, now)
            format_ = LedgerFormat(str(form.get("format", "")))
        except PeriodError as problem:
            return _page(desk, request, person, str(problem))
        except ValueError:
            return _page(desk, request, person, f"格式应为 {'、'.join(LedgerFormat)} 之一。")
        unit, channel, topic = (
            str(form.get(name, "")).strip() for name in ("unit", "channel", "topic")
        )
        if marks_of(person.actor) and (topic or format_ is LedgerFormat.JSONL):
            return _page(desk, request, person, NO_LABELS)
        wanted = Wanted(period=period, unit=unit, channel=channel, topic=topic)
        title = f"{period.name}台账（{format_.value}）"
        desk.start(person, title, period, desk.ledger(wanted, format_, now))
        _note(office, request, person, f"台账-{period.key}.{format_.value}", title)
        return RedirectResponse("/reports#jobs", 303)

    @app.get("/reports/jobs")
    def jobs(request: Request) -> JSONResponse:
        person = only(request, *READERS)
        return JSONResponse(
            [
                {"id": one.id, "done": one.done, "total": one.total, "ended": one.ended}
                for one in desk.jobs.all(person.account.id)
            ]
        )


def _note(office: DeskContext, request: Request, person: Person, about: str, detail: str) -> None:
    office.trail.record(
        office.clock(), person.account.id, AuditAction.REPORT, about, detail, address_of(request)
    )


def _period(form: FormData, now: datetime) -> Period:
    """Raises `PeriodError`."""
    kind = str(form.get("kind", ""))
    if kind == PeriodKind.RANGE.value:
        try:
            first = date.fromisoformat(str(form.get("from", "")))
            last = date.fromisoformat(str(form.get("to", "")))
        except ValueError:
            raise PeriodError("起止日期应都填写，写作 2026-11-22。") from None
        period = days(first, last)
    elif kind in [each.value for each in KINDS]:
        period = chosen(form, PeriodKind(kind))
    else:
        raise PeriodError("请选择周、月、季度、年或起止日期。")
    require_begun(period, now)
    return period
