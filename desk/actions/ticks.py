"""Clocks that were set and dates that were warned of: sentences."""

from __future__ import annotations

from datetime import datetime

from cases.life.dates import DISPATCH
from cases.life.held import HELD
from cases.record import events as ev
from desk.actions.registry import sentence
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases, Said, joined


@sentence(ev.ClocksSet)
def clocks_set(body: ev.ClocksSet, phrases: Phrases) -> Said:
    dropped = "、".join(vocabulary.clock(name) for name in body.dropped)
    parts = (phrases.due(body.clocks), f"不再适用：{dropped}" if dropped else "")
    return Said(f"时限变更：{joined(*parts)}", body.why)


@sentence(ev.ClockWarned)
def clock_warned(body: ev.ClockWarned, phrases: Phrases) -> Said:
    return _warned(f"{vocabulary.clock(body.clock)}时限", body.stage, body.due_at, phrases)


@sentence(ev.DateWarned)
def date_warned(body: ev.DateWarned, phrases: Phrases) -> Said:
    if body.what == HELD:
        return Said("等人工派单的事项久未处理，已提醒", "", "late")
    if body.what == DISPATCH:
        return Said(f"超时未派单（应在 {phrases.moment(body.due_at)} 前）", "", "late")
    return _warned(f"{vocabulary.set_date(body.what)}的日期", body.stage, body.due_at, phrases)


def _warned(what: str, stage: str, due_at: datetime, phrases: Phrases) -> Said:
    tone = "late" if stage in ("overdue", "escalated") else "soon"
    return Said(
        f"{what}{vocabulary.STAGES.get(stage, stage)}（{phrases.moment(due_at)}）", "", tone
    )
