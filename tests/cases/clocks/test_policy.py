"""The policy table: which clocks a case gets, and what a wrong table says."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from cases.clocks.clocks import Clock, ClockUnit, extend
from cases.clocks.policy import ClockPolicy, Facts, PolicyError
from cases.clocks.workdays import Calendar, CalendarRangeError
from cases.words.times import BEIJING
from tests.cases.helpers import table, table_with_every_row

CALENDAR = Calendar()
RECEIVED = datetime(2026, 9, 24, 10, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def own() -> ClockPolicy:
    return ClockPolicy.from_table(table("deadlines.toml"))


@pytest.fixture(scope="module")
def all_on() -> ClockPolicy:
    """With the rows that are off as well."""
    return ClockPolicy.from_table(table_with_every_row("deadlines.toml"))


def clocks(policy: ClockPolicy, **facts: object) -> dict[str, Clock]:
    given = {"source": "hotline12345", "received_at": RECEIVED, **facts}
    return {
        clock.name: clock
        for clock in policy.clocks_for(Facts(**given), CALENDAR)  # type: ignore[arg-type]
    }


def due(clock: Clock) -> str:
    return f"{clock.due_at:%Y-%m-%d %H:%M:%S}"


# ---- the table of a county ----


def test_a_message_is_answered_within_five_working_days(own: ClockPolicy) -> None:
    found = clocks(own)
    assert list(found) == ["reply", "acknowledge", "internal"]
    assert due(found["reply"]) == "2026-10-09 23:59:59"
    assert found["reply"].rule == "reply"
    assert found["internal"].due_at < found["reply"].due_at


def test_a_simple_one_within_three(own: ClockPolicy) -> None:
    found = clocks(own, simple=True)
    assert due(found["reply"]) == "2026-09-30 23:59:59"
    assert found["reply"].rule == "reply-simple"
    assert found["internal"].due_at < found["reply"].due_at


def test_the_time_the_source_set_stands_beside_our_own(own: ClockPolicy) -> None:
    found = clocks(own, source_due_at=datetime.fromisoformat("2026-09-25T12:00"))
    assert due(found["source"]) == "2026-09-25 12:00:00"
    assert due(found["reply"]) == "2026-10-09 23:59:59"


def test_disclosure_has_its_own_clocks_and_no_reply_clock(own: ClockPolicy) -> None:
    found = clocks(own, disclosure=True, simple=True)
    assert list(found) == ["acknowledge", "disclosure", "disclosure_internal"]
    assert due(found["disclosure"]) == "2026-10-29 23:59:59"
    assert due(found["disclosure_internal"]) == "2026-10-21 23:59:59"
    assert own.extension_limit(found["disclosure"]) == 20
    assert own.extension_limit(found["disclosure_internal"]) == 14


def test_petitions_and_urgent_orders_are_off_until_switched_on(
    own: ClockPolicy, all_on: ClockPolicy
) -> None:
    petition = {"channel": "信访"}
    assert clocks(own, **petition)["reply"].rule == "reply"
    assert clocks(own, urgent=True)["reply"].rule == "reply"

    found = clocks(all_on, **petition)
    assert found["reply"].rule == "petition"
    # 23 November, a Monday, is the 60th day after 24 September; the 15th, 9 October, is a Friday.
    assert due(found["reply"]) == "2026-11-23 23:59:59"
    assert due(found["petition_acceptance"]) == "2026-10-09 23:59:59"
    assert clocks(all_on, urgent=True)["reply"].rule == "reply-urgent"

    longer = extend(found["reply"], 30, CALENDAR, all_on.office)
    assert due(longer) == "2026-12-23 23:59:59"
    assert f"{longer.original_due_at:%m-%d}" == "11-23"
    assert all_on.extension_left(longer) == 0


def test_natural_days_that_end_on_a_day_off_end_with_the_next_working_day() -> None:
    table = policy(row("a", days=7))
    # Seven days after 24 September is 1 October, a holiday until the 7th.
    assert due(clocks(table)["reply"]) == "2026-10-08 23:59:59"
    assert due(clocks(policy(row("a", days=1)))["reply"])[:10] == "2026-09-28"


@pytest.mark.parametrize("level", ["特别重大", "重大"])
def test_grave_events_run_in_natural_hours_from_detection(own: ClockPolicy, level: str) -> None:
    detected = datetime(2026, 10, 1, 3, 40, tzinfo=UTC)
    found = clocks(own, event_level=level, detected_at=detected)
    assert due(found["event_first_info"]) == "2026-10-01 16:40:00"
    assert due(found["event_press"]) == "2026-10-02 11:40:00"
    assert "event_response" not in found
    assert found["reply"].started_at == RECEIVED


@pytest.mark.parametrize("level", ["较大", "一般"])
def test_other_events_within_48_hours(own: ClockPolicy, level: str) -> None:
    found = clocks(own, event_level=level)
    assert due(found["event_response"]) == "2026-09-26 10:00:00"
    assert "event_press" not in found


def test_what_may_still_be_granted(own: ClockPolicy) -> None:
    disclosure = clocks(own, disclosure=True)["disclosure"]
    extended = extend(disclosure, 15, CALENDAR, own.office)
    assert own.extension_left(disclosure) == 20
    assert own.extension_left(extended) == 5
    assert own.extension_left(clocks(own)["acknowledge"]) == 0


def test_a_row_taken_out_of_the_table_grants_nothing(own: ClockPolicy) -> None:
    disclosure = clocks(own, disclosure=True)["disclosure"]
    other = ClockPolicy(own.rules[:1])
    assert other.extension_limit(disclosure) == 0
    with pytest.raises(PolicyError, match=r"'disclosure'.*现有：reply-media"):
        other.rule("disclosure")


# ---- any table ----


def row(clock_id: str, **more: object) -> dict[str, object]:
    given = {"id": clock_id, "name": "reply", "label": "答复", "source": "本地", **more}
    return (
        given
        if {"hours", "fixed", "days"} & more.keys() and "working_days" not in more
        else {"working_days": 5, **given}
    )


def policy(*rows: dict[str, object], **more: object) -> ClockPolicy:
    return ClockPolicy.from_table({"clock": list(rows), **more})


def test_the_first_matching_row_of_a_name_wins() -> None:
    table = policy(
        row("a", working_days=1, when={"topic": ["交通运输", "环境保护"], "kind": "投诉"}),
        row("b", working_days=2, when={"risk": ["工资拖欠", "人身安全"]}),
        row("c", working_days=3, when={"source": "liuyan", "channel": "county"}),
        row("d", working_days=4),
    )

    def chosen(**facts: object) -> str:
        return clocks(table, **facts)["reply"].rule

    assert chosen(topic="环境保护", kind="投诉", risk=("工资拖欠",)) == "a"
    assert chosen(topic="环境保护", kind="咨询", risk=("天气", "工资拖欠")) == "b"
    assert chosen(topic="环境保护", kind="咨询", risk=("天气",)) == "d"
    assert chosen(source="liuyan", channel="county") == "c"
    assert chosen(source="liuyan", channel="city") == "d"
    assert chosen() == "d"


def test_a_clock_without_a_matching_row_does_not_run() -> None:
    assert clocks(policy(row("a", when={"source": "liuyan"}))) == {}


def test_a_fixed_row_lets_the_next_one_speak_when_the_source_set_no_time() -> None:
    table = policy(row("theirs", fixed=True), row("ours", working_days=5))
    assert clocks(table)["reply"].rule == "ours"
    theirs = clocks(table, source_due_at=RECEIVED)["reply"]
    assert (theirs.rule, theirs.unit, theirs.due_at) == ("theirs", ClockUnit.FIXED, RECEIVED)


def test_the_day_end_of_an_office() -> None:
    table = policy(row("a"), office={"hours": ["09:00-12:00", "13:30-17:00"], "day_end": "17:00"})
    assert due(clocks(table)["reply"]) == "2026-10-09 17:00:00"
    assert table.office.minutes_per_day == 390
    as_toml_time = policy(row("a"), office={"day_end": time(18)})
    assert as_toml_time.office.day_end == time(18)


def test_a_date_outside_the_calendar_is_refused(own: ClockPolicy) -> None:
    with pytest.raises(CalendarRangeError, match="9999"):
        clocks(own, received_at=datetime(9999, 12, 31, tzinfo=BEIJING))


def test_version_follows_the_content() -> None:
    assert policy(row("a")).version == policy(row("a")).version
    assert policy(row("a")).version != policy(row("a", working_days=6)).version
    assert policy(row("a"), version="2026-11").version.startswith("2026-11-")


def test_version_is_the_same_in_every_process(root: Path) -> None:
    program = """
