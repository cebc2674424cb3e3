"""来件: what comes, where from, about what, how grave."""

from __future__ import annotations

from datetime import date

from cases.figures.board import Board, Hotspot
from desk.board.charts import MOST_BARS, Chart, Links, Name, Trace, share
from desk.ledger.filters import OPEN


def incoming(found: Board, unit: str, title_of: Name) -> tuple[Chart, ...]:
    """`title_of` names a matter."""
    to = Links(found, unit)
    return (
        _inflow(found, to),
        _topics(found, to),
        _risks(found, to),
        _hotspots(found, to, title_of),
    )


def _inflow(found: Board, to: Links) -> Chart:
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
        answer += f"，最多的是{channel}，{sum(numbers):,} 件（{share(sum(numbers), found.total)}）"
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
                (share(sum(numbers), found.total), ""),
                (f"{sum(numbers) / len(numbers):.1f}", ""),
            )
            for channel, numbers in found.inflow
        ),
        stacked=True,
    )


def _topics(found: Board, to: Links) -> Chart:
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
            f"{share(worst.negative, worst.total)}为消极"
            + (f"；另有 {unsure:,} 件未分类。" if unsure else "。")
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
                (line.topic or "未分类", to(topic=line.topic) if line.topic else ""),
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


def _risks(found: Board, to: Links) -> Chart:
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
            Trace(
                name="在办",
                x=tuple(n for _, _, n in lines),
                y=names,
                tone="late",
                hrefs=tuple(to(risk=name, state=OPEN) for name in names),
            ),
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
            ((name, to(risk=name)), (f"{total:,}", ""), (f"{n:,}", to(risk=name, state=OPEN)))
            for name, total, n in found.risks
        ),
        flat=True,
        stacked=True,
    )


def _hotspots(found: Board, to: Links, title_of: Name) -> Chart:
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


def _cut(title: str, most: int = 24) -> str:
    return title if len(title) <= most else title[: most - 1] + "…"
