"""考核: units compared within their class by the table in config/reports.toml.

    score = 100 × Σ weight·rate / Σ weight − Σ min(most, each·number), not below 0

A rate counts with the lower end of its Wilson interval, so that few cases prove little: 1 of 1 is
never above 40 of 41. A rate of fewer than `minimum_cases` has no say, and its weight goes to the
others; a unit with fewer cases due is not ranked (样本不足). Cases with an upheld appeal (申诉成立)
are left out before anything is counted. 国办函〔2025〕66号: 分档分类, no ranking for its own sake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from math import sqrt
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.figures.measures import TOO_FEW
from cases.reporting.counts import Counts, Ratio
from cases.reporting.lists import FigureLists, Span
from cases.reporting.naming import UnitNames
from cases.reporting.settings import DEDUCTIONS, RATES, Scoring, Talks
from cases.routing.units import UnitKind
from cases.words.numbers import half_up

EXPLAINED: Final = (
    "各类单位只在本类内比较；比率按可信下限（威尔逊区间，约九成把握）计分："
    "到期的件数越少，下限离比率越远，所以 1/1 不会排在 40/41 前面。"
)
"""In one sentence, for the paper and the page."""
_Z: Final = 1.2816
"""Standard deviations below which a tenth of a normal distribution lies."""
_NEVER: Final = ("人民法院", "人民检察院", "纪委", "监委", "纪检")
"""Who is named so is no part of the government: nobody there proposes a talk with them."""


def lower_end(ratio: Ratio) -> float:
    """The lower end of the Wilson score interval of a share (Wilson 1927), 0 to 1."""
    n, share = ratio.whole, ratio.part / ratio.whole
    middle = share + _Z * _Z / (2 * n)
    spread = _Z * sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + _Z * _Z / n))


class Part(Struct, frozen=True):
    """One item of a score, as it is explained."""

    name: str
    text: str
    points: float


class Score(Struct, frozen=True, kw_only=True):
    unit: str
    """Unit id."""
    name: str
    group: str
    """Its class: 部门, 乡镇街道, 公共企事业, 驻区单位 (垂管) …"""
    points: float | None
    """None: too few cases due; not ranked."""
    plain: float | None
    """The same with the rates as they are: what a talk is proposed by, for nobody is called to
    account for what is merely not proven."""
    rank: int | None
    """Within its class; 1 is best; equal scores share a rank."""
    counts: Counts
    parts: tuple[Part, ...]
    why_not: str = ""
    """Why it is not ranked."""
    excluded: int = 0
    """剔除: cases that are neither in the numerator nor in the denominator of anything here."""

    @property
    def text(self) -> str:
        return "—" if self.points is None else f"{half_up(self.points, 1)}"


def scored_of(lists: FigureLists, excluded: Collection[str]) -> dict[str, Counts]:
    """By unit, what a paper was counted from, without the cases that are left out."""
    found: dict[str, Counts] = {}
    for hit in lists.hits.get(Span.NOW, ()):
        if not hit.history and hit.case_id not in excluded:
            found.setdefault(hit.unit, Counts()).add(Counts(**dict(hit.found)))
    return found


def ranking(
    counted: Mapping[str, Counts],
    names: UnitNames,
    scoring: Scoring,
    excluded: Mapping[str, Collection[str]] = {},
) -> tuple[Score, ...]:
    """All units with something to show, class by class, ranked ones first. `excluded`: by unit,
    the cases that are left out of `counted`."""
    scores = [
        replace(_score(unit, counts, names, scoring), excluded=len(excluded.get(unit, ())))
        for unit, counts in ({unit: Counts() for unit in excluded} | dict(counted)).items()
        if unit and (counts != Counts() or excluded.get(unit))
    ]
    order = [kind.value for kind in UnitKind]
    scores.sort(
        key=lambda s: (
            s.points is None,
            order.index(s.group) if s.group in order else len(order),
            -(s.points or 0.0),
            s.unit,
        )
    )
    ranked: list[Score] = []
    places: Counter[str] = Counter()
    for score in scores:
        if score.points is None:
            ranked.append(score)
            continue
        places[score.group] += 1
        before = ranked[-1] if ranked else None
        same = before is not None and (before.group, before.points) == (score.group, score.points)
        rank = before.rank if same and before is not None else places[score.group]
        ranked.append(replace(score, rank=rank))
    return tuple(ranked)


def _score(unit: str, counts: Counts, names: UnitNames, scoring: Scoring) -> Score:
    known = names.unit(unit)
    nothing = Score(
        unit=unit,
        name=names.shown(unit),
        group=known.kind.value if known else "",
        points=None,
        plain=None,
        rank=None,
        counts=counts,
        parts=(),
    )
    least = max(1, scoring.minimum_cases)
    if counts.due < least:
        return replace(
            nothing, why_not=f"{TOO_FEW}：到期应答复 {counts.due} 件次，不足 {least} 件次，不排名"
        )
    parts: list[Part] = []
    safe = plain = weights = 0.0
    for rate in scoring.rate:
        ratio: Ratio = getattr(counts, rate.figure)
        if ratio.whole < least or not rate.weight or ratio.value is None:
            continue
        end = lower_end(ratio)
        weights += rate.weight
        safe += rate.weight * end
        plain += rate.weight * ratio.value
        parts.append(Part(RATES[rate.figure], f"{ratio.part}/{ratio.whole}", rate.weight * end))
    if not weights:
        return replace(nothing, why_not=f"{TOO_FEW}：没有一项比率够 {least} 件次，不排名")
    taken = 0.0
    for deduction in scoring.deduction:
        number: int = getattr(counts, deduction.figure)
        less = min(deduction.most, deduction.each * number)
        if less:
            parts.append(Part(DEDUCTIONS[deduction.figure], str(number), -less))
            taken += less
    return replace(
        nothing,
        points=_points(safe / weights, taken),
        plain=_points(plain / weights, taken),
        parts=tuple(parts),
    )


def _points(share: float, taken: float) -> float:
    return float(half_up(max(100 * share - taken, 0.0), 1))


class Talk(Struct, frozen=True):
    """A unit proposed for a talk, with every reason."""

    unit: str
    name: str
    reasons: tuple[str, ...]


def talks(scores: tuple[Score, ...], rules: Talks) -> tuple[Talk, ...]:
    """约谈建议名单: which units meet one of the conditions that are stated. Leaders decide. Never a
    court, a procuratorate, discipline or the desk itself, unless `also` lists it."""
    found = []
    for score in scores:
        exempt = score.unit in rules.never or any(word in score.name for word in _NEVER)
        if exempt and score.unit not in rules.also:
            continue
        reasons = []
        if rules.score_below and score.plain is not None and score.plain < rules.score_below:
            text = f"{half_up(score.plain, 1)}"
            reasons.append(f"考核得分（按比率原值）{text}，低于 {rules.score_below:g}")
        counts = score.counts
        if rules.overdue_at_least and counts.overdue >= rules.overdue_at_least:
            reasons.append(f"期末逾期未答复 {counts.overdue} 件")
        broken = rules.promises_broken_at_least
        if broken and counts.promises_broken >= broken:
            reasons.append(f"承诺未兑现 {counts.promises_broken} 项")
        if reasons:
            found.append(Talk(score.unit, score.name, tuple(reasons)))
    return tuple(found)
