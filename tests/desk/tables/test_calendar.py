"""管理 → 工作日历: the year's view, and the yearly notice put in by its text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.clocks.workdays import DayMark
from cases.life.ticks import on_tick
from cases.record.events import ClocksSet
from cases.words.actors import Role
from desk.ground.audit_log import AuditAction
from desk.ground.calendar_ahead import unpublished
from tests.cases.clocks.test_holiday_notice import NOTICE
from tests.desk.case_office import NOW, CaseOffice, item, text_of
from tests.desk.clients import signed_in
from tests.desk.tables.test_tables import own, press, put

FORM = {"year": "2027", "notice": "某某发明电〔2026〕1号", "text": NOTICE}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    """In the last days of a year whose next one is not published."""
    made = CaseOffice(tmp_path, root / "config")
    made.now = NOW.replace(month=12, day=29)
    vars(made.office)["app_of_tests"] = made._app
    made.put(item(received_at=made.now))
    yield made
    made.close()


@pytest.fixture
def admin(desk: CaseOffice) -> TestClient:
    return signed_in(desk.office, Role.ADMIN)


def test_the_days_ahead_that_nobody_published_are_said(desk: CaseOffice, admin: TestClient) -> None:
    calendar = desk.office.rules.calendar
    assert unpublished(calendar, date(2026, 6, 1)) == ""
    assert "2027-02-12 之前有未公布的日子" in unpublished(calendar, desk.now.date())
    for path in ("/", "/admin/calendar", "/admin/check"):
        assert "把通知全文粘贴进去" in text_of(admin.get(path).text), path
    assert "把通知全文粘贴进去" in text_of(signed_in(desk.office, Role.DESK).get("/").text)
    press(admin, "/admin/calendar", press="save", **FORM)
    for path in ("/", "/admin/calendar"):
        assert "把通知全文粘贴进去" not in text_of(admin.get(path).text), path


def test_a_notice_is_read_tried_and_taken(desk: CaseOffice, admin: TestClient) -> None:
    office = desk.office
    before = desk.case().round.reply_clock
    assert before is not None
    assert before.provisional
    said = press(admin, "/admin/calendar", 200, press="try", **FORM)
    assert "2027-02-05 至 2027-02-11 放假 春节" in said
    assert "2027-02-13 调休上班 春节调休" in said
    assert "现在在办的 1 件里，0 件的期限将变。" in said
    assert own(office, "calendar.toml") == {}
    moved = NOTICE.replace("至3日（周日）放假，共3天", "至5日（周二）放假，共5天")
    said = press(admin, "/admin/calendar", 200, press="try", **(FORM | {"text": moved}))
    assert "现在在办的 1 件里，1 件的期限将变。" in said
    assert f"{before.due_at:%Y-%m-%d %H:%M}" in said

    press(admin, "/admin/calendar", press="save", **(FORM | {"text": moved}))
    written = own(office, "calendar.toml")
    assert written["year"] == [{"year": 2027, "new": True, "notice": FORM["notice"]}]
    calendar = office.rules.calendar
    assert calendar.mark(date(2027, 1, 5)) is DayMark.HOLIDAY
    assert calendar.mark(date(2027, 2, 13)) is DayMark.MAKEUP
    assert not calendar.is_provisional(date(2026, 12, 29), date(2027, 12, 20))
    (step,) = office.trail.search(deed=AuditAction.CONFIGURATION)[1]
    assert step.detail == "放假通知：2027 年（某某发明电〔2026〕1号），12 段"
    page = text_of(admin.get("/admin/calendar?year=2027&done=1").text)
    assert "已保存，现在起生效。 撤回这次改动" in page
    (body,) = on_tick(desk.case(), desk.now, office.rules)
    assert isinstance(body, ClocksSet), "the sweep reckons what runs again"

    press(admin, "/admin/calendar", press="save", **FORM)
    assert office.rules.calendar.is_workday(date(2027, 1, 5)), "entered again, it counts as it is"
    firsts = [row["from"] for row in own(office, "calendar.toml")["day"]]
    assert len(firsts) == len(set(firsts)) == 12
    press(admin, "/admin/changes/2/take-back")
    press(admin, "/admin/changes/3/take-back")
    assert not office.rules.calendar.is_provisional(date(2027, 6, 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"year": "明年"}, "年份应为 2005 至 2099"),
        ({"notice": ""}, "请填写发文字号"),
        ({"year": "2028"}, "请核对年份"),
        ({"text": "放假"}, "没有读到放假安排"),
        ({"text": "长" * 10_001}, "通知最多 10000 个字"),
    ],
)
def test_what_is_wrong_with_a_notice_is_said(
    desk: CaseOffice, admin: TestClient, change: dict[str, str], said: str
) -> None:
    for how in ("try", "save"):
        assert said in press(admin, "/admin/calendar", 400, press=how, **(FORM | change))
    assert own(desk.office, "calendar.toml") == {}


def test_a_local_holiday_is_a_row_like_any_other(desk: CaseOffice, admin: TestClient) -> None:
    said = {"kind": "放假", "name": "本地节日", "notice": "县政府办〔2027〕1号"}
    put(admin, "calendar-days", **said, **{"from": "2027-03-18", "to": "2027-03-19"})
    (row,) = own(desk.office, "calendar.toml")["day"]
    assert (row["from"], row["kind"]) == (date(2027, 3, 18), "holiday")
    assert desk.office.rules.calendar.mark(date(2027, 3, 19)) is DayMark.HOLIDAY
    put(admin, "calendar-days", "2027-03-18", to="2027-03-18")
    assert desk.office.rules.calendar.mark(date(2027, 3, 19)) is not DayMark.HOLIDAY
    press(admin, "/admin/tables/calendar-days/switch", id="2027-03-18")
    assert desk.office.rules.calendar.mark(date(2027, 3, 18)) is not DayMark.HOLIDAY
    press(admin, "/admin/tables/calendar-days/switch", id="2027-03-18", on="1")
    press(admin, "/admin/tables/calendar-days/restore", id="2027-03-18")
    assert own(desk.office, "calendar.toml") == {}


def test_the_desk_reads_the_calendar_and_does_not_change_it(desk: CaseOffice) -> None:
    clerk = signed_in(desk.office, Role.DESK)
    page = clerk.get("/admin/calendar?year=2027")
    assert page.status_code == 200
    assert "<textarea" not in page.text
    press(clerk, "/admin/calendar", 403, press="save", **FORM)
