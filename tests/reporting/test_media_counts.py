"""Reports of media are no citizens' messages: every surface counts them apart, a story once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from cases.figures.case_facts import facts_of
from cases.figures.counted import Counts
from cases.figures.dated import as_of
from cases.record import commands as do
from cases.record.case import Case
from cases.record.commands import Rung
from cases.registers.media import MediaTable
from cases.reporting.board import board
from cases.reporting.lists import FigureKey
from cases.reporting.periods import PeriodKind, everything, read_period
from cases.reporting.settings import PaperKind
from cases.words.labels import Sentiment
from desk.reports.issue import issue
from desk.reports.making import count_morning
from desk.reports.service import (
    LedgerFormat,
    Report,
    Wanted,
    count_period,
    make_paper,
    write_ledger,
)
from sinks.ledger.base import Ledger
from sinks.reports.editions import Editions
from tests.cases.helpers import DESK, LEAD, Story, at, item, labels
from tests.reporting import recount
from tests.reporting.town import NOW, ledger_of, office, town

MEDIA = "新闻媒体"
WEEK = read_period(PeriodKind.WEEK, "2026-W11")
OFFICE = replace(office(), media=MediaTable())


def report(number: str, when: str, story: str = "") -> Story:
    told = Story(
        item(number, channel=MEDIA, received_at=at(when), title=f"报道{number}"),
        read_as=labels(topic="城乡建设", sentiment=Sentiment.NEGATIVE, risk=("安全生产",)),
    )
    if story:
        told.does(DESK, do.LinkMatter(matter=story), when)
    return told


def reports() -> tuple[Case, ...]:
    """Of the week: one story with two reprints, another story with a promise and a 督办. One report
    lies before the week, unfinished to this day, and a reprint of it within."""
    first = report("n1", "2026-03-10T09:00")
    other = report("n4", "2026-03-12T09:00")
    other.does(
        DESK, do.Press(rung=Rung.SUPERVISE, text="请回应", skip_reason="影响大"), "2026-03-12T10:00"
    )
    promised = do.RecordPromise(text="三月十四日前修好", due=date(2026, 3, 14))
    other.does(LEAD, promised, "2026-03-12T11:00")
    before = report("n0", "2026-03-03T09:00")
    return (
        before.case,
        first.case,
        report("n2", "2026-03-10T12:00", first.case.case_id).case,
        report("n3", "2026-03-11T09:00", first.case.case_id).case,
        other.case,
        report("n5", "2026-03-13T09:00", before.case.case_id).case,
    )


@pytest.fixture(scope="module")
def with_reports():
    found = sorted((*town(), *reports()), key=lambda case: case.case_id)
    with ledger_of(tuple(found)) as ledger:
        yield ledger


def counted(ledger: Ledger) -> Report:
    return count_period(ledger, OFFICE, WEEK, NOW)


def letters_alone() -> Report:
    with ledger_of(town()) as ledger:
        return count_period(ledger, OFFICE, WEEK, NOW)


PROMISED = {"promises_due", "promises_kept", "promises_broken"}


def test_a_report_counts_as_a_report_and_as_nothing_else(with_reports: Ledger) -> None:
    with_them = asdict(counted(with_reports).figures.total)
    without = asdict(letters_alone().figures.total)
    changed = {name for name, n in with_them.items() if n != without[name]}
    assert changed == {"media", "stories", "promises_due"}
    assert (with_them["media"], with_them["stories"]) == (5, 3)


def test_a_promise_in_a_report_is_one(with_reports: Ledger) -> None:
    total, alone = counted(with_reports).figures.total, letters_alone().figures.total
    assert total.promises_due == alone.promises_due + 1


def test_the_balance_holds_without_reports_and_says_how_many_there_were(
    with_reports: Ledger,
) -> None:
    balance, alone = counted(with_reports).balance, letters_alone().balance
    assert balance.holds
    assert balance.sums == alone.sums
    assert (balance.by_unit, balance.by_channel, balance.by_topic) == (
        alone.by_unit, alone.by_channel, alone.by_topic,
    )  # fmt: skip
    assert "另收到媒体报道 5 篇，转载、跟进合并后为 3 条；" in "".join(balance.notes())
    check = next(one for one in balance.checks if one.name.startswith("来件核对"))
    assert (check.left, check.right) == ("11 + 6", "17")


def test_they_are_those_of_a_recount(with_reports: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    wanted = Wanted(period=everything(WEEK.end_at))
    write_ledger(with_reports, OFFICE, wanted, {LedgerFormat.JSONL: path}, NOW)
    rows = recount.read(path.read_text("utf-8"))
    assert len(rows) == 17, "no report is lost"
    total = asdict(counted(with_reports).figures.total)
    again = recount.recount(rows, WEEK.start_at, WEEK.end_at)
    assert Counter({name: n for name, n in total.items() if n}) == again


def test_the_board_counts_them_as_the_paper_does(with_reports: Ledger) -> None:
    facts = [
        facts_of(then)
        for case in (*town(), *reports())
        if (then := as_of(case, WEEK.as_of(NOW))) is not None
    ]
    found = board(
        facts,
        WEEK,
        NOW,
        counted_at=lambda unit: {"old-city": "urban-management"}.get(unit, unit),
        media=OFFICE.media_channels,
    )
    total = counted(with_reports).figures.total
    not_on_a_board = {"carried", "reopened", "ended", "closing", "negative", "suggestions"}
    for name in set(Counts.__struct_fields__) - not_on_a_board:
        assert getattr(found.counts, name) == getattr(total, name), name
    assert MEDIA not in {channel for channel, _, _ in found.inflow}
    assert sum(line.total for line in found.topics) == total.received


def test_the_list_behind_each_figure_has_what_was_counted(with_reports: Ledger) -> None:
    lists = counted(with_reports).lists
    media = lists.listing(FigureKey(period=WEEK.key, figure="media"))
    stories = lists.listing(FigureKey(period=WEEK.key, figure="stories"))
    received = lists.listing(FigureKey(period=WEEK.key, figure="received"))
    assert (media.value, len(media.case_ids)) == (5, 5)
    assert (stories.value, len(stories.case_ids)) == (3, 3)
    assert not set(media.case_ids) & set(received.case_ids)


def test_a_paper_says_them_apart_and_in_no_matter(with_reports: Ledger) -> None:
    found = counted(with_reports)
    document = str(make_paper(PaperKind.WEEKLY, found, OFFICE))
    assert "媒体报道 5 篇，转载、跟进合并后为 3 条（不计入来件）。" in document
    assert "媒体报道（篇）" in document
    assert MEDIA not in {trend.name for trend in found.figures.channels}
    assert {one.id for one in found.figures.matters} == {"letters:d1"}
    assert "媒体报道" not in str(make_paper(PaperKind.WEEKLY, letters_alone(), OFFICE))


def test_a_week_of_reports_alone_is_no_empty_week() -> None:
    with ledger_of((report("n1", "2026-03-10T09:00").case,)) as ledger:
        found = counted(ledger)
        document = str(make_paper(PaperKind.WEEKLY, found, OFFICE))
    assert not found.balance.empty
    assert "零报告" not in document
    assert "媒体报道 1 篇" in document


def test_the_ledger_lists_them_as_reports_of_the_week_they_came_in(
    with_reports: Ledger, tmp_path: Path
) -> None:
    files = {LedgerFormat.CSV: tmp_path / "a.csv", LedgerFormat.JSONL: tmp_path / "a.jsonl"}
    written = write_ledger(with_reports, OFFICE, Wanted(period=WEEK), files, NOW)
    assert written.balance.holds
    assert written.rows == written.balance.sums.entered + 5
    lines = csv.DictReader(io.StringIO(files[LedgerFormat.CSV].read_text("utf-8-sig")))
    told = [line for line in lines if "媒体报道" in line.values()]
    assert [line["编号"] for line in told] == [f"letters:n{n}" for n in (1, 2, 3, 4, 5)]
    entries = Counter(row["entry"] for row in recount.read(files[LedgerFormat.JSONL].read_text()))
    assert entries["report"] == 5


def test_editions_of_two_weeks_join_though_a_report_is_never_finished(
    with_reports: Ledger, tmp_path: Path
) -> None:
    editions = Editions(tmp_path / "editions")
    for week in ("2026-W10", "2026-W11"):
        edition = issue(
            with_reports, OFFICE, editions, read_period(PeriodKind.WEEK, week), "王某", NOW
        )
        assert edition.balanced, week


def test_an_edition_that_carried_reports_on_joins_the_next_all_the_same(
    with_reports: Ledger, tmp_path: Path
) -> None:
    editions = Editions(tmp_path / "editions")
    before = read_period(PeriodKind.WEEK, "2026-W10")
    issue(with_reports, office(), editions, before, "王某", NOW)
    assert issue(with_reports, OFFICE, editions, WEEK, "王某", NOW).balanced


def test_the_daily_paper_counts_letters_and_stories_apart(with_reports: Ledger) -> None:
    found = count_morning(with_reports, OFFICE, WEEK.start_at, WEEK.end_at)
    plain = count_morning(with_reports, office(), WEEK.start_at, WEEK.end_at)
    with ledger_of(town()) as ledger:
        alone = count_morning(ledger, OFFICE, WEEK.start_at, WEEK.end_at)
    assert (len(found.reports), found.reprints) == (2, 3)
    assert [one.case_id for one in found.new] == [one.case_id for one in alone.new]
    assert found.high == alone.high
    assert len(plain.new) == len(alone.new) + 5


def test_a_report_has_no_citizens_clock() -> None:
    told = report("n9", "2026-03-10T09:00").case
    assert told.round.deciding_clock is None
