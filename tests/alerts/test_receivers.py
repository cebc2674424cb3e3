"""The people of units: each told once, of the own cases alone, in counts, and in the morning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.alerts import Alert, AlertKind, Level
from cases.notices import TOLD_UNITS
from cases.record import commands as do
from cases.record.case import Case
from sinks.alerts.base import Limit, Unsent
from sinks.alerts.config import AlertSetup
from sinks.alerts.file import SendState
from sinks.alerts.receivers import (
    Carried,
    Receiver,
    quiet_hours,
    with_receivers,
)
from sinks.alerts.wording import body, heading
from streams.unit_notices import UnitToday
from tests.alerts.helpers import NOON, Desk, Told, alert
from tests.cases.helpers import DESK as OFFICER
from tests.cases.helpers import HOUSING, LEAD, POLICE, Story, item

LATER = Unsent(reason="unreachable", detail="连不上", retry=True)
NEVER = Unsent(reason="rejected", detail="号码不存在", retry=False)
QUIET = quiet_hours(time(18), time(8, 30))


def notice(number: int = 1, **changes: object) -> Alert:
    known: dict[str, object] = {
        "alert_id": f"letters:{number}#2:unit_assigned@{HOUSING}",
        "kind": AlertKind.UNIT_ASSIGNED,
        "level": Level.MEDIUM,
        "text": f"新派单：第 {number} 封信",
        "unit": HOUSING,
    }
    return alert(number, **{**known, **changes})


def receiver(name: str, **changes: object) -> Receiver:
    known: dict[str, object] = {
        "name": f"unit:{name}",
        "unit": HOUSING,
        "label": f"县住建局 短信 {name}",
        "address": name,
        "kinds": frozenset(TOLD_UNITS),
        "quiet": QUIET,
    }
    return Receiver(**{**known, **changes})  # type: ignore[arg-type]


class Cases(dict[str, Case]):
    """Every case of the housing office, as it is now."""

    def __init__(self) -> None:
        self._usual = Story().case

    def get(self, key: str, default: object = None) -> Case:
        return super().get(key) or replace(self._usual, item=item(key.partition(":")[2]))

    def __getitem__(self, key: str) -> Case:
        return self.get(key)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


class Office(Desk):
    """A desk whose units have people."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Told("duty"), routes=())
        self.cases = self.known = Cases()
        self.receivers: list[Receiver] = []
        self.told: dict[str, Told] = {}
        self.stand_ins: Mapping[str, tuple[str, ...]] = {}
        self.by = ""
        self.people = self._people

    def has(self, *receivers: Receiver, limits: Sequence[Limit] = ()) -> list[Told]:
        self.receivers += receivers
        new = [Told(one.name, limits=tuple(limits) or Told("x").limits) for one in receivers]
        self.told |= {one.name: one for one in new}
        return new

    def _people(self, setup: AlertSetup) -> AlertSetup:
        carried = {name: Carried(told, by=self.by, pace=name) for name, told in self.told.items()}
        return with_receivers(setup, self.receivers, carried, self.stand_ins)


def texts(told: Told) -> list[str]:
    return ["\n".join([heading(each), *body(each)]) for each in told.sent]


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    return NOON.replace(day=day, hour=hour, minute=minute)


# -- who, and of what -----------------------------------------------------------------