from cases.clocks.policy import ClockPolicy
risk = [f"风险{n}" for n in range(20)]
row = {"id": "a", "name": "a", "label": "a", "source": "a", "hours": 1, "when": {"risk": risk}}
print(ClockPolicy.from_table({"clock": [row]}).version)
"""
    versions = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(versions) == 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"working_days": "5"}, "键 working_days：找到 '5'，应为整数"),
        ({"working_days": 0}, "working_days：找到 0，应为不小于 1"),
        ({"working_days": True}, "working_days：找到 True，应为整数"),
        ({"working_days": 2.5}, "working_days：找到 2.5，应为整数"),
        ({"hours": 5}, "必须且只能写一个，实际写了 working_days、hours"),
        ({"working_days": None}, "working_days：找到 None，应为整数"),
        ({"label": ""}, "label：找到 ''，应为非空字符串"),
        ({"source": None}, "source：找到 None，应为字符串"),
        ({"extension": "所有"}, "extension 找到 '所有'，应为一行 .*不许延期就写成空的"),
        ({"days": 3}, "必须且只能写一个，实际写了 working_days、days"),
        ({"extension_limit": -1}, "extension_limit：找到 -1，应为不小于 0"),
        ({"day": 5}, "day：不认识这个键.*可用的键：.*working_days"),
        ({"when": []}, "when：找到 .*，应为一个表"),
        ({"when": {"topics": "x"}}, "when] 键 topics：不认识这个键.*相近的有：topic"),
        ({"when": {"topic": []}}, "topic：找到 .*，应为非空字符串，或这样的词的列表"),
        ({"when": {"topic": [1]}}, "topic：找到 .*，应为非空字符串，或这样的词的列表"),
        ({"when": {"kind": "抱怨"}}, "kind：找到 '抱怨'，应为以下之一：.*投诉"),
        ({"when": {"event_level": "很大"}}, "event_level：找到 '很大'，应为以下之一：.*特别重大"),
        ({"when": {"simple": "是"}}, "simple：找到 '是'，应为 true 或 false"),
    ],
)
def test_a_wrong_row_is_named_with_what_was_found_and_expected(
    change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(PolicyError, match=complaint) as error:
        policy(row("good"), {**row("bad", name="internal"), "working_days": 5, **change})
    assert str(error.value).startswith("config/deadlines.toml")
    assert "id = bad" in str(error.value)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({}, "键 clock：缺少这个必填的键"),
        ({"clock": {}}, "键 clock：找到 {}，应为列表"),
        ({"clock": []}, "键 clock：找到 .*，应为至少一项"),
        ({"clock": ["a"]}, "键 clock 第 1 项：找到 'a'，应为一个表"),
        ({"clock": [{"name": "reply"}]}, "第 1 项（name = reply）] 键 id：缺少"),
        ({"clock": [row("a"), row("a")]}, "id = a：与前面的行重复"),
        ({"clock": [row("a")], "clocks": 1}, "clocks：不认识这个键"),
        ({"clock": [row("a", fixed=3)]}, "fixed：找到 3，应为 true 或 false"),
        ({"clock": [row("a", hours=5, extension_limit=1)]}, "只有 working_days 或 days 的时限"),
        ({"clock": [row("a", fixed=False)]}, "必须且只能写一个，实际写了 零个"),
        ({"clock": [row("a")], "version": 3}, "version：找到 3，应为字符串"),
        (
            {"clock": [row("a")], "office": {"hours": "8-12"}},
            r"\[office\] 键 hours：找到 '8-12'，应为列表",
        ),
        ({"clock": [row("a")], "office": {"hours": ["8-12"]}}, "实际是 '8-12'"),
        ({"clock": [row("a")], "office": {"hours": ["12:00-08:30"]}}, "实际是 '12:00-08:30'"),
        (
            {"clock": [row("a")], "office": {"hours": ["08:30-12:00", "11:00-17:30"]}},
            "实际是 '11:00-17:30'",
        ),
        ({"clock": [row("a")], "office": {"day_end": "24:00"}}, "day_end：找到 '24:00'，应为时间"),
        ({"clock": [row("a")], "office": {"day_end": "12:00"}}, "早于下班时间"),
        ({"clock": [row("a")], "office": {"lunch": 1}}, "lunch：不认识这个键"),
    ],
)
def test_a_wrong_table_is_refused(table: dict[str, object], complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        ClockPolicy.from_table(table)
