"""Issuing (签发) an edition of the ledger, and correcting it by another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cases.reporting.balance import Check, previous_check
from cases.reporting.periods import Period, PeriodKind, issue_day
from desk.reports.service import Cover, LedgerFormat, Progress, Reporting, Wanted, write_ledger
from sinks.ledger.base import Ledger
from sinks.reports.changes import Change, changes_between, write_changes
from sinks.reports.editions import (
    MOST_CHANGES_KEPT,
    Edition,
    EditionError,
    Editions,
    hash_of,
    number_of,
)

NAMES: Final = {format_: f"ledger.{format_.value}" for format_ in LedgerFormat}
CHANGES: Final = "changes.csv"
ISSUED_KINDS: Final = (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


class Unchanged(Exception):
    """Nothing differs from the last edition: there is nothing to issue."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(
            f"与{edition.number}（{edition.issued_at:%Y-%m-%d} 签发）相比没有变化，无需再签发。"
        )
        self.edition = edition


class _Carried(Struct, frozen=True):
    case_id: str
    channel: str
    entry: str
    ended: str | None = None


def issue(
    ledger: Ledger,
    office: Reporting,
    editions: Editions,
    period: Period,
    signer: str,
    now: datetime,
    *,
    reason: str = "",
    progress: Progress = lambda: None,
) -> Edition:
    """Writes, freezes and gives the edition of a period that is over. The second one of
    a period is a correction: it lists what changed and needs a reason.

    Raises `EditionError`, `Unchanged`, OSError, `LedgerUnavailable`."""
    if not signer.strip():
        raise EditionError("签发台账须写明签发人。")
    day = issue_day(period, office.calendar)
    if period.kind not in ISSUED_KINDS:
        raise EditionError("只能签发整周、整月、整季或整年的台账。")
    if now.date() < day:
        raise EditionError(
            f"{period.name}的台账应在时段结束后的第一个工作日（{day}）起签发，"
            f"今天是 {now.date()}。可先用 huiyin export ledger 导出查看。"
        )
    last = editions.latest(period)
    if last is not None and editions.damage(last):
        raise EditionError(
            f"{last.number}的文件与签发时不同（{'、'.join(editions.damage(last))}），"
            "请先从备份恢复，再签发修订。"
        )
    revision = last.revision + 1 if last else 1
    wanted = Wanted(period=period)
    with editions.draft() as draft:
        data = {f: draft / NAMES[f] for f in (LedgerFormat.CSV, LedgerFormat.JSONL)}
        write_ledger(ledger, office, wanted, data, now, progress=progress)
        changes: tuple[Change, ...] = ()
        if last is not None:
            changes = _changes(editions, last, data[LedgerFormat.CSV], office)
            if not changes:
                raise Unchanged(last)
            if not reason.strip():
                raise EditionError(
                    f"{last.number}已经签发，现在有 {len(changes)} 处不同。"
                    "签发修订须写明更正的理由。"
                )
            write_changes(draft / CHANGES, changes)
        cover = Cover(
            number=number_of(period, revision),
            signer=signer.strip(),
            issued_on=now.date().isoformat(),
            changes=changes,
            checks=_joins(editions, period, data[LedgerFormat.JSONL], office.media_channels),
        )
        people = {f: draft / NAMES[f] for f in (LedgerFormat.XLSX, LedgerFormat.DOCX)}
        written = write_ledger(
            ledger, office, wanted, people, now, edition=cover, progress=progress
        )
        edition = Edition(
            period=period,
            revision=revision,
            number=cover.number,
            signer=cover.signer,
            issued_at=now,
            issue_day=day.isoformat(),
            rows=written.rows,
            equation=written.balance.equation,
            balanced=written.balance.holds,
            files={path.name: hash_of(path) for path in sorted(draft.iterdir())},
            changed=len(changes),
            changes=changes[:MOST_CHANGES_KEPT],
            reason=reason.strip(),
        )
        editions.issue(draft, edition)
    return edition


def _changes(editions: Editions, last: Edition, csv: Path, office: Reporting) -> tuple[Change, ...]:
    key = next((c.header for c in office.table.columns if c.key == "case_id"), "")
    if not key:
        raise EditionError(
            "config/ledger.toml 里没有“编号”（case_id）这一栏，无法与上一版逐项对比。"
            "请加上这一栏再签发。"
        )
    return tuple(changes_between(editions.path(last, NAMES[LedgerFormat.CSV]), csv, key))


def _joins(
    editions: Editions, period: Period, jsonl: Path, media: Collection[str]
) -> tuple[Check, ...]:
    """衔接核对 with the latest edition of the period before, where there is one. Reports of media
    are on no books; editions of earlier versions carried them on."""
    before = editions.latest(period.previous) if period.previous else None
    if before is None:
        return ()
    left = _read(editions.path(before, NAMES[LedgerFormat.JSONL]))
    taken = _read(jsonl)
    return (
        previous_check(
            (one.case_id for one in left if one.ended is None and one.channel not in media),
            (one.case_id for one in taken if one.entry == "carried"),
        ),
    )


def _read(path: Path) -> list[_Carried]:
    decoder = msgspec.json.Decoder(_Carried)
    with path.open("rb") as data:
        return [decoder.decode(each) for each in data]
