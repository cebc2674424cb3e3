"""The charts of the 看板: each answers the question that is its title.

A chart is told three ways: one sentence, the picture, and the numbers as a table. What
is pressed in the picture opens the list behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlencode

from msgspec import Struct

from cases.board import Board, Hotspot, UnitLine

MOST_BARS = 12
Name = Callable[[str], str]


class Trace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of bars or one line of a picture."""

    name: str
    x: tuple[str | float | None, ...]
    y: tuple[str | float | None, ...]
    tone: str
    """A colour of the desk by its name, "shade0" … for things without a state."""
    line: bool = False
    text: tuple[str, ...] = ()
    hrefs: tuple[str, ...] = ()
    """For each point, what it opens."""


class Chart(Struct, frozen=True, kw_only=True):
    key: str
    question: str
    answer: str
    traces: tuple[Trace, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]
    """Cells of the table: text and what it opens, "" for nothing."""
    flat: bool = False
    """Bars lie, names stand at the left."""
    stacked: bool = False
    percent: bool = False

    @property
    def empty(self) -> bool:
        return not self.rows


def incoming(found: Board, unit: str, title_of: Name) -> tuple[Chart, ...]:
    """来件: what comes, where from, about what, how grave. `title_of` names a matter."""
    to = _Links(found, unit)
    return (
        _inflow(found, to),
        _topics(found, to),
        _risks(found, to),
        _hotspots(found, to, title_of),
    )


def handling(found: Board, unit: str, unit_name: Name) -> tuple[Chart, ...]:
    """办理: how fast, how well, and what became of what was promised."""
    to = _Links(found, unit)
    return (
        _on_time(found, to, unit_name),
        _slowness(found, to, unit_name),
        _call_backs(found),
        _promises(found),
    )


class _Links:
    """Addresses of the lists behind the figures."""

    def __init__(self, found: Board, unit: str) -> None:
        self._base = {
            "received_from": found.period.first.isoformat(),
            "received_to": found.period.last.isoformat(),
        }
        if unit:
            self._base["unit"] = unit

    def __call__(self, **more: str) -> str:
        return f"/ledger?{urlencode(self._base | more)}"

    def on_day(self, day: date, **more: str) -> str:
        return self(received_from=day.isoformat(), received_to=day.isoformat(), **more)


# -- 来件 --------------------------------------------------------------------


def _inflow(found: Board, to: _Links) -> Chart:
    channels = list(found.inflow[:5])
    rest = found.inflow[5:]
    days = [_short(day) for day in found.days]
    traces = [
        Trace(
            name=channel,
            x=tuple(days),
            y=numbers,
            tone=f"shade{n}",
            hrefs=tuple(to.on_day(day, channel=channel) for day in found.days),
        )
        for n, (channel, numbers) in enumerate(channels)
    ]
    if rest:
        sums = tuple(sum(column) for column in zip(*(numbers for _, numbers in rest), strict=True))
        hrefs = tuple(to.on_day(day) for day in found.days)
        traces.append(Trace(name="其他渠道", x=tuple(days), y=sums, tone="shade5", hrefs=hrefs))
    answer = f"{_period_words(found)}共收到 {found.total:,} 件（{_change(found)}）"
    if found.inflow and found.total:
        channel, numbers = found.inflow[0]
        answer += f"，最多的是{channel}，{sum(numbers):,} 件（{_share(sum(numbers), found.total)}）"
        peak = max(range(len(found.days)), key=lambda n: sum(line[1][n] for line in found.inflow))
        most = sum(line[1][peak] for line in found.inflow)
        answer += f"；最多的一天是 {_short(found.days[peak])}，{most:,} 件"
    return Chart(
        key="inflow",
        question="来件从哪里来，比平时多吗？",
        answer=answer + "。",
        traces=tuple(traces),
        columns=("渠道", "件数", "占比", "日均"),
        rows=tuple(
            (
                (channel, to(channel=channel)),
                (f"{sum(numbers):,}", ""),
                (_share(sum(numbers), found.total), ""),
                (f"{sum(numbers) / len(numbers):.1f}", ""),
            )
            for channel, numbers in found.inflow
        ),
        stacked=True,
    )


