"""The first page: every figure and every case again from the jsonl export by other code, each
proposal with its rule, comparisons only where there is enough to compare."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.reporting.comparison import compared
from cases.reporting.counts import Ratio
from cases.reporting.document import Block, Document, Heading, Paragraph
from cases.reporting.periods import Period, PeriodKind, everything, read_period
from cases.reporting.settings import PaperKind
from desk.reports.service import LedgerFormat, Wanted, count_period, make_paper, write_ledger
from desk.reports.stored_papers import first_page
from sinks.ledger.base import Ledger
from tests.cases.helpers import LEAD, Story, at, item
from tests.reporting import recount
from tests.reporting.town import NOW, ledger_of, office

PERIODS = [
    (PaperKind.WEEKLY, read_period(PeriodKind.WEEK, "2026-W10")),
    (PaperKind.WEEKLY, read_period(PeriodKind.WEEK, "2026-W11")),
    (PaperKind.MONTHLY, read_period(PeriodKind.MONTH, "2026-02")),
    (PaperKind.MONTHLY, read_period(PeriodKind.MONTH, "2026-03")),
    (PaperKind.QUARTERLY, read_period(PeriodKind.QUARTER, "2026-Q1")),
]
WEEK = PERIODS[1][1]


def made(ledger: Ledger, kind: PaperKind, period: Period) -> Document:
    return make_paper(kind, count_period(ledger, office(), period, NOW), office())


def parts(document: Document) -> dict[str, list[Paragraph]]:
    found: dict[str, list[Paragraph]] = {}
    name = ""
    for block in first_page(document):
        if isinstance(block, Heading):
            name = block.text[2:]
        elif isinstance(block, Paragraph):
            found.setdefault(name, []).append(block)
    return found


def exported(ledger: Ledger, until: datetime, folder: Path) -> list[recount.Row]:
    path = folder / "all.jsonl"
    wanted = Wanted(period=everything(until))
    write_ledger(ledger, office(), wanted, {LedgerFormat.JSONL: path}, NOW)
    return recount.read(path.read_text("utf-8"))


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def said(sentences: list[Paragraph], beginning: str) -> Paragraph | None:
    return next((one for one in sentences if one.text.startswith(beginning)), None)


@pytest.mark.parametrize(("kind", "period"), PERIODS, ids=lambda value: getattr(value, "key", ""))
def test_every_figure_of_the_first_page_is_that_of_a_recount(
    ledger: Ledger, tmp_path: Path, kind: PaperKind, period: Period
) -> None:
    page = parts(made(ledger, kind, period))
    start, end = period.start_at, period.as_of(NOW)
    rows = exported(ledger, end, tmp_path)
    again = recount.recount(rows, start, end)
    overall = page["总体情况"]
    plain = overall[0].text.removeprefix(period.name)
    assert numbers(plain) == [again["received"], again["ended"], again["closing"]]
    due = said(overall, "到期应答复")
    counts = [again["due"], again["due_answered"], again["due_on_time"]]
    assert (numbers(due.text)[:3] if due else [0, 0, 0]) == counts
    asked = said(overall, "本期回访")
    assert (numbers(asked.text)[:2] if asked else [0, 0]) == [
        again["asked_satisfied"],
        again["said_satisfied"],
    ]
    late = late_rows(rows, end)
    problem = said(page["突出问题"], "期末逾期未答复")
    if not late:
        assert problem is None
        assert said(page["下步建议"], "请") is None
    else:
        assert problem is not None
        days = [days_of(row, end) for row in late]
        units = Counter(row["unit"] for row in late)
        high = sum(
            not row["confidential"] and (row["urgent"] or bool(HIGH.intersection(row["risk"])))
            for row in late
        )
        assert numbers(problem.text)[:3] == [len(late), sum(days), max(days)]
        assert f"高风险 {high} 件" in problem.text or not high
        for name, n in units.most_common(1):
            assert f"{name} {n} 件" in problem.text
        shown = {cell.text for cell in problem.evidence if ":" in cell.text}
        assert shown <= {row["case_id"] for row in late}
        worst = said(page["典型事例"], "逾期最久")
        assert worst is not None
        (case,) = worst.evidence
        assert days_of(next(r for r in late if r["case_id"] == case.text), end) == max(days)
    new = recount.received(rows, start, end)
    told = Counter(m for r in new if not r["confidential"] for m in r["matters"])
    matters = {m: n for m, n in told.items() if n > 1}
    crowd = said(page["突出问题"], "多人反映同一事项")
    assert ([numbers(crowd.text)[0], numbers(crowd.text)[-1]] if crowd else []) == (
        [len(matters), max(matters.values())] if matters else []
    )
    kept = [p["kept"] for row in rows for p in row["promised"] if due_in(p["due"], period, end)]
    open_ = [one for one in kept if one is not True]
    assert (said(page["下步建议"], "对到期的") is not None) == bool(open_)
    returned = said(page["突出问题"], "本期退回")
    assert (numbers(returned.text)[0] if returned else 0) == again["returns"]


HIGH = set(office().high_risks)


def late_rows(rows: list[recount.Row], end: datetime) -> list[recount.Row]:
    return [
        row
        for row in rows
        if recount.waits(row, end)
        and row["rounds"]
        and recount.verdict(row, row["rounds"][-1], end) == "overdue"
    ]


def days_of(row: recount.Row, end: datetime) -> int:
    due = recount.when(row["rounds"][-1]["due_at"])
    assert due is not None
    return ceil((end - due) / timedelta(days=1))


def due_in(text: str, period: Period, end: datetime) -> bool:
    day = date.fromisoformat(text)
    return period.first <= day and datetime.combine(day, end.timetz()).date() < end.date()


@pytest.mark.parametrize(("kind", "period"), PERIODS, ids=lambda value: getattr(value, "key", ""))
def test_every_proposal_names_its_rule_and_its_evidence(
    ledger: Ledger, kind: PaperKind, period: Period
) -> None:
    proposals = parts(made(ledger, kind, period))["下步建议"]
    if proposals[0].text != "本期没有达到建议条件的情况。":
        assert all(one.rule and one.evidence for one in proposals)


def test_the_week_names_its_cases(ledger: Ledger) -> None:
    page = parts(made(ledger, PaperKind.WEEKLY, WEEK))
    examples = page["典型事例"]
    assert [one.evidence[0].text for one in examples] == ["letters:a2", "letters:d1", "letters:g1"]
    assert examples[0].evidence[0].href == "/cases/letters%3Aa2"
    rules = [one.rule for one in page["下步建议"]]
    assert rules == [
        "期末有逾期未答复的事项",
        "逾期 5 天以上",
        "同一事项 2 件以上",
        "承诺到期未兑现或未核查",
    ]


def test_a_calm_week_proposes_nothing() -> None:
    story = Story(item("q1", received_at=at("2026-03-10T09:00"), title="咨询"))
    story.does(LEAD, do.Acknowledge(), "2026-03-10T10:00")
    with ledger_of((story.case,)) as ledger:
        page = parts(made(ledger, PaperKind.WEEKLY, WEEK))
    assert [one.text for one in page["下步建议"]] == ["本期没有达到建议条件的情况。"]
    assert [one.text for one in page["突出问题"]] == [
        "本期没有逾期未答复、承诺未兑现和集中反映的事项。"
    ]
    assert "%" not in "".join(one.text for one in page["总体情况"])


def test_a_period_about_nothing_says_nothing_else(ledger: Ledger) -> None:
    document = made(ledger, PaperKind.MONTHLY, read_period(PeriodKind.MONTH, "2025-06"))
    blocks: tuple[Block, ...] = (Paragraph("零报告：本月没有新收、结转或重新办理的事项。"),)
    assert document.blocks == blocks


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (12, None, "无上期数据"),
        (12, 9, "基数不足"),
        (12, 10, "+20.0%"),
        (10, 10, "持平"),
        (100, 10, "+900.0%"),
        (101, 10, "基数悬殊"),
        (Ratio(9, 10), Ratio(1, 1), "样本不足"),
        (Ratio(1, 1), Ratio(9, 10), "样本不足"),
        (Ratio(9, 10), Ratio(8, 10), "+10.0 个百分点"),
    ],
)
def test_a_comparison_needs_a_base(now: int | Ratio, before: int | Ratio | None, text: str) -> None:
    assert compared(now, before, 10) == text


def test_the_head_and_the_foot_are_the_offices(ledger: Ledger) -> None:
    known = office()
    said_ = replace(known.reports.letterhead, to="县政府领导", signer="秦某", seal="县政府办公室")
    reports = replace(known.reports, letterhead=said_)
    county = replace(known, reports=reports, table=replace(known.table, office="宁都县"))
    report = count_period(ledger, county, WEEK, NOW)
    letter = make_paper(PaperKind.WEEKLY, report, county, on=date(2026, 3, 16)).letter
    assert letter is not None
    assert (letter.issuer, letter.number, letter.to, letter.signer, letter.seal, letter.on) == (
        "宁都县", "2026年第11期", "县政府领导", "秦某", "县政府办公室", "2026年3月16日",
    )  # fmt: skip
