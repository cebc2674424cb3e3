"""早报 and 每日舆情快报: everything again from the jsonl export by other code, the empty day, the
same morning from the page's questions, one page."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.registers.media import MediaTable
from cases.reporting.daily_paper import daily_blocks
from cases.reporting.document import Document, Paragraph, Table
from cases.reporting.morning import HIGH, LATE, NOT_SENT, UNCHECKED, Morning
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.settings import PaperKind, ReportTable, ReportTableError
from cases.words.actors import Actor, Role
from desk.reports.due import due_at, due_papers, make_due
from desk.reports.making import count_morning, moments, produce
from desk.reports.morning_pages import morning_now
from desk.reports.stored_papers import kept
from sinks.ledger.base import Ledger
from tests.cases.helpers import CITY, DESK, HOUSING, UNPLACED, Story, at, item, labels, table
from tests.reporting import recount
from tests.reporting.contents import word_text
from tests.reporting.test_figures import exported
from tests.reporting.town import NOW, ledger_of, office, town

DAYS = [f"2026-03-{day:02}" for day in range(3, 21)]


def made(ledger: Ledger, key: str) -> Document:
    return produce(
        PaperKind.DAILY, ledger, office(), read_period(PeriodKind.DAY, key), NOW
    ).document


def morning(ledger: Ledger, key: str) -> Morning:
    since, until = moments(office(), read_period(PeriodKind.DAY, key), NOW)
    return count_morning(ledger, office(), since, until)


def again(rows: list[recount.Row], since: datetime, until: datetime) -> dict[str, set[str]]:
    """From the export alone."""
    found: dict[str, set[str]] = {
        name: set() for name in ("new", "due", "high", "late", LATE, NOT_SENT, UNCHECKED)
    }
    midnight = until.replace(hour=0, minute=0) + timedelta(days=1)
    for row in rows:
        case_id, received = row["case_id"], recount.when(row["received_at"])
        assert received is not None
        if received >= since:
            found["new"].add(case_id)
        for promise in row["promised"]:
            over = datetime.combine(
                date.fromisoformat(promise["due"]), datetime.min.time(), until.tzinfo
            ) + timedelta(days=1)
            if promise["kept"] is None and since < over <= until:
                found[UNCHECKED].add(case_id)
        if not recount.waits(row, until):
            continue
        high = row["urgent"] or set(row["risk"]) & set(office().high_risks)
        if high and not row["confidential"]:
            found["high"].add(case_id)
        last = row["rounds"][-1]
        said, due = recount.verdict(row, last, until), recount.when(last["due_at"])
        if said == "overdue":
            found["late"].add(case_id)
            if due is not None and due >= since:
                found[LATE].add(case_id)
        elif due is not None and not last["paused"] and due < midnight:
            found["due"].add(case_id)
        if not row["first_sent_at"] and received < since:
            found[NOT_SENT].add(case_id)
    return found


@pytest.mark.parametrize("key", DAYS)
def test_every_case_of_the_morning_is_that_of_a_recount(
    ledger: Ledger, tmp_path: Path, key: str
) -> None:
    found = morning(ledger, key)
    rows = again(exported(ledger, found.at, tmp_path), found.since, found.at)
    for name, cases in (
        ("new", found.new), ("due", found.due), ("high", found.high), ("late", found.late),
        *((why, [one for one in found.missed if one.why == why]) for why in (LATE, UNCHECKED)),
    ):  # fmt: skip
        assert {one.case_id for one in cases} == rows[name], name


def test_the_days_together_tell_each_new_case_once(ledger: Ledger) -> None:
    told = [one.case_id for key in DAYS for one in morning(ledger, key).new]
    assert len(told) == len(set(told))
    within = [one for one in town() if at("2026-03-02T07:30") <= one.received_at < NOW]
    assert set(told) == {one.case_id for one in within}


def test_every_number_of_the_paper_is_a_count_of_the_morning(ledger: Ledger) -> None:
    for key in DAYS:
        found = morning(ledger, key)
        text = "\n".join(b.text for b in made(ledger, key).blocks if isinstance(b, Paragraph))
        for beginning, cases in (
            ("新收 ", found.new), ("今日到期、尚未答复 ", found.due),
            ("紧急、高风险且群众仍在等待答复的 ", found.high), ("现有逾期未答复 ", found.late),
        ):  # fmt: skip
            said = re.findall(rf"(?m)^{beginning}(\d+) 件", text)
            assert [int(n) for n in said] == ([len(cases)] if cases else []), (key, beginning)


def test_what_grows_is_a_matter_with_a_new_message(ledger: Ledger) -> None:
    (one,) = morning(ledger, "2026-03-11").growing
    assert (one.new, len(one.case_ids)) == (1, 2)
    assert not morning(ledger, "2026-03-13").growing
    text = "\n".join(b.text for b in made(ledger, "2026-03-11").blocks if isinstance(b, Paragraph))
    assert "又来 1 件，累计 2 件" in text


def test_high_risk_says_by_which_rule(ledger: Ledger) -> None:
    rules = {b.rule for b in made(ledger, "2026-03-11").blocks if isinstance(b, Paragraph)}
    assert HIGH in rules


def test_what_was_not_dispatched_before_the_hand_over_is_missed() -> None:
    case = Story(item("u1", received_at=at("2026-03-09T09:00")), to=UNPLACED).case
    with ledger_of((case,)) as ledger:
        assert [one.why for one in morning(ledger, "2026-03-11").missed] == [NOT_SENT]
        assert not morning(ledger, "2026-03-10").missed


def test_an_empty_day_says_so_and_nothing_else() -> None:
    with ledger_of(()) as ledger:
        paper = made(ledger, "2026-03-11")
    (only,) = paper.blocks
    assert isinstance(only, Paragraph)
    assert only.text.startswith("零报告：3月10日07:30至3月11日07:30，没有新收的事项")
    assert not re.search(r"%|件", only.text)


def test_no_list_is_empty_and_each_is_short() -> None:
    busy = tuple(
        Story(
            item(f"n{number:03}", received_at=at("2026-03-10T09:00"), title="路灯不亮" * 12),
            read_as=labels(risk=("安全生产",), urgent=True),
        ).case
        for number in range(40)
    )
    with ledger_of((*busy, *town())) as ledger:
        paper = made(ledger, "2026-03-11")
    tables = [block for block in paper.blocks if isinstance(block, Table)]
    assert tables
    assert all(0 < len(one.rows) <= 3 for one in tables)
    assert "（列前 3 件）" in str(paper)


def test_the_page_asks_less_and_finds_the_same(ledger: Ledger) -> None:
    everyone = Actor(id="d", role=Role.DESK)
    now = at("2026-03-20T09:00")
    for hours in (1, 24, 24 * 8, 24 * 12):
        since = now - timedelta(hours=hours)
        counted = count_morning(ledger, office(), since, now + timedelta(microseconds=1))
        assert morning_now(ledger, office(), since, now, everyone) == counted


def test_a_unit_has_its_own_part_only(ledger: Ledger) -> None:
    now, since = at("2026-03-20T09:00"), at("2026-03-01T09:00")
    for unit in (HOUSING, CITY):
        actor = Actor(id="r", role=Role.RESPONDER, unit=unit)
        found = morning_now(ledger, office(), since, now, actor)
        assert found.new
        assert {one.unit for one in (*found.new, *found.due, *found.high, *found.late)} <= {unit}
        ids = {one for matter in found.growing for one in matter.case_ids}
        assert ids <= {one.case_id for one in found.new}


def test_a_story_of_the_media_is_new_once_however_often_it_is_retold() -> None:
    first = Story(item("m1", channel="新闻媒体", received_at=at("2026-03-03T20:00"), title="冒烟"))
    cases = [first.case]
    for number, hour in (("m2", "2026-03-04T01:00"), ("m3", "2026-03-04T12:00")):
        told = Story(item(number, channel="新闻媒体", received_at=at(hour), title="冒烟"))
        told.does(DESK, do.LinkMatter(matter=first.case.case_id), hour)
        cases.append(told.case)
    reporting = replace(office(), media=MediaTable())
    with ledger_of(tuple(cases)) as ledger:
        since, until = at("2026-03-03T07:30"), at("2026-03-04T07:30")
        found = count_morning(ledger, reporting, since, until)
        assert [one.case_id for one in found.reports] == [first.case.case_id]
        assert (found.new, found.reprints) == ((), 1)
        assert "媒体舆情 1 条（另有转载和后续 1 篇）：“冒烟”。" in str(daily_blocks(found))
        day = timedelta(days=1)
        later = count_morning(ledger, reporting, since + day, until + day)
        assert (later.new, later.reports, later.reprints) == ((), (), 1)
        assert "已有媒体报道的转载和后续 1 篇。" in str(daily_blocks(later))
        assert len(count_morning(ledger, office(), since, until).new) == 2, "no table, no reports"


def test_a_confidential_case_is_told_without_its_text_and_its_sort() -> None:
    secret = Story(
        item("e9", received_at=at("2026-03-10T09:00"), title="举报某局长", confidential=True),
        read_as=labels(risk=("安全生产",), urgent=True),
    ).case
    with ledger_of((secret,)) as ledger:
        found = morning(ledger, "2026-03-11")
        text = str(made(ledger, "2026-03-11"))
    assert [one.high for one in found.new] == [False]
    assert not found.high
    assert "高风险" not in text
    assert "某局长" not in text


# -- when it is due ---------------------------------------------------------------


def test_it_is_due_every_day_at_half_past_seven_holidays_too() -> None:
    period = read_period(PeriodKind.DAY, "2026-10-01")
    assert due_at(PaperKind.DAILY, period, office().reports, office().calendar) == at(
        "2026-10-01T07:30"
    )


def test_the_loop_makes_it_at_its_hour_once(ledger: Ledger, tmp_path: Path) -> None:
    def days(now: str) -> list[str]:
        found = due_papers(tmp_path, office(), at(now))
        return [one.period.key for one in found if one.kind is PaperKind.DAILY]

    assert days("2026-03-11T07:29")[-1] == "2026-03-10"
    assert days("2026-03-11T07:30")[-1] == "2026-03-11"
    due = due_papers(tmp_path, office(), at("2026-03-11T07:30"))
    one = next(each for each in due if each.period.key == "2026-03-11")
    path = make_due(ledger, office(), tmp_path, one)
    assert "新收 " in word_text(path)
    paper = kept(path)
    assert paper is not None
    assert paper.made_at == at("2026-03-11T07:30")
    assert "2026-03-11" not in days("2026-03-11T07:31")


def test_a_table_of_an_older_county_has_it_all_the_same() -> None:
    old = table("reports.toml")
    old["papers"] = {k: v for k, v in old["papers"].items() if k != "daily"}  # type: ignore[attr-defined]
    old["schedule"] = {k: v for k, v in old["schedule"].items() if k != "daily"}  # type: ignore[attr-defined]
    read = ReportTable.from_table(old)
    assert read.papers[PaperKind.DAILY] == "每日舆情快报"
    assert read.daily_hour.isoformat() == "07:30:00"


@pytest.mark.parametrize(
    ("kind", "days", "said"),
    [("daily", 1, "不写或为 0（当天出），实际是 1"), ("weekly", 0, "1 或以上，实际是 0")],
)
def test_a_day_of_issue_that_cannot_be_is_named(kind: str, days: int, said: str) -> None:
    known = table("reports.toml")
    known["schedule"] = {
        **known["schedule"],  # type: ignore[dict-item]
        kind: {"working_day": days, "at": "07:30", "look_back": 3},
    }
    with pytest.raises(ReportTableError, match=said):
        ReportTable.from_table(known)
