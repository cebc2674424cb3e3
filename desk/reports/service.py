"""Ledgers, editions and papers from the case data: what the command line and the web
pages call. Everything takes the ledger and the moment; nothing here reads the clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.clocks.workdays import Calendar
from cases.life.rules import Rules
from cases.record.case import Case
from cases.registers.incident import Incident
from cases.registers.media import MediaTable
from cases.reporting.balance import Balance, Books, Check
from cases.reporting.columns import View
from cases.reporting.document import Document
from cases.reporting.event_lines import EventLine, events_at
from cases.reporting.figures import Figures, Survey
from cases.reporting.ledger_table import LedgerTable, LedgerTableError
from cases.reporting.lists import FigureLists
from cases.reporting.naming import UnitNames
from cases.reporting.papers import paper
from cases.reporting.period_lines import Only, lines
from cases.reporting.periods import Period
from cases.reporting.rectification import RectificationItem
from cases.reporting.settings import Appeal, Letterhead, PaperKind, ReportTable, ReportTableError
from cases.reporting.sight import Shown, masked_for_all
from cases.reporting.summary import Summary
from cases.routing.units import UnitRegister
from desk.exclusions.register import upheld
from desk.ground import wiring
from desk.ground.deskfile import DeskFile
from desk.ground.media import media_table
from desk.ground.office_settings import load_office_settings, red_head
from desk.ground.settings import Settings, SettingsError
from desk.hotspots.naming import corrected_names, names_of
from desk.opinion.incident_book import Incidents
from huiyin.store.whole import whole
from sinks.ledger.base import Ledger, Order, Query
from sinks.reports.base import Head, LedgerWriter
from sinks.reports.changes import Change
from sinks.reports.lines import CsvLedger, JsonlLedger

_NAMED: Final = 50
"""Of more 热点 than a paper lists, only the hottest are named by all their letters."""
Progress = Callable[[], None]
"""Called once per case that was read."""


class LedgerFormat(StrEnum):
    XLSX = "xlsx"
    DOCX = "docx"
    CSV = "csv"
    JSONL = "jsonl"


class Reporting(Struct, frozen=True, kw_only=True):
    """What reports need to know of this office."""

    register: UnitRegister
    table: LedgerTable
    reports: ReportTable
    high_risks: tuple[str, ...]
    calendar: Calendar
    template: Path | None = None
    """The office's own red head."""
    heads: Mapping[PaperKind, Letterhead] = {}
    """By kind, over that of config/reports.toml."""
    templates: Mapping[PaperKind, Path] = {}
    matter_names: Mapping[str, str] = {}
    """Names of 热点 that people corrected."""
    rules: Rules | None = None
    """By which the clocks of events run."""
    media: MediaTable | None = None
    """Which cases are reports of media."""
    incidents: tuple[Incident, ...] = ()
    """事件档案, all of them."""

    @property
    def media_channels(self) -> tuple[str, ...]:
        """What comes by these is a report of media and no citizen's message."""
        return self.media.channels if self.media else ()

    def as_decided(self, file: DeskFile) -> Reporting:
        """With what people decided at the desk: cases left out of 考核, names of 热点, 事件档案."""
        return replace(
            self.excluding(upheld(file)),
            matter_names=corrected_names(file),
            incidents=tuple(Incidents(file).all()),
        )

    def events(
        self, since: datetime, at: datetime, only: Collection[str] = ()
    ) -> tuple[EventLine, ...]:
        """Events that were open from `since` until `at`; see `events_at`."""
        if self.rules is None:
            return ()
        names = UnitNames(self.register, at.date())
        return events_at(self.incidents, self.rules, since, at, names, only)

    def excluding(self, appeals: Iterable[Appeal]) -> Reporting:
        """With the cases that were left out of 考核 at the desk, besides those of the table."""
        known = {one.case_id: one for one in (*self.reports.scoring.appeal, *appeals)}
        scoring = replace(self.reports.scoring, appeal=tuple(known.values()))
        return replace(self, reports=replace(self.reports, scoring=scoring))

    def headed(self, kind: PaperKind) -> Reporting:
        """With the red head of this kind of paper."""
        head = self.heads.get(kind, Letterhead()).over(self.reports.letterhead)
        return replace(
            self,
            reports=replace(self.reports, letterhead=head),
            template=self.templates.get(kind, self.template),
        )

    @classmethod
    def of(cls, settings: Settings) -> Reporting:
        """Raises `SettingsError`."""
        rules, register = wiring.build_rules(settings), wiring.build_router(settings).register
        try:
            reports = ReportTable.from_table(settings.table("reports.toml"))
            known = load_office_settings(settings).paper
            heads = {kind: known[kind.value] for kind in PaperKind if kind.value in known}
            return cls(
                register=register,
                table=LedgerTable.from_table(settings.table("ledger.toml")),
                reports=reports,
                template=red_head(settings, "reports.toml [letterhead]", reports.letterhead),
                heads=heads,
                templates={
                    kind: path
                    for kind, head in heads.items()
                    if (path := red_head(settings, f"office.toml [paper.{kind.value}]", head))
                },
                high_risks=rules.handling.risk.high,
                calendar=rules.calendar,
                rules=rules,
                media=media_table(settings),
            )
        except (LedgerTableError, ReportTableError) as error:
            raise SettingsError(str(error)) from error


