"""Which papers (快报, 周反馈, 月整改, 季通报) are due, and making up those that were missed.

A paper is due at an hour of the n-th working day after its period, 快报 on every day
(config/reports.toml).
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
from desk.reports.making import produce, put
from desk.reports.service import Reporting
from sinks.ledger.base import Ledger


class DuePaper(Struct, frozen=True):
    kind: PaperKind
    period: Period
    due_at: datetime

    def owed(self, begun: float) -> bool:
        """Whether it tells of any time after the first message, `begun` (Unix time): an office
        that has just begun owes nobody the papers of the time before."""
        until = self.due_at if self.kind is PaperKind.DAILY else self.period.end_at
        return until.timestamp() > begun


def paper_path(folder: Path, kind: PaperKind, period: Period) -> Path:
    """HUIYIN_HOME/papers/weekly/2026-W47.docx"""
    return folder / kind.value / f"{period.key}.docx"


def due_at(kind: PaperKind, period: Period, table: ReportTable, calendar: Calendar) -> datetime:
    schedule = table.schedule[kind]
    if kind is PaperKind.DAILY:
        return datetime.combine(period.first, schedule.clock, BEIJING)
    day = calendar.add_working_days(period.last, schedule.working_day)
    return datetime.combine(day, schedule.clock, BEIJING)


def due_papers(folder: Path, office: Reporting, now: datetime) -> tuple[DuePaper, ...]:
    """Due by now, not made yet, and no further back than config/reports.toml says; in the
    order in which they were due."""
    missing = []
    for kind, schedule in office.reports.schedule.items():
        period: Period | None = containing(PAPER_PERIODS[kind], now.date())
        if period is not None and kind is not PaperKind.DAILY:
            period = period.previous
        for _ in range(schedule.look_back):
            if period is None:
                break
            at = due_at(kind, period, office.reports, office.calendar)
            if at <= now and not paper_path(folder, kind, period).exists():
                missing.append(DuePaper(kind, period, at))
            period = period.previous
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
    made = produce(one.kind, ledger, office, one.period, one.due_at, items)
    path = paper_path(folder, one.kind, one.period)
    put(made, folder, path, public_url, office.headed(one.kind).template)
    return path
