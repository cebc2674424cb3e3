"""热点: matters that several people wrote about, of page, board, papers, interface and command.

Pure: facts in, hotspots out. Every surface takes them from here, so a matter has one heat, one
number of people and one place in the order wherever it is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.figures.buckets import buckets_of
from cases.figures.case_facts import CaseFacts
from cases.reporting.periods import Period
from cases.words.times import BEIJING

LEAST_PEOPLE: Final = 2
"""What one person writes, however often, is no 热点."""
_SPANS: Final = 7
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_SECONDS: Final = 86_400
_BEIJING_SECONDS: Final = 8 * 3600
EXPLAINED: Final = (
    "热度＝期内反映的人数＋最近 {days} 天反映的人数：说的人越多、越近，排得越前；"
    "同一人多次反映只算一人。"
)


class Hotspot(Struct, frozen=True, kw_only=True):
    """One matter within a period. Who sees only some of the cases has a hotspot of those."""

    matter: str
    heat: int
    """People of the period, and those of its last seventh once more."""
    cases: int
    people: int
    """Distinct writers; one who is unknown counts for one."""
    lately: int
    """Cases of the last seventh of the period, at least one day."""
    before: int
    """Cases of the seventh before that."""
    first_at: datetime
    last_at: datetime
    spread: tuple[int, ...]
    """Cases in each of `buckets_of` the period."""
    units: tuple[str, ...]
    """Ids of lead units, that with most cases first."""
    answered: int
    open: int
    promises: int
    kept: int
    broken: int
    case_ids: tuple[str, ...]
    """The oldest first."""


def recent_days(period: Period) -> int:
    """Length of the last stretch that counts twice."""
    return max(1, period.days // _SPANS)


def explained(period: Period) -> str:
    """What heat is, in one sentence."""
    return EXPLAINED.format(days=recent_days(period))


def hotspots(
    facts: Iterable[CaseFacts],
    period: Period,
    *,
    counted_at: Callable[[str], str] = str,
    least: int = LEAST_PEOPLE,
    most: int | None = None,
) -> tuple[Hotspot, ...]:
    """The hottest first. `facts`: of cases that count as received, wherever; those of the period
    are taken. `least`: cases that a matter has to have; two people it always has to.
    `counted_at`: the unit that a unit's cases count for (a successor)."""
    groups: dict[str, list[CaseFacts]] = defaultdict(list)
    for row in facts:
        if row.matter and period.first <= day_of(row) <= period.last:
            groups[row.matter].append(row)
    place = _places(period)
    found = [
        _hotspot(matter, group, period, place, counted_at)
        for matter, group in groups.items()
        if len(group) >= least and len(_people(group)) >= LEAST_PEOPLE
    ]
    return tuple(sorted(found, key=lambda one: (-one.heat, -one.cases, one.matter))[:most])


def one_matter(
    matter: str,
    facts: Iterable[CaseFacts],
    period: Period,
    *,
    counted_at: Callable[[str], str] = str,
) -> Hotspot:
    """What there is to know of this matter within the period, however few wrote about it.
    `facts`: of its cases, one at least, all received in the period."""
    return _hotspot(matter, list(facts), period, _places(period), counted_at)


def _places(period: Period) -> dict[date, int]:
    """Which of `buckets_of` the period each day belongs to."""
    return {
        day: n
        for n, bucket in enumerate(buckets_of(period.first, period.last))
        for day in bucket.each_day()
    }


def day_of(row: CaseFacts) -> date:
    """The day of receipt in Beijing."""
    return date.fromordinal(_EPOCH + (row.received + _BEIJING_SECONDS) // _DAY_SECONDS)


def _people(group: Iterable[CaseFacts]) -> set[str]:
    return {row.person or f"case {row.case_id}" for row in group}


def _hotspot(
    matter: str,
    group: list[CaseFacts],
    period: Period,
    place: dict[date, int],
    counted_at: Callable[[str], str],
) -> Hotspot:
    group.sort(key=lambda row: (row.received, row.case_id))
    span = timedelta(days=recent_days(period))
    recent, older = period.last - span, period.last - 2 * span
    lately = [row for row in group if day_of(row) > recent]
    spread = [0] * (max(place.values()) + 1)
    units: dict[str, int] = defaultdict(int)
    for row in group:
        spread[place[day_of(row)]] += 1
        if row.unit:
            units[counted_at(row.unit)] += 1
    promises = [kept for row in group for _, _, kept in row.promises]
    people = len(_people(group))
    return Hotspot(
        matter=matter,
        heat=people + len(_people(lately)),
        cases=len(group),
        people=people,
        lately=len(lately),
        before=sum(older < day_of(row) <= recent for row in group),
        first_at=datetime.fromtimestamp(group[0].received, BEIJING),
        last_at=datetime.fromtimestamp(group[-1].received, BEIJING),
        spread=tuple(spread),
        units=tuple(sorted(units, key=lambda unit: (-units[unit], unit))),
        answered=sum(row.has_reply for row in group),
        open=sum(row.open for row in group),
        promises=len(promises),
        kept=sum(kept is True for kept in promises),
        broken=sum(kept is False for kept in promises),
        case_ids=tuple(row.case_id for row in group),
    )
