"""Media and social items: whose they are, how far they reach, how they speak of the place, and
which of them tell one story. Pure.

A report is no citizen's letter: it has no reply clock (`reply-media` in config/deadlines.toml).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from cases.record.case import Case
from cases.registers.watch import story_of
from cases.words.labels import Sentiment

OWN: Final = "自媒体"
"""The rank of an outlet that no rank of the table names."""


class Stance(StrEnum):
    """How a report speaks of the place. The value is shown."""

    CRITICAL = "批评本地"
    NEUTRAL = "中性"
    POSITIVE = "肯定本地"


class MediaTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[media]` of config/watches.toml."""

    channels: tuple[str, ...] = ("新闻媒体",)
    """What comes by these is a report."""
    outlet: tuple[str, ...] = ()
    """Columns that name the outlet; the first that is filled counts."""
    ranks: Mapping[str, tuple[str, ...]] = {}
    """Outlets by rank, the highest rank first; a name that contains one of them is of it."""
    reach: Mapping[str, tuple[str, ...]] = {}
    """Columns that count readers, reposts, comments …, by what they count."""

    def is_report(self, case: Case) -> bool:
        return case.item.channel in self.channels

    def rank_of(self, outlet: str) -> str:
        for rank, names in self.ranks.items():
            if any(name in outlet for name in names):
                return rank
        return OWN

    def order(self, rank: str) -> int:
        """0 for the highest."""
        known = list(self.ranks)
        return known.index(rank) if rank in known else len(known)


class MediaReport(Struct, frozen=True, kw_only=True):
    """One item."""

    case_id: str
    story: str
    outlet: str
    """"" where the source does not name it."""
    rank: str
    at: datetime
    stance: Stance
    reach: Mapping[str, int]
    """What the source tells; nothing is estimated."""


class MediaStory(Struct, frozen=True, kw_only=True):
    """What several reports tell, counted once."""

    first: MediaReport
    reprints: tuple[MediaReport, ...]
    """Later reports of the same story, in the order of time."""
    rank: str
    """The highest of all."""
    stance: Stance
    """Critical where one of them is, else positive where one of them is."""
    reach: Mapping[str, int]
    """Sums over all reports."""

    @property
    def reports(self) -> tuple[MediaReport, ...]:
        return (self.first, *self.reprints)


def report_of(case: Case, table: MediaTable, local: Sequence[str]) -> MediaReport:
    """`local`: names of the place; a report that names none of them says nothing of it."""
    item = case.item
    outlet = next((text for name in table.outlet if (text := item.extra.get(name, "").strip())), "")
    text = f"{item.title}\n{item.body}\n{item.place}"
    names = any(name in text for name in local)
    feeling = case.labels.sentiment if names else Sentiment.NEUTRAL
    reach = {
        what: number
        for what, columns in table.reach.items()
        if (number := _first_number(item.extra, columns)) is not None
    }
    if item.likes is not None:
        reach["点赞"] = item.likes
    return MediaReport(
        case_id=case.case_id,
        story=story_of(case),
        outlet=outlet,
        rank=table.rank_of(outlet),
        at=item.received_at,
        stance=_STANCES.get(feeling, Stance.NEUTRAL),
        reach=reach,
    )


_NUMBER: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,4})?)([万亿]?)[+＋]?")
_TIMES: Final = {"": 1, "万": 10_000, "亿": 100_000_000}
_STANCES: Final = {
    Sentiment.NEGATIVE: Stance.CRITICAL,
    Sentiment.POSITIVE: Stance.POSITIVE,
}


def stories(reports: Iterable[MediaReport], table: MediaTable) -> tuple[MediaStory, ...]:
    """Each story once, the one with the newest report first."""
    groups: dict[str, list[MediaReport]] = {}
    for report in reports:
        groups.setdefault(report.story, []).append(report)
    found = []
    for members in groups.values():
        members.sort(key=lambda report: (report.at, report.case_id))
        reach: Counter[str] = Counter()
        for report in members:
            reach.update(report.reach)
        stances = {report.stance for report in members}
        found.append(
            MediaStory(
                first=members[0],
                reprints=tuple(members[1:]),
                rank=min((report.rank for report in members), key=table.order),
                stance=next(
                    (one for one in (Stance.CRITICAL, Stance.POSITIVE) if one in stances),
                    Stance.NEUTRAL,
                ),
                reach=dict(reach),
            )
        )
    return tuple(sorted(found, key=lambda story: story.reports[-1].at, reverse=True))


def problem_of(table: MediaTable) -> str:
    """What is wrong with the table, "" for nothing."""
    if not table.channels:
        return "channels 应至少写一个渠道。"
    seen: dict[str, str] = {}
    for rank, names in table.ranks.items():
        for name in names:
            if len(name.strip()) < 2:
                return f"ranks 的“{rank}”里，媒体名称至少两个字，实际是“{name}”。"
            if seen.setdefault(name, rank) != rank:
                return f"“{name}”既是“{seen[name]}”又是“{rank}”，请只留一处。"
    return ""


def _first_number(extra: Mapping[str, str], columns: Iterable[str]) -> int | None:
    numbers = (number_in(extra.get(name, "")) for name in columns)
    return next((number for number in numbers if number is not None), None)


def number_in(text: str) -> int | None:
    """12345 of "12,345", 12000 of "1.2万", 100000 of "10万+"; None for what is no number."""
    found = _NUMBER.fullmatch(text.strip().replace(",", ""))
    if found is None:
        return None
    return int(Decimal(found[1]) * _TIMES[found[2] or ""])
