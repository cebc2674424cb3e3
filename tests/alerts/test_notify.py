"""The notifier: each alert once, whatever dies when; merged, held, escalated, by another way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest

from cases.alerts import AlertKind, Level
from cases.record import commands as do
from cases.words.actors import SYSTEM, Actor, Role
from sinks.alerts.base import RATE_LIMITED, Limit, Sent, Unclear, Unsent
from sinks.alerts.book import UnknownAlert
from sinks.alerts.file import SendState
from sinks.alerts.outbox import GRACE
from sinks.alerts.routing import Quiet, Route
from sinks.alerts.wording import said
from tests.alerts.helpers import NOON, Desk, Officer, Told, alert, low
from tests.cases.helpers import DESK as OFFICER
from tests.cases.helpers import HOUSING, LEAD, POLICE, Story, item, labels

LATER = Unsent(reason="busy", detail="对方系统忙", retry=True)
NEVER = Unsent(reason="rejected", detail="关键词没有出现", retry=False)
PERHAPS = Unclear(detail="没有回应")
NIGHT = Quiet(
    begin=time(22),
    end=time(7),
    levels=frozenset((Level.MEDIUM, Level.LOW)),
    kinds=frozenset((AlertKind.OVERDUE,)),
)


class Killed(BaseException):
    """The process dies here: nothing after it happens."""


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[Desk]]:
    made: list[Desk] = []
    yield made
    for desk in made:
        desk.close()


@pytest.fixture
def open_desk(tmp_path: Path, desks: list[Desk]):
    def make(*channels: Told, **options: object) -> Desk:
        desks.append(Desk(tmp_path, *channels, **options))
        return desks[-1]

    return make


def states(desk: Desk, number: int = 1) -> dict[str, SendState]:
    (found,) = desk.book.states([alert(number).alert_id]).values()
    return {each.channel: each.state for each in found.sendings}


# -- once ------------------------------------------------------------------------


def test_an_alert_goes_out_once_and_its_receipt_into_the_case(open_desk) -> None:
    robot = Told("robot", answers=[Sent(receipt="已收下")])
    desk = open_desk(robot)
    desk.steps(alert(1))
    desk.later(hours=1)
    desk.steps()
    assert robot.ids == [["1"]]
    (action,), (note,) = desk.actions, desk.notes
    assert (action.actor, action.case_id) == (SYSTEM, "letters:1")
    assert (note.channel, note.outcome, note.receipt) == ("robot", "sent", "已收下")
    assert desk.counted == ["sent"]


def test_after_a_restart_nothing_is_sent_twice(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.steps(alert(1), alert(2))
    desk.restart()
    desk.steps(alert(3))
    assert robot.ids == [["1"], ["2"], ["3"]]


def test_an_alert_that_is_raised_again_is_the_same_alert(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.steps(alert(1))
    desk.steps(alert(1))
    assert robot.ids == [["1"]]


def killed_while_sending(desk: Desk) -> None:
    with pytest.raises(Killed):
        desk.steps(alert(1))
    desk.restart()
    desk.steps()


@pytest.mark.parametrize("idempotent", [False, True])
def test_killed_between_intent_and_receipt(open_desk, idempotent: bool) -> None:
    """A robot can't tell a repetition, so it gets none; a webhook or a mail has the id."""
    channel = Told("out", idempotent=idempotent, answers=[Killed()])
    desk = open_desk(channel)
    killed_while_sending(desk)
    desk.later(seconds=GRACE.total_seconds() - 1)
    desk.steps()
    assert len(channel.sent) == 1, "its sender may still be alive"
    desk.later(seconds=1)
    desk.steps()
    desk.later(minutes=1)
    desk.steps()
    if idempotent:
        first, second = channel.sent
        assert first.message_id == second.message_id
        assert states(desk) == {"out": SendState.SENT}
    else:
        assert len(channel.sent) == 1
        assert states(desk) == {"out": SendState.UNCLEAR}
        (trouble,) = desk.book.troubles()
        assert trouble.unclear
        assert "程序中断" in trouble.detail
    assert [note.outcome for note in desk.notes] == ["sent" if idempotent else "unclear"]


