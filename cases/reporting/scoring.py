"""考核: units ranked by the table in config/reports.toml.

    score = 100 × Σ weight·rate / Σ weight − Σ min(most, each·number), not below 0

A rate of which there is no case has no say, and its weight goes to the others. Cases
with an upheld appeal (申诉成立) are left out before anything is counted.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from cases.reporting.counts import Counts, Ratio
from cases.reporting.naming import UnitNames
from cases.reporting.settings import DEDUCTIONS, RATES, Scoring, Talks


class Part(Struct, frozen=True):
    """One item of a score, as it is explained."""

    name: str
    text: str
    points: float


class Score(Struct, frozen=True, kw_only=True):
    unit: str
    """Unit id."""
    name: str
    points: float | None
    """None: too few cases, or nothing to judge by; not ranked."""
    rank: int | None
    """1 is best; equal scores share a rank."""
    counts: Counts
    parts: tuple[Part, ...]
    why_not: str = ""
    """Why it is not ranked."""

    @property
    def text(self) -> str:
        return "—" if self.points is None else f"{self.points:.1f}"


def ranking(counted: Mapping[str, Counts], names: UnitNames, scoring: Scoring) -> tuple[Score, ...]:
    """All units with something to show, ranked ones first."""
    scores = [
        _score(unit, counts, names, scoring)
        for unit, counts in counted.items()
        if unit and counts != Counts()
    ]
    scores.sort(key=lambda s: (s.points is None, -(s.points or 0.0), s.unit))
    ranked: list[Score] = []
    for place, score in enumerate(scores, 1):
        if score.points is None:
            ranked.append(score)
            continue
        same = ranked[-1] if ranked and ranked[-1].points == score.points else None
        rank = same.rank if same else place
        ranked.append(replace(score, rank=rank))
    return tuple(ranked)


def _score(unit: str, counts: Counts, names: UnitNames, scoring: Scoring) -> Score:
    parts: list[Part] = []
    reached = weights = 0.0
    for rate in scoring.rate:
        ratio: Ratio = getattr(counts, rate.figure)
        value = ratio.value
        if value is None or not rate.weight:
            continue
        weights += rate.weight
        reached += rate.weight * value
        parts.append(Part(RATES[rate.figure], f"{ratio.part}/{ratio.whole}", rate.weight * value))
    why_not = ""
    if max(counts.on_books, counts.due) < scoring.minimum_cases:
        why_not = f"事项不足 {scoring.minimum_cases} 件，不排名"
    elif not weights:
        why_not = "没有到期或回访的事项，不排名"
    if why_not:
        return Score(
            unit=unit,
            name=names.shown(unit),
            points=None,
            rank=None,
            counts=counts,
            parts=(),
            why_not=why_not,
        )
    points = 100 * reached / weights
    for deduction in scoring.deduction:
        number: int = getattr(counts, deduction.figure)
        taken = min(deduction.most, deduction.each * number)
        if taken:
            parts.append(Part(DEDUCTIONS[deduction.figure], str(number), -taken))
            points -= taken
    return Score(
        unit=unit,
        name=names.shown(unit),
        points=round(max(points, 0.0), 1),
        rank=None,
        counts=counts,
        parts=tuple(parts),
    )


class Talk(Struct, frozen=True):
    """A unit proposed for a talk, with every reason."""

    unit: str
    name: str
    reasons: tuple[str, ...]


def talks(scores: tuple[Score, ...], rules: Talks) -> tuple[Talk, ...]:
    """约谈建议名单: whoever meets one of the conditions. Leaders decide."""
    found = []
    for score in scores:
        reasons = []
        if rules.score_below and score.points is not None and score.points < rules.score_below:
            reasons.append(f"考核得分 {score.text}，低于 {rules.score_below:g}")
        counts = score.counts
        if rules.overdue_at_least and counts.overdue >= rules.overdue_at_least:
            reasons.append(f"期末逾期未答复 {counts.overdue} 件")
        broken = rules.promises_broken_at_least
        if broken and counts.promises_broken >= broken:
            reasons.append(f"承诺未兑现 {counts.promises_broken} 项")
        if reasons:
            found.append(Talk(score.unit, score.name, tuple(reasons)))
    return tuple(found)
