"""办理: how fast, how well, and what became of what was promised."""

from __future__ import annotations

from datetime import timedelta

from cases.figures.board import Board, UnitLine
from desk.board.charts import MOST_BARS, Chart, Links, Name, Trace, share


def handling(found: Board, unit: str, unit_name: Name) -> tuple[Chart, ...]:
    to = Links(found, unit)
    return (
        _on_time(found, to, unit_name),
        _slowness(found, to, unit_name),
        _call_backs(found),
        _promises(found),
    )


def _on_time(found: Board, to: Links, unit_name: Name) -> Chart:
    judged = [line for line in found.units if line.on_time_rate is not None]
    shown = judged[:MOST_BARS]
    total, on_time = sum(u.judged for u in found.units), sum(u.on_time for u in found.units)
    answer = "还没有可以判断是否按时的答复。"
    if total:
        answer = f"已答复的 {total:,} 件中 {on_time:,} 件按时，按时率 {share(on_time, total)}"
        if len(judged) > 1:
            worst = judged[0]
            answer += f"；最低的是{unit_name(worst.unit)}，{share(worst.on_time, worst.judged)}"
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
                hrefs=tuple(to(lead=line.unit) for line in shown),
            ),
            Trace(
                name="逾期",
                x=tuple(_percent(line.judged - line.on_time, line.judged) for line in shown),
                y=tuple(unit_name(line.unit) for line in shown),
                tone="late",
                hrefs=tuple(to(lead=line.unit) for line in shown),
            ),
        ),
        columns=("主办单位", "主办来件", "已答复", "按时", "按时率", "答复时长中位数", "在办逾期"),
        rows=tuple(_unit_row(line, to, unit_name) for line in found.units),
        flat=True,
        stacked=True,
        percent=True,
    )


def _unit_row(line: UnitLine, to: Links, unit_name: Name) -> tuple[tuple[str, str], ...]:
    rate = line.on_time_rate
    return (
        (unit_name(line.unit), to(lead=line.unit)),
        (f"{line.total:,}", ""),
        (f"{line.answered:,}", to(lead=line.unit, replied="yes")),
        (f"{line.on_time:,}/{line.judged:,}", ""),
        (f"{rate:.0%}" if rate is not None else "件数太少", ""),
        (_hours(line.median_hours), ""),
        (f"{line.open_overdue:,}", to(lead=line.unit, view="overdue")),
    )


def _slowness(found: Board, to: Links, unit_name: Name) -> Chart:
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
                hrefs=tuple(to(lead=line.unit) for line in shown),
            ),
        ),
        columns=("主办单位", "答复时长中位数", "已答复"),
        rows=tuple(
            (
                (unit_name(line.unit), to(lead=line.unit)),
                (_hours(line.median_hours), ""),
                (f"{line.answered:,}", to(lead=line.unit, replied="yes")),
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
        parts.append(f"解决率 {share(said.resolved, solved)}（{said.resolved:,}/{solved:,}）")
    if asked:
        parts.append(f"满意率 {share(said.satisfied, asked)}（{said.satisfied:,}/{asked:,}）")
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
            f"，到期 {due:,} 项，已兑现 {share(said.kept, due)}。" if due else "，都还没有到期。"
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


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


def _hours(hours: float | None) -> str:
    if hours is None:
        return "—"
    if hours < 24:
        return f"{hours:.0f} 小时"
    return f"{timedelta(hours=hours) / timedelta(days=1):.1f} 天"
