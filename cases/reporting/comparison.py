"""环比 and 同比 only where there is enough to compare with; otherwise the reason."""

from __future__ import annotations

from typing import Final

from cases.reporting.counts import Ratio
from cases.reporting.figures import Value, change_text

_MOST_TIMES: Final = 10
"""So many times the base and more says nothing as a percentage: +5858.5%."""


def compared(now: Value, before: Value | None, least: int) -> str:
    """`least`: cases that a count of the earlier period, or what a rate was taken from in
    both, has at least. +12.5%, points for a rate, or why there is none."""
    if before is None:
        return "无上期数据"
    if isinstance(now, Ratio) and isinstance(before, Ratio):
        return change_text(now, before) if min(now.whole, before.whole) >= least else "样本不足"
    if isinstance(before, int) and before < least:
        return "基数不足"
    if isinstance(now, int) and isinstance(before, int) and now > _MOST_TIMES * before > 0:
        return "基数悬殊"
    return change_text(now, before)


def comparable(now: Value, before: Value | None, least: int) -> bool:
    """Whether `compared` gives a change and not a reason."""
    if isinstance(now, Ratio) and isinstance(before, Ratio):
        return min(now.whole, before.whole) >= least
    return isinstance(before, int) and before >= least
