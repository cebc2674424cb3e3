"""周反馈、月整改、季通报: what stands in them, when they are due, and making up for one missed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from cases.reporting.document import Document, Heading, Paragraph, Table
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.rectification import RectificationItem, concerned
from cases.reporting.settings import PaperKind, ReportTable
from desk.reports.due import due_at, due_papers, make_due, paper_path
from desk.reports.service import count_period, make_paper
from sinks.ledger.base import Ledger
from tests.cases.helpers import Story, at, item, labels, table
from tests.reporting.contents import word_text
from tests.reporting.town import NOW, ledger_of, office

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
MARCH = read_period(PeriodKind.MONTH, "2026-03")


class Item(Struct, frozen=True, kw_only=True):
    """As the register of 整改事项 will have it."""

    id: str
    title: str
    unit: str = "县住建局"
    found_on: date
    source: str = "逾期答复"
    due: date | None = None
    measure: str = ""
    evidence: str = ""
    verified_by: str = ""
    state: str = "整改中"


ITEMS: tuple[RectificationItem, ...] = (
    Item(id="Z1", title="答复逾期", found_on=date(2026, 3, 10), due=date(2026, 3, 12)),
    Item(id="Z2", title="栏目未更新", found_on=date(2026, 3, 2), due=date(2026, 3, 30)),
    Item(id="Z3", title="旧问题", found_on=date(2026, 2, 2), verified_by="督查室"),
    Item(id="Z4", title="以后的问题", found_on=date(2026, 3, 18)),
    Item(
        id="Z5",
        title="答复敷衍",
        found_on=date(2026, 3, 11),
        measure="重新答复",
        evidence="截图",
        verified_by="督查室",
        state="已销号",
    ),
)


def paper(ledger: Ledger, kind: PaperKind, key: str, table_: ReportTable | None = None) -> Document:
    kinds = {
        PaperKind.WEEKLY: PeriodKind.WEEK,
        PaperKind.MONTHLY: PeriodKind.MONTH,
        PaperKind.QUARTERLY: PeriodKind.QUARTER,
    }
    known = replace(office(), reports=table_ or office().reports)
    report = count_period(ledger, known, read_period(kinds[kind], key), NOW)
    return make_paper(kind, report, known, ITEMS)


def said(document: Document) -> str:
    parts: list[str] = [document.title, *document.head]
    for block in document.blocks:
        if isinstance(block, Table):
            parts += [" | ".join(cell.text for cell in row) for row in block.rows]
        elif isinstance(block, Heading | Paragraph):
            parts.append(block.text)
    return "\n".join(parts)


def headings(document: Document) -> list[str]:
    return [block.text[2:].lstrip() for block in document.blocks if isinstance(block, Heading)]


FIRST_PAGE = ["总体情况", "主要特点", "突出问题", "典型事例", "下步建议"]


def annexes(*names: str) -> list[str]:
    return FIRST_PAGE + [f"{number}　{name}" for number, name in enumerate(names, 1)]


def test_each_paper_has_its_own_parts_in_its_own_order(ledger: Ledger) -> None:
    assert headings(paper(ledger, PaperKind.WEEKLY, "2026-W11")) == annexes(
        "主要指标", "逾期未答复事项", "承诺兑现", "整改事项", "热点和共性问题", "守恒核对",
    )  # fmt: skip
    assert headings(paper(ledger, PaperKind.MONTHLY, "2026-03")) == annexes(
        "主要指标", "热点和共性问题", "逾期未答复事项", "承诺兑现", "整改事项", "各单位办理情况",
        "守恒核对",
    )  # fmt: skip
    assert headings(paper(ledger, PaperKind.QUARTERLY, "2026-Q1")) == annexes(
        "主要指标", "热点和共性问题", "考核排名", "逾期未答复事项", "承诺兑现", "整改事项",
        "各单位办理情况", "约谈建议名单", "守恒核对",
    )  # fmt: skip


def test_the_quarterly_notice_ranks_units_and_proposes_talks(ledger: Ledger) -> None:
    known = table("reports.toml")
    strict = ReportTable.from_table(
        known
        | {
            "talks": {"score_below": 99.0, "overdue_at_least": 1},
            "scoring": {**known["scoring"], "minimum_cases": 1},  # type: ignore[dict-item]
        }
    )
    text = said(paper(ledger, PaperKind.QUARTERLY, "2026-Q1", strict))
    assert "县住建局 | 考核得分" in text
    assert "是否约谈由领导审定" in text
    assert "1 | 县住建局 | " in text


def test_units_that_are_not_ranked_stand_together_under_one_reason(ledger: Ledger) -> None:
    text = said(paper(ledger, PaperKind.QUARTERLY, "2026-Q1"))
    (line,) = re.findall(r"未排名：(.+)。", text)
    reasons = re.findall(r"（(样本不足：.+?)）", line)
    assert reasons
    assert len(reasons) == len(set(reasons))


def test_rectification_items_of_the_period_and_those_still_open(ledger: Ledger) -> None:
    assert [item.id for item in concerned(ITEMS, WEEK)] == ["Z1", "Z2", "Z5"]
    text = said(paper(ledger, PaperKind.WEEKLY, "2026-W11"))
    assert "共 3 项：本期新增 2 项，已核验 1 项，整改中 2 项，其中逾期 1 项。" in text
    assert (
        "Z5 | 答复敷衍 | 逾期答复 | 县住建局 | 2026-03-11 | 未定 | 重新答复 | 截图 | 督查室 | 已销号"
        in text
    )
    assert "Z4" not in text


def test_lists_are_cut_at_a_number_and_say_so(ledger: Ledger) -> None:
    known = table("reports.toml")
    lists = {**known["lists"], "most_listed": 1}  # type: ignore[dict-item]
    short = ReportTable.from_table(known | {"lists": lists})
    # In March a2, d1 and others are late by the 20th.
    text = said(paper(ledger, PaperKind.MONTHLY, "2026-03", short))
    assert "项，此处列前 1 项，其余 " in text
    assert "项见同期台账（Excel）。" in text


def test_the_risk_of_a_confidential_case_is_not_told_in_the_list_of_what_is_late() -> None:
    secret, plain = (
        Story(
            item(name, received_at=at("2026-03-02T08:00"), confidential=confidential),
            read_as=labels(risk=("安全生产",), urgent=True),
        ).case
        for name, confidential in (("e8", True), ("e9", False))
    )
    with ledger_of((secret, plain)) as found:
        report = count_period(found, office(), MARCH, at("2026-03-31T09:00"))
    assert {one.case_id: one.high_risk for one in report.figures.late} == {
        "letters:e8": False,
        "letters:e9": True,
    }


def test_hotspots_stand_with_the_heat_that_orders_them(ledger: Ledger) -> None:
    made = paper(ledger, PaperKind.WEEKLY, "2026-W11")
    (table,) = (b for b in made.blocks if isinstance(b, Table) and "热度" in b.headers)
    assert table.headers == ("共性问题（同一事项）", "热度", "人数", "来件", "责任单位", "最早一件")
    assert [[cell.text for cell in row[1:4]] for row in table.rows] == [["2", "2", "2"]]
    assert "热度＝期内反映的人数＋最近 1 天反映的人数" in said(made)


def test_a_confidential_title_stays_out_of_the_list_of_what_is_late(ledger: Ledger) -> None:
    now = at("2026-03-31T09:00")
    report = count_period(ledger, office(), MARCH, now)
    late = {one.case_id: one.title for one in report.figures.late}
    assert late["letters:e1"] == "（保密件，内容不显示）"


# -- when they are due ---------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "period", "due"),
    [
        (PaperKind.WEEKLY, read_period(PeriodKind.WEEK, "2026-W11"), "2026-03-16T09:00"),
        (PaperKind.WEEKLY, read_period(PeriodKind.WEEK, "2026-W40"), "2026-10-08T09:00"),
        (PaperKind.MONTHLY, read_period(PeriodKind.MONTH, "2026-02"), "2026-03-03T09:00"),
        (PaperKind.QUARTERLY, read_period(PeriodKind.QUARTER, "2026-Q1"), "2026-04-08T09:00"),
    ],
)
def test_a_paper_is_due_on_a_working_day(kind: PaperKind, period: object, due: str) -> None:
    found = due_at(kind, period, office().reports, office().calendar)  # type: ignore[arg-type]
    assert found == at(due)


def test_what_was_missed_is_found_made_once_and_looks_as_if_made_in_time(
    ledger: Ledger, tmp_path: Path
) -> None:
    missing = due_papers(tmp_path, office(), NOW)
    assert [(one.kind.value, one.period.key) for one in missing] == [
        ("quarterly", "2025-Q3"),
        ("monthly", "2025-12"),
        ("quarterly", "2025-Q4"),
        ("monthly", "2026-01"),
        ("weekly", "2026-W08"),
        ("weekly", "2026-W09"),
        ("monthly", "2026-02"),
        ("weekly", "2026-W10"),
        ("weekly", "2026-W11"),
        ("daily", "2026-03-18"),
        ("daily", "2026-03-19"),
        ("daily", "2026-03-20"),
    ]
    last = missing[-4]
    path = make_due(ledger, office(), tmp_path, last)
    assert path == paper_path(tmp_path, PaperKind.WEEKLY, last.period)
    assert "上期结转 2 + 新收 7" in word_text(path)
    assert last not in due_papers(tmp_path, office(), NOW)
    assert len(due_papers(tmp_path, office(), NOW)) == len(missing) - 1


def test_before_its_hour_nothing_is_due(tmp_path: Path) -> None:
    def weeks(now: str) -> set[str]:
        found = due_papers(tmp_path, office(), at(now))
        return {one.period.key for one in found if one.kind is PaperKind.WEEKLY}

    assert "2026-W11" not in weeks("2026-03-16T08:59")
    assert "2026-W11" in weeks("2026-03-16T09:00")
