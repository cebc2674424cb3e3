"""Which papers (周反馈, 月整改, 季通报) are due, and making up those that were missed.

A paper is due at an hour of the n-th working day after its period (config/reports.toml).
Whether it was made is seen from its file, so a machine that was off makes it up when it
is on again, and asking twice makes nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from cases.clocks.workdays import Calendar
from cases.reporting.periods import Period, containing
from cases.reporting.rectification import RectificationItem
from cases.reporting.settings import PAPER_PERIODS, PaperKind, ReportTable
from cases.words.times import BEIJING
from desk.ledger.figure_lists import KeptLists, lists_folder
from desk.reports.service import Reporting, count_period, make_paper
from desk.reports.stored_papers import keep
from sinks.ledger.base import Ledger
from sinks.private import make_folder


class DuePaper(Struct, frozen=True):
    kind: PaperKind
    period: Period
    due_at: datetime


def paper_path(folder: Path, kind: PaperKind, period: Period) -> Path:
    """HUIYIN_HOME/papers/weekly/2026-W47.docx"""
    return folder / kind.value / f"{period.key}.docx"


def due_at(kind: PaperKind, period: Period, table: ReportTable, calendar: Calendar) -> datetime:
    schedule = table.schedule[kind]
    day = calendar.add_working_days(period.last, schedule.working_day)
    return datetime.combine(day, schedule.clock, BEIJING)


def due_papers(folder: Path, office: Reporting, now: datetime) -> tuple[DuePaper, ...]:
    """Due by now, not made yet, and no further back than config/reports.toml says; in the
    order in which they were due."""
    missing = []
    for kind, schedule in office.reports.schedule.items():
        period = containing(PAPER_PERIODS[kind], now.date())
        for _ in range(schedule.look_back):
            before = period.previous
            if before is None:
                break
            period = before
            at = due_at(kind, period, office.reports, office.calendar)
            if at <= now and not paper_path(folder, kind, period).exists():
                missing.append(DuePaper(kind, period, at))
    return tuple(sorted(missing, key=lambda one: (one.due_at, one.kind.value)))


def make_due(
    ledger: Ledger,
    office: Reporting,
    folder: Path,
    one: DuePaper,
    items: Sequence[RectificationItem] = (),
    public_url: str = "",
) -> Path:
    """Makes a paper as it would have been made when it was due: the figures are those of
    the end of its period. Raises OSError, `LedgerUnavailable`."""
    report = count_period(ledger, office, one.period, one.due_at)
    KeptLists(lists_folder(folder)).keep(report.lists)
    path = paper_path(folder, one.kind, one.period)
    make_folder(path.parent)
    document = make_paper(one.kind, report, office, items, one.due_at.date())
    keep(document, path, one.period.end_at, public_url, office.template)
    return path
