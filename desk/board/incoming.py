"""来件: what comes, where from, about what, how grave."""

from __future__ import annotations

from cases.figures.measures import LEAST_FOR_A_RATE, MEASURES
from cases.figures.unusual import shift, usual_most
from cases.reporting.board import Board, TopicLine
from cases.reporting.hotspots import Hotspot, recent_days
from cases.words.labels import SENTIMENT_WORDS
from cases.words.numbers import signed_percent
from desk.board.charts import MOST_BARS, Bar, Chart, Links, Name, Segment, cut, share
from desk.ledger.filters import OPEN

_MOST_CHANNELS = 5
_TONES = ("c0", "c1", "c2", "c3", "c4", "c5")


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
    shown, rest = found.inflow[:_MOST_CHANNELS], found.inflow[_MOST_CHANNELS:]
    series = [(channel, tone) for (channel, _, _), tone in zip(shown, _TONES, strict=False)]
    if rest:
        series.append(("其他渠道", _TONES[-1]))
    bars = []
    for place, bucket in enumerate(found.buckets):
        pieces = [
            Segment(
                value=numbers[place],
                series=n,
                href=to.between(bucket.first, bucket.last, channel=channel),
            )
            for n, (channel, numbers, _) in enumerate(shown)
        ]
        if rest:
            others = sum(numbers[place] for _, numbers, _ in rest)
            href = to.between(bucket.first, bucket.last)
            pieces.append(Segment(value=others, series=len(shown), href=href))
        bars.append(Bar(name=bucket.label, segments=tuple(pieces)))
    total = found.counts.received
    answer = f"{found.period.first} 至 {found.period.last} 新收 {total:,} 件（{_change(found)}）"
    if len(found.inflow) > 1:
        channel, numbers, _ = found.inflow[0]
        answer += f"，最多的是{channel}，{sum(numbers):,} 件（{share(sum(numbers), total)}）"
    return Chart(
        key="inflow",
        question="来件从哪里来，比平时多吗？",
        answer=answer + "。",
        unusual=_unusual_inflow(found),
        series=tuple(series),
        bars=tuple(bars),
        columns=(("渠道", ""), ("件数", MEASURES["received"].definition), ("占比", ""),
                 (f"前 {found.period.days} 天", "")),
        rows=tuple(
            (
                (channel, to(channel=channel)),
                (f"{sum(numbers):,}", ""),
                (share(sum(numbers), total), ""),
                (f"{before:,}", ""),
            )
            for channel, numbers, before in found.inflow
        ),
        upright=True,
    )  # fmt: skip


def _unusual_inflow(found: Board) -> str:
    total, said = found.counts.received, []
    moved = shift(total, found.before)
    if found.before and moved.unusual:
        word = "多" if moved.more > 0 else "少"
        said.append(
            f"总数比前 {found.period.days} 天{word} {abs(moved.more):,} 件，"
            f"超出偶然波动（±{moved.band:,} 件）"
        )
    full = [
        (sum(numbers[n] for _, numbers, _ in found.inflow), bucket)
        for n, bucket in enumerate(found.buckets)
    ]
    most, when = max(full, key=lambda one: one[0], default=(0, None))
    usual = usual_most(total, len(full))
    if when is not None and len(full) > 2 and most > usual:
        span = f"{when.first}" if when.first == when.last else f"{when.first} 至 {when.last}"
        said.append(f"{span}来了 {most:,} 件，按平均每格的来件，偶然最多到 {usual:,} 件")
    return _or_nothing(said)


def _or_nothing(said: list[str]) -> str:
    return f"异常：{'；'.join(said)}。" if said else "没有超出偶然波动的变化。"


def _topics(found: Board, to: Links) -> Chart:
    lines = [line for line in found.topics if line.topic][:MOST_BARS]
    unsure = sum(line.total for line in found.topics if not line.topic)
    answer = "没有分了类的来件。"
    if lines:
        answer = f"最多的是{lines[0].topic}，{lines[0].total:,} 件"
        answer += f"；另有 {unsure:,} 件未分类。" if unsure else "。"
    return Chart(
        key="topics",
        question="群众在反映什么，情绪怎样？",
        answer=answer,
        unusual=_unusual_topics(found, lines),
        series=tuple(zip(SENTIMENT_WORDS.values(), ("c0", "c5", "c1"), strict=True)),
        bars=tuple(
            Bar(
                name=line.topic,
                href=to(topic=line.topic),
                segments=tuple(
                    Segment(value=n, series=number, href=to(topic=line.topic, sentiment=feeling))
                    for number, (feeling, n) in enumerate(
                        (
                            ("negative", line.negative),
                            ("neutral", line.neutral),
                            ("positive", line.positive),
                        )
                    )
                ),
            )
            for line in lines
        ),
        columns=(("分类", ""), ("件数", ""), (f"前 {found.period.days} 天", ""),
                 *((word, "") for word in SENTIMENT_WORDS.values())),
        rows=tuple(
            (
                (line.topic or "未分类", to(topic=line.topic) if line.topic else ""),
                (f"{line.total:,}", ""),
                (f"{line.before:,}", ""),
                (f"{line.negative:,}", ""),
                (f"{line.neutral:,}", ""),
                (f"{line.positive:,}", ""),
            )
            for line in found.topics
        ),
    )  # fmt: skip


