"""Editions: issued on the right day, frozen, corrected by another that says what changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.ledger_table import LedgerTable
from cases.reporting.periods import Period, PeriodKind, days, read_period
from desk.reports.issue import Unchanged, issue
from sinks.ledger.base import Ledger
from sinks.reports.changes import Change, changes_between
from sinks.reports.editions import Edition, EditionError, Editions, number_of
from tests.cases.helpers import DESK, Story, at, item, reply
from tests.reporting.contents import word_text, workbook_text
from tests.reporting.town import NOW, ledger_of, office, town

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
BEFORE = read_period(PeriodKind.WEEK, "2026-W10")
ISSUED = ["edition.json", "ledger.csv", "ledger.docx", "ledger.jsonl", "ledger.xlsx"]
MONDAY = at("2026-03-16T09:00")


@pytest.fixture
def editions(tmp_path: Path) -> Editions:
    return Editions(tmp_path / "editions")


def signed(
    ledger: Ledger,
    editions: Editions,
    period: Period = WEEK,
    now: datetime = MONDAY,
    reason: str = "",
) -> Edition:
    return issue(ledger, office(), editions, period, "李主任", now, reason=reason)


@contextmanager
def with_a_late_reply() -> Iterator[Ledger]:
    """The town, once the source has shown on the 17th that a2 was answered on the 10th,
    and a case of the week came in late by file."""
    first = item("a2", received_at=at("2026-03-03T09:00"), title="工地夜间施工")
    story = Story(first)
    answer = reply("已责令停工。", at("2026-03-10T09:00"))
    story.shows(replace(first, replies=(answer,)), "2026-03-17T09:00")
    late = Story(
        item("z9", received_at=at("2026-03-13T09:00"), title="迟到的来件"),
        now=at("2026-03-17T10:00"),
    )
    cases = tuple(c for c in town() if c.case_id != "letters:a2")
    with ledger_of((*cases, story.case, late.case)) as ledger:
        yield ledger


def test_an_edition_has_a_number_a_signer_and_all_its_files(
    ledger: Ledger, editions: Editions
) -> None:
    edition = signed(ledger, editions)
    assert (edition.number, edition.signer, edition.rows) == ("2026年第11期", "李主任", 10)
    assert (edition.issue_day, edition.balanced) == ("2026-03-16", True)
    folder = editions.path(edition)
    assert sorted(path.name for path in folder.iterdir()) == ISSUED
    assert editions.all() == editions.of(WEEK) == (edition,)
    assert editions.damage(edition) == ()
    cover = "期号：2026年第11期　签发人：李主任　签发日期：2026-03-16"
    assert cover in workbook_text(folder / "ledger.xlsx")
    assert cover in word_text(folder / "ledger.docx")


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ((PeriodKind.WEEK, "2026-W47"), "2026年第47期"),
        ((PeriodKind.MONTH, "2026-11"), "2026年11月月报"),
        ((PeriodKind.QUARTER, "2026-Q4"), "2026年第四季度季报"),
        ((PeriodKind.YEAR, "2026"), "2026年年报"),
    ],
)
def test_numbers(key: tuple[PeriodKind, str], number: str) -> None:
    assert number_of(read_period(*key), 1) == number
    assert number_of(read_period(*key), 3) == f"{number}修订2"


def test_nothing_is_issued_before_the_first_working_day_after(
    ledger: Ledger, editions: Editions
) -> None:
    for early in ("2026-03-12T09:00", "2026-03-15T23:00"):
        with pytest.raises(EditionError, match="2026-03-16"):
            signed(ledger, editions, now=at(early))
    assert editions.all() == ()


def test_a_signer_and_a_whole_week_are_needed(ledger: Ledger, editions: Editions) -> None:
    with pytest.raises(EditionError, match="签发人"):
        issue(ledger, office(), editions, WEEK, " ", MONDAY)
    with pytest.raises(EditionError, match="整周、整月、整季或整年"):
        signed(ledger, editions, days(date(2026, 3, 9), date(2026, 3, 12)))


def test_issuing_again_without_a_change_says_so(ledger: Ledger, editions: Editions) -> None:
    signed(ledger, editions)
    with pytest.raises(Unchanged, match="没有变化"):
        signed(ledger, editions, now=NOW)
    assert len(editions.all()) == 1
    assert [path.name for path in editions.folder.iterdir()] == ["2026-W11"]


def test_what_happened_after_the_week_is_no_change_of_it(editions: Editions) -> None:
    """a1 is called back again, f1 comes in, b3 is answered: all after the week."""
    with ledger_of(tuple(c for c in town() if c.case_id != "letters:f1")) as before:
        signed(before, editions)
    with ledger_of(town()) as after, pytest.raises(Unchanged):
        signed(after, editions, now=NOW)


def test_a_correction_is_a_new_edition_that_lists_what_changed(
    ledger: Ledger, editions: Editions
) -> None:
    first = signed(ledger, editions)
    kept = {path: path.read_bytes() for path in editions.path(first).iterdir()}
    with with_a_late_reply() as corrected:
        with pytest.raises(EditionError, match="须写明更正的理由"):
            signed(corrected, editions, now=NOW)
        second = signed(corrected, editions, now=NOW, reason="来源补报答复")
    assert (second.number, second.revision) == ("2026年第11期修订1", 2)
    assert {path: path.read_bytes() for path in kept} == kept
    folder = editions.path(second)
    text = (folder / "changes.csv").read_text("utf-8-sig")
    changes = [tuple(row.values()) for row in csv.DictReader(io.StringIO(text))]
    assert ("letters:a2", "是否按时", "逾期未答复", "按时") in changes
    assert ("letters:a2", "答复时间", "", "2026-03-10 09:00") in changes
    assert ("letters:z9", "（整条）", "", "补入") in changes
    assert {row[0] for row in changes} == {"letters:a2", "letters:z9"}
    assert second.changed == len(changes) == len(second.changes)
    for said in (workbook_text(folder / "ledger.xlsx"), word_text(folder / "ledger.docx")):
        assert f"与上一版相比，有 {len(changes)} 处不同" in said
        assert "letters:a2 | 是否按时 | 逾期未答复 | 按时" in said
    assert editions.latest(WEEK) == second


def test_the_proof_names_what_the_week_before_had_left_over_otherwise(
    ledger: Ledger, editions: Editions
) -> None:
    """A case of the week before became known only after that week was issued."""
    signed(ledger, editions, BEFORE, at("2026-03-09T09:00"))
    fine = signed(ledger, editions)
    assert fine.balanced
    late = Story(item("z1", received_at=at("2026-03-06T09:00")), now=at("2026-03-17T10:00")).case
    with ledger_of((*town(), late)) as more:
        edition = signed(more, editions, now=NOW, reason="补登")
    assert not edition.balanced
    proof = workbook_text(editions.path(edition, "ledger.xlsx"))
    assert "衔接核对：上期台账的结存 = 本期的上期结转 | 2 | 3 | 不平衡 | letters:z1" in proof


def test_a_hand_in_an_issued_file_shows_and_stops_a_correction(
    ledger: Ledger, editions: Editions
) -> None:
    edition = signed(ledger, editions)
    path = editions.path(edition, "ledger.csv")
    assert path.stat().st_mode & 0o222 == 0
    path.chmod(0o644)
    path.write_text("改过", "utf-8")
    editions.path(edition, "ledger.docx").unlink()
    assert editions.damage(edition) == ("ledger.csv", "ledger.docx")
    with pytest.raises(EditionError, match=r"ledger\.csv、ledger\.docx"):
        signed(ledger, editions, now=NOW)


def test_an_edition_that_cannot_be_read_is_told(ledger: Ledger, editions: Editions) -> None:
    edition = signed(ledger, editions)
    about = editions.path(edition, "edition.json")
    about.chmod(0o644)
    about.write_text("{", "utf-8")
    with pytest.raises(EditionError, match="请从备份恢复"):
        editions.all()


def test_of_two_who_issue_at_once_one_is_told(
    ledger: Ledger, editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(ledger, editions)
    monkeypatch.setattr(editions, "latest", lambda period: None)
    with pytest.raises(EditionError, match="已由别人签发"):
        signed(ledger, editions)
    assert [path.name for path in editions.folder.iterdir()] == ["2026-W11"]


def test_another_set_of_columns_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("编号,标题,状态\r\n1,甲,在办\r\n", "utf-8")
    (tmp_path / "b.csv").write_text("编号,标题,单位\r\n1,乙,住建\r\n2,丙,城管\r\n", "utf-8")
    found = list(changes_between(tmp_path / "a.csv", tmp_path / "b.csv", "编号"))
    assert found == [
        Change("", "状态", "有此栏", "无此栏"),
        Change("", "单位", "无此栏", "有此栏"),
        Change("1", "标题", "甲", "乙"),
        Change("2", "（整条）", "", "补入"),
    ]
    gone = list(changes_between(tmp_path / "b.csv", tmp_path / "a.csv", "编号"))
    assert Change("2", "（整条）", "删去", "") in gone


def test_a_correction_needs_the_column_with_the_number(ledger: Ledger, editions: Editions) -> None:
    signed(ledger, editions)
    bare = LedgerTable.from_table({"column": [{"key": "unit"}], "word": {"columns": ["unit"]}})
    with pytest.raises(EditionError, match="case_id"):
        issue(ledger, office(table=bare), editions, WEEK, "李主任", NOW)


def test_a_case_reopened_later_leaves_the_edition_alone(editions: Editions) -> None:
    story = Story(
        item(received_at=at("2026-03-09T08:00"), replies=(reply(when=at("2026-03-10T09:00")),))
    )
    cases: tuple[Case, ...] = (story.case,)
    with ledger_of(cases) as before:
        signed(before, editions)
    story.does(DESK, do.CallBack(resolved=False, satisfied=False), "2026-03-18T09:00")
    with ledger_of((story.case,)) as after, pytest.raises(Unchanged):
        signed(after, editions, now=NOW)
