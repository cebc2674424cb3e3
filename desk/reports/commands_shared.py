"""What the commands of ledgers and papers share: the period that was asked for, the progress
bar over its cases, the line in the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import typer

from cases.reporting.periods import (
    LAST_YEAR,
    Period,
    PeriodError,
    PeriodKind,
    everything,
    read_period,
    require_begun,
    span,
)
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.console import bar, fail, moment
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings
from desk.reports.service import Wanted
from sinks.ledger.base import Ledger
from sinks.private import make_folder

Week = Annotated[str, typer.Option(help="ISO 周，如 2026-W47。")]
Month = Annotated[str, typer.Option(help="月，如 2026-11。")]
Quarter = Annotated[str, typer.Option(help="季度，如 2026-Q4。")]
Year = Annotated[str, typer.Option(help="年，如 2026。")]


def asked_period(
    now: datetime, since: str, to: str, week: str, month: str, quarter: str, year: str
) -> Period:
    """The one period that was asked for; everything until now when none was."""
    asked = [
        (kind, text)
        for kind, text in (
            (PeriodKind.WEEK, week),
            (PeriodKind.MONTH, month),
            (PeriodKind.QUARTER, quarter),
            (PeriodKind.YEAR, year),
        )
        if text
    ]
    if len(asked) + bool(since or to) > 1:
        raise typer.BadParameter(
            "--from/--to、--week、--month、--quarter、--year 只能用一种", param_hint="--week"
        )
    try:
        period = read_period(*asked[0]) if asked else _range(now, since, to)
        require_begun(period, now)
    except PeriodError as error:
        fail(str(error))
    return period


def _range(now: datetime, since: str, to: str) -> Period:
    until = moment(to, "--to") if to else None
    if until is not None and len(to) == len("2026-09-24"):
        if until.year > LAST_YEAR:
            raise PeriodError(f"截止日期 {to} 超出可用的年份（到 {LAST_YEAR} 年），请核对。")
        until += timedelta(days=1)
    # Without an end the ledger is that of today, today's cases included.
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if not since:
        return everything(until or tomorrow)
    start = moment(since, "--from")
    return span(start, until or max(tomorrow, start + timedelta(days=1)))


@contextmanager
def counting(
    ledger: Ledger, wanted: Wanted, name: str, now: datetime, passes: int = 1
) -> Iterator[Callable[[], None]]:
    """A progress bar over the cases that will be read."""
    with bar("台账") as progress:
        query = msgspec.structs.replace(wanted.query(wanted.period.as_of(now)), limit=1)
        task = progress.add_task("", name=name, total=ledger.search(query).total * passes)
        yield lambda: progress.advance(task)


def note(settings: Settings, who: str, deed: AuditAction, about: str, detail: str) -> None:
    """Into the trail of operations, before anything is done."""
    make_folder(settings.home)
    file = DeskFile(settings.desk_file)
    try:
        AuditLog(file).record(settings.clock(), who, deed, about, detail)
    finally:
        file.close()
