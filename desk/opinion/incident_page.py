"""An 事件档案 as its page and the API show it: its course in time, and how it spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from msgspec import Struct

from cases.privacy.masking import mask
from cases.registers.incident import (
    Asked,
    Ended,
    Graded,
    Happened,
    Incident,
    Linked,
    Noted,
    Opened,
    Recalled,
    Worded,
)
from cases.registers.incident_clocks import Due
from cases.registers.incident_course import Spread
from cases.words.times import beijing
from desk.board.charts import Bar, Chart, Segment
from desk.ground.context import DeskContext
from desk.phrasing.lines import CaseLine

MOST_MESSAGES: Final = 200
_TONES: Final = ("c0", "c1", "c2", "c3", "c4", "c5")


class Moment(Struct, frozen=True, kw_only=True):
    """One line of the course."""

    at: datetime
    what: str
    """Which part it is, or the channel of a message."""
    text: str
    href: str = ""
    message: bool = False


def course(found: Incident, lines: Sequence[CaseLine], office: DeskContext) -> tuple[Moment, ...]:
    """What happened and what came, in the order of time. `lines`: messages as the reader may
    see them; of more than `MOST_MESSAGES` the first ones."""
    moments = [one for step in found.history if (one := _moment(step, office))]
    messages = sorted(lines, key=lambda line: line.received_at)[:MOST_MESSAGES]
    moments += [
        Moment(
            at=line.received_at, what=line.channel, text=line.title, href=line.href, message=True
        )
        for line in messages
    ]
    return tuple(sorted(moments, key=lambda one: one.at))


def _moment(happened: Happened, office: DeskContext) -> Moment | None:
    at, step, name = happened.at, happened.step, office.register.name
    match step:
        case Opened(noticed_at=noticed):
            return Moment(at=noticed, what="发现", text=f"{step.level}：{mask(step.title)}")
        case Noted():
            who = f"{name(step.unit)}：" if step.unit else ""
            where = f"（{step.where}）" if step.where else ""
            return Moment(at=step.at, what=step.part.value, text=f"{who}{mask(step.text)}{where}")
        case Graded(level=level, reason=reason):
            return Moment(at=at, what="调整级别", text=f"改为{level}：{mask(reason)}")
        case Asked():
            until = f"{beijing(step.due_at):%m-%d %H:%M}"
            text = f"请{name(step.unit)}在 {until} 前写{step.part.value}"
            return Moment(at=at, what="请单位写", text=text)
        case Recalled(task=number, reason=reason):
            return Moment(at=at, what="撤回", text=f"请单位写的第 {number} 项：{mask(reason)}")
        case Ended(conclusion=conclusion):
            return Moment(at=at, what="归档", text=mask(conclusion))
        case Linked() | Worded():
            return None


def late_by(due: Due) -> str:
    """How long after its time it was met, in words."""
    minutes = ceil(((due.met_at or due.due_at) - due.due_at) / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    return f"{hours} 小时 {rest} 分钟" if hours else f"{rest} 分钟"


def chart_of(spread: Spread) -> Chart:
    """The spread by channel and time; at most as many channels as there are colours."""
    shown = spread.channels[: len(_TONES)]
    if len(spread.channels) > len(_TONES):
        shown = spread.channels[: len(_TONES) - 1]
    names = [*shown, *(["其他渠道"] if len(shown) < len(spread.channels) else [])]
    rows = []
    for step in spread.steps:
        counts = [*step.counts[: len(shown)]]
        if len(names) > len(shown):
            counts.append(sum(step.counts[len(shown) :]))
        rows.append((_name(step.begin, spread.hours), counts))
    total = sum(step.total for step in spread.steps)
    peak = spread.peak
    length = "每小时" if spread.hours == 1 else f"每 {spread.hours} 小时"
    return Chart(
        key="spread",
        question="怎样传播?",
        answer=f"共 {total} 件，{len(spread.channels)} 个渠道，{length}一格。",
        unusual=(
            f"最多的是 {_name(peak.begin, spread.hours)} 起的一格，{peak.total} 件。"
            if peak
            else ""
        ),
        series=tuple(zip(names, _TONES, strict=False)),
        bars=tuple(
            Bar(
                name=name,
                segments=tuple(Segment(value=n, series=i) for i, n in enumerate(counts)),
            )
            for name, counts in rows
        ),
        columns=(("时间", ""), *((name, "") for name in names), ("合计", "")),
        rows=tuple(
            ((name, ""), *((str(n), "") for n in counts), (str(sum(counts)), ""))
            for name, counts in rows
            if any(counts)
        ),
        upright=True,
    )


def _name(begin: datetime, hours: int) -> str:
    return f"{begin:%m-%d}" if hours >= 24 else f"{begin:%m-%d %H}时"


def messages_of(lines: Iterable[CaseLine]) -> list[tuple[str, datetime]]:
    return [(line.channel, line.received_at) for line in lines]
