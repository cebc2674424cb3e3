"""What one morning has to know: what is new since the hand-over, what is due today, what may
become big, what was missed.

One producer for 早报 on the page, 每日舆情快报 and the digest of a unit: they differ in the
moments, and a unit in its part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.figures.counted import Verdict
from cases.privacy.visibility import for_anyone, withheld_from
from cases.record.case import Case
from cases.registers.media import MediaTable
from cases.registers.watch import story_of
from cases.reporting.event_lines import EventLine
from cases.reporting.history import as_of, waiting, waits_at
from cases.reporting.lines import verdict_of
from cases.reporting.naming import NO_UNIT_WORD, UnitNames
from cases.words.times import BEIJING, beijing

HIGH: Final = "高风险，群众仍在等待答复"
NOT_SENT: Final = "仍未派单"
LATE: Final = "到期未答复"
UNCHECKED: Final = "承诺未核查"


class MorningCase(Struct, frozen=True, kw_only=True):
    """One line."""

    case_id: str
    title: str
    """Masked."""
    channel: str
    unit: str
    """Id of the lead unit, "" for none."""
    unit_name: str
    received_at: datetime
    due_at: datetime | None = None
    high: bool = False
    """False of a case that is withheld from some readers of papers: neither its risk is told
    nor what it is about."""
    why: str = ""
    """Which rule brought it here."""
    story: str = ""
    """Of a report of media, the story that it tells; "" of a citizen's message."""


class Growing(Struct, frozen=True, kw_only=True):
    """Several messages about one matter, at least one of them new."""

    matter: str
    title: str
    """As a person named the matter, else of the first of them, masked."""
    unit_name: str
    case_ids: tuple[str, ...]
    """All, in the order in which they came."""
    new: int


class Morning(Struct, frozen=True, kw_only=True):
    """Everything in the order in which it is read: high risk first, then by time."""

    since: datetime
    at: datetime
    new: tuple[MorningCase, ...]
    due: tuple[MorningCase, ...]
    high: tuple[MorningCase, ...]
    """Of high risk, and the citizen still waits."""
    growing: tuple[Growing, ...]
    missed: tuple[MorningCase, ...]
    late: tuple[MorningCase, ...]
    """All that are overdue now, whenever they became so."""
    reports: tuple[MorningCase, ...] = ()
    """New stories of media, by the first report of each: no citizen's messages, and not in `new`.
    Other lists have none, as nobody waits for an answer to one; a promise in it is one."""
    reprints: int = 0
    """New reports of media that tell what another report told before."""
    events: tuple[EventLine, ...] = ()
    """突发舆情事件 that were open since the hand-over."""

    @property
    def empty(self) -> bool:
        cases = (self.new, self.due, self.high, self.growing, self.missed, self.late)
        return not any((*cases, self.reports, self.reprints, self.events))


