"""Three months without an answer.

国办秘函〔2019〕19号 (政府网站与政务新媒体检查指标) lets a site fail as a whole that left a
citizen's message without an answer for more than three months: whatever its own clock was, and
though it was extended or suspended.
"""

from __future__ import annotations

from datetime import datetime

from cases.clocks.months import plus_months
from cases.life.dates import UNANSWERED, SetDate, end_of
from cases.life.rules import Rules
from cases.record.case import Case
from cases.words.times import beijing


def unanswered(case: Case) -> bool:
    """Whether no round of the case has brought the citizen an answer yet."""
    return case.open and not any(round_.deliveries for round_ in case.rounds)


def answer_floor(case: Case, now: datetime, rules: Rules) -> SetDate | None:
    """The date after which the state's limit is broken, once it has passed; None before it, and
    for a case that is answered or over."""
    if not unanswered(case):
        return None
    months = rules.handling.warnings.unanswered_months
    due_at = end_of(plus_months(beijing(case.received_at).date(), months))
    return SetDate(what=UNANSWERED, number=1, due_at=due_at) if now > due_at else None


def received_before(now: datetime, rules: Rules) -> datetime:
    """What came later is not that old: the day of the sweep counts whole."""
    day = plus_months(beijing(now).date(), -rules.handling.warnings.unanswered_months)
    return end_of(day)