def paper_name(office: Reporting, title: str, period: Period, suffix: str) -> str:
    """As a person names a file: 宁都县政务舆情回应台账_2026年第48周.xlsx"""
    return f"{office.table.office}{title}_{period.short}{suffix}"


class Wanted(Struct, frozen=True, kw_only=True):
    """Which cases, as a person asks for them."""

    period: Period
    source: str = ""
    unit: str = ""
    """Unit id; whatever was merged into it comes along."""
    channel: str = ""
    topic: str = ""
    text: str = ""

    def query(self, at: datetime) -> Query:
        """What the ledger can answer by itself. The unit and the topic are those of the
        time, which its index does not know. While the period runs, what is dated in the
        future comes along, to be named."""
        return Query(
            source=self.source,
            channel=self.channel,
            text=self.text,
            received_to=at if at == self.period.end_at else None,
            order=Order.CASE_ID,
        )

    def only(self, names: UnitNames) -> Only:
        return Only(
            units=names.family(self.unit) if self.unit else frozenset(),
            channel=self.channel,
            topic=self.topic,
        )

    def conditions(self, names: UnitNames) -> tuple[str, ...]:
        return tuple(
            f"{word}：{value}"
            for word, value in (
                ("来源", self.source),
                ("责任单位", names.shown(self.unit)),
                ("渠道", self.channel),
                ("事项分类", self.topic),
                ("含有文字", self.text),
            )
            if value
        )


class Written(Struct, frozen=True, kw_only=True):
    rows: int
    balance: Balance


class Cover(Struct, frozen=True, kw_only=True):
    """What stands on the cover of an issued ledger."""

    number: str
    signer: str
    issued_on: str
    changes: tuple[Change, ...] = ()
    checks: tuple[Check, ...] = ()


_NOT_ISSUED: Final = Cover(number="", signer="", issued_on="")