def _unusual_topics(found: Board, lines: list[TopicLine]) -> str:
    said = []
    if found.before:
        # Where the period before is empty, everything is new and nothing is unusual.
        for line in lines:
            moved = shift(line.total, line.before)
            if moved.unusual and moved.more > 0:
                said.append(
                    f"{line.topic}比前 {found.period.days} 天多 {moved.more:,} 件"
                    f"（偶然波动 ±{moved.band:,} 件）"
                )
    return _or_nothing(said[:3])


def _risks(found: Board, to: Links) -> Chart:
    lines = found.risks[:MOST_BARS]
    answer = "这段时间没有识别出敏感领域和风险。"
    if lines:
        open_ = sum(n for _, _, n in found.risks)
        answer = f"最多的是{lines[0][0]}，{lines[0][1]:,} 件；还在办的风险来件 {open_:,} 件次。"
    waiting = [(name, n, total) for name, total, n in found.risks if 2 * n > total > 4]
    said = [f"{name} {total:,} 件中 {n:,} 件还没有办完，过半" for name, n, total in waiting[:3]]
    return Chart(
        key="risks",
        question="风险集中在哪些领域，办完了吗？",
        answer=answer,
        unusual=f"要看一下：{'；'.join(said)}。" if said else "没有哪个领域过半还没有办完。",
        series=(("在办", "c2"), ("已答复或办结", "c5")),
        bars=tuple(
            Bar(
                name=name,
                href=to(risk=name),
                segments=(
                    Segment(value=n, series=0, href=to(risk=name, state=OPEN)),
                    Segment(value=total - n, series=1, href=to(risk=name)),
                ),
            )
            for name, total, n in lines
        ),
        columns=(("领域", ""), ("件数", ""), ("在办", "")),
        rows=tuple(
            ((name, to(risk=name)), (f"{total:,}", ""), (f"{n:,}", to(risk=name, state=OPEN)))
            for name, total, n in found.risks
        ),
    )


def _hotspots(found: Board, to: Links, title_of: Name) -> Chart:
    lines = found.hotspots
    span = recent_days(found.period)
    titles = [cut(title_of(line.matter)) for line in lines]
    answer = "没有多人反映的同一事项。"
    if lines:
        most = max(range(len(lines)), key=lambda n: lines[n].cases)
        answer = f"累计最多的是“{titles[most]}”，{lines[most].cases:,} 件。"
    rising = [
        f"“{title}”近 {span} 天新增 {line.lately:,} 件，前 {span} 天 {line.before:,} 件"
        for line, title in zip(lines, titles, strict=True)
        if _rises(line)
    ]
    return Chart(
        key="hotspots",
        question="哪些事在升温？",
        answer=answer,
        unusual=f"升温：{'；'.join(rising[:2])}。" if rising else "没有正在升温的事项。",
        series=((f"近 {span} 天", "c2"), ("以前", "c5")),
        bars=tuple(
            Bar(
                name=title,
                href=to(matter=line.matter),
                segments=(
                    Segment(value=line.lately, series=0, href=to(matter=line.matter)),
                    Segment(value=line.cases - line.lately, series=1, href=to(matter=line.matter)),
                ),
            )
            for line, title in zip(lines, titles, strict=True)
        ),
        columns=(("事项", ""), ("累计", ""), (f"近 {span} 天", ""), (f"前 {span} 天", "")),
        rows=tuple(
            (
                (title, to(matter=line.matter)),
                (f"{line.cases:,}", ""),
                (f"{line.lately:,}", ""),
                (f"{line.before:,}", ""),
            )
            for line, title in zip(lines, titles, strict=True)
        ),
    )


def _rises(line: Hotspot) -> bool:
    return line.lately >= LEAST_FOR_A_RATE and line.lately > line.before


def _change(found: Board) -> str:
    span = f"前 {found.period.days} 天 {found.before:,} 件"
    total = found.counts.received
    if found.before < LEAST_FOR_A_RATE or total == found.before:
        return span
    return f"{span}，{signed_percent(total, found.before)}"
