"""The span of days that a page of figures is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from fastapi import Request

from cases.reporting.periods import Period, days
from desk.ground.context import DeskContext
from desk.ledger.filter_input import BadParameter

SPANS: Final = {7: "近 7 天", 30: "近 30 天", 90: "近 90 天", 365: "近一年"}
LONGEST_DAYS: Final = 731


def period_asked(request: Request, office: DeskContext) -> Period:
    """Raises `BadParameter`."""
    today = office.clock().date()
    values = request.query_params
    if values.get("from") or values.get("to"):
        try:
            first = date.fromisoformat(values.get("from", ""))
            last = date.fromisoformat(values.get("to", ""))
        except ValueError:
            raise BadParameter("起止日期应都填写，写作 2026-11-22。") from None
        if not first <= last <= today:
            raise BadParameter(f"起始日期（{first}）应不晚于截止日期（{last}），且都不晚于今天。")
        if (last - first).days >= LONGEST_DAYS:
            raise BadParameter(f"最长看 {LONGEST_DAYS} 天，实际是 {(last - first).days + 1} 天。")
        return days(first, last)
    text = values.get("days", "30")
    if text not in map(str, SPANS):
        raise BadParameter(f"days 应为 {'、'.join(map(str, SPANS))} 之一，实际是“{text[:20]}”。")
    return days(today - timedelta(days=int(text) - 1), today)