def write_ledger(
    ledger: Ledger,
    office: Reporting,
    wanted: Wanted,
    files: Mapping[LedgerFormat, Path],
    now: datetime,
    *,
    texts: Shown = masked_for_all,
    unmasked: str = "",
    edition: Cover = _NOT_ISSUED,
    progress: Progress = lambda: None,
) -> Written:
    """Writes the ledger of a period in one pass over the cases, each file whole or not at
    all. The caller has checked the period (`periods.require_begun`) and, for texts in the
    clear, has recorded who and why (`unmasked` says it on the files).

    Raises OSError, `LedgerUnavailable`, `TooManyRows`."""
    at = wanted.period.as_of(now)
    names = UnitNames(office.register, wanted.period.last)
    head = Head(
        table=office.table,
        period=wanted.period,
        at=at,
        conditions=wanted.conditions(names),
        number=edition.number,
        signer=edition.signer,
        issued_on=edition.issued_on,
        unmasked=unmasked,
        changes=edition.changes,
    )
    books = Books(at, names)
    summary = Summary(office.high_risks)
    view = View(names=names, shown=texts, summary_chars=office.table.summary_chars)
    columns = office.table.columns
    rows = 0
    with ExitStack() as stack:
        writers: list[LedgerWriter] = []
        for format_, path in files.items():
            temporary = stack.enter_context(whole(path))
            writer = _writer(format_, temporary, head, summary, names, texts)
            writers.append(stack.enter_context(closing(writer)))
        cases = _counted(ledger.scan(wanted.query(at)), progress)
        for line in lines(
            cases, wanted.period, books, wanted.only(names), media=office.media_channels
        ):
            summary.add(line)
            values = [column.cell(line, view) for column in columns]
            for writer in writers:
                writer.row(line, values)
            rows += 1
        balance = books.balance(rows)
        balance = replace(balance, checks=(*balance.checks, *edition.checks))
        for writer in writers:
            writer.finish(balance, summary)
    return Written(rows=rows, balance=balance)


def _counted(cases: Iterable[Case], progress: Progress) -> Iterator[Case]:
    for case in cases:
        progress()
        yield case


def _writer(
    format_: LedgerFormat,
    path: Path,
    head: Head,
    summary: Summary,
    names: UnitNames,
    texts: Shown,
) -> LedgerWriter:
    match format_:
        case LedgerFormat.CSV:
            return CsvLedger(path, head)
        case LedgerFormat.JSONL:
            return JsonlLedger(path, head.period, names, texts)
        case LedgerFormat.XLSX:
            from sinks.reports.xlsx import LedgerWorkbook

            return LedgerWorkbook(path, head)
        case LedgerFormat.DOCX:
            from sinks.reports.word_ledger import WordLedger

            return WordLedger(path, head, summary)


class Report(Struct, frozen=True, kw_only=True):
    """A period counted: what a page shows and a paper prints."""

    figures: Figures
    balance: Balance
    lists: FigureLists
    """The cases behind the figures."""


def count_period(
    ledger: Ledger,
    office: Reporting,
    period: Period,
    now: datetime,
    progress: Progress = lambda: None,
) -> Report:
    """Figures against the period before and a year ago, and the balance, in one pass.

    Raises `LedgerUnavailable`."""
    at = period.as_of(now)
    books = Books(at, UnitNames(office.register, period.last))
    survey = Survey(
        period, now, office.register, office.reports, office.high_risks, office.media_channels
    )

    def surveyed() -> Iterator[Case]:
        for case in _counted(ledger.scan(Query(received_to=at, order=Order.CASE_ID)), progress):
            survey.add(case)
            yield case

    for _ in lines(surveyed(), period, books, media=office.media_channels):
        pass
    figures = survey.figures()
    names = names_of(ledger, [one.spot for one in figures.matters[:_NAMED]], office.matter_names)
    return Report(figures=figures.named(names), balance=books.balance(), lists=survey.lists())


def make_paper(
    kind: PaperKind,
    report: Report,
    office: Reporting,
    items: Sequence[RectificationItem] = (),
    on: date | None = None,
) -> Document:
    """周反馈, 月整改 or 季通报 as a value, to be written or shown; `on` is its date."""
    return paper(
        kind,
        report.figures,
        report.balance,
        office.reports,
        office=office.table.office,
        items=items,
        on=on,
        events=office.events(report.figures.period.start_at, report.figures.at),
    )


def write_paper(
    document: Document,
    path: Path,
    made_at: datetime,
    public_url: str = "",
    template: Path | None = None,
) -> None:
    """As a Word file, whole or not at all. `public_url`: where the desk is reached; without
    it the figures have no links. `template`: `Reporting.template`. Raises OSError."""
    from sinks.reports.docx import write_docx

    with whole(path) as temporary:
        write_docx(document, temporary, made_at, public_url, template)
