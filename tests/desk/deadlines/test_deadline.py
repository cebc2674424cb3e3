"""What `huiyin deadline` says."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from cases.clocks.policy import ClockPolicy
from cases.clocks.workdays import Calendar
from cases.words.times import BEIJING
from desk.deadlines.service import deadline_report
from tests.cases.helpers import table

CALENDAR = Calendar()
RECEIVED = datetime(2026, 9, 24, 10, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def policy() -> ClockPolicy:
    return ClockPolicy.from_table(table("deadlines.toml"))


def test_text_explains_every_day(policy: ClockPolicy) -> None:
    text = deadline_report(RECEIVED, calendar=CALENDAR, policy=policy, working_days=5).text()
    assert text.splitlines()[:7] == [
        "收到：2026-09-24 周四 10:00:00",
        "时限：5 个工作日，收到的次日起算",
        "截止：2026-10-09 周五 23:59:59",
        "",
        "逐日说明：",
        "  2026-09-24 周四  起算日  不计入",
        "  2026-09-25 周五  法定节假日（中秋）  不计",
    ]
    assert "  2026-10-09 周五  工作日  第 5 天" in text
    assert CALENDAR.version in text
    assert "暂定" not in text


def test_a_provisional_time_is_said_to_be_one(policy: ClockPolicy) -> None:
    received = datetime(2026, 12, 31, 10, tzinfo=BEIJING)
    text = deadline_report(received, calendar=CALENDAR, policy=policy, working_days=1).text()
    assert "截止：2027-01-04 周一 23:59:59（暂定）" in text
    assert "公布后重新计算" in text


def test_a_row_of_the_table_brings_its_source(policy: ClockPolicy) -> None:
    text = deadline_report(RECEIVED, calendar=CALENDAR, policy=policy, rule="disclosure").text()
    assert "时限：依申请公开答复 20 个工作日" in text
    assert "依据：政府信息公开条例第三十三条第二款" in text
    hours = deadline_report(RECEIVED, calendar=CALENDAR, policy=policy, rule="event-press").text()
    assert "截止：2026-09-25 周五 10:00:00" in hours
    assert "逐日说明" not in hours


def test_json_carries_the_same(policy: ClockPolicy) -> None:
    report = deadline_report(RECEIVED, calendar=CALENDAR, policy=policy)
    found = json.loads(report.json())
    assert found["due_at"] == "2026-10-09T23:59:59+08:00"
    assert (found["rule"], found["unit"], found["amount"]) == ("reply", "working_days", 5)
    assert found["provisional"] is False
    assert found["trace"][1] == {
        "day": "2026-09-25",
        "weekday": "周五",
        "mark": "法定节假日",
        "counted": 0,
        "note": "中秋",
    }
    by_hand = deadline_report(RECEIVED, calendar=CALENDAR, policy=policy, working_days=5)
    assert json.loads(by_hand.json())["rule"] is None


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"working_days": 5, "rule": "reply"}, "只能给一个"),
        ({"working_days": 0}, "应为正整数，实际是 0"),
        ({"rule": "nothing"}, "没有 id 为 'nothing' 的行；现有：reply-media"),
        ({"rule": "source"}, "由来源给出"),
        ({"working_days": 100_000}, "超出工作日历范围"),
    ],
)
def test_wrong_use_is_refused_with_a_reason(
    policy: ClockPolicy, given: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        deadline_report(RECEIVED, calendar=CALENDAR, policy=policy, **given)  # type: ignore[arg-type]
