"""Kafka's fast lane over a log in memory: what cannot wait goes first, in order, and once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.messages import Action, Message, Tick, encode_message, observe
from sinks.ledger.base import Change
from streams.kafka import fast_lane
from streams.kafka.fast_lane import FastLane
from streams.kafka.liveness import Lag
from streams.kafka.reader import LogEntry
from streams.kafka.work import Stopped
from tests.cases.helpers import LEAD, RECEIVED, item
from tests.streams.fakes import Broken, Desk
from tests.streams.test_backlog import Fires

GONE = b"gone"
"""Key of a record that is not kept any more: its offset is a gap."""
NOW = RECEIVED + timedelta(hours=1)
MESSAGES: dict[str, Message] = {
    "action": Action(message_id="a", case_id="c", actor=LEAD, command=do.Acknowledge(), at=NOW),
    "tick": Tick(message_id="t", case_id="c", at=NOW),
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in (
        ("BACKLOG", 8),
        ("NOTED_AT_ONCE", 12),
        ("JUDGED_AT_ONCE", 5),
        ("READ_AT_ONCE", 9),
        ("BATCH", 3),
    ):
        monkeypatch.setattr(fast_lane, name, number)


class Inbox:
    """Partitions of messages in memory, and who has done what of them."""

    def __init__(self, partitions: int = 1) -> None:
        self.records: list[list[tuple[bytes, bytes]]] = [[] for _ in range(partitions)]
        self.committed = [0] * partitions
        self.reads: list[tuple[int, int, int]] = []

    def put(self, *messages: Message, partition: int = 0) -> None:
        self.records[partition] += [(m.case_id.encode(), encode_message(m)) for m in messages]

    def take(
        self, *numbers: str, body: str = "路灯坏了", partition: int = 0, **more: object
    ) -> None:
        self.put(*(observe(item(n, body=body, **more), "") for n in numbers), partition=partition)

    def lag(self) -> Lag:
        return Lag(
            committed=dict(enumerate(self.committed)),
            ends={p: len(records) for p, records in enumerate(self.records)},
        )

    def read(self, partition: int, start: int, end: int) -> Iterator[LogEntry]:
        assert start >= self.committed[partition]
        self.reads.append((partition, start, end))
        for offset, (key, value) in enumerate(self.records[partition][start:end], start):
            if key != GONE:
                yield LogEntry("inbox", partition, offset, key, value)


class Town:
    """A desk in memory whose worker has not come to what waits."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.fires = Fires()
        self.desk = Desk(self.fires)
        self.stop = Event()
        self.lane = self.other_lane()

    def other_lane(self) -> FastLane:
        return FastLane(self.inbox, self.desk.processor, self.desk.ports, lambda: NOW, self.stop)

    def look(self, *partitions: int) -> None:
        """Until nothing is left to be looked at."""
        while self.lane.step(partitions or (0,)):
            pass

    def work(self, number: int, partition: int = 0) -> None:
        """The turn of so many messages."""
        at = self.inbox.committed[partition]
        records = self.inbox.records[partition][at : at + number]
        self.desk.processor.process([value for _, value in records], self.desk.ports, NOW)
        self.inbox.committed[partition] = at + len(records)

    def known(self) -> set[str]:
        return {case_id.removeprefix("letters:") for case_id in self.desk.ledger.documents}


@pytest.fixture
def town() -> Town:
    return Town(Inbox())


def many(first: int, count: int) -> list[str]:
    return [str(number) for number in range(first, first + count)]


@pytest.mark.parametrize("kind", MESSAGES)
def test_what_is_looked_for_first_begins_as_it_is_written(kind: str) -> None:
    assert encode_message(MESSAGES[kind]).startswith(fast_lane._ASKED_FOR)
    assert not encode_message(observe(item("1"), "")).startswith(fast_lane._ASKED_FOR)


def test_what_sounds_urgent_at_the_end_is_opened_and_alarmed_first(town: Town) -> None:
    town.inbox.take(*many(1, 30))
    town.inbox.take("fire", body="楼里着火了")
    town.look()
    assert town.known() == {"fire"}
    assert AlertKind.URGENT in {alert.kind for alert in town.desk.alerts.raised}
    assert town.inbox.committed == [0]


