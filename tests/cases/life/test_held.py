"""待人工派单: what no machine dispatches, how it is alarmed for, and how a part is taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from cases.alert_rules import alerts_for
from cases.alerts import Alert, AlertKind, Level
from cases.life.evolve import fold
from cases.life.next_step import next_step
from cases.life.todo import Todo, todos
from cases.privacy.visibility import Sight, seen_by, sight_of
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, State, encode_case
from cases.record.events import encode_event
from cases.words.actors import Actor, Role
from cases.words.grounds import Ground
from sinks.ledger.case_index import index_of
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    POLICE,
    RECEIVED,
    REVIEWER,
    STRANGER,
    UNPLACED,
    Story,
    assigned_to,
    handling,
    item,
    labels,
    usual,
)

SOON = RECEIVED + timedelta(hours=1)
ACCUSES = "举报县住建局物业科科长周某受贿，收了物业公司两万元。"
WATER = Actor(id="shui", role=Role.RESPONDER, name="水司经办", unit="water-company")


def accusing(**changes: object) -> Story:
    first = item("1001", **{"title": "举报县住建局物业科科长", "body": ACCUSES, **changes})
    return Story(first, named=(HOUSING,))


def alerts(story: Story, events: tuple[ev.EventBody, ...] = ()) -> list[Alert]:
    known = story.case.history
    some = known[-len(events) :] if events else known
    return list(alerts_for(story.case, some, story.rules.handling))


def text_of(case: Case | None) -> str:
    assert case is not None
    return encode_case(case).decode()


# -- intake -------------------------------------------------------------------


def test_a_report_against_a_unit_is_given_to_no_unit() -> None:
    case = accusing().case
    assert not any(isinstance(event.body, ev.Assigned) for event in case.history)
    assert (case.unit, case.tasks, case.dispatched) == ("", (), False)
    assert case.state is State.RECEIVED
    assert case.confidential
    held = case.held
    assert held is not None
    assert held.grounds == (Ground.ACCUSATION,)
    assert "受贿" in held.reason
    assert held.found == (HOUSING,)
    assert held.suggested == ("discipline",)
    assert {HOUSING, "water-company"} <= set(held.barred)
    assert seen_by(case, LEAD) is None
    assert sight_of(case, DESK) is Sight.FULL


def test_secrecy_that_was_asked_for_waits_with_what_the_rules_had_found() -> None:
    held = Story(item(confidential=True), to=assigned_to(HOUSING, CITY)).case.held
    assert held is not None
    assert held.grounds == (Ground.SECRECY,)
    assert held.found == held.suggested == (HOUSING, CITY)
    assert held.barred == ()
    assert "要求保密" in held.reason


def test_what_no_rule_placed_has_no_suggestion_but_waits() -> None:
    held = Story(item(confidential=True), to=UNPLACED).case.held
    assert held is not None
    assert held.found == ()


def test_a_report_about_noise_goes_its_way() -> None:
    case = Story(item(title="举报楼下烧烤店油烟噪音扰民")).case
    assert case.held is None
    assert (case.unit, case.dispatched) == (HOUSING, True)


def test_what_was_answered_before_it_came_waits_for_nobody() -> None:
    from tests.cases.helpers import reply

    story = accusing(replies=(reply(when=RECEIVED + timedelta(minutes=1)),))
    assert story.case.state is State.REPLIED
    assert not any(alert.kind is AlertKind.HELD for alert in alerts(story))
    late = story.ticks(RECEIVED + timedelta(days=9))
    assert not any(isinstance(body, ev.DateWarned) for body in late)


@pytest.mark.parametrize("actor", [LEADER, REVIEWER, STRANGER, LEAD])
def test_the_suggestion_is_for_the_desk_alone(actor: Actor) -> None:
    story = accusing()
    seen = seen_by(story.case, actor)
    if seen is not None:
        said = text_of(seen)
        assert '"found"' not in said
        assert '"barred"' not in said
        assert "discipline" not in said
    assert "discipline" in text_of(seen_by(story.case, DESK))


def test_who_gets_the_case_later_does_not_read_the_suggestion() -> None:
    story = accusing()
    story.does(DESK, do.Assign(lead=POLICE), SOON)
    seen = seen_by(story.case, STRANGER)
    assert seen is not None
    assert seen.item.body == ACCUSES
    assert '"found"' not in text_of(seen)
    assert '"barred"' not in text_of(seen)


# -- alarms -------------------------------------------------------------------


def test_the_desk_is_called_at_once_without_a_word_of_the_report() -> None:
    (alert,) = alerts(accusing())
    assert (alert.kind, alert.level, alert.unit) == (AlertKind.HELD, Level.MEDIUM, "")
    assert "值班台" in alert.text
    assert "受贿" not in alert.text
    assert "住建" not in alert.text


@pytest.mark.parametrize("secret", [True, False])
def test_danger_to_life_calls_the_desk_in_either_case(*, secret: bool) -> None:
    story = Story(item(body=ACCUSES, confidential=secret), read_as=labels(urgent=True, loud=True))
    kinds = {alert.kind: alert for alert in alerts(story)}
    assert kinds[AlertKind.URGENT].level is Level.HIGH
    assert "受贿" not in kinds[AlertKind.URGENT].text
    assert AlertKind.HELD in kinds


def test_it_is_repeated_in_natural_hours_and_goes_to_a_leader() -> None:
    """Received on a Friday evening: the weekend counts."""
    evening = RECEIVED + timedelta(days=4, hours=9)
    story = Story(item(confidential=True, received_at=evening), now=evening)
    assert index_of(story.case).look_by == evening
    told: list[tuple[int, Level, Role | None]] = []
    for hours in range(1, 80):
        events = story.ticks(evening + timedelta(hours=hours, minutes=1))
        told += [
            (hours, alert.level, alert.role)
            for alert in alerts(story, events)
            if alert.kind is AlertKind.HELD_LONG
        ]
    medium, high = (Level.MEDIUM, None), (Level.HIGH, Role.LEADER)
    assert told == [
        (1, *medium),
        (4, *medium),
        (8, *high),
        (24, *high),
        (48, *high),
        (72, *high),
    ]


def test_after_a_pause_of_the_sweep_only_the_latest_alarm_is_given() -> None:
    story = Story(item(confidential=True))
    events = story.ticks(RECEIVED + timedelta(hours=30))
    texts = [a.text for a in alerts(story, events) if a.kind is AlertKind.HELD_LONG]
    assert len(texts) == 1
    assert "24 小时" in texts[0]


def test_the_hours_are_the_office_s_own() -> None:
    rules = handling(held={"alarm_hours": [2], "leader_hours": 2})
    story = Story(item(confidential=True), rules=rules)
    assert not alerts(story, story.ticks(RECEIVED + timedelta(hours=2)))
    (alert,) = alerts(story, story.ticks(RECEIVED + timedelta(hours=2, seconds=1)))
    assert alert.role is Role.LEADER


def test_once_a_person_dispatched_it_nobody_is_called() -> None:
    story = Story(item(confidential=True))
    story.does(DESK, do.Assign(lead=CITY), SOON)
    assert story.case.held is None
    events = story.ticks(SOON + timedelta(hours=30))
    assert not [a for a in alerts(story, events) if a.kind is AlertKind.HELD_LONG]


def test_no_unit_is_late_with_signing_for_what_none_has() -> None:
    story = Story(item(confidential=True))
    events = story.ticks(RECEIVED + timedelta(days=5))
    assert "acknowledge" not in {e.clock for e in events if isinstance(e, ev.ClockWarned)}


def test_it_waits_on_the_desk_s_list_and_the_next_step_is_to_dispatch_it() -> None:
    case = accusing().case
    assert (Todo.DISPATCH, "") in list(todos(case))
    step = next_step(case, DESK, usual(), SOON)
    assert step is not None
    assert step.command == "assign"


def test_reopened_it_waits_anew() -> None:
    story = Story(item(confidential=True))
    story.does(DESK, do.Close(exception="转纪委"), SOON)
    again = SOON + timedelta(days=3)
    story.does(DESK, do.Reopen(reason="纪委退回"), again)
    assert story.case.held is not None
    assert story.case.held.since == again
    assert isinstance(story.ticks(again + timedelta(minutes=59))[0], ev.ActionRefused)


# -- what a person decides ----------------------------------------------------


def test_the_discipline_unit_gets_it_and_it_stays_confidential() -> None:
    story = accusing()
    (body, *_) = story.does(DESK, do.Assign(lead="discipline"), SOON)
    assert isinstance(body, ev.Assigned)
    assert not body.cleared
    assert story.case.confidential
    assert story.case.held is None


def test_the_unit_it_was_kept_from_gets_it_for_a_reason_only_and_that_clears_it() -> None:
    story = accusing()
    assert "理由" in story.refuses(DESK, do.Assign(lead=HOUSING), SOON)
    assert "理由" in story.refuses(DESK, do.Assign(lead=CITY, assisting=("water-company",)), SOON)
    story.does(DESK, do.Assign(lead=HOUSING, reason="举报的是物业公司，不是该局"), SOON)
    assert not story.case.confidential
    assert story.case.unit == HOUSING


def test_clearing_takes_back_no_secrecy_that_a_citizen_or_a_person_asked_for() -> None:
    asked = accusing(confidential=True)
    asked.does(DESK, do.Assign(lead=HOUSING, reason="不是举报该局"), SOON)
    assert asked.case.confidential
    marked = accusing()
    marked.does(DESK, do.MarkConfidential(reason="实名"), SOON)
    marked.does(DESK, do.Assign(lead=HOUSING, reason="不是举报该局"), SOON)
    assert marked.case.confidential


# -- later versions -----------------------------------------------------------


def test_secrecy_asked_for_later_takes_back_what_a_machine_dispatched() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    due = story.due()
    bodies = story.shows(item(confidential=True), SOON)
    taken = next(body for body in bodies if isinstance(body, ev.TakenBack))
    assert set(taken.units) == {HOUSING, CITY}
    assert story.case.held is not None
    assert (story.case.unit, story.case.tasks) == ("", ())
    assert story.due() == due
    assert seen_by(story.case, LEAD) is None
    assert [a.kind for a in alerts(story)] == [AlertKind.HELD]


def test_secrecy_asked_for_later_leaves_what_a_person_dispatched() -> None:
    story = Story(to=UNPLACED)
    story.does(DESK, do.Assign(lead=HOUSING), SOON)
    story.shows(item(confidential=True), SOON + timedelta(hours=1))
    assert story.case.unit == HOUSING
    assert story.case.confidential


def test_an_accusation_in_a_later_text_is_taken_back_even_from_a_person_s_choice() -> None:
    story = Story(named=(HOUSING,))
    story.does(DESK, do.Assign(lead=CITY, assisting=(HOUSING,), reason="改派"), SOON)
    story.does(ASSISTANT, do.Acknowledge(), SOON)
    story.shows(item(body=ACCUSES), SOON + timedelta(hours=1))
    assert [task.unit for task in story.case.tasks] == [CITY]
    assert story.case.unit == CITY
    assert story.case.held is None
    lead = Story(named=(HOUSING,))
    lead.does(DESK, do.Assign(lead=HOUSING, assisting=(CITY,), reason="加协办"), SOON)
    lead.shows(item(body=ACCUSES), SOON + timedelta(hours=1))
    assert [task.unit for task in lead.case.tasks] == [CITY]
    assert lead.case.held is not None


def test_what_a_person_cleared_is_not_held_again_for_the_same_words() -> None:
    story = accusing()
    story.does(DESK, do.Assign(lead=HOUSING, reason="不是举报该局"), SOON)
    story.shows(
        item(title="举报县住建局物业科科长", body=ACCUSES + "请尽快。"), SOON + timedelta(hours=1)
    )
    assert story.case.unit == HOUSING
    story.shows(
        item(title="举报县住建局物业科科长", body=ACCUSES + "副局长还打击报复我。"),
        SOON + timedelta(hours=2),
    )
    assert story.case.unit == ""
    assert story.case.held is not None


def test_a_case_that_waits_and_is_accused_of_more_waits_with_both_reasons() -> None:
    story = Story(item(confidential=True), named=(HOUSING,))
    story.shows(item(body=ACCUSES, confidential=True), SOON)
    held = story.case.held
    assert held is not None
    assert held.grounds == (Ground.ACCUSATION, Ground.SECRECY)
    assert HOUSING in held.barred


# -- marking a unit accused ---------------------------------------------------


def under_way() -> Story:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.does(LEAD, do.Acknowledge(), SOON)
    story.does(ASSISTANT, do.Acknowledge(), SOON)
    return story


MARK = do.MarkConfidential(reason="实名举报", accused=(HOUSING,))
LATER = SOON + timedelta(hours=2)


def test_marking_takes_every_task_away_at_once() -> None:
    story = under_way()
    clocks = story.case.round.clocks
    bodies = story.does(DESK, MARK, LATER)
    assert [type(body) for body in bodies] == [ev.MarkedConfidential, ev.TakenBack, ev.HeldBack]
    case = story.case
    assert [task.unit for task in case.tasks] == [CITY]
    assert (case.unit, case.dispatched, case.state) == ("", False, State.RECEIVED)
    assert case.round.clocks == clocks
    assert case.received_at == RECEIVED
    assert (Todo.DISPATCH, "") in list(todos(case))
    assert not [unit for _, unit in todos(case) if unit == HOUSING]
    assert HOUSING not in index_of(case).units
    assert [a.kind for a in alerts(story, bodies)] == [AlertKind.HELD]


@pytest.mark.parametrize(
    "command",
    [
        do.Acknowledge(),
        do.AskReturn(reason="不归我"),
        do.HandOn(section="物业科"),
        do.LogContact(text="已联系"),
        do.AskExtension(working_days=1, reason="忙"),
        do.DraftReply(text="已处理。"),
        do.RecordPromise(text="月底前修好", due=date(2026, 3, 30)),
        do.FinishShare(text="同意"),
        do.Deliver(draft=1, via="电话"),
    ],
)
def test_an_accused_unit_may_do_nothing_more(command: do.AnyCommand) -> None:
    story = under_way()
    story.does(LEAD, do.DraftReply(text="已派人。"), SOON)
    story.does(DESK, MARK, LATER)
    before = story.refuses(LEAD, command, LATER)
    assert before == story.refuses(STRANGER, command, LATER) == "本单位不承办此事项。"
    assert seen_by(story.case, LEAD) is None


def test_its_drafts_are_withdrawn_from_review_and_the_next_unit_starts_afresh() -> None:
    story = under_way()
    story.does(LEAD, do.DraftReply(text="已派人。"), SOON)
    story.does(LEAD, do.DraftReply(text="已处理。"), SOON)
    story.does(REVIEWER, do.ApproveReply(draft=2), SOON)
    story.does(DESK, MARK, LATER)
    taken = next(e.body for e in story.case.history if isinstance(e.body, ev.TakenBack))
    assert taken.drafts == (1, 2)
    assert all(draft.rejected and not draft.approved for draft in story.case.round.drafts)
    assert "退改" in story.refuses(DESK, do.Deliver(draft=2, via="电话"), LATER)
    assert not [todo for todo, _ in todos(story.case) if todo in (Todo.REVIEW, Todo.REDRAFT)]
    story.does(DESK, do.Assign(lead=POLICE), LATER)
    story.does(STRANGER, do.Acknowledge(), LATER)
    assert (Todo.REPLY, POLICE) in list(todos(story.case))


def test_what_was_sent_already_stays_sent() -> None:
    story = under_way()
    story.does(LEAD, do.DraftReply(text="已处理。"), SOON)
    story.does(REVIEWER, do.ApproveReply(draft=1), SOON)
    story.does(LEAD, do.Deliver(draft=1, via="电话"), SOON)
    story.does(DESK, MARK, LATER)
    assert story.case.round.deliveries[0].draft == 1
    assert story.case.round.drafts[0].approved
    assert story.case.held is None
    assert story.case.tasks[0].unit == CITY


def test_what_it_had_asked_for_is_void() -> None:
    story = Story(to=assigned_to(HOUSING, CITY))
    story.does(LEAD, do.AskReturn(reason="不归我"), SOON)
    story.does(DESK, MARK, LATER)
    assert "没有待处理" in story.refuses(DESK, do.DecideReturn(unit=HOUSING, approve=True), LATER)
    story = under_way()
    story.does(LEAD, do.AskExtension(working_days=2, reason="采购"), SOON)
    story.does(DESK, MARK, LATER)
    assert story.case.extension_request is None


def test_a_helper_that_is_accused_goes_and_the_lead_goes_on() -> None:
    story = under_way()
    bodies = story.does(DESK, do.MarkConfidential(reason="举报", accused=(CITY,)), LATER)
    assert [type(body) for body in bodies] == [ev.MarkedConfidential, ev.TakenBack]
    assert [task.unit for task in story.case.tasks] == [HOUSING]
    assert story.case.state is State.HANDLING
    assert seen_by(story.case, ASSISTANT) is None


@pytest.mark.parametrize("state", [State.PAUSED, State.SUSPENDED])
def test_a_case_that_stands_still_goes_on_at_the_desk(state: State) -> None:
    story = under_way()
    if state is State.PAUSED:
        story.does(DESK, do.PauseForSupplement(missing="地址"), LATER)
    else:
        story.does(DESK, do.Suspend(measures="等雨停", until=date(2026, 3, 20)), LATER)
    story.does(DESK, MARK, LATER)
    assert story.case.state is state
    story.does(DESK, do.Resume() if state is State.PAUSED else do.EndSuspension(), LATER)
    assert story.case.state is State.RECEIVED


def test_subordinates_of_an_accused_unit_go_with_it_and_get_nothing() -> None:
    story = Story(to=assigned_to("water-company", HOUSING))
    story.does(WATER, do.Acknowledge(), SOON)
    story.does(DESK, MARK, LATER)
    assert story.case.tasks == ()
    for unit in (HOUSING, "water-company"):
        assert "被举报" in story.refuses(DESK, do.Assign(lead=unit, reason="改派"), LATER)
    superior = Story(to=assigned_to("water-company"))
    superior.does(DESK, do.MarkConfidential(reason="举报", accused=("water-company",)), LATER)
    superior.does(DESK, do.Assign(lead=HOUSING, reason="由上级主管部门调查"), LATER)
    assert superior.case.unit == HOUSING


def test_nobody_hands_it_on_to_a_section_of_the_accused_unit() -> None:
    story = under_way()
    story.does(DESK, MARK, LATER)
    story.does(DESK, do.Assign(lead=POLICE), LATER)
    story.does(STRANGER, do.Acknowledge(), LATER)
    for section in ("县住建局物业科", "物业监管股"):
        assert "科室" in story.refuses(STRANGER, do.HandOn(section=section), LATER)
    story.does(STRANGER, do.HandOn(section="经侦大队"), LATER)


def test_no_promise_is_recorded_for_an_accused_unit() -> None:
    story = under_way()
    story.does(LEAD, do.RecordPromise(text="月底前修好", due=date(2026, 3, 30)), SOON)
    story.does(DESK, MARK, LATER)
    assert (Todo.PROMISE, "") in list(todos(story.case))
    promise = do.RecordPromise(text="月底前修好", due=date(2026, 3, 30), owner=HOUSING)
    assert "承诺" in story.refuses(DESK, promise, LATER)


def test_an_unknown_unit_cannot_be_marked() -> None:
    story = Story(rules=replace(usual(), units=frozenset({HOUSING, CITY})))
    assert "单位表" in story.refuses(
        DESK, do.MarkConfidential(reason="举报", accused=("住建局",)), SOON
    )


def test_a_unit_marked_in_an_old_history_may_do_nothing_either() -> None:
    """Written before the part was taken away with the mark: it folds as it did."""
    story = under_way()
    old = ev.MarkedConfidential(reason="举报", accused=(HOUSING,))
    last = story.case.history[-1]
    event = replace(last, seq=last.seq + 1, message_id="a-old", actor=DESK, body=old)
    case = fold((*story.case.history, event))
    assert case is not None
    assert case.unit == HOUSING
    assert b"held" not in encode_event(event)
    story._case = case
    assert "不承办" in story.refuses(LEAD, do.DraftReply(text="已处理。"), LATER)


def test_what_its_writer_does_not_want_published_is_handled_and_not_published() -> None:
    story = Story(item(not_public=True))
    assert story.case.held is None
    assert story.case.unit == HOUSING
    assert not story.case.confidential
    story.does(LEAD, do.Acknowledge(), SOON)
    story.does(LEAD, do.DraftReply(text="已处理。"), SOON)
    story.does(REVIEWER, do.ApproveReply(draft=1), SOON)
    story.does(LEAD, do.Deliver(draft=1, via="电话"), SOON)
    assert "不愿公开" in story.refuses(DESK, do.Publish(where="网站"), LATER)
    story.does(DESK, do.DeclinePublication(reason="来信人不愿公开"), LATER)
    later = Story()
    later.shows(item(not_public=True), SOON)
    later.shows(item(likes=3), LATER)
    assert later.case.item.not_public


def test_secrecy_asked_for_in_plain_words_waits_as_that_of_the_source_does() -> None:
    story = Story(item(body="路灯坏了，请为我保密，怕打击报复。"))
    held = story.case.held
    assert held is not None
    assert held.grounds == (Ground.SECRECY,)
    assert "请为我保密" in held.reason
    assert story.case.confidential
    before = Story()
    before.shows(item(body="路灯坏了，请为我保密。"), SOON)
    assert before.case.held is not None
    assert before.case.unit == ""


@pytest.mark.parametrize("name", ["备注", "补充说明", "引用内容", "特殊要求"])
def test_secrecy_is_heard_in_columns_that_no_map_knows(name: str) -> None:
    story = Story(item(body="路灯坏了。", extra={name: "来电人要求保密，怕打击报复"}))
    assert story.case.held is not None
    assert story.case.held.grounds == (Ground.SECRECY,)
    assert story.case.unit == ""


@pytest.mark.parametrize(
    "extra",
    [
        {"备注": "来电人不要求保密"},
        {"备注": "无需身份保密，可以公开"},
        {"是否要求保密": "不要求保密"},
        {"办理流程": "2026-03-01 转办：请为举报人保密"},
        {"承办单位意见": "要求保密的已处理"},
    ],
)
def test_what_is_no_wish_in_another_column_holds_nothing_back(extra: dict[str, str]) -> None:
    assert Story(item(body="路灯坏了。", extra=extra)).case.held is None


def test_a_wish_that_always_stood_in_another_column_takes_nothing_back() -> None:
    from cases.routing.accusation import NO_ACCUSATION

    wish = {"备注": "来电人要求保密，怕打击报复"}
    old = replace(usual(), accusation=NO_ACCUSATION)
    story = Story(item(body="路灯坏了。", extra=wish), rules=old, named=(HOUSING,))
    unit = story.case.unit
    story.rules = usual()
    story.shows(item(body="路灯坏了。", extra=wish, likes=5), SOON)
    assert story.case.unit == unit


def test_a_case_dispatched_before_this_rule_is_not_taken_back_for_what_it_always_said() -> None:
    """As histories of earlier versions of the program have it."""
    from cases.routing.accusation import NO_ACCUSATION

    old = replace(usual(), accusation=NO_ACCUSATION)
    story = Story(item(body=ACCUSES), rules=old, named=(HOUSING,))
    assert story.case.unit == HOUSING
    story.rules = usual()
    story.shows(item(body=ACCUSES, likes=5), SOON)
    assert story.case.unit == HOUSING