def _topics(found: Board, to: _Links) -> Chart:
    lines = [line for line in found.topics if line.topic][:MOST_BARS]
    names = tuple(line.topic for line in lines)
    hrefs = tuple(to(topic=line.topic) for line in lines)
    feelings = (
        ("消极", "shade0", tuple(line.negative for line in lines)),
        ("中性", "shade3", tuple(line.neutral for line in lines)),
        ("积极", "shade5", tuple(line.positive for line in lines)),
    )
    unsure = sum(line.total for line in found.topics if not line.topic)
    answer = "没有来件。"
    if lines:
        worst = max(lines, key=lambda line: (line.negative / line.total, line.total))
        answer = (
            f"最多的是{lines[0].topic}，{lines[0].total:,} 件；情绪最消极的是{worst.topic}，"
            f"{_share(worst.negative, worst.total)}为消极"
            + (f"；另有 {unsure:,} 件分类待定。" if unsure else "。")
        )
    return Chart(
        key="topics",
        question="群众在反映什么，情绪怎样？",
        answer=answer,
        traces=tuple(
            Trace(name=name, x=numbers, y=names, tone=tone, hrefs=hrefs)
            for name, tone, numbers in feelings
        ),
        columns=("分类", "件数", "消极", "中性", "积极"),
        rows=tuple(
            (
                (line.topic or "待定", to(topic=line.topic) if line.topic else ""),
                (f"{line.total:,}", ""),
                (f"{line.negative:,}", ""),
                (f"{line.neutral:,}", ""),
                (f"{line.positive:,}", ""),
            )
            for line in found.topics
        ),
        flat=True,
        stacked=True,
    )


def _risks(found: Board, to: _Links) -> Chart:
    lines = found.risks[:MOST_BARS]
    names = tuple(name for name, _, _ in lines)
    hrefs = tuple(to(risk=name) for name in names)
    answer = "这段时间没有识别出敏感领域和风险。"
    if lines:
        open_ = sum(n for _, _, n in found.risks)
        answer = f"最多的是{lines[0][0]}，{lines[0][1]:,} 件；还在办的风险来件 {open_:,} 件次。"
    return Chart(
        key="risks",
        question="风险集中在哪些领域，办完了吗？",
        answer=answer,
        traces=(
            Trace(name="在办", x=tuple(n for _, _, n in lines), y=names, tone="late", hrefs=hrefs),
            Trace(
                name="已答复或办结",
                x=tuple(total - n for _, total, n in lines),
                y=names,
                tone="grey",
                hrefs=hrefs,
            ),
        ),
        columns=("领域", "件数", "在办"),
        rows=tuple(
            ((name, to(risk=name)), (f"{total:,}", ""), (f"{n:,}", ""))
            for name, total, n in found.risks
        ),
        flat=True,
        stacked=True,
    )


