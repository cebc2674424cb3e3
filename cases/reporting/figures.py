"""The figures of a period against the period before and the year before, each with the
list of the desk that shows what was counted (`cases.reporting.lists`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from cases.figures.measures import Value, change_text, value_text
from cases.record.case import Case
from cases.reporting.counts import Counts, DuePromise, LateCase, Tally
from cases.reporting.history import waiting
from cases.reporting.hotspots import Hotspot, hotspots
from cases.reporting.lists import FIGURES, FigureKey, FigureLists, Group, Span
from cases.reporting.naming import NO_UNIT_WORD, UnitNames
from cases.reporting.periods import Period
from cases.reporting.scoring import Score, Talk, ranking, talks
from cases.reporting.settings import ReportTable
from cases.routing.units import UnitRegister

__all__ = [
    "Figure",
    "Figures",
    "Hrefs",
    "Matter",
    "Survey",
    "Trend",
    "UnitLine",
    "Value",
    "change_text",
    "value_text",
]


class Hrefs(Struct, frozen=True):
    """The pages of the desk that list what was counted; "" where nothing was."""

    value: str
    previous: str = ""
    year_ago: str = ""


class Figure(Struct, frozen=True, kw_only=True):
    key: str
    name: str
    value: Value
    previous: Value | None
    year_ago: Value | None
    """None where there was nothing to compare with."""
    hrefs: Hrefs
    unit: str = "件"

    @property
    def text(self) -> str:
        return value_text(self.value)

    @property
    def change(self) -> str:
        """Against the previous period: +12.5%, or points for a rate."""
        return change_text(self.value, self.previous)

    @property
    def year_change(self) -> str:
        return change_text(self.value, self.year_ago)


class Trend(Struct, frozen=True):
    """A topic or channel over the three periods, by newly received."""

    name: str
    now: int
    previous: int | None
    year_ago: int | None
    hrefs: Hrefs


class Matter(Struct, frozen=True, kw_only=True):
    """共性问题: a 热点 as a paper names it."""

    id: str
    title: str
    """Of the first message, masked, until the desk names it (`Figures.named`)."""
    unit: str
    case_id: str
    count: int
    spot: Hotspot


class UnitLine(Struct, frozen=True):
    """What a unit did in the period, appeals or not."""

    unit: str
    name: str
    counts: Counts


class Figures(Struct, frozen=True, kw_only=True):
    period: Period
    at: datetime
    figures: tuple[Figure, ...]
    scores: tuple[Score, ...]
    talks: tuple[Talk, ...]
    appeals: tuple[str, ...]
    """Cases that were left out of the scoring, with the reason."""
    topics: tuple[Trend, ...]
    channels: tuple[Trend, ...]
    rising: tuple[Trend, ...]
    """Topics that grew as much as config/reports.toml asks for."""
    matters: tuple[Matter, ...]
    """共性问题: matters that several messages of the period are about."""
    risks: tuple[tuple[str, int], ...]
    """Sensitive domains, newly received."""
    units: tuple[UnitLine, ...]
    """With something on the books of the period, those with most of it first."""
    late: tuple[LateCase, ...]
    """Unanswered at the end, longest overdue first."""
    promises: tuple[DuePromise, ...]
    total: Counts

    def named(self, names: Mapping[str, str]) -> Figures:
        """With these names of matters."""
        matters = (replace(one, title=names.get(one.id, one.title)) for one in self.matters)
        return replace(self, matters=tuple(matters))

    def figure(self, key: str) -> Figure:
        return next(each for each in self.figures if each.key == key)

    def href(self, figure: str, group: Group, name: str) -> str:
        """The list behind a figure of one unit, channel, topic, matter or risk."""
        return FigureKey(period=self.period.key, figure=figure, group=group, name=name).href


class Survey:
    """Takes every case of the ledger once and counts three periods at a time."""

    def __init__(
        self,
        period: Period,
        now: datetime,
        register: UnitRegister,
        table: ReportTable,
        high_risks: Iterable[str] = (),
        media: Collection[str] = (),
    ) -> None:
        """`media`: channels of reports of media."""
        self._table = table
        self._high = tuple(high_risks)
        self.period, self.at = period, period.as_of(now)
        self._names = UnitNames(register, period.last)

        def tally(of: Period | None, *, detailed: bool) -> Tally | None:
            if of is None:
                return None
            return Tally(
                of,
                of.as_of(now),
                self._names,
                high_risks=self._high,
                appeals=table.appeals,
                media=media,
                detailed=detailed,
            )

        now_ = tally(period, detailed=True)
        if now_ is None:
            raise ValueError("a survey needs a period")
        self._now = now_
        self._previous = tally(period.previous, detailed=False)
        self._year_ago = tally(period.year_ago, detailed=False)
        self._seen: list[Tally] = [
            each for each in (self._now, self._previous, self._year_ago) if each
        ]

    def add(self, case: Case) -> None:
        spans = waiting(case)
        for tally in self._seen:
            tally.add(case, spans)

    def figures(self) -> Figures:
        now, lists = self._now, self._table.lists
        scores = ranking(now.scored, self._names, self._table.scoring, now.excluded)
        topics = self._trends(lambda tally: tally.topics, Group.TOPIC, "未分类")
        spots = hotspots(
            now.linked,
            self.period,
            counted_at=self._names.counted_at,
            least=lists.matter_at_least,
        )
        return Figures(
            period=self.period,
            at=self.at,
            figures=tuple(self._figures()),
            scores=scores,
            talks=talks(scores, self._table.talks),
            appeals=tuple(
                f"{each.case_id}（{each.reason}）" for each in self._table.scoring.appeal
            ),
            topics=topics,
            channels=self._trends(lambda tally: tally.channels, Group.CHANNEL, "未注明"),
            rising=tuple(t for t in topics if self._rises(t)),
            matters=tuple(
                Matter(
                    id=spot.matter,
                    title=now.titles[spot.case_ids[0]],
                    unit=self._names.shown(spot.units[0]) if spot.units else "",
                    case_id=spot.case_ids[0],
                    count=spot.cases,
                    spot=spot,
                )
                for spot in spots
            ),
            risks=tuple(sorted(now.risks.items(), key=lambda risk: (-risk[1], risk[0]))),
            late=tuple(sorted(now.late, key=lambda one: (-one.days, one.case_id))),
            promises=tuple(sorted(now.promises, key=lambda one: (one.day, one.case_id))),
            units=tuple(
                UnitLine(unit, self._names.shown(unit) or NO_UNIT_WORD, counts)
                for unit, counts in sorted(
                    now.units.items(), key=lambda pair: (-pair[1].on_books, pair[0])
                )
                if counts.on_books
            ),
            total=now.total,
        )

    def lists(self) -> FigureLists:
        """What every figure was counted from, to be kept with the paper."""
        tallies = {
            Span.NOW: self._now,
            Span.PREVIOUS: self._previous,
            Span.YEAR_AGO: self._year_ago,
        }
        return FigureLists(
            period=self.period.key,
            at=self.at,
            names={span: tally.period.short for span, tally in tallies.items() if tally},
            hits={span: tuple(tally.hits) for span, tally in tallies.items() if tally},
        )

    def _rises(self, trend: Trend) -> bool:
        lists = self._table.lists
        before = trend.previous
        if before is None or not trend.name or trend.now < lists.topic_at_least:
            return False
        return trend.now >= before * (1 + lists.topic_growth) and trend.now > before

    def _trends(
        self, of: Callable[[Tally], Mapping[str, Counts]], group: Group, nameless: str
    ) -> tuple[Trend, ...]:
        now = of(self._now)
        before = of(self._previous) if self._previous else None
        year_ago = of(self._year_ago) if self._year_ago else None
        names = {*now, *(before or {}), *(year_ago or {})}
        trends = [
            Trend(
                name or nameless,
                _received(now, name) or 0,
                _received(before, name),
                _received(year_ago, name),
                self._hrefs("received", group, name),
            )
            for name in names
        ]
        shown = [t for t in trends if t.now or t.previous or t.year_ago]
        return tuple(sorted(shown, key=lambda t: (-t.now, -(t.previous or 0), t.name)))

    def _figures(self) -> Iterable[Figure]:
        for key, (name, unit) in FIGURES.items():
            yield Figure(
                key=key,
                name=name,
                value=getattr(self._now.total, key),
                previous=getattr(self._previous.total, key) if self._previous else None,
                year_ago=getattr(self._year_ago.total, key) if self._year_ago else None,
                hrefs=self._hrefs(key),
                unit=unit,
            )

    def _hrefs(self, figure: str, group: Group | None = None, name: str = "") -> Hrefs:
        def href(span: Span, tally: Tally | None) -> str:
            if tally is None:
                return ""
            key = FigureKey(
                period=self.period.key, span=span, figure=figure, group=group, name=name
            )
            return key.href

        return Hrefs(
            href(Span.NOW, self._now),
            href(Span.PREVIOUS, self._previous),
            href(Span.YEAR_AGO, self._year_ago),
        )


def _received(counts: Mapping[str, Counts] | None, name: str) -> int | None:
    if counts is None:
        return None
    found = counts.get(name)
    return found.received if found else 0
