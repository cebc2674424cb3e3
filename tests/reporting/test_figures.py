"""Figures of a period: recomputed from the jsonl export by other code, ranked, linked back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from cases.record.case import Case
from cases.reporting.counts import Counts, Ratio
from cases.reporting.figures import Figures, change_text, value_text
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period, PeriodKind, everything, read_period
from cases.reporting.scoring import lower_end, ranking, talks
from cases.reporting.settings import ReportTable, ReportTableError, Talks
from cases.routing.units import UnitRegister
from desk.reports.service import LedgerFormat, Wanted, count_period, write_ledger
from sinks.ledger.base import Ledger
from tests.cases.helpers import CITY, HOUSING, at, table
from tests.reporting import recount
from tests.reporting.town import NOW, ledger_of, office, town

WEEKS = [f"2026-W{number:02}" for number in (5, 6, 9, 10, 11, 12)]
PERIODS = [
    *(read_period(PeriodKind.WEEK, week) for week in WEEKS),
    read_period(PeriodKind.MONTH, "2026-02"),
    read_period(PeriodKind.MONTH, "2026-03"),
    read_period(PeriodKind.QUARTER, "2026-Q1"),
    read_period(PeriodKind.YEAR, "2026"),
]
WEEK = read_period(PeriodKind.WEEK, "2026-W11")


def exported(ledger: Ledger, until: datetime, folder: Path) -> list[recount.Row]:
    """The jsonl export of everything received before a moment, as it was then."""
    path = folder / "all.jsonl"
    wanted = Wanted(period=everything(until))
    write_ledger(ledger, office(), wanted, {LedgerFormat.JSONL: path}, NOW)
    return recount.read(path.read_text("utf-8"))


def figures(ledger: Ledger, period: Period = WEEK) -> Figures:
    return count_period(ledger, office(), period, NOW).figures


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.key)
def test_every_number_is_that_of_a_recount_from_the_export(
    ledger: Ledger, tmp_path: Path, period: Period
) -> None:
    end = period.as_of(NOW)
    rows = exported(ledger, end, tmp_path)
    counted = Counter({name: n for name, n in asdict(figures(ledger, period).total).items() if n})
    assert counted == recount.recount(rows, period.start_at, end)


def test_the_balance_is_that_of_a_recount(ledger: Ledger, tmp_path: Path) -> None:
    balance = count_period(ledger, office(), WEEK, NOW).balance
    again = recount.recount(exported(ledger, WEEK.end_at, tmp_path), WEEK.start_at, WEEK.end_at)
    sums = balance.sums
    assert (sums.carried, sums.new, sums.reopened, sums.ended, sums.closing) == tuple(
        again[name] for name in ("carried", "received", "reopened", "ended", "closing")
    )


def test_topics_channels_matters_and_risks_are_those_of_a_recount(
    ledger: Ledger, tmp_path: Path
) -> None:
    found = figures(ledger)
    rows = recount.received(exported(ledger, WEEK.end_at, tmp_path), WEEK.start_at, WEEK.end_at)
    assert {t.name: t.now for t in found.topics if t.now} == Counter(r["topic"] for r in rows)
    assert {t.name: t.now for t in found.channels if t.now} == Counter(r["channel"] for r in rows)
    assert dict(found.risks) == Counter(risk for r in rows for risk in r["risk"])
    matters = Counter(m for r in rows if not r["confidential"] for m in r["matters"])
    assert {m.id: m.count for m in found.matters} == {k: n for k, n in matters.items() if n > 1}


def test_the_units_are_those_of_a_recount(ledger: Ledger, tmp_path: Path) -> None:
    rows = exported(ledger, WEEK.end_at, tmp_path)
    for score in figures(ledger).scores:
        old = {"urban-management": {"urban-management", "old-city"}}
        units = old.get(score.unit, {score.unit})
        counted = Counter({name: n for name, n in asdict(score.counts).items() if n})
        again = recount.recount_unit(rows, units, WEEK.start_at, WEEK.end_at)
        assert counted == again, score.unit


def test_handing_back_counts_at_the_unit_that_did(ledger: Ledger) -> None:
    counts = {score.unit: score.counts for score in figures(ledger).scores}
    assert (counts[HOUSING].returns, counts[CITY].returns) == (2, 0)


def test_the_figures_of_the_week(ledger: Ledger) -> None:
    """Said once in numbers, so that both ways of counting cannot be wrong alike."""
    total = figures(ledger).total
    expected = {
        "received": 7, "carried": 2, "reopened": 1, "ended": 4, "closing": 6,
        "due": 2, "due_answered": 1, "due_on_time": 1,
        "asked_satisfied": 2, "said_satisfied": 1, "asked_resolved": 2, "said_resolved": 1,
        "overdue": 1, "overdue_days": 6, "returns": 2, "pressed": 1,
        "promises_due": 1, "promises_kept": 0, "promises_broken": 1, "suggestions": 2,
    }  # fmt: skip
    assert {name: getattr(total, name) for name in expected} == expected


def test_a_figure_stands_beside_the_last_period_and_a_year_ago(ledger: Ledger) -> None:
    received = figures(ledger).figure("received")
    assert (received.value, received.previous, received.year_ago) == (7, 3, 0)
    assert (received.change, received.year_change) == ("+133.3%", "基数为 0")
    before = figures(ledger, read_period(PeriodKind.WEEK, "2026-W10"))
    assert received.previous == before.total.received


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (3, 2, "+50.0%"),
        (0, 0, "持平"),
        (2, 2, "持平"),
        (2, 0, "基数为 0"),
        (2, None, "—"),
        (Ratio(2, 4), Ratio(1, 4), "+25.0 个百分点"),
        (Ratio(1, 2), Ratio(1, 4), "—"),
        (Ratio(2, 3), Ratio(2, 4), "+16.7 个百分点"),
        (1, 8, "-87.5%"),
        (1001, 1000, "+0.1%"),
        (Ratio(2, 4), Ratio(4, 8), "持平"),
        (Ratio(1, 2), Ratio(0, 0), "—"),
        (Ratio(0, 0), Ratio(1, 2), "—"),
    ],
)
def test_changes_in_words(now: int | Ratio, before: int | Ratio | None, said: str) -> None:
    assert change_text(now, before) == said
    assert value_text(Ratio(1, 4)) == "25.0%（1/4）"
    assert value_text(Ratio(0, 0)) == "—"


def test_a_week_that_runs_counts_until_now(ledger: Ledger) -> None:
    now = at("2026-03-11T12:00")
    running = count_period(ledger, office(), WEEK, now).figures
    assert (running.at, running.total.received) == (WEEK.as_of(now), 6)


# -- the scoring ---------------------------------------------------------------


def names() -> UnitNames:
    return UnitNames(office().register, WEEK.last)


def scoring(**changes: object) -> ReportTable:
    known = table("reports.toml")
    known["scoring"] = {**known["scoring"], **changes}  # type: ignore[dict-item]
    return ReportTable.from_table(known)


def test_a_score_is_the_weighted_lower_ends_less_the_deductions() -> None:
    counts = Counts(received=10, due=10, due_answered=10, due_on_time=8, overdue=1, returns=3)
    (score,) = ranking({HOUSING: counts}, names(), office().reports.scoring)
    ends = 50 * lower_end(Ratio(8, 10)) + 20 * lower_end(Ratio(10, 10))
    # on time 50 × 0.8 + answered 20 × 1, of 70; 2 for one overdue, 1.5 for three returns
    assert score.points == pytest.approx(100 * ends / 70 - 3.5, abs=0.05)
    assert score.plain == pytest.approx(100 * 60 / 70 - 3.5, abs=0.05)
    assert [(part.name, part.text) for part in score.parts] == [
        ("按时率", "8/10"),
        ("回应率", "10/10"),
        ("逾期未答复", "1"),
        ("退回", "3"),
    ]


def test_few_cases_prove_little() -> None:
    assert lower_end(Ratio(40, 41)) == pytest.approx(0.9221, abs=0.0005)
    assert lower_end(Ratio(1, 1)) < lower_end(Ratio(40, 41))
    growing = [lower_end(Ratio(n, n)) for n in range(1, 200)]
    assert growing == sorted(growing)
    assert all(0 <= lower_end(Ratio(n, 20)) < n / 20 for n in range(1, 21))
    for few in range(1, 10):
        assert lower_end(Ratio(few, few)) < lower_end(Ratio(40, 41))


def test_the_unit_with_one_answered_and_nineteen_overdue_is_not_second() -> None:
    """As it once was: its one answer was in time, and nothing else was asked."""
    counts = {
        HOUSING: Counts(received=20, due=20, due_answered=1, due_on_time=1, overdue=19),
        CITY: Counts(received=41, due=41, due_answered=41, due_on_time=40),
        "duty-desk": Counts(received=1, due=1, due_answered=1, due_on_time=1),
    }
    scores = ranking(counts, names(), office().reports.scoring)
    assert [(s.unit, s.rank) for s in scores] == [(CITY, 1), (HOUSING, 2), ("duty-desk", None)]
    assert scores[-1].why_not.startswith("样本不足：到期应答复 1 件次")


def test_units_are_compared_within_their_class() -> None:
    units = {
        "unit": [
            {"id": "a", "name": "县住建局", "kind": "部门"},
            {"id": "b", "name": "县城管局", "kind": "部门"},
            {"id": "t", "name": "梅江镇", "kind": "乡镇街道"},
            {"id": "p", "name": "县自来水公司", "kind": "公共企事业"},
            {"id": "s", "name": "县税务局", "kind": "驻区单位"},
        ]
    }
    naming = UnitNames(UnitRegister.from_table(units), WEEK.last)
    good = Counts(received=9, due=9, due_answered=9, due_on_time=9)
    bad = Counts(received=9, due=9, due_answered=9, due_on_time=2)
    counts = {"a": bad, "b": good, "t": bad, "p": good, "s": bad}
    scores = ranking(counts, naming, office().reports.scoring)
    assert [(s.group, s.unit, s.rank) for s in scores] == [
        ("部门", "b", 1), ("部门", "a", 2), ("乡镇街道", "t", 1), ("驻区单位", "s", 1),
        ("公共企事业", "p", 1),
    ]  # fmt: skip


def test_a_deduction_has_a_limit_and_a_score_a_floor() -> None:
    counts = Counts(received=50, due=10, due_answered=1, overdue=40, pressed=90)
    (score,) = ranking({HOUSING: counts}, names(), office().reports.scoring)
    assert [part.points for part in score.parts if part.points < 0] == [-20.0, -10.0]
    assert score.points == 0.0


def test_equal_scores_share_a_rank_and_few_cases_have_none() -> None:
    good = Counts(received=5, due=5, due_answered=5, due_on_time=5)
    bad = Counts(received=5, due=5, due_answered=5, due_on_time=1)
    scores = ranking(
        {"a": good, "b": good, "c": bad, "d": Counts(received=1, due=1)},
        names(),
        office().reports.scoring,
    )
    assert [(s.unit, s.rank) for s in scores] == [("a", 1), ("b", 1), ("c", 3), ("d", None)]
    assert "不足 5 件次" in scores[-1].why_not


def test_an_upheld_appeal_leaves_the_scoring_and_nothing_else() -> None:
    reports = scoring(appeal=[{"case_id": "letters:a2", "reason": "来源停机"}], minimum_cases=0)
    with ledger_of(town()) as opened:
        appealed = count_period(opened, replace(office(), reports=reports), WEEK, NOW).figures
        without = figures(opened)
    assert appealed.total == without.total
    mine = {score.unit: score.counts for score in appealed.scores}[HOUSING]
    before = {score.unit: score.counts for score in without.scores}[HOUSING]
    assert (before.overdue, mine.overdue) == (1, 0)
    units = {line.unit: line.counts for line in appealed.units}
    assert units[HOUSING].overdue == 1, "what the unit did stays in the paper"
    assert appealed.appeals == ("letters:a2（来源停机）",)


def test_talks_are_proposed_by_any_of_the_conditions() -> None:
    counts = {
        HOUSING: Counts(received=9, due=9, overdue=5, promises_broken=2),
        CITY: Counts(received=9, due=9, due_answered=9, due_on_time=9),
    }
    scores = ranking(counts, names(), office().reports.scoring)
    (talk,) = talks(scores, office().reports.talks)
    assert talk.name == "县住建局"
    assert len(talk.reasons) == 3
    assert talks(scores, Talks()) == ()


def test_no_talk_is_proposed_with_a_court_discipline_or_the_desk() -> None:
    units = {
        "unit": [
            {"id": "court", "name": "县人民法院", "kind": "驻区单位"},
            {"id": "discipline", "name": "县纪委监委", "kind": "部门"},
            {"id": "duty-desk", "name": "县政府值班台", "kind": "部门"},
            {"id": "a", "name": "县住建局", "kind": "部门"},
        ]
    }
    naming = UnitNames(UnitRegister.from_table(units), WEEK.last)
    late = Counts(received=9, due=9, overdue=9)
    counts = dict.fromkeys(("court", "discipline", "duty-desk", "a"), late)
    scores = ranking(counts, naming, office().reports.scoring)
    rules = office().reports.talks
    assert [talk.unit for talk in talks(scores, rules)] == ["a"]
    listed = replace(rules, also=("court",))
    assert {talk.unit for talk in talks(scores, listed)} == {"a", "court"}


def test_few_cases_alone_propose_no_talk() -> None:
    """4 of 5 are 80 %; that this proves little is no reason to call anybody."""
    few = Counts(received=5, due=5, due_answered=5, due_on_time=4)
    scores = ranking({HOUSING: few}, names(), office().reports.scoring)
    assert talks(scores, office().reports.talks) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rate": [{"figure": "speed", "weight": 1}]}, "没有“speed”这一项；可用的有：on_time"),
        ({"deduction": [{"figure": "x", "each": 1, "most": 1}]}, "没有“x”这一项"),
        ({"rate": [{"figure": "on_time", "weight": 0}]}, "权重合计应大于 0"),
        ({"bonus": 1}, "键 bonus：不认识这个键（值 1）。可用的键：appeal"),
    ],
)
def test_a_wrong_scoring_is_told(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ReportTableError) as error:
        scoring(**changed)
    assert said in str(error.value)


def test_a_schedule_needs_every_paper_and_an_hour() -> None:
    known = table("reports.toml")
    with pytest.raises(ReportTableError, match="缺少 quarterly"):
        ReportTable.from_table(known | {"papers": {"weekly": "周", "monthly": "月"}})
    late = {"working_day": 1, "at": "25:00", "look_back": 1}
    schedule = {**known["schedule"], "weekly": late}  # type: ignore[dict-item]
    with pytest.raises(ReportTableError, match="25:00"):
        ReportTable.from_table(known | {"schedule": schedule})


def test_cases_are_read_once(ledger: Ledger) -> None:
    """A survey of three periods and the balance take one pass."""
    seen: list[Case] = []
    count_period(ledger, office(), WEEK, NOW, lambda: seen.append(town()[0]))
    assert len(seen) == sum(case.received_at < WEEK.end_at for case in town())
