"""The figures of a period against the period before and the year before, each with the
list of the desk that shows what was counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from msgspec import Struct

from cases.case import Case
from cases.labels import Kind, Sentiment
from cases.reporting.counts import Counts, DuePromise, LateCase, Matter, Ratio, Tally
from cases.reporting.history import waiting
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period
from cases.reporting.scoring import Score, Talk, ranking, talks
from cases.reporting.settings import ReportTable
from cases.units import UnitRegister

Value = int | Ratio


class Figure(Struct, frozen=True, kw_only=True):
    key: str
    name: str
    value: Value
    previous: Value | None
    year_ago: Value | None
    """None where there was nothing to compare with."""
    href: str = ""
    """The ledger page with these cases; empty where no list of it exists. The page shows
    cases as they are now, the figure as they were at the end of the period."""
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


def value_text(value: Value | None) -> str:
    if value is None:
        return "—"
    if isinstance(value, Ratio):
        return "—" if value.value is None else f"{value.value:.1%}（{value.part}/{value.whole}）"
    return str(value)


def change_text(now: Value, before: Value | None) -> str:
    if isinstance(now, Ratio):
        was = before.value if isinstance(before, Ratio) else None
        if now.value is None or was is None:
            return "—"
        points = round(100 * (now.value - was), 1)
        return f"{points:+.1f} 个百分点" if points else "持平"
    if not isinstance(before, int):
        return "—"
    if not before:
        return "持平" if not now else "基数为 0"
    return "持平" if now == before else f"{(now - before) / before:+.1%}"


class Trend(Struct, frozen=True):
    """A topic or channel over the three periods, by newly received."""

    name: str
    now: int
    previous: int | None
    year_ago: int | None
    href: str


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
    late: tuple[LateCase, ...]
    """Unanswered at the end, longest overdue first."""
    promises: tuple[DuePromise, ...]
    total: Counts
    unit_hrefs: dict[str, str]
    """By unit id: its cases received in the period."""

    def figure(self, key: str) -> Figure:
        return next(each for each in self.figures if each.key == key)


class Survey:
    """Takes every case of the ledger once and counts three periods at a time."""

    def __init__(
        self,
        period: Period,
        now: datetime,
        register: UnitRegister,
        table: ReportTable,
        high_risks: Iterable[str] = (),
    ) -> None:
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
        scores = ranking(now.scored, self._names, self._table.scoring)
        topics = self._trends(lambda tally: tally.topics, "topic", "未分类")
        matters = [m for m in now.matters.values() if m.count >= lists.matter_at_least]
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
            channels=self._trends(lambda tally: tally.channels, "channel", "未注明"),
            rising=tuple(t for t in topics if self._rises(t)),
            matters=tuple(sorted(matters, key=lambda m: (-m.count, m.id))),
            risks=tuple(sorted(now.risks.items(), key=lambda risk: (-risk[1], risk[0]))),
            late=tuple(sorted(now.late, key=lambda one: (-one.days, one.case_id))),
            promises=tuple(sorted(now.promises, key=lambda one: (one.day, one.case_id))),
            total=now.total,
            unit_hrefs={
                score.unit: self._href({"unit": score.unit}, received=True) for score in scores
            },
        )

    def _rises(self, trend: Trend) -> bool:
        lists = self._table.lists
        before = trend.previous
        if before is None or not trend.name or trend.now < lists.topic_at_least:
            return False
        return trend.now >= before * (1 + lists.topic_growth) and trend.now > before

    def _trends(
        self, of: Callable[[Tally], Mapping[str, Counts]], parameter: str, nameless: str
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
                self._href({parameter: name} if name else {}, received=True),
            )
            for name in names
        ]
        shown = [t for t in trends if t.now or t.previous or t.year_ago]
        return tuple(sorted(shown, key=lambda t: (-t.now, -(t.previous or 0), t.name)))

    def _figures(self) -> Iterable[Figure]:
        received, due = self._href(received=True), self._href(due=True)
        open_ = self._href({"state": "open", "received_to": self._last})
        overdue = self._href({"state": "open", "due_to": self._last})
        negative = self._href({"sentiment": Sentiment.NEGATIVE.value}, received=True)
        suggestions = self._href({"kind": Kind.SUGGESTION.value}, received=True)
        for key, name, href, unit in (
            ("received", "新收", received, "件"),
            ("carried", "上期结转", "", "件"),
            ("reopened", "重新办理", "", "件"),
            ("ended", "办结", "", "件"),
            ("closing", "结存", open_, "件"),
            ("due", "到期应答复", due, "件次"),
            ("on_time", "按时率", due, ""),
            ("answered", "回应率", due, ""),
            ("resolved", "解决率", "", ""),
            ("satisfied", "满意率", self._href({"satisfied": "no"}), ""),
            ("overdue", "期末逾期未答复", overdue, "件"),
            ("overdue_days", "合计已逾期", overdue, "天"),
            ("returns", "退回", self._href({"returned": "yes"}), "次"),
            ("pressed", "督办、挂牌、约谈", "", "次"),
            ("negative", "负面情绪来件", negative, "件"),
            ("suggestions", "意见建议", suggestions, "件"),
            ("promises_due", "到期承诺", "/promises", "项"),
            ("promises_kept", "承诺已兑现", _promises("已兑现"), "项"),
            ("promises_broken", "承诺未兑现", _promises("未兑现"), "项"),
            ("promises_unchecked", "承诺到期待核查", _promises("逾期未核查"), "项"),
        ):
            yield Figure(
                key=key,
                name=name,
                value=getattr(self._now.total, key),
                previous=getattr(self._previous.total, key) if self._previous else None,
                year_ago=getattr(self._year_ago.total, key) if self._year_ago else None,
                href=href,
                unit=unit,
            )

    @property
    def _last(self) -> str:
        return min(self.period.last, self.at.date()).isoformat()

    def _href(
        self, values: Mapping[str, str] | None = None, *, received: bool = False, due: bool = False
    ) -> str:
        """Parameters of `desk.web.filters`."""
        values = dict(values or {})
        if received:
            values |= {"received_from": self.period.first.isoformat(), "received_to": self._last}
        if due:
            values |= {"due_from": self.period.first.isoformat(), "due_to": self._last}
        return f"/ledger?{urlencode(values)}"


def _promises(standing: str) -> str:
    """As `desk.web.promises` has it."""
    return f"/promises?{urlencode({'standing': standing})}"


def _received(counts: Mapping[str, Counts] | None, name: str) -> int | None:
    if counts is None:
        return None
    found = counts.get(name)
    return found.received if found else 0
