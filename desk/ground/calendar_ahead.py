"""Whether the days ahead are published: for the check, 值班台 and the page of the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from cases.clocks.workdays import Calendar

DAYS_AHEAD: Final = 45
"""The reply clock of a message of today must not run into unpublished days unnoticed."""


def unpublished(calendar: Calendar, today: date) -> str:
    """What to do where days ahead are not settled by a notice; else ""."""
    horizon = today + timedelta(days=DAYS_AHEAD)
    if not calendar.is_provisional(today, horizon):
        return ""
    return (
        f"{horizon} 之前有未公布的日子，期限标为“暂定”。"
        "放假通知公布后，请打开“管理 → 工作日历”，把通知全文粘贴进去"
    )
