"""办理: how fast, how well, and what became of what was promised."""

from __future__ import annotations

from cases.figures.measures import MEASURES, TOO_FEW, Ratio, rate_text
from cases.reporting.board import Board, UnitLine
from cases.words.numbers import half_up
from desk.board.charts import MOST_BARS, Bar, Chart, Links, Name, Segment

_LEAST_BELOW = 0.1
"""A unit whose rate is so much below the office's is told as unusual, if chance does not do it."""


def handling(found: Board, unit: str, unit_name: Name) -> tuple[Chart, ...]:
    to = Links(found, unit)
    return (
        _on_time(found, to, unit_name),
        _slowness(found, to, unit_name),
        _call_backs(found),
        _promises(found),
    )


def _defined(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple((MEASURES[key].name, MEASURES[key].definition) for key in keys)


def _on_time(found: Board, to: Links, unit_name: Name) -> Chart:
    units = sorted(found.units, key=_lowest_first)
    judged = [line for line in units if line.counts.on_time.enough]
    counts = found.counts
    answer = "这段时间没有到期应答复的事项。"
    if counts.due:
        answer = (
            f"到期应答复 {counts.due:,} 件次，按时率 {rate_text(counts.on_time)}；"
            f"期末逾期未答复 {counts.overdue:,} 件。"
        )
    return Chart(
        key="on_time",
        question="哪些单位答得不按时？",
        answer=answer,
        unusual=_unusual_units(counts.on_time, judged, unit_name),
        series=(("按时", "done"), ("未按时", "late")),
        bars=tuple(
            Bar(
                name=unit_name(line.unit),
                href=to(lead=line.unit),
                segments=(
                    Segment(
                        value=line.counts.due_on_time,
                        series=0,
                        href=to(lead=line.unit),
                        text=rate_text(line.counts.on_time),
                    ),
                    Segment(
                        value=line.counts.due - line.counts.due_on_time,
                        series=1,
                        href=to(lead=line.unit),
                        text="" if line.counts.due_on_time else rate_text(line.counts.on_time),
                    ),
                ),
            )
            for line in judged[:MOST_BARS]
        ),
        columns=(
            ("主办单位", ""),
            *_defined("received"),
            ("已答复", "新收中已有答复的"),
            *_defined("due", "on_time", "on_time_own", "answered", "responded", "overdue"),
        ),
        rows=tuple(_unit_row(line, to, unit_name) for line in units),
        shares=True,
    )


def _lowest_first(line: UnitLine) -> tuple[bool, float, int, str]:
    """By on-time rate; those that cannot be judged last."""
    rate = line.counts.on_time
    return (
        not rate.enough,
        rate.value if rate.enough and rate.value else 0.0,
        -rate.whole,
        line.unit,
    )


def _unusual_units(office: Ratio, judged: list[UnitLine], unit_name: Name) -> str:
    if not office.enough or office.value is None:
        return f"{TOO_FEW}，看不出哪个单位特别不按时。"
    said = []
    for line in judged:
        rate = line.counts.on_time
        # Two standard deviations of a share of so many cases, were it as the office's.
        chance = 2 * (office.value * (1 - office.value) / rate.whole) ** 0.5
        if rate.value is not None and office.value - rate.value > max(chance, _LEAST_BELOW):
            points = half_up(100 * (office.value - rate.value), 1)
            said.append(f"{unit_name(line.unit)}比全部低 {points} 个百分点")
    if not said:
        return "没有哪个单位明显低于全部的按时率（差距都在偶然波动以内）。"
    return f"异常：{'；'.join(said[:3])}，差距超出偶然波动（两倍标准差）。"


def _unit_row(line: UnitLine, to: Links, unit_name: Name) -> tuple[tuple[str, str], ...]:
    counts = line.counts
    return (
        (unit_name(line.unit), to(lead=line.unit)),
        (f"{counts.received:,}", ""),
        (f"{line.answered:,}", to(lead=line.unit, replied="yes")),
        (f"{counts.due:,}", ""),
        (rate_text(counts.on_time), ""),
        (rate_text(counts.on_time_own), ""),
        (rate_text(counts.answered), ""),
        (rate_text(counts.responded), ""),
        (f"{counts.overdue:,}", ""),
    )


def _slowness(found: Board, to: Links, unit_name: Name) -> Chart:
    timed = sorted(
        ((line.median_hours, line) for line in found.units if line.median_hours is not None),
        key=lambda pair: (-pair[0], pair[1].unit),
    )
    answer = "还没有足够的答复。"
    if timed:
        (slow, slowest), (fast, fastest) = timed[0], timed[-1]
        answer = f"一半的答复在 {_hours(slow)}以内。"
        if len(timed) > 1:
            answer = (
                f"一半的答复，{unit_name(slowest.unit)}要 {_hours(slow)}以上，"
                f"{unit_name(fastest.unit)}在 {_hours(fast)}以内。"
            )
    return Chart(
        key="slowness",
        question="哪些单位答得慢？",
        answer=answer,
        unusual=_unusual_pace([(hours, unit_name(line.unit)) for hours, line in timed]),
        series=(("答复时长中位数（天）", "c0"),),
        bars=tuple(
            Bar(
                name=unit_name(line.unit),
                href=to(lead=line.unit),
                segments=(
                    Segment(
                        value=float(half_up(hours / 24, 1)),
                        series=0,
                        href=to(lead=line.unit),
                        text=_hours(hours),
                    ),
                ),
            )
            for hours, line in timed[:MOST_BARS]
        ),
        columns=(("主办单位", ""), ("答复时长中位数", "从受理到首次答复的自然时长，一半短于它"),
                 ("已答复", "")),
        rows=tuple(
            (
                (unit_name(line.unit), to(lead=line.unit)),
                (_hours(hours), ""),
                (f"{line.answered:,}", to(lead=line.unit, replied="yes")),
            )
            for hours, line in timed
        ),
    )  # fmt: skip


def _unusual_pace(timed: list[tuple[float, str]]) -> str:
    if len(timed) < 3:
        return "单位太少，看不出谁特别慢。"
    middle = sorted(hours for hours, _ in timed)[len(timed) // 2]
    slow = [name for hours, name in timed if middle and hours > 2 * middle]
    if not slow:
        return f"没有哪个单位超过各单位中间值（{_hours(middle)}）的两倍。"
    return f"异常：{'、'.join(slow[:3])}超过各单位中间值（{_hours(middle)}）的两倍。"


def _call_backs(found: Board) -> Chart:
    counts = found.counts
    asked = [
        (key, ratio)
        for key, ratio in (("resolved", counts.resolved), ("satisfied", counts.satisfied))
        if ratio.whole
    ]
    said = "，".join(f"{MEASURES[key].name} {rate_text(ratio)}" for key, ratio in asked)
    low = [
        MEASURES[key].name
        for key, ratio in asked
        if ratio.enough and ratio.value is not None and ratio.value < 0.5
    ]
    return Chart(
        key="call_backs",
        question="群众说解决了吗，满意吗？",
        answer=f"本期回访：{said}。" if said else "本期还没有回访结果。",
        unusual=f"异常：{'、'.join(low)}不到一半。" if low else "没有哪一项不到一半。",
        series=(("是", "done"), ("否", "late")),
        bars=tuple(
            Bar(
                name=MEASURES[key].name,
                segments=(
                    Segment(value=ratio.part, series=0),
                    Segment(value=ratio.whole - ratio.part, series=1),
                ),
            )
            for key, ratio in asked
        ),
        columns=(("指标", ""), ("值", ""), ("是", ""), ("否", "")),
        rows=tuple(
            (
                (MEASURES[key].name, ""),
                (rate_text(ratio), ""),
                (f"{ratio.part:,}", ""),
                (f"{ratio.whole - ratio.part:,}", ""),
            )
            for key, ratio in asked
        ),
    )


def _promises(found: Board) -> Chart:
    counts = found.counts
    lines = (
        ("promises_kept", counts.promises_kept, "done"),
        ("promises_broken", counts.promises_broken, "late"),
        ("promises_unchecked", counts.promises_unchecked, "soon"),
    )
    answer = "这段时间没有到期的承诺。"
    if counts.promises_due:
        answer = (
            f"到期承诺 {counts.promises_due:,} 项，已兑现 {counts.promises_kept:,} 项，"
            f"未兑现 {counts.promises_broken:,} 项，待核查 {counts.promises_unchecked:,} 项。"
        )
    odd = counts.promises_unchecked
    return Chart(
        key="promises",
        question="答应的事兑现了吗？",
        answer=answer,
        unusual=f"要看一下：{odd:,} 项已到期还没有核查。" if odd else "没有到期还没核查的承诺。",
        series=tuple((MEASURES[key].name, tone) for key, _, tone in lines),
        bars=(
            Bar(
                name="到期承诺",
                segments=tuple(
                    Segment(value=n, series=number) for number, (_, n, _) in enumerate(lines)
                ),
            ),
        )
        if counts.promises_due
        else (),
        columns=(("承诺", ""), ("项数", "")),
        rows=tuple(((MEASURES[key].name, ""), (f"{n:,}", "")) for key, n, _ in lines)
        if counts.promises_due
        else (),
    )


def _hours(hours: float) -> str:
    return f"{half_up(hours)} 小时" if hours < 24 else f"{half_up(hours / 24, 1)} 天"