@pytest.mark.parametrize("place", ["first", "midst", "last"])
def test_offsets_with_gaps_are_gone_over(town: Town, place: str) -> None:
    town.inbox.take(*many(1, 30))
    at = {"first": 0, "midst": 14, "last": 30}[place]
    town.inbox.records[0][at:at] = [(GONE, b"")] * 13
    if place != "last":
        town.inbox.take("fire", body="楼里着火了")
    town.look()
    assert town.known() == ({"fire"} if place != "last" else set())


def test_with_little_waiting_messages_keep_their_turn(town: Town) -> None:
    town.inbox.take(*many(1, 7))
    town.inbox.take("fire", body="楼里着火了")
    town.look()
    assert town.known() == set()
    assert not town.inbox.reads
    assert not town.lane.behind
    town.inbox.take("9")
    town.look()
    assert town.lane.behind
    town.work(1)
    town.look()
    assert not town.lane.behind


def test_at_their_turn_they_give_the_events_that_they_gave(town: Town) -> None:
    town.inbox.take(*many(1, 30))
    town.inbox.take("fire", body="楼里着火了")
    town.look()
    early = list(town.desk.journal.events)
    alerts = {alert.alert_id for alert in town.desk.alerts.raised}
    town.work(31)
    known = town.desk.journal.known()
    assert [known[event.case_id, event.seq] for event in early] == early
    assert len([key for key in known if key[0] == "letters:fire"]) == len(early)
    assert {a.alert_id for a in town.desk.alerts.raised if a.case_id == "letters:fire"} == alerts
    assert town.known() == {*many(1, 30), "fire"}


def test_a_press_and_a_clock_come_before_what_only_sounds_urgent(town: Town) -> None:
    town.inbox.take("case", "other")
    town.work(2)
    town.inbox.take(*many(1, 5))
    town.inbox.take("fire", body="楼里着火了")
    town.inbox.put(press("letters:case"))
    late = NOW + timedelta(days=200)
    town.inbox.put(Tick(message_id="t-1", case_id="letters:other", at=late))
    town.inbox.take(*many(6, 10))
    town.lane.step((0,))
    assert town.desk.case("letters:case").recorded_for("a-1")
    assert "fire" not in town.known()
    town.look()
    assert "fire" in town.known()


def test_a_press_on_a_case_that_waits_itself_opens_it_first(town: Town) -> None:
    """Also where the case lies many steps before the press: the order of a case holds."""
    town.inbox.take("case")
    town.inbox.take(*many(1, 40))
    town.inbox.take("case", body="路灯坏了，第二版")
    town.inbox.put(press("letters:case"))
    town.look()
    case = town.desk.case("letters:case")
    assert town.known() == {"case"}
    tags = [event.body.__struct_config__.tag for event in town.desk.journal.events]
    assert (tags[0], tags[-1]) == ("case_opened", "acknowledged")
    town.work(60)
    assert town.desk.case("letters:case").history == case.history


def test_an_urgent_later_version_takes_the_earlier_one_along(town: Town) -> None:
    town.inbox.take(*many(1, 3))
    town.inbox.take("case")
    town.inbox.take(*many(4, 30))
    first = item("case", body="路灯坏了")
    town.inbox.put(observe(replace(first, body="路灯坏了，现在着火了"), ""))
    town.look()
    assert town.known() == {"case"}
    before = town.desk.case("letters:case")
    assert before.item.body.endswith("着火了")
    town.work(60)
    assert town.desk.case("letters:case").history == before.history


def test_each_message_is_judged_once_while_the_worker_gets_on(town: Town) -> None:
    town.inbox.take(*many(1, 60))
    while town.lane.step((0,)):
        if town.inbox.committed[0] < 40:
            town.work(4)
    assert town.fires.asked <= 60
    assert town.lane.step((0,)) is False
    town.inbox.take("fire", body="楼里着火了")
    town.look()
    assert "fire" in town.known()
    assert town.fires.asked <= 61