def _hotspots(found: Board, to: _Links, title_of: Name) -> Chart:
    lines = found.hotspots
    span = max(1, found.period.days // 7)
    titles = [_cut(title_of(line.matter)) for line in lines]
    answer = "没有多人反映的同一事项。"
    if lines:
        first = lines[0]
        answer = (
            f"近 {span} 天最热的是“{titles[0]}”，新增 {first.lately:,} 件"
            f"（前 {span} 天 {first.before:,} 件），累计 {first.total:,} 件。"
        )
    return Chart(
        key="hotspots",
        question="哪些事在升温？",
        answer=answer,
        traces=tuple(
            Trace(
                name=title,
                x=tuple(_short(day) for day in found.days),
                y=tuple(_running(line)),
                tone=f"shade{n}",
                line=True,
                hrefs=tuple(to(matter=line.matter) for _ in found.days),
            )
            for n, (line, title) in enumerate(zip(lines[:5], titles, strict=False))
        ),
        columns=("事项", "累计", f"近 {span} 天", f"前 {span} 天", "走势"),
        rows=tuple(
            (
                (title, to(matter=line.matter)),
                (f"{line.total:,}", ""),
                (f"{line.lately:,}", ""),
                (f"{line.before:,}", ""),
                (_trend(line), ""),
            )
            for line, title in zip(lines, titles, strict=True)
        ),
    )


def _running(line: Hotspot) -> list[int]:
    total, sums = 0, []
    for n in line.by_day:
        total += n
        sums.append(total)
    return sums


def _trend(line: Hotspot) -> str:
    if line.lately > line.before:
        return "↑ 升温"
    return "↓ 降温" if line.lately < line.before else "→ 持平"


# -- 办理 --------------------------------------------------------------------


def _on_time(found: Board, to: _Links, unit_name: Name) -> Chart:
    judged = [line for line in found.units if line.on_time_rate is not None]
    shown = judged[:MOST_BARS]
    total, on_time = sum(u.judged for u in found.units), sum(u.on_time for u in found.units)
    answer = "还没有可以判断是否按时的答复。"
    if total:
        answer = f"已答复的 {total:,} 件中 {on_time:,} 件按时，按时率 {_share(on_time, total)}"
        if len(judged) > 1:
            worst = judged[0]
            answer += f"；最低的是{unit_name(worst.unit)}，{_share(worst.on_time, worst.judged)}"
        answer += "。"
    return Chart(
        key="on_time",
        question="哪些单位答得不按时？",
        answer=answer,
        traces=(
            Trace(
                name="按时",
                x=tuple(_percent(line.on_time, line.judged) for line in shown),
                y=tuple(unit_name(line.unit) for line in shown),
                tone="done",
                text=tuple(f"{line.on_time}/{line.judged}" for line in shown),
                hrefs=tuple(to(unit=line.unit) for line in shown),
            ),
            Trace(
                name="超期",
                x=tuple(_percent(line.judged - line.on_time, line.judged) for line in shown),
                y=tuple(unit_name(line.unit) for line in shown),
                tone="late",
                hrefs=tuple(to(unit=line.unit) for line in shown),
            ),
        ),
        columns=("单位", "来件", "已答复", "按时", "按时率", "答复时长中位数", "在办超期"),
        rows=tuple(_unit_row(line, to, unit_name) for line in found.units),
        flat=True,
        stacked=True,
        percent=True,
    )


def _unit_row(line: UnitLine, to: _Links, unit_name: Name) -> tuple[tuple[str, str], ...]:
    rate = line.on_time_rate
    return (
        (unit_name(line.unit), to(unit=line.unit)),
        (f"{line.total:,}", ""),
        (f"{line.answered:,}", ""),
        (f"{line.on_time:,}/{line.judged:,}", ""),
        (f"{rate:.0%}" if rate is not None else "件数太少", ""),
        (_hours(line.median_hours), ""),
        (f"{line.open_overdue:,}", to(unit=line.unit, view="overdue")),
    )


def _slowness(found: Board, to: _Links, unit_name: Name) -> Chart:
    timed = sorted(
        (line for line in found.units if line.median_hours is not None and line.answered >= 3),
        key=lambda line: (-(line.median_hours or 0.0), line.unit),
    )
    shown = timed[:MOST_BARS]
    answer = "还没有足够的答复。"
    if timed:
        slow, fast = timed[0], timed[-1]
        answer = (
            f"一半的答复，{unit_name(slow.unit)}要 {_hours(slow.median_hours)}以上，"
            f"{unit_name(fast.unit)}在 {_hours(fast.median_hours)}以内。"
        )
    if len(timed) == 1:
        answer = f"一半的答复在 {_hours(timed[0].median_hours)}以内。"
    return Chart(
        key="slowness",
        question="哪些单位答得慢？",
        answer=answer,
        traces=(
            Trace(
                name="答复时长中位数（天）",
                x=tuple(round((line.median_hours or 0.0) / 24, 1) for line in shown),
                y=tuple(unit_name(line.unit) for line in shown),
                tone="blue",
                text=tuple(_hours(line.median_hours) for line in shown),
                hrefs=tuple(to(unit=line.unit) for line in shown),
            ),
        ),
        columns=("单位", "答复时长中位数", "已答复"),
        rows=tuple(
            (
                (unit_name(line.unit), to(unit=line.unit)),
                (_hours(line.median_hours), ""),
                (f"{line.answered:,}", ""),
            )
            for line in timed
        ),
        flat=True,
    )


def _call_backs(found: Board) -> Chart:
    said = found.call_backs
    asked = said.satisfied + said.not_satisfied
    solved = said.resolved + said.not_resolved
    parts = []
    if solved:
        parts.append(f"解决率 {_share(said.resolved, solved)}（{said.resolved:,}/{solved:,}）")
    if asked:
        parts.append(f"满意率 {_share(said.satisfied, asked)}（{said.satisfied:,}/{asked:,}）")
    rows = (
        [
            ("是否解决", said.resolved, said.not_resolved),
            ("是否满意", said.satisfied, said.not_satisfied),
        ]
        if parts
        else []
    )
    names = tuple(name for name, _, _ in rows)
    return Chart(
        key="call_backs",
        question="群众说解决了吗，满意吗？",
        answer="回访结果：" + "，".join(parts) + "。" if parts else "还没有回访结果。",
        traces=(
            Trace(name="是", x=tuple(yes for _, yes, _ in rows), y=names, tone="done"),
            Trace(name="否", x=tuple(no for _, _, no in rows), y=names, tone="late"),
        ),
        columns=("回访", "是", "否"),
        rows=tuple(((name, ""), (f"{yes:,}", ""), (f"{no:,}", "")) for name, yes, no in rows),
        flat=True,
        stacked=True,
    )


def _promises(found: Board) -> Chart:
    said = found.promises
    lines = (
        ("已兑现", said.kept, "done"),
        ("未兑现", said.broken, "late"),
        ("到期未核实", said.unverified, "soon"),
        ("未到期", said.waiting, "grey"),
    )
    total = sum(n for _, n, _ in lines)
    due = said.kept + said.broken + said.unverified
    answer = "这段时间的答复里没有登记承诺。"
    if total:
        answer = f"登记承诺 {total:,} 项" + (
            f"，到期 {due:,} 项，已兑现 {_share(said.kept, due)}。" if due else "，都还没有到期。"
        )
    return Chart(
        key="promises",
        question="答应的事兑现了吗？",
        answer=answer,
        traces=tuple(
            Trace(name=name, x=(n,), y=("承诺",), tone=tone) for name, n, tone in lines if n
        ),
        columns=("承诺", "项数"),
        rows=tuple(((name, ""), (f"{n:,}", "")) for name, n, _ in lines) if total else (),
        flat=True,
        stacked=True,
    )


# -- words -------------------------------------------------------------------


def _period_words(found: Board) -> str:
    return f"{_short(found.period.first)} 至 {_short(found.period.last)} "


def _change(found: Board) -> str:
    span = f"前 {found.period.days} 天 {found.before:,} 件"
    if not found.before or found.total == found.before:
        return span
    word = "增" if found.total > found.before else "减"
    return f"{span}，{word} {abs(found.total - found.before) / found.before:.0%}"


def _short(day: date) -> str:
    return f"{day:%m-%d}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "—"


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


def _hours(hours: float | None) -> str:
    if hours is None:
        return "—"
    if hours < 24:
        return f"{hours:.0f} 小时"
    return f"{timedelta(hours=hours) / timedelta(days=1):.1f} 天"


def _cut(title: str, most: int = 24) -> str:
    return title if len(title) <= most else title[: most - 1] + "…"
