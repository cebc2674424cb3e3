"""The roster, the hand-over notes, and their page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.duty.roster import MOST_DAYS, Duty, DutyError, Shift, daily
from desk.duty.sight import shifts_for
from desk.ground.audit_log import AuditAction
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Changed
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

DESK = Actor("lin", Role.DESK, "林某")
NEXT = Actor("wu", Role.DESK, "吴某")
SHIFT = Shift(
    start=datetime(2026, 11, 28, 8, 30, tzinfo=BEIJING),
    end=datetime(2026, 11, 29, 8, 30, tzinfo=BEIJING),
    name="林某",
)


@pytest.fixture
def duty(tmp_path: Path) -> Duty:
    return Duty(DeskFile(tmp_path / "desk.db"))


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def test_who_is_on_duty_from_the_first_moment_to_before_the_last(duty: Duty) -> None:
    duty.plan(SHIFT, NOW, DESK)
    second = timedelta(seconds=1)
    assert duty.on_duty(SHIFT.start - second) == []
    assert [one.name for one in duty.on_duty(SHIFT.start)] == ["林某"]
    assert [one.name for one in duty.on_duty(SHIFT.end - second)] == ["林某"]
    assert duty.on_duty(SHIFT.end) == []


def test_the_leader_of_a_shift_comes_first(duty: Duty) -> None:
    duty.plan(SHIFT, NOW, DESK)
    duty.plan(replace(SHIFT, name="秦某", lead=True), NOW, DESK)
    assert [one.name for one in duty.on_duty(SHIFT.start)] == ["秦某", "林某"]


def test_nobody_is_on_duty_twice_at_once(duty: Duty) -> None:
    duty.plan(SHIFT, NOW, DESK)
    with pytest.raises(DutyError, match="已经排了班"):
        duty.plan(
            replace(
                SHIFT, start=SHIFT.end - timedelta(minutes=1), end=SHIFT.end + timedelta(hours=1)
            ),
            NOW,
            DESK,
        )
    duty.plan(replace(SHIFT, start=SHIFT.end, end=SHIFT.end + timedelta(hours=8)), NOW, DESK)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "值班人"),
        ({"end": SHIFT.start}, "晚于上班时间"),
        ({"end": SHIFT.start + timedelta(hours=72, seconds=1)}, "一班最长 72 小时"),
        ({"email": "lin"}, "邮箱"),
    ],
)
def test_what_cannot_be_a_shift_is_told(duty: Duty, changes: dict[str, object], said: str) -> None:
    with pytest.raises(DutyError, match=said):
        duty.plan(replace(SHIFT, **changes), NOW, DESK)
    assert duty.shifts() == []


def test_a_shift_that_somebody_changed_meanwhile_is_not_overwritten(duty: Duty) -> None:
    seen = duty.plan(SHIFT, NOW, DESK)
    duty.plan(replace(seen, mobile="0000"), NOW, NEXT)
    with pytest.raises(Changed):
        duty.plan(replace(seen, mobile="1111"), NOW, DESK)
    with pytest.raises(Changed):
        duty.cancel(seen.number, seen.seq, "换班", NOW, DESK)
    (now,) = duty.shifts()
    assert now.mobile == "0000"
    with pytest.raises(DutyError, match="原因"):
        duty.cancel(now.number, now.seq, " ", NOW, DESK)
    duty.cancel(now.number, now.seq, "换班", NOW, DESK)
    assert duty.shifts() == []


def test_the_same_hours_on_each_day() -> None:
    days = daily(SHIFT, date(2026, 11, 30))
    assert [one.start.date().day for one in days] == [28, 29, 30]
    assert {one.end - one.start for one in days} == {timedelta(hours=24)}
    with pytest.raises(DutyError, match="最后一天"):
        daily(SHIFT, date(2026, 11, 27))
    assert len(daily(SHIFT, date(2026, 11, 28) + timedelta(days=MOST_DAYS - 1))) == MOST_DAYS
    with pytest.raises(DutyError):
        daily(SHIFT, date(2026, 11, 28) + timedelta(days=MOST_DAYS))


def test_a_note_is_taken_by_somebody_else_and_once(duty: Duty) -> None:
    note = duty.write_note("热线 3 号坐席报修，明早回访。", NOW, DESK)
    with pytest.raises(DutyError, match="不能由写的人"):
        duty.take_note(note.number, NOW, DESK)
    duty.take_note(note.number, NOW, NEXT)
    (seen,) = duty.notes()
    assert (seen.by, seen.taken_by) == ("林某", "吴某")
    with pytest.raises(Changed):
        duty.take_note(note.number, NOW, NEXT)


# -- the page ----------------------------------------------------------------


def test_the_page_plans_shows_and_says_who_is_on_duty(desk: Desk) -> None:
    page = desk.page("/duty")
    assert "两周内的休息日还没有人值班" in page
    form = {
        "name": "林某",
        "mobile": "0000-2100001",
        "first": "2026-11-24",
        "last": "2026-12-07",
        "begin": "08:30",
        "end": "08:30",
    }
    answer = desk.client.post("/duty/shifts", data=form)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.text.count("<summary>林某 <span") == 7  # through the end of November
    assert "还没有人值班" not in answer.text
    assert "值班 林某" in desk.page("/")
    assert desk.office.trail.search(deed="值班")[0] == 14


def test_what_was_typed_stays_when_it_cannot_be(desk: Desk) -> None:
    form = {"name": "高某", "first": "2026-11-24", "begin": "8点", "end": "17:00"}
    answer = desk.client.post("/duty/shifts", data=form)
    assert answer.status_code == 400
    assert "时间写作 08:30" in answer.text
    assert 'value="高某"' in answer.text


def test_a_shift_is_cancelled_with_a_reason_and_a_note_taken_over(desk: Desk) -> None:
    made = desk.office.get(Duty).plan(SHIFT, NOW, DESK)
    answer = desk.client.post(
        f"/duty/shifts/{made.number}/cancel", data={"seen": made.seq, "reason": "换班"}
    )
    assert answer.status_code == 200
    assert desk.office.get(Duty).shifts() == []
    unknown = desk.client.post("/duty/shifts/S9999/cancel", data={"seen": 1, "reason": "换班"})
    assert unknown.status_code == 400
    desk.client.post("/duty/notes", data={"text": "今晚有暴雨预警，注意积水来件。"})
    other = signed_in(desk.office, Role.DESK, name="wu")
    (note,) = desk.office.get(Duty).notes()
    assert other.post(f"/duty/notes/{note.number}/take").status_code == 200
    assert "接班" in desk.page("/duty")


def test_who_may_not_plan_sees_the_roster_only(desk: Desk) -> None:
    desk.office.get(Duty).plan(replace(SHIFT, mobile="13900012345"), NOW, DESK)
    client = signed_in(desk.office, Role.RESPONDER, "housing")
    page = client.get("/duty").text
    assert "林某" in page
    assert "139" not in page
    assert 'action="/duty/shifts"' not in page
    assert client.post("/duty/notes", data={"text": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        (Role.DESK, "", True),
        (Role.LEADER, "", True),
        (Role.ADMIN, "", True),
        (Role.REVIEWER, "", False),
        (Role.RESPONDER, "housing", False),
    ],
)
def test_numbers_of_a_shift_are_for_those_who_call_them(
    desk: Desk, role: Role, unit: str, *, seen: bool
) -> None:
    duty = desk.office.get(Duty)
    duty.plan(replace(SHIFT, mobile="13900012345", email="lin@gov.example"), NOW, DESK)
    client = signed_in(desk.office, role, unit, name="wu")
    assert ("13900012345" in client.get("/duty").text) is seen
    shown = shifts_for(duty.shifts(), Actor("wu", role, unit=unit))
    assert bool(shown[0].mobile and shown[0].email) is seen
    own = shifts_for([replace(SHIFT, account="wu", mobile="1")], Actor("wu", role, unit=unit))
    assert own[0].mobile == "1"


@pytest.mark.parametrize("month", ["2026-13", "1999-12", "x"])
def test_a_month_that_is_none_is_told(desk: Desk, month: str) -> None:
    assert "月份应写作 2026-11" in desk.page(f"/duty?month={month}", 400)


def test_far_ahead_the_page_still_opens(desk: Desk) -> None:
    assert "值班表 2099 年 12 月" in desk.page("/duty?month=2099-12")


def test_a_note_is_read_masked_and_by_those_on_duty_only(desk: Desk) -> None:
    """交接班: what the next shift has to know, and no more."""
    desk.put(item("8008"))
    officer, leader = Actor("desk", Role.DESK, "林某"), signed_in(desk.office, Role.LEADER)
    text = "回电欧阳先生 13900012345；board-export:8008 待派"
    written = desk.office.get(Duty).write_note(text, NOW, officer)
    assert "13900012345" not in desk.page("/duty")
    assert "139****2345" in desk.page("/duty")
    assert "139****2345" in leader.get("/duty").text
    for role, unit in ((Role.RESPONDER, "housing"), (Role.REVIEWER, "")):
        page = signed_in(desk.office, role, unit).get("/duty").text
        assert "回电" not in page
        assert "交接记录由值班人员查看" in page
    path = f"/duty/notes/{written.number}/original"
    assert "请写明为什么" in desk.client.post(path, data={"reason": ""}).text
    assert "13900012345" in desk.client.post(path, data={"reason": "回电需要"}).text
    assert "13900012345" not in leader.post(path, data={"reason": "想看"}).text
    step = desk.office.trail.search(about=written.number, deed=AuditAction.UNMASK)[1][0]
    assert step.detail == "查看交接记录原文：回电需要"
    # From who may not know of what sort the case is, the whole note is withheld.
    admin = signed_in(desk.office, Role.ADMIN)
    assert "待派" in admin.get("/duty").text
    desk.act("board-export:8008", do.MarkConfidential(reason="检举"))
    assert "回电" not in admin.get("/duty").text
    assert "回电" in leader.get("/duty").text
