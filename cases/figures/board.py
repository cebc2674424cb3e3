"""看板: what the office asks of a period, answered from the outlines of its cases.

Pure: outlines in, figures out. A case counts in the period in which it was received;
what is said of answers and call-backs is said of these cases, as they stand now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final, TypeVar

from msgspec import Struct

from cases.figures.case_facts import CaseFacts
from cases.words.times import BEIJING

_DAY: Final = 86_400
_BEIJING_SECONDS: Final = 8 * 3600
LEAST_ANSWERED: Final = 3
"""A rate of fewer answers says nothing about a unit."""

K = TypeVar("K", bound=Hashable)


class Period(Struct, frozen=True):
    """Days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=BEIJING)

    @property
    def end(self) -> datetime:
        """The moment after the last day."""
        day = self.last + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=BEIJING)

    @property
    def before(self) -> Period:
        """As many days, up to the day before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.days)]


class TopicLine(Struct, frozen=True, kw_only=True):
    topic: str
    total: int
    negative: int
    neutral: int
    positive: int


class UnitLine(Struct, frozen=True, kw_only=True):
    unit: str
    total: int
    answered: int
    judged: int
    """Answers with a time and a clock: those that can be on time or late."""
    on_time: int
    median_hours: float | None
    """From receipt to answer, natural hours; None without an answer."""
    open_overdue: int

    @property
    def on_time_rate(self) -> float | None:
        """None below `LEAST_ANSWERED`."""
        return self.on_time / self.judged if self.judged >= LEAST_ANSWERED else None


class CallBacks(Struct, frozen=True, kw_only=True):
    """Of the call-backs in which the citizen said so."""

    resolved: int = 0
    not_resolved: int = 0
    satisfied: int = 0
    not_satisfied: int = 0


class Hotspot(Struct, frozen=True, kw_only=True):
    matter: str
    total: int
    lately: int
    """Received in the last seventh of the period, at least one day."""
    before: int
    """Received in the seventh before that."""
    by_day: tuple[int, ...]


class PromiseFigures(Struct, frozen=True, kw_only=True):
    kept: int = 0
    broken: int = 0
    waiting: int = 0
    """Not due yet."""
    unverified: int = 0
    """Due, and nobody has verified it."""


class Board(Struct, frozen=True, kw_only=True):
    period: Period
    total: int
    before: int
    """Received in as many days before the period."""
    answered: int
    overdue: int
    """Open, and past the reply clock."""
    days: tuple[date, ...]
    inflow: tuple[tuple[str, tuple[int, ...]], ...]
    """Channel and its number for each of `days`, the largest channel first."""
    topics: tuple[TopicLine, ...]
    risks: tuple[tuple[str, int, int], ...]
    """Risk, cases, of them open."""
    units: tuple[UnitLine, ...]
    """The slowest first: by on-time rate, those that cannot be judged last."""
    call_backs: CallBacks
    promises: PromiseFigures
    hotspots: tuple[Hotspot, ...]


def board(
    outlines: Iterable[CaseFacts], period: Period, now: datetime, *, before: int = 0
) -> Board:
    """`outlines`: of the cases received in `period`; `before`: how many were received in
    `period.before`."""
    rows = list(outlines)
    seconds = int(now.timestamp())
    return Board(
        period=period,
        total=len(rows),
        before=before,
        answered=sum(row.has_reply for row in rows),
        overdue=sum(_overdue(row, seconds) for row in rows),
        days=tuple(period.each_day()),
        inflow=_inflow(rows, period),
        topics=_topics(rows),
        risks=_risks(rows),
        units=_units(rows, seconds),
        call_backs=_call_backs(rows),
        promises=_promises(rows, now.date()),
        hotspots=_hotspots(rows, period),
    )


def _day(row: CaseFacts, period: Period) -> int:
    """Which day of the period, from 0."""
    start = int(period.start.timestamp()) + _BEIJING_SECONDS
    return (row.received + _BEIJING_SECONDS) // _DAY - start // _DAY


def _overdue(row: CaseFacts, now: int) -> bool:
    return row.open and row.state != "paused" and row.due is not None and row.due < now


def _by(rows: Sequence[CaseFacts], key: Callable[[CaseFacts], K]) -> dict[K, list[CaseFacts]]:
    groups: dict[K, list[CaseFacts]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _inflow(rows: Sequence[CaseFacts], period: Period) -> tuple[tuple[str, tuple[int, ...]], ...]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * period.days)
    for row in rows:
        counts[row.channel][_day(row, period)] += 1
    lines = [(channel, tuple(numbers)) for channel, numbers in counts.items()]
    return tuple(sorted(lines, key=lambda line: (-sum(line[1]), line[0])))


def _topics(rows: Sequence[CaseFacts]) -> tuple[TopicLine, ...]:
    lines = []
    for topic, group in _by(rows, lambda row: row.topic).items():
        feelings = Counter(row.sentiment for row in group)
        lines.append(
            TopicLine(
                topic=topic,
                total=len(group),
                negative=feelings["negative"],
                neutral=feelings["neutral"],
                positive=feelings["positive"],
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.total, line.topic)))


def _risks(rows: Sequence[CaseFacts]) -> tuple[tuple[str, int, int], ...]:
    total: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    for row in rows:
        total.update(row.risk)
        if row.open:
            open_.update(row.risk)
    return tuple((name, n, open_[name]) for name, n in sorted(total.items(), key=_largest_first))


def _largest_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _units(rows: Sequence[CaseFacts], now: int) -> tuple[UnitLine, ...]:
    lines = []
    for unit, group in _by(rows, lambda row: row.unit).items():
        if not unit:
            continue
        hours = [(r.replied - r.received) / 3600 for r in group if r.replied is not None]
        lines.append(
            UnitLine(
                unit=unit,
                total=len(group),
                answered=sum(row.has_reply for row in group),
                judged=sum(row.on_time is not None for row in group),
                on_time=sum(row.on_time is True for row in group),
                median_hours=median(hours) if hours else None,
                open_overdue=sum(_overdue(row, now) for row in group),
            )
        )
    return tuple(sorted(lines, key=_slowest_first))


def _slowest_first(line: UnitLine) -> tuple[bool, float, float, str]:
    rate = line.on_time_rate
    return rate is None, rate if rate is not None else 0.0, -(line.median_hours or 0.0), line.unit


def _call_backs(rows: Sequence[CaseFacts]) -> CallBacks:
    resolved = Counter(row.resolved for row in rows)
    satisfied = Counter(row.satisfied for row in rows)
    return CallBacks(
        resolved=resolved[True],
        not_resolved=resolved[False],
        satisfied=satisfied[True],
        not_satisfied=satisfied[False],
    )


def _promises(rows: Sequence[CaseFacts], today: date) -> PromiseFigures:
    kept = broken = waiting = unverified = 0
    for row in rows:
        for _owner, due, was_kept in row.promises:
            if was_kept is True:
                kept += 1
            elif was_kept is False:
                broken += 1
            elif date.fromisoformat(due) >= today:
                waiting += 1
            else:
                unverified += 1
    return PromiseFigures(kept=kept, broken=broken, waiting=waiting, unverified=unverified)


def _hotspots(rows: Sequence[CaseFacts], period: Period, most: int = 10) -> tuple[Hotspot, ...]:
    """Matters that several cases are about, the most lately spoken of first."""
    span = max(1, period.days // 7)
    lines = []
    for matter, group in _by([row for row in rows if row.matter], lambda row: row.matter).items():
        if len(group) < 2:
            continue
        by_day = [0] * period.days
        for row in group:
            by_day[_day(row, period)] += 1
        lines.append(
            Hotspot(
                matter=matter,
                total=len(group),
                lately=sum(by_day[-span:]),
                before=sum(by_day[-2 * span : -span]),
                by_day=tuple(by_day),
            )
        )
    lines.sort(key=lambda line: (-line.lately, -line.total, line.matter))
    return tuple(lines[:most])