def test_only_ones_own_partitions_are_looked_at() -> None:
    town = Town(Inbox(2))
    for partition in (0, 1):
        town.inbox.take(*many(100 * partition, 20), partition=partition)
        town.inbox.take(f"fire-{partition}", body="楼里着火了", partition=partition)
    town.look(1)
    assert town.known() == {"fire-1"}
    assert {partition for partition, _, _ in town.inbox.reads} == {1}
    town.look(0, 1)
    assert town.known() == {"fire-0", "fire-1"}


def test_another_that_gets_the_partition_looks_again_and_changes_nothing(town: Town) -> None:
    town.inbox.take(*many(1, 30))
    town.inbox.take("fire", body="楼里着火了")
    town.look()
    before = town.desk.journal.known()
    town.lane = town.other_lane()
    town.look()
    assert town.desk.journal.known() == before


def test_one_that_was_frozen_while_the_worker_got_on_changes_nothing(town: Town) -> None:
    """It had decided, and wakes up when the turn of its messages is over."""
    town.inbox.take(*many(1, 30))
    town.inbox.take("fire", body="楼里着火了")
    ledger_store = town.desk.ledger.store
    woken: list[bool] = []

    def store(changes: Sequence[Change]) -> tuple[str, ...]:
        if not woken:
            woken.append(True)
            town.work(31)
        return ledger_store(changes)

    town.desk.ledger.store = store  # type: ignore[method-assign]
    town.look()
    assert woken
    events = [e for e in town.desk.journal.known().values() if e.case_id == "letters:fire"]
    assert list(town.desk.case("letters:fire").history)
    assert len({event.seq for event in events}) == len(events)


def test_what_failed_is_tried_again_and_nothing_is_skipped(town: Town) -> None:
    town.inbox.take(*many(1, 8))
    town.inbox.take("fire", body="楼里着火了")
    town.desk.journal.fail_times = 1
    with pytest.raises(Broken):
        town.look()
    town.look()
    assert {e.case_id for e in town.desk.journal.events} == {"letters:fire"}
    assert town.desk.alerts.raised


def test_a_bad_message_is_a_dead_letter_at_its_turn_only(town: Town) -> None:
    town.inbox.take(*many(1, 12))
    town.inbox.take("fire", body="毒")
    town.inbox.take("fire", body="楼里着火了")
    town.inbox.put(press("letters:unknown"))
    town.inbox.records[0].append((b"", b"no message"))
    town.look()
    assert town.known() == {"fire"}
    assert not town.desk.letters.letters
    town.work(30)
    assert {letter.reason for letter in town.desk.letters.letters} == {
        "not_a_message",
        "processing_failed",
        "unknown_case",
    }


def test_bad_messages_alone_stop_nothing(town: Town) -> None:
    town.inbox.take("bad", body="毒", urgency="特急")
    town.inbox.take("bad", body="毒，第二版", urgency="特急")
    town.inbox.take(*many(1, 12))
    town.look()
    assert town.known() == set()


def test_a_batch_at_its_turn_waits_for_a_look_and_not_for_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_lane, "LOOK_AHEAD", 8)
    town.lane.let_look()
    town.inbox.take(*many(1, 30))
    assert town.lane.step((0,))
    went_on = Event()

    def turn() -> None:
        begun.set()
        town.lane.let_look()
        went_on.set()

    begun = Event()
    worker = Thread(target=turn)
    worker.start()
    assert begun.wait(10)
    for _ in range(3):
        assert town.lane.step((0,))
    worker.join(10)
    assert went_on.is_set()
    town.look()
    town.lane.let_look()


def test_after_a_rest_nobody_waits_for_a_look(town: Town) -> None:
    town.inbox.take(*many(1, 30))
    assert town.lane.step((0,))
    town.lane.rest()
    town.lane.let_look()


def test_a_stop_ends_it_between_two_batches(town: Town) -> None:
    town.inbox.take(*many(1, 12), body="楼里着火了")
    town.stop.set()
    with pytest.raises(Stopped):
        town.look()
    assert town.known() == set()


def press(case_id: str) -> Action:
    return Action(message_id="a-1", case_id=case_id, actor=LEAD, command=do.Acknowledge(), at=NOW)
