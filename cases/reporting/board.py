"""看板: what the office asks of a period, answered from the facts of its cases.

Pure: facts in, figures out. Figures that a paper has too are the paper's: counted by the same
functions, as of the end of the period. Charts of what came in are of the cases received in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Final, TypeVar

from msgspec import Struct

from cases.figures.buckets import Bucket, buckets_of
from cases.figures.case_facts import CaseFacts
from cases.figures.counted import Counts, count_rounds
from cases.figures.measures import LEAST_FOR_A_RATE
from cases.reporting.hotspots import Hotspot, day_of, hotspots
from cases.reporting.periods import Period
from cases.words.times import BEIJING, micros

MOST_HOTSPOTS: Final = 10

K = TypeVar("K", bound=Hashable)


class TopicLine(Struct, frozen=True, kw_only=True):
    topic: str
    total: int
    before: int
    """Received in as many days before the period."""
    negative: int
    neutral: int
    positive: int


class UnitLine(Struct, frozen=True, kw_only=True):
    unit: str
    counts: Counts
    answered: int
    """Of the received, those that have an answer."""
    median_hours: float | None
    """From receipt to answer, natural hours; None below `LEAST_FOR_A_RATE` answers."""


class Board(Struct, frozen=True, kw_only=True):
    period: Period
    at: datetime
    """The moment the figures are true of."""
    counts: Counts
    before: int
    """Received in as many days before the period."""
    answered: int
    buckets: tuple[Bucket, ...]
    inflow: tuple[tuple[str, tuple[int, ...], int], ...]
    """Channel, its number for each of `buckets`, its number before; the largest first."""
    topics: tuple[TopicLine, ...]
    risks: tuple[tuple[str, int, int], ...]
    """Risk, cases, of them open."""
    units: tuple[UnitLine, ...]
    """By name of the unit's id; charts order them."""
    hotspots: tuple[Hotspot, ...]


def board(
    facts: Iterable[CaseFacts],
    period: Period,
    now: datetime,
    *,
    counted_at: Callable[[str], str] = str,
    unit: str = "",
    media: Collection[str] = (),
) -> Board:
    """`facts`: of every case received before the end of the period, as of `period.as_of(now)`.
    `counted_at`: the unit that a unit's cases count for (a successor). `unit`: of this unit's
    cases only; "" for all. `media`: channels of reports, which count as reports and as nothing
    else."""
    at = period.as_of(now)
    rows: list[CaseFacts] = []
    reports: list[CaseFacts] = []
    for row in facts:
        (reports if row.channel in media else rows).append(row)
    by_unit: dict[str, Counts] = defaultdict(Counts)
    _count_reports(reports, by_unit, period, at, counted_at)
    for row in rows:
        _count(row, by_unit, period, at, counted_at)
    if unit:
        by_unit = {unit: by_unit[unit]}
        rows = [row for row in rows if counted_at(row.unit) == unit]
    total = Counts()
    for counts in by_unit.values():
        total.add(counts)
    received = [row for row in rows if _received_within(row, period.start_at, at)]
    before = period.previous
    earlier = (
        [row for row in rows if _received_within(row, before.start_at, before.end_at)]
        if before
        else []
    )
    buckets = buckets_of(period.first, period.last)
    return Board(
        period=period,
        at=at,
        counts=total,
        before=len(earlier),
        answered=sum(row.has_reply for row in received),
        buckets=buckets,
        inflow=_inflow(received, earlier, buckets),
        topics=_topics(received, earlier),
        risks=_risks(received),
        units=_units(received, by_unit, counted_at),
        hotspots=hotspots(received, period, counted_at=counted_at, most=MOST_HOTSPOTS),
    )


def _count(
    row: CaseFacts,
    by_unit: dict[str, Counts],
    period: Period,
    at: datetime,
    counted_at: Callable[[str], str],
) -> None:
    start, end = micros(period.start_at), micros(at)
    own = by_unit[counted_at(row.unit)]
    count_rounds(own, row.judged, start, end)
    if _received_within(row, period.start_at, at):
        own.received += 1
        own.at_once += row.at_once
    if row.sent_at is not None and start <= row.sent_at < end:
        own.sent += 1
        own.sent_right += row.sent_right
        own.sent_returned += bool(row.returned)
    own.pressed += sum(start <= each < end for each in row.pressed)
    for unit, when in row.returned:
        by_unit[counted_at(unit)].returns += start <= when < end
    _count_promises(row, by_unit, period, at, counted_at)


def _count_promises(
    row: CaseFacts,
    by_unit: dict[str, Counts],
    period: Period,
    at: datetime,
    counted_at: Callable[[str], str],
) -> None:
    for owner, due, kept in row.promises:
        over = datetime.combine(date.fromisoformat(due), time(0), BEIJING) + timedelta(days=1)
        if period.start_at < over <= at:
            theirs = by_unit[counted_at(owner)]
            theirs.promises_due += 1
            theirs.promises_kept += kept is True
            theirs.promises_broken += kept is False


def _count_reports(
    rows: Iterable[CaseFacts],
    by_unit: dict[str, Counts],
    period: Period,
    at: datetime,
    counted_at: Callable[[str], str],
) -> None:
    told: set[str] = set()
    for row in rows:
        if _received_within(row, period.start_at, at):
            story = row.matter or row.case_id
            by_unit[counted_at(row.unit)].add(Counts(media=1, stories=story not in told))
            told.add(story)
        _count_promises(row, by_unit, period, at, counted_at)


def _received_within(row: CaseFacts, start: datetime, at: datetime) -> bool:
    return micros(start) <= row.received * 1_000_000 < micros(at)


def _by(rows: Sequence[CaseFacts], key: Callable[[CaseFacts], K]) -> dict[K, list[CaseFacts]]:
    groups: dict[K, list[CaseFacts]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _inflow(
    rows: Sequence[CaseFacts], earlier: Sequence[CaseFacts], buckets: tuple[Bucket, ...]
) -> tuple[tuple[str, tuple[int, ...], int], ...]:
    place = {day: n for n, bucket in enumerate(buckets) for day in bucket.each_day()}
    before = Counter(row.channel for row in earlier)
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(buckets))
    for row in rows:
        counts[row.channel][place[day_of(row)]] += 1
    lines = [(channel, tuple(numbers), before[channel]) for channel, numbers in counts.items()]
    return tuple(sorted(lines, key=lambda line: (-sum(line[1]), line[0])))


def _topics(rows: Sequence[CaseFacts], earlier: Sequence[CaseFacts]) -> tuple[TopicLine, ...]:
    before = Counter(row.topic for row in earlier)
    lines = []
    for topic, group in _by(rows, lambda row: row.topic).items():
        feelings = Counter(row.sentiment for row in group)
        lines.append(
            TopicLine(
                topic=topic,
                total=len(group),
                before=before[topic],
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


def _units(
    received: Sequence[CaseFacts],
    by_unit: dict[str, Counts],
    counted_at: Callable[[str], str],
) -> tuple[UnitLine, ...]:
    groups = _by(received, lambda row: counted_at(row.unit))
    lines = []
    for unit, counts in sorted(by_unit.items()):
        if not unit or counts == Counts():
            continue
        group = groups.get(unit, [])
        hours = [(r.replied - r.received) / 3600 for r in group if r.replied is not None]
        lines.append(
            UnitLine(
                unit=unit,
                counts=counts,
                answered=sum(row.has_reply for row in group),
                median_hours=median(hours) if len(hours) >= LEAST_FOR_A_RATE else None,
            )
        )
    return tuple(lines)