def test_killed_before_the_case_was_told(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.dies = Killed()
    with pytest.raises(Killed):
        desk.steps(alert(1))
    desk.dies = None
    desk.restart()
    desk.steps()
    assert [action.case_id for action in desk.actions] == ["letters:1"]
    assert robot.ids == [["1"]]


def test_two_notifiers_on_one_file_send_once(open_desk) -> None:
    first, second = Told("robot"), Told("robot")
    one, other = open_desk(first), open_desk(second)
    one.raised = other.raised = [alert(1), alert(2)]
    one.steps()
    other.steps()
    assert len(first.sent) + len(second.sent) == 2


def test_what_is_old_when_it_is_first_seen_is_told_nobody(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    edge = NOON - timedelta(hours=24)
    desk.steps(alert(1, at=edge - timedelta(seconds=1)), alert(2, at=edge))
    assert robot.ids == [["2"]]
    assert len(desk.book.newest(10, who=OFFICER)) == 2, "but it stands in the book"


# -- failing, and the second way -----------------------------------------------------


def test_a_busy_channel_is_asked_again_and_shown(open_desk) -> None:
    robot = Told("robot", answers=[LATER, LATER])
    desk = open_desk(robot)
    desk.steps(alert(1))
    (health,) = desk.book.channel_health()
    assert (health.failures, health.error, health.waiting) == (1, "对方系统忙", 1)
    assert health.failing_since == NOON
    desk.later(seconds=14)
    desk.steps()
    assert len(robot.sent) == 1, "not before its time"
    for _ in range(3):
        desk.later(minutes=1)
        desk.steps()
    assert len(robot.sent) == 3
    (health,) = desk.book.channel_health()
    assert (health.failures, health.error, health.waiting) == (0, "", 0)
    assert health.last_sent == desk.real - timedelta(minutes=1)
    assert desk.counted == ["refused", "refused", "sent"]


def test_a_failing_channel_is_an_alert_once_and_not_by_itself(open_desk) -> None:
    robot, mail = Told("robot", answers=[LATER] * 3), Told("mail")
    desk = open_desk(robot, mail)
    desk.steps(alert(1))
    desk.later(minutes=2)
    desk.steps()
    raised = [each for each in desk.raised if each.kind is AlertKind.CHANNEL_FAILING]
    assert [each.text for each in raised] == ["告警渠道“robot”发不出消息，原因见告警渠道的状况"]
    kinds = [line.alert.kind for each in mail.sent for line in each.lines]
    assert kinds == [AlertKind.HIGH_RISK, AlertKind.CHANNEL_FAILING]
    assert all(line.alert.kind is AlertKind.HIGH_RISK for m in robot.sent for line in m.lines)


def test_a_refusal_for_good_goes_by_the_fallback(open_desk) -> None:
    robot, mail = Told("robot", answers=[NEVER]), Told("mail")
    routes = (Route(name="all", channels=("robot",)),)
    desk = open_desk(robot, mail, routes=routes, fallbacks={"robot": "mail"})
    desk.steps(alert(1))
    desk.steps()
    assert (robot.ids, mail.ids) == ([["1"]], [["1"]])
    assert states(desk) == {"robot": SendState.FAILED, "mail": SendState.SENT}
    (trouble,) = desk.book.troubles()
    assert "关键词" in trouble.detail


def test_what_may_not_have_arrived_is_told_by_the_fallback_too(open_desk) -> None:
    robot, mail = Told("robot", answers=[PERHAPS]), Told("mail")
    routes = (Route(name="all", channels=("robot",)),)
    desk = open_desk(robot, mail, routes=routes, fallbacks={"robot": "mail"})
    desk.steps(alert(1))
    desk.steps()
    assert (len(robot.sent), mail.ids) == (1, [["1"]])


def test_a_channel_that_keeps_failing_hands_over(open_desk) -> None:
    robot, mail = Told("robot", answers=[LATER] * 20), Told("mail")
    routes = (Route(name="all", channels=("robot",)),)
    desk = open_desk(robot, mail, routes=routes, fallbacks={"robot": "mail"})
    desk.steps(alert(1))
    desk.later(seconds=119)
    desk.steps()
    assert mail.ids == [], "two minutes are not over"
    desk.later(seconds=31)
    desk.steps(alert(2))
    desk.steps()
    assert mail.ids == [["1"], ["2"]]
    assert states(desk, 1) == {"robot": SendState.MOVED, "mail": SendState.SENT}
    robot.answers = []
    desk.later(minutes=30)
    desk.steps(alert(3))
    assert robot.ids[-1] == ["3"], "it is well again"


def test_what_nobody_takes_is_given_up_at_last(open_desk) -> None:
    robot = Told("robot", answers=[LATER] * 500)
    desk = open_desk(robot)
    desk.steps(alert(1))
    desk.later(hours=12)
    desk.steps()
    assert states(desk) == {"robot": SendState.QUEUED}
    desk.later(seconds=1)
    desk.steps()
    assert states(desk) == {"robot": SendState.FAILED}
    assert [note.outcome for note in desk.notes] == ["failed"]


def test_a_person_may_have_it_sent_again(open_desk) -> None:
    robot = Told("robot", answers=[NEVER])
    desk = open_desk(robot)
    desk.steps(alert(1))
    (trouble,) = desk.book.troubles()
    assert desk.outbox.send_again(trouble.message_id, desk.real)
    assert not desk.outbox.send_again(trouble.message_id, desk.real), "it is on its way"
    desk.steps()
    assert states(desk) == {"robot": SendState.SENT}
    assert [note.outcome for note in desk.notes] == ["failed", "sent"]


def test_a_channel_that_breaks_keeps_no_other_waiting(open_desk) -> None:
    broken, mail = Told("broken", answers=[RuntimeError("https://secret")]), Told("mail")
    desk = open_desk(broken, mail)
    desk.steps(alert(1))
    assert mail.ids[0] == ["1"]
    (state, _) = desk.book.channel_health()
    assert "secret" not in state.error


# -- limits and lists ------------------------------------------------------------------


def test_the_limit_of_a_minute_is_never_passed(open_desk) -> None:
    """Also over a restart, and whatever is raised."""
    robot = Told("robot", limits=(Limit(3, timedelta(minutes=1)),))
    desk = open_desk(robot, singles=1)
    times = []
    for number in range(24):
        before = len(robot.sent)
        desk.steps(alert(number))
        times += [desk.real] * (len(robot.sent) - before)
        desk.later(seconds=7)
        if number % 10 == 0:
            desk.restart()
    for begin in times:
        assert sum(begin <= each < begin + timedelta(minutes=1) for each in times) <= 3
    desk.later(minutes=2)
    desk.steps()
    assert sorted(n for ids in robot.ids for n in ids) == sorted(str(n) for n in range(24))


def test_many_at_once_become_the_loudest_and_a_list(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot, singles=3)
    desk.steps(*(low(number) for number in range(1, 7)), alert(7), alert(8), alert(9))
    assert robot.ids == [["7"], ["8"], ["9", "1", "2", "3", "4", "5", "6"]]
    found = desk.book.states([low(1).alert_id, alert(9).alert_id])
    (one,), (nine,) = (each.sendings for each in found.values())
    assert (one.message_id, one.merged) == (nine.message_id, 7)
    notes = [note.receipt for note in desk.notes if note.alert_id == low(1).alert_id]
    assert notes == ["与另外 6 条合并发送；ok"]


def test_what_does_not_fit_into_a_list_waits_for_the_next(open_desk) -> None:
    robot = Told("robot", most=2)
    desk = open_desk(robot, singles=1)
    desk.steps(*(low(number) for number in range(1, 6)))
    for _ in range(3):
        desk.steps()
    assert robot.ids == [["1", "2"], ["3", "4"], ["5"]]


def test_who_is_kept_out_waits_and_is_not_failing(open_desk) -> None:
    fast = Unsent(reason=RATE_LIMITED, detail="限流", retry=True, wait_seconds=600)
    robot = Told("robot", answers=[fast])
    desk = open_desk(robot)
    desk.steps(alert(1), alert(2))
    desk.later(seconds=599)
    desk.steps()
    assert len(robot.sent) == 1
    (health,) = desk.book.channel_health()
    assert (health.failing_since, health.error) == (None, "限流")
    desk.later(seconds=1)
    desk.steps()
    assert robot.ids == [["1"], ["1"], ["2"]]


def test_who_is_kept_out_for_long_hands_over(open_desk) -> None:
    fast = Unsent(reason=RATE_LIMITED, detail="限流", retry=True, wait_seconds=600)
    robot, mail = Told("robot", answers=[fast]), Told("mail")
    routes = (Route(name="all", channels=("robot",)),)
    desk = open_desk(robot, mail, routes=routes, fallbacks={"robot": "mail"})
    desk.steps(alert(1))
    desk.steps()
    assert mail.ids == [["1"]]


# -- quiet hours, days off, acknowledgement ----------------------------------------------


def test_what_can_wait_comes_in_the_morning_as_a_list(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot, quiet=NIGHT)
    desk.later(hours=11)  # 23:00
    late = alert(3, alert_id="letters:3#1:overdue", kind=AlertKind.OVERDUE, at=desk.now)
    desk.steps(low(1, at=desk.now), low(2, at=desk.now), late, alert(4, at=desk.now))
    assert robot.ids == [["4"]], "what is grave wakes people"
    desk.later(hours=7, minutes=59, seconds=59)
    desk.steps()
    assert len(robot.sent) == 1
    desk.later(seconds=1)
    desk.steps()
    assert robot.ids == [["4"], ["3", "1", "2"]]


def test_on_a_day_off_who_is_on_duty_is_called(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.duty = (Officer("赵某", "13800000001", "zhao@gov.example"), Officer("钱某", "0797-1"))
    desk.steps(alert(1))
    desk.workday = False
    desk.steps(alert(2))
    desk.duty = ()
    desk.steps(alert(3))
    assert [each.names for each in robot.sent] == [(), ("赵某", "钱某"), ()]
    assert [each.mobiles for each in robot.sent] == [(), ("13800000001",), ()]
    assert [each.emails for each in robot.sent] == [(), ("zhao@gov.example",), ()]


def test_a_leader_on_duty_hears_what_is_for_a_leader(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.workday = False
    desk.duty = (Officer("赵某"), Officer("孙某", lead=True))
    desk.steps(alert(1), alert(2, alert_id="letters:2#9:escalated", role=Role.LEADER))
    assert [each.names for each in robot.sent] == [("赵某",), ("孙某",)]
    desk.duty = (Officer("赵某"),)
    desk.steps(alert(3, alert_id="letters:3#9:escalated", role=Role.LEADER))
    assert robot.sent[-1].names == ("赵某",), "somebody has to"


def escalating(open_desk) -> tuple[Desk, Told, Told]:
    robot, leaders = Told("robot"), Told("leaders")
    routes = (
        Route(name="duty", channels=("robot",), acknowledge_minutes=15, then="up"),
        Route(name="up", channels=("leaders",), escalation_only=True),
    )
    return open_desk(robot, leaders, routes=routes), robot, leaders


def test_what_nobody_acknowledges_goes_on_after_a_quarter_of_an_hour(open_desk) -> None:
    desk, robot, leaders = escalating(open_desk)
    desk.steps(alert(1))
    desk.later(minutes=15)
    desk.steps()
    assert leaders.ids == []
    desk.later(seconds=1)
    desk.steps()
    desk.later(hours=2)
    desk.restart()
    desk.steps()
    assert (robot.ids, leaders.ids) == ([["1"]], [["1"]])


def test_what_was_acknowledged_in_time_does_not(open_desk) -> None:
    desk, _, leaders = escalating(open_desk)
    desk.steps(alert(1))
    desk.later(minutes=15)
    found = desk.book.acknowledge(alert(1).alert_id, OFFICER, desk.now)
    again = desk.book.acknowledge(alert(1).alert_id, SYSTEM, desk.now + timedelta(hours=1))
    assert found == again
    assert (found.by, found.name, found.at) == ("zhang", "值班员甲", desk.now)
    desk.later(hours=1)
    desk.steps()
    assert leaders.ids == []


@pytest.mark.parametrize(
    ("by", "deed", "called"),
    [
        (OFFICER, do.NotUrgent(reason="比喻或夸张"), 0),
        (LEAD, do.TakeMeasure(text="已关阀"), 0),
        (LEAD, do.LogContact(text="打不通"), 1),
    ],
    ids=["false alarm", "measure", "tried to call"],
)
def test_a_danger_goes_no_further_once_a_person_has_acted(
    open_desk, by: Actor, deed: do.AnyCommand, called: int
) -> None:
    """Though nobody pressed 知悉: the deputy is not woken for what is done."""
    story = Story(read_as=labels(urgent=True, loud=True))
    desk, robot, leaders = escalating(open_desk)
    case_id = story.case.case_id
    raised = alert(1, alert_id=f"{case_id}#1:urgent", kind=AlertKind.URGENT, case_id=case_id)
    desk.cases = {case_id: story.case}
    desk.steps(raised)
    assert len(robot.ids) == 1
    story.does(by, deed, "2026-03-02T13:40")
    desk.cases = {case_id: story.case}
    desk.later(minutes=15, seconds=1)
    desk.steps()
    assert len(leaders.ids) == called


def test_while_nobody_can_be_asked_a_danger_goes_on(open_desk) -> None:
    desk, _, leaders = escalating(open_desk)
    desk.steps(alert(1, kind=AlertKind.URGENT))
    desk.cases = OSError("ledger")
    desk.later(minutes=15, seconds=1)
    desk.steps()
    assert leaders.ids == [["1"]]


@pytest.mark.parametrize(
    ("over", "called"),
    [(("first",), 0), ((), 1), (OSError("desk file"), 1)],
    ids=["it was published", "nobody did anything", "nobody can be asked"],
)
def test_an_event_goes_no_further_once_what_it_complained_of_is_over(
    open_desk, over: tuple[str, ...] | Exception, called: int
) -> None:
    desk, robot, leaders = escalating(open_desk)
    desk.steps(
        alert(1, alert_id="first", kind=AlertKind.EVENT_OVERDUE, case_id="", incident="YQ2026-0001")
    )
    assert len(robot.ids) == 1
    desk.over = over
    desk.later(minutes=15, seconds=1)
    desk.steps()
    assert len(leaders.ids) == called


def test_what_was_acknowledged_before_it_was_sent_is_not_sent(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot, quiet=NIGHT)
    desk.later(hours=11)
    desk.steps(low(1, at=desk.now))
    desk.book.acknowledge(low(1).alert_id, OFFICER, desk.now)
    desk.later(hours=9)
    desk.steps()
    assert robot.ids == []
    (state,) = desk.book.states([low(1).alert_id]).values()
    assert [each.state for each in state.sendings] == [SendState.DROPPED]


def test_the_night_does_not_count_against_who_should_acknowledge(open_desk) -> None:
    robot, up = Told("robot"), Told("up")
    routes = (
        Route(name="duty", channels=("robot",), acknowledge_minutes=15, then="next"),
        Route(name="next", channels=("up",), escalation_only=True),
    )
    desk = open_desk(robot, up, routes=routes, quiet=NIGHT)
    desk.later(hours=11)
    desk.steps(low(1, at=desk.now))
    desk.later(hours=8, minutes=15)  # 7:15
    desk.steps()
    assert (robot.ids, up.ids) == ([["1"]], [])
    desk.later(seconds=1)
    desk.steps()
    assert up.ids == [["1"]]


# -- what leaves the house ---------------------------------------------------------------


def texts(channel: Told) -> list[str]:
    return [said(line) for each in channel.sent for line in each.lines]


def test_a_case_that_became_confidential_is_told_without_a_word_about_it(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    open_case = Story(item("1")).case
    secret = Story(item("2"))
    secret.does(OFFICER, do.MarkConfidential(reason="本人要求"), "2026-03-02T11:00")
    desk.cases = {"letters:1": open_case, "letters:2": secret.case}
    desk.steps(alert(1), alert(2), alert(3))
    assert texts(robot) == [
        "高风险来件（群体诉求）：第 1 封信",
        "有来件需要马上处理，请到值班台查看",
        "有来件需要马上处理，请到值班台查看",
    ]


def test_an_accused_unit_s_own_group_hears_no_more_of_the_case(open_desk) -> None:
    group, duty = Told("group"), Told("duty")
    routes = (
        Route(name="unit", channels=("group",), units=frozenset({HOUSING})),
        Route(name="duty", channels=("duty",)),
    )
    desk = open_desk(group, duty, routes=routes)
    accused, other = Story(item("1")), Story(item("2"))
    accused.does(
        OFFICER, do.MarkConfidential(reason="举报", accused=(HOUSING,)), "2026-03-02T11:00"
    )
    desk.cases = {"letters:1": accused.case, "letters:2": other.case}
    desk.steps(alert(1), alert(2))
    assert group.ids == [["2"]]
    assert duty.ids == [["1"], ["2"]]
    assert states(desk, 1) == {"group": SendState.DROPPED, "duty": SendState.SENT}
    desk.cases = OSError("down")
    desk.steps(alert(3))
    assert group.ids == [["2"]], "nobody could be asked"
    desk.cases = {"letters:3": Story(item("3")).case}
    desk.steps()
    assert group.ids == [["2"], ["3"]]


def test_a_ledger_that_is_down_holds_up_no_alert(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.cases = OSError("down")
    desk.steps(alert(1))
    assert texts(robot) == ["有来件需要马上处理，请到值班台查看"]


def test_a_roster_that_cannot_be_read_holds_up_no_alert_either(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    desk.workday = False
    desk.duty = OSError("locked")
    desk.steps(alert(1))
    assert [each.names for each in robot.sent] == [()]


# -- the book -----------------------------------------------------------------------------


def test_pages_read_the_newest_first_and_what_came_since(open_desk) -> None:
    desk = open_desk(Told("robot"))
    desk.steps(*(alert(number) for number in range(1, 6)))
    book = desk.book
    first = book.newest(2, who=OFFICER)
    assert [each.alert.case_id for each in first] == ["letters:5", "letters:4"]
    older = book.newest(10, who=OFFICER, before=first[-1].number)
    assert [each.alert.case_id for each in older] == ["letters:3", "letters:2", "letters:1"]
    assert book.newest(10, who=OFFICER, after=first[0].number) == ()


@pytest.mark.parametrize(
    ("who", "count"),
    [
        (Actor("z", Role.DESK), 3),
        (Actor("z", Role.ADMIN), 3),
        (Actor("x", Role.LEADER), 3),
        (Actor("l", Role.RESPONDER, unit=HOUSING), 1),
        (Actor("g", Role.RESPONDER, unit=POLICE), 0),
        (Actor("n", Role.RESPONDER), 0),
        (Actor("s", Role.REVIEWER), 0),
    ],
)
def test_nobody_sees_or_acknowledges_the_alerts_of_others(
    open_desk, who: Actor, count: int
) -> None:
    desk = open_desk(Told("robot"))
    led = alert(2, alert_id="letters:2#9:escalated", role=Role.LEADER)
    source = alert(3, alert_id="source:mail:silent", case_id="", unit="")
    desk.steps(alert(1), led, source)
    assert len(desk.book.newest(10, who=who)) == count
    if count < 3:
        with pytest.raises(UnknownAlert):
            desk.book.acknowledge(led.alert_id, who, desk.now)
    else:
        desk.book.acknowledge(led.alert_id, who, desk.now)


# -- for the people of a unit alone ------------------------------------------------


def test_what_is_for_a_unit_goes_by_no_route_and_into_no_list_of_the_desk(open_desk) -> None:
    robot = Told("robot")
    desk = open_desk(robot)
    notice = alert(1, alert_id="letters:1#2:unit_assigned@housing", kind=AlertKind.UNIT_ASSIGNED)
    desk.steps(notice)
    assert robot.sent == []
    assert desk.book.newest(10, who=OFFICER) == ()
    unit = Actor(id="lin", role=Role.RESPONDER, unit=HOUSING)
    assert [entry.alert for entry in desk.book.newest(10, who=unit)] == [notice]
    other = Actor(id="gong", role=Role.RESPONDER, unit=POLICE)
    assert desk.book.newest(10, who=other) == ()


def test_no_table_makes_wait_what_never_waits(open_desk) -> None:
    """[quiet] that names every level and kind: the urgent goes out in the night."""
    every = Quiet(begin=time(22), end=time(7), levels=frozenset(Level), kinds=frozenset(AlertKind))
    robot = Told("robot")
    desk = open_desk(robot, quiet=every)
    desk.now += timedelta(hours=11)
    held = low(3, at=desk.now, kind=AlertKind.HELD, urgent=True)
    desk.steps(alert(1, at=desk.now), low(2, at=desk.now), held)
    assert sorted(robot.ids) == [["1"], ["3"]]