def test_a_unit_is_told_of_its_cases_in_counts_and_without_a_word_of_them(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.steps(notice(1), notice(2), notice(1, kind=AlertKind.UNIT_REMINDED, alert_id="r"))
    (text,) = texts(told)
    assert text.split("\n") == [
        "回音：有 2 件事需要处理",
        "催办 1 件，新派单 2 件（最早 03-04 12:00）。请登录查看。",
        "https://desk.example.gov.cn/queue",
    ]
    assert {note.channel for note in office.notes} == {"县住建局 短信 a"}


@pytest.mark.parametrize("over", [False, True])
def test_a_unit_hears_nothing_of_a_part_that_it_has_written_or_need_not_write(
    office: Office, *, over: bool
) -> None:
    (told,) = office.has(receiver("a"))
    asked = notice(kind=AlertKind.UNIT_EVENT, alert_id="e", case_id="", incident="YQ2026-0001")
    office.over = OSError("desk file")
    office.steps(asked)
    assert told.sent == [], "told once it can be asked"
    office.over = ("e",) if over else ()
    office.steps()
    assert len(told.sent) == (0 if over else 1)


def test_a_unit_hears_nothing_of_the_cases_of_another(office: Office) -> None:
    mine, other = office.has(receiver("a"), receiver("b", unit=POLICE))
    office.steps(notice(1))
    assert (len(mine.sent), len(other.sent)) == (1, 0)


def test_what_went_to_another_unit_meanwhile_is_told_no_more(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.now = office.real = at(20)
    office.steps(notice(1, at=at(20)), notice(2, at=at(20)))
    moved = Story(item("1"))
    moved.does(OFFICER, do.Assign(lead=POLICE, reason="不属住建"), "2026-03-02T11:00")
    office.known["letters:1"] = moved.case
    office.now = office.real = at(8, 30, day=5)
    office.steps()
    assert "有 1 件事" in texts(told)[0]
    (state,) = office.book.states([notice(1).alert_id]).values()
    assert [each.state for each in state.sendings] == [SendState.DROPPED]


def test_what_the_unit_acknowledged_meanwhile_is_no_new_assignment(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.now = office.real = at(20)
    office.steps(notice(1, at=at(20)))
    story = Story(item("1"))
    story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    office.known["letters:1"] = story.case
    office.now = office.real = at(8, 30, day=5)
    office.steps()
    assert told.sent == []


def test_a_case_about_the_unit_itself_is_not_told_to_it(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.known["letters:1"] = replace(Story(item("1")).case, accused=(HOUSING,))
    office.steps(notice(1))
    assert told.sent == []


def test_a_confidential_case_is_one_to_look_at(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.known["letters:1"] = replace(Story(item("1")).case, confidential=True)
    office.steps(notice(1), notice(2))
    (text,) = texts(told)
    assert "新派单 1 件，需要查看 1 件" in text


def test_while_the_ledger_cannot_be_asked_a_unit_waits(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    known, office.cases = office.cases, RuntimeError("down")
    office.steps(notice(1))
    assert told.sent == []
    office.cases = known
    office.steps()
    assert len(told.sent) == 1


def test_who_wants_only_some_kinds_is_told_only_these(office: Office) -> None:
    (told,) = office.has(receiver("a", kinds=frozenset({AlertKind.UNIT_SUPERVISED})))
    office.steps(notice(1))
    assert told.sent == []
    office.steps(notice(1, kind=AlertKind.UNIT_SUPERVISED, alert_id="s", level=Level.HIGH))
    assert "督办 1 件" in texts(told)[0]


def test_one_address_is_told_once_though_it_stands_there_twice(office: Office) -> None:
    first, second = office.has(receiver("a", address="138"), receiver("b", address="138"))
    office.steps(notice(1))
    assert (len(first.sent), len(second.sent)) == (1, 0)


def test_that_the_desk_knows_does_not_keep_the_unit_from_being_told(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    late = notice(1, kind=AlertKind.OVERDUE, alert_id="o", level=Level.HIGH, at=at(0, day=5))
    office.now = office.real = at(0, day=5)
    office.steps(late)
    office.book.acknowledge("o", OFFICER, office.now)
    office.now = office.real = at(8, 30, day=5)
    office.steps()
    assert "已逾期 1 件" in texts(told)[0]


# -- the night, the digest, no flood ---------------------------------------------------


def test_the_night_is_one_message_at_half_past_eight_with_the_day(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.today = UnitToday(due=3, late=2)
    office.now = office.real = at(18)
    for number in range(1, 11):
        office.steps(notice(number, at=office.now))
        office.later(minutes=30)
    office.now = office.real = at(0, day=5)
    office.steps(notice(1, kind=AlertKind.DUE_TODAY, alert_id="d", at=office.now))
    office.now = office.real = at(8, 29, day=5)
    office.steps()
    assert told.sent == []
    office.now = office.real = at(8, 30, day=5)
    office.steps()
    (text,) = texts(told)
    assert "有 10 件事需要处理" in text
    assert "新派单 10 件（最早 03-04 18:00）。今日到期 3 件，已逾期 2 件。" in text


@pytest.mark.parametrize(
    "pressing",
    [
        notice(1, at=at(23), urgent=True),
        notice(1, at=at(23), kind=AlertKind.UNIT_INSTRUCTED, level=Level.HIGH),
        notice(1, at=at(23), kind=AlertKind.OVERDUE, urgent=True),
    ],
)
def test_what_is_urgent_or_an_instruction_is_told_in_the_night(
    office: Office, pressing: Alert
) -> None:
    (told,) = office.has(receiver("a"))
    office.now = office.real = at(23)
    office.steps(pressing)
    assert len(told.sent) == 1


def test_by_day_what_comes_within_ten_minutes_is_one_message(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    for number in range(1, 21):
        office.steps(notice(number, at=office.now))
        office.later(seconds=29)
    assert [len(each.lines) for each in told.sent] == [1]
    office.later(seconds=30)
    office.steps()
    assert [len(each.lines) for each in told.sent] == [1, 19]
    office.steps(notice(30, urgent=True, at=office.now))
    assert [len(each.lines) for each in told.sent] == [1, 19, 1], "what is urgent gathers none"


# -- in whose place --------------------------------------------------------------------


def test_who_is_away_is_stood_in_for_also_for_what_waited(office: Office) -> None:
    away, deputy = office.has(receiver("a"), receiver("b", unit="none"))
    office.now = office.real = at(20)
    office.steps(notice(1, at=office.now))
    office.stand_ins = {"unit:a": ("unit:b",)}
    office.now = office.real = at(8, 30, day=5)
    office.steps()
    assert (len(away.sent), len(deputy.sent)) == (0, 1)
    office.stand_ins = {}
    office.later(hours=1)
    office.steps(notice(2, at=office.now))
    assert (len(away.sent), len(deputy.sent)) == (1, 1), "back at work"


def test_a_receiver_that_was_taken_out_leaves_nothing_waiting(office: Office) -> None:
    gone, stays = office.has(receiver("a"), receiver("b", kinds=frozenset()))
    office.now = office.real = at(20)
    office.steps(notice(1, at=office.now))
    office.receivers = office.receivers[1:]
    office.stand_ins = {"unit:a": ("unit:b",)}
    office.now = office.real = at(8, 30, day=5)
    office.steps()
    assert (len(gone.sent), len(stays.sent)) == (0, 1)


# -- what does not arrive --------------------------------------------------------------


def test_a_number_that_does_not_exist_stops_nobody_else(office: Office) -> None:
    office.by = "gateway"
    wrong, right = office.has(receiver("a"), receiver("b", address="b2"))
    wrong.answers = [NEVER]
    office.steps(notice(1))
    office.steps()
    assert (len(wrong.sent), len(right.sent)) == (1, 1)
    failing = [each.text for each in office.raised if each.kind is AlertKind.CHANNEL_FAILING]
    assert failing == ["告警渠道“县住建局 短信 a”发不出消息，原因见告警渠道的状况"]


def test_a_gateway_that_is_down_is_said_once_and_rests_for_all(office: Office) -> None:
    office.by = "gateway"
    people = office.has(*(receiver(f"r{n}", address=f"r{n}") for n in range(5)))
    for told in people:
        told.answers = [LATER]
    office.steps(notice(1))
    office.steps()
    assert sum(len(told.sent) for told in people) == 1, "it is not asked again by each"
    failing = [each.text for each in office.raised if each.kind is AlertKind.CHANNEL_FAILING]
    assert failing == ["告警渠道“gateway”发不出消息，原因见告警渠道的状况"]
    for told in people:
        told.answers = []
    office.later(minutes=1)
    office.steps()
    office.later(minutes=1)
    office.steps()
    taken = [[line.alert.alert_id for line in told.sent[-1].lines] for told in people]
    assert taken == [[notice(1).alert_id]] * 5


def test_the_program_started_again_tells_nobody_twice(office: Office) -> None:
    (told,) = office.has(receiver("a"))
    office.steps(notice(1))
    office.restart()
    office.later(hours=1)
    office.steps(notice(1))
    assert len(told.sent) == 1


def test_a_unit_with_nobody_entered_is_told_by_nothing_and_the_rest_goes_on(office: Office) -> None:
    (told,) = office.has(receiver("b", unit=POLICE))
    office.steps(notice(1))
    assert told.sent == []
    (state,) = office.book.states([notice(1).alert_id]).values()
    assert state.sendings == ()
