"""Cases that came in as history stand in the figures of their own days, and in nobody's score."""

from __future__ import annotations

from msgspec.structs import replace

from cases.reporting.counts import Counts
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.scoring import scored_of
from desk.reports.service import count_period
from tests.cases.helpers import HOUSING, Story, at, item, reply
from tests.reporting.town import NOW, ledger_of, office

OLD = item("1", received_at=at("2019-03-05T10:00"), archived=True)
ANSWERED = replace(
    item("2", received_at=at("2019-03-06T10:00"), archived=True),
    replies=(reply(when=at("2019-03-07T16:00")),),
    resolved=False,
    satisfied=False,
)
THEN = read_period(PeriodKind.MONTH, "2019-03")
AFTER = read_period(PeriodKind.MONTH, "2019-04")
IMPORTED = read_period(PeriodKind.MONTH, "2026-03")


def test_history_counts_in_its_own_month_and_in_no_other() -> None:
    cases = tuple(Story(one, now=NOW).case for one in (OLD, ANSWERED))
    with ledger_of(cases) as ledger:
        then = count_period(ledger, office(), THEN, NOW)
        after = count_period(ledger, office(), AFTER, NOW)
        imported = count_period(ledger, office(), IMPORTED, NOW)
    total = then.figures.total
    assert (total.received, total.ended, total.closing, total.overdue) == (2, 2, 0, 0)
    assert (total.due, total.asked_resolved) == (0, 1)
    assert then.balance.sums.closing == 0
    assert after.figures.total == imported.figures.total == Counts()


def test_history_is_nobodys_score() -> None:
    live = replace(OLD, archived=False, source_item_id="3")
    with ledger_of(tuple(Story(one, now=NOW).case for one in (ANSWERED, live))) as ledger:
        then = count_period(ledger, office(), THEN, NOW)
    (score,) = (one for one in then.figures.scores if one.unit == HOUSING)
    assert score.counts.received == 1
    assert score.excluded == 0
    assert scored_of(then.lists, ())[HOUSING] == score.counts
