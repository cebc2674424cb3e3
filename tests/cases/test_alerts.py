"""Which events call a person."""

from __future__ import annotations

from cases.alert_rules import alerts_for
from cases.alerts import Alert, AlertKind, Level, decode_alert, encode_alert
from cases.record import commands as do
from tests.cases.helpers import (
    CITY,
    DESK,
    HOUSING,
    LEAD,
    POLICE,
    STRANGER,
    UNPLACED,
    Story,
    at,
    item,
    labels,
    reply,
)


def alerts(story: Story) -> list[Alert]:
    return list(alerts_for(story.case, story.case.history, story.rules.handling))


def kinds(story: Story) -> list[AlertKind]:
    return [alert.kind for alert in alerts(story)]


def test_a_grave_message_calls_at_once() -> None:
    (alert,) = alerts(Story(read_as=labels(risk=("群体诉求", "噪声扰民"))))
    assert (alert.kind, alert.level, alert.unit) == (AlertKind.HIGH_RISK, Level.HIGH, HOUSING)
    assert alert.text == "高风险来件（群体诉求）：小区路灯不亮"
    assert alert.alert_id == "letters:1001#1:high_risk"
    assert kinds(Story(read_as=labels(urgent=True))) == [AlertKind.HIGH_RISK]
    assert kinds(Story(read_as=labels(risk=("噪声扰民",)))) == []


def test_what_was_answered_before_we_saw_it_wakes_nobody() -> None:
    old = item(replies=(reply(when=at("2026-03-03T09:00")),), satisfied=False)
    old_closed = item(closed_at=at("2026-03-04T09:00"), satisfied=False)
    assert kinds(Story(old, read_as=labels(urgent=True))) == []
    assert kinds(Story(old_closed, read_as=labels(urgent=True))) == []


def test_a_message_that_becomes_grave_by_what_is_added_calls_once() -> None:
    story = Story()
    grave = labels(risk=("自伤极端",))
    story.shows(item(body="再没人管我就不活了"), "2026-03-03T09:00", read_as=grave)
    story.shows(item(body="再没人管，我就不活了。"), "2026-03-03T10:00", read_as=grave)
    assert kinds(story) == [AlertKind.HIGH_RISK]


def test_what_no_rule_places_calls_the_desk() -> None:
    assert kinds(Story(to=UNPLACED)) == [AlertKind.UNASSIGNED]


def test_a_case_that_goes_from_hand_to_hand_calls_the_desk() -> None:
    story = Story()
    for actor, unit, to in ((LEAD, HOUSING, POLICE), (STRANGER, POLICE, CITY)):
        story.does(actor, do.AskReturn(reason="不是我们的"), "2026-03-02T11:00")
        story.does(DESK, do.DecideReturn(unit=unit, approve=True), "2026-03-02T11:10")
        assert kinds(story) == ([] if unit == HOUSING else [AlertKind.RETURNED_AGAIN])
        story.does(DESK, do.Assign(lead=to), "2026-03-02T11:20")


def test_who_is_not_content_calls_wherever_he_was_asked() -> None:
    story = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))
    story.does(DESK, do.CallBack(resolved=True, satisfied=False), "2026-03-04T09:00")
    assert kinds(story) == [AlertKind.NOT_SATISFIED]
    there = Story()
    there.shows(item(closed_at=at("2026-03-04T09:00"), satisfied=False), "2026-03-04T10:00")
    assert kinds(there) == [AlertKind.NOT_SATISFIED]
    answered = Story(item(replies=(reply(when=at("2026-03-03T09:00")),)))
    later = item(replies=(reply(when=at("2026-03-03T09:00")),), satisfied=False)
    answered.shows(later, "2026-03-05T10:00")
    (alert,) = alerts(answered)
    assert alert.kind is AlertKind.NOT_SATISFIED
    assert "来源平台回访不满意" in alert.text


def test_personal_data_stays_in() -> None:
    (alert,) = alerts(Story(item(title="周晓岚13912345678反映路灯"), read_as=labels(urgent=True)))
    assert "周晓岚" not in alert.text
    assert "13912345678" not in alert.text


def test_an_alert_survives_its_json() -> None:
    (alert,) = alerts(Story(to=UNPLACED))
    assert decode_alert(encode_alert(alert)) == alert
