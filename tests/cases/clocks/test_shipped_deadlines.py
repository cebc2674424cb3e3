"""The shipped deadlines: what the law and the county's plan say, and where each row comes from."""

from __future__ import annotations

import pytest

from cases.clocks.policy import ClockPolicy
from desk.ground.configuration import Configuration
from tests.cases.clocks.test_policy import (
    RECEIVED,
    clocks,
    due,
)
from tests.cases.helpers import CONFIG, with_every_row


@pytest.fixture(scope="module")
def shipped() -> ClockPolicy:
    return ClockPolicy.from_table(Configuration(CONFIG).table("deadlines.toml"))


@pytest.fixture(scope="module")
def all_on() -> ClockPolicy:
    """With the rows that are off as well."""
    return ClockPolicy.from_table(with_every_row(CONFIG / "deadlines.toml"))


def test_the_days_of_the_plan_and_of_the_law(shipped: ClockPolicy, all_on: ClockPolicy) -> None:
    assert due(clocks(shipped)["reply"]) == "2026-10-09 23:59:59"
    assert due(clocks(shipped, simple=True)["reply"]) == "2026-09-30 23:59:59"
    asked = clocks(shipped, disclosure=True)
    assert due(asked["disclosure"]) == "2026-10-29 23:59:59"
    assert due(asked["disclosure_internal"]) == "2026-10-21 23:59:59"
    assert shipped.extension_limit(asked["disclosure"]) == 20
    assert due(clocks(shipped, event_level="重大")["event_first_info"]) == "2026-09-24 15:00:00"
    assert due(clocks(shipped, event_level="重大")["event_press"]) == "2026-09-25 10:00:00"
    assert due(clocks(shipped, event_level="一般")["event_response"]) == "2026-09-26 10:00:00"
    petition = clocks(all_on, channel="信访")
    assert due(petition["reply"]) == "2026-11-23 23:59:59"
    assert due(petition["petition_acceptance"]) == "2026-10-09 23:59:59"


def test_petitions_and_urgent_orders_are_shipped_off(shipped: ClockPolicy) -> None:
    assert clocks(shipped, channel="信访")["reply"].rule == "reply"
    assert clocks(shipped, urgent=True)["reply"].rule == "reply"


def test_an_extension_has_a_source_of_its_own(shipped: ClockPolicy) -> None:
    reply = shipped.rule("reply")
    assert (reply.extension_limit, reply.extension_source) == (5, "本地约定")
    assert "56号第15条" in reply.source
    assert "延期" not in reply.source
    assert shipped.rule("disclosure").extension_source.startswith(
        "政府信息公开条例第三十三条第二款"
    )
    assert all(rule.extension_source for rule in shipped.rules if rule.extension_limit)


def test_every_row_cites_where_it_comes_from(shipped: ClockPolicy) -> None:
    assert {rule.id for rule in shipped.rules if "本地约定" in rule.source} == {
        "acknowledge",
        "internal",
        "internal-simple",
        "urgent-contact",
        "urgent-measure",
        *(f"event-part-{part}" for part in ("assess", "verify", "handle", "respond")),
        *(f"event-part-{part}-grave" for part in ("verify", "handle", "respond")),
    }
    assert all(rule.source and rule.label for rule in shipped.rules)


def test_every_row_can_win(all_on: ClockPolicy) -> None:
    won = {
        clock.rule
        for channel in ("", "信访", "新闻媒体")
        for urgent in (True, False)
        for loud in (urgent, False)
        for simple in (True, False)
        for disclosure in (True, False)
        for level in ("", "重大", "一般")
        for source in ("hotline12345", "incident")
        for clock in clocks(
            all_on,
            source=source,
            channel=channel,
            urgent=urgent,
            loud=loud,
            simple=simple,
            disclosure=disclosure,
            event_level=level,
            source_due_at=RECEIVED,
        ).values()
    }
    assert won == {rule.id for rule in all_on.rules if not rule.none}


def test_a_report_in_the_media_has_no_reply_clock_and_a_danger_in_it_has_a_response(
    shipped: ClockPolicy,
) -> None:
    """A news item on a chemical plant that exploded is nobody's letter."""
    calm = clocks(shipped, channel="新闻媒体")
    assert not calm.keys() & {"reply", "internal", "event_response"}
    assert not clocks(shipped, channel="新闻媒体", simple=True).keys() & {"reply", "internal"}
    told = clocks(shipped, channel="新闻媒体", urgent=True, loud=True)
    assert not told.keys() & {"reply", "internal", "first_contact"}
    assert "first_measure" in told
    assert due(told["event_response"]) == "2026-09-26 10:00:00"


def test_a_danger_to_life_is_met_within_natural_hours(shipped: ClockPolicy) -> None:
    found = clocks(shipped, urgent=True, loud=True)
    assert due(found["first_contact"]) == "2026-09-24 11:00:00"
    assert due(found["first_measure"]) == "2026-09-24 12:00:00"
    assert "first_measure" not in clocks(shipped, urgent=True)
    assert found["reply"].rule == "reply"