class Watch:
    """Takes cases and gives the morning. `since` is part of the time looked at, `at` is not."""

    def __init__(
        self,
        since: datetime,
        at: datetime,
        names: UnitNames,
        *,
        high_risks: Iterable[str] = (),
        matter_at_least: int = 2,
        only: Collection[str] = (),
        matter_names: Mapping[str, str] = MappingProxyType({}),
        media: MediaTable | None = None,
    ) -> None:
        """`only`: ids of the units whose part it is; empty: everything. `matter_names`: names of
        热点 that people corrected. `media`: which cases are reports, whose stories count once."""
        self._media = media or MediaTable(channels=())
        self._first_reports: dict[str, tuple[datetime, str]] = {}
        self._matter_names = matter_names
        self._since, self._at = beijing(since), beijing(at)
        self._names = names
        self._high = frozenset(high_risks)
        self._least = matter_at_least
        self._only = frozenset(only)
        midnight = datetime.combine(self._at.date(), time(0), BEIJING)
        self._midnight = midnight + timedelta(days=1)
        self._new: list[MorningCase] = []
        self._due: list[MorningCase] = []
        self._risky: list[MorningCase] = []
        self._missed: list[MorningCase] = []
        self._late: list[MorningCase] = []
        self._matters: dict[str, list[MorningCase]] = {}

    def add(self, case: Case) -> None:
        then = as_of(case, self._at) if case.received_at < self._at else None
        if then is None or (self._only and then.unit not in self._only):
            return
        line = self._line(then)
        if line.received_at >= self._since:
            self._new.append(line)
        if line.story:
            told = (line.received_at, line.case_id)
            self._first_reports[line.story] = min(told, self._first_reports.get(line.story, told))
            self._promised(then, line)
            return
        for matter in () if withheld_from(then) else then.matters:
            self._matters.setdefault(matter, []).append(line)
        if waits_at(waiting(case), self._at):
            self._waiting(then, line)
        self._promised(then, line)

    def _line(self, then: Case) -> MorningCase:
        clock = then.round.deciding_clock
        labels = then.labels
        return MorningCase(
            case_id=then.case_id,
            title=for_anyone(then, then.item.title),
            channel=then.item.channel,
            unit=then.unit if then.dispatched else "",
            unit_name=self._names.shown(then.unit) if then.dispatched else NO_UNIT_WORD,
            received_at=then.received_at,
            due_at=clock.due_at if clock else None,
            high=not withheld_from(then)
            and (labels.urgent or not self._high.isdisjoint(labels.risk)),
            story=story_of(then) if self._media.is_report(then) else "",
        )

    def _waiting(self, then: Case, line: MorningCase) -> None:
        verdict = verdict_of(then.round, self._at)
        if line.high:
            self._risky.append(replace(line, why=HIGH))
        if line.due_at is None:
            return
        if verdict is Verdict.RUNNING and line.due_at < self._midnight:
            self._due.append(line)
        if verdict is Verdict.OVERDUE:
            self._late.append(line)
            if line.due_at >= self._since:
                self._missed.append(replace(line, why=LATE))
        if not line.unit and line.received_at < self._since:
            self._missed.append(replace(line, why=NOT_SENT))

    def _promised(self, then: Case, line: MorningCase) -> None:
        for promise in then.promises:
            over = datetime.combine(promise.due, time(0), BEIJING) + timedelta(days=1)
            if promise.kept is None and self._since < over <= self._at:
                owner = self._names.shown(promise.owner)
                self._missed.append(
                    replace(line, unit=promise.owner, unit_name=owner, why=UNCHECKED)
                )

    def _retold(self, line: MorningCase) -> bool:
        """Whether another report told it before."""
        return self._first_reports[line.story][1] != line.case_id

    def morning(self) -> Morning:
        new = [line for line in self._new if not line.story]
        told = [line for line in self._new if line.story]
        reports = [line for line in told if not self._retold(line)]
        return Morning(
            since=self._since,
            at=self._at,
            new=tuple(sorted(new, key=_by_receipt)),
            reports=tuple(sorted(reports, key=_by_receipt)),
            reprints=len(told) - len(reports),
            due=tuple(sorted(self._due, key=_by_due)),
            high=tuple(sorted(self._risky, key=self._newest)),
            growing=tuple(self._growing()),
            missed=tuple(sorted(self._missed, key=lambda one: (one.why, _by_due(one)))),
            late=tuple(sorted(self._late, key=_by_due)),
        )

    def _newest(self, one: MorningCase) -> tuple[bool, datetime, str]:
        return one.received_at < self._since, one.received_at, one.case_id

    def _growing(self) -> list[Growing]:
        found = []
        for matter, members in self._matters.items():
            members.sort(key=lambda line: (line.received_at, line.case_id))
            new = sum(line.received_at >= self._since for line in members)
            if not new or len(members) < self._least:
                continue
            first = members[0]
            found.append(
                Growing(
                    matter=matter,
                    title=self._matter_names.get(matter, first.title),
                    unit_name=first.unit_name,
                    case_ids=tuple(line.case_id for line in members),
                    new=new,
                )
            )
        return sorted(found, key=lambda one: (-one.new, -len(one.case_ids), one.matter))


def _by_receipt(one: MorningCase) -> tuple[bool, datetime, str]:
    return not one.high, one.received_at, one.case_id


def _by_due(one: MorningCase) -> tuple[bool, datetime, str]:
    return not one.high, one.due_at or one.received_at, one.case_id
