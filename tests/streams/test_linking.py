"""Same matter, crowds and repeated callers, found behind the stream."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record import events as ev
from cases.record.item import Item
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from classifiers.emerging.detector import EmergingState
from classifiers.matter.linker import encode
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.settings import read_settings
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from streams.kafka.linking import _ready
from streams.kafka.reader import LogEntry
from streams.linking import CROWD, REPEAT, Linker, _State
from streams.sources.seam.base import Batch
from tests.classifiers.emerging.test_emerging import PLACES, YELLOW_WATER

NOW = datetime(2026, 11, 20, 9, tzinfo=BEIJING)
OFFICER = Actor("lin", Role.DESK, "林某")
WORDS = (
    "枫林苑小区二号楼电梯停运一周，老人上下楼困难，物业一直不修",
    "枫林苑小区二号楼的电梯坏了一个星期，物业不修，老人下不了楼",
    "枫林苑小区二号楼电梯停运，物业拖了一周不修理，老人出行困难",
)


def letter(number: int, person: str, body: str = "") -> Item:
    return Item(
        source="letters",
        source_item_id=str(number),
        channel="县长信箱",
        received_at=NOW + timedelta(minutes=number),
        title="枫林苑小区电梯停运",
        body=body or WORDS[number % len(WORDS)],
        phone=person,
    )


@pytest.fixture
def runner(tmp_path: Path) -> EmbeddedRunner:
    settings = read_settings(
        {
            "HUIYIN_HOME": str(tmp_path),
            "HUIYIN_NOW": "2026-11-20T18:00",
            "HUIYIN_CLASSIFIER": "rules",
        }
    )
    return wiring.open_runner(settings)


def take(runner: EmbeddedRunner, *items: Item) -> None:
    runner.take("letters", Batch(found=items))
    runner.pump_all()


def linked(runner: EmbeddedRunner) -> Linker:
    linker = wiring.build_linker(read_settings({}), runner.store)
    while linker.step():
        runner.pump_all()
    return linker


def risks(runner: EmbeddedRunner, number: int) -> tuple[str, ...]:
    return runner.store.ledger.load([f"letters:{number}"])[f"letters:{number}"].labels.risk


def test_letters_about_one_thing_are_linked_and_stay_cases_of_their_own(
    runner: EmbeddedRunner,
) -> None:
    other = replace(
        letter(9, "13700000009", "请问灵活就业人员怎样缴纳养老保险，需要带哪些材料"),
        title="咨询养老保险",
    )
    take(runner, letter(1, "13700000001"), letter(2, "13700000002"), other)
    linked(runner)
    cases = runner.store.ledger.load(["letters:1", "letters:2", "letters:9"])
    assert cases["letters:1"].matters == cases["letters:2"].matters == ("letters:1",)
    assert cases["letters:9"].matters == ()
    assert cases["letters:1"].round.reply_clock == cases["letters:1"].rounds[0].reply_clock
    assert audit_store(runner.store).balanced


def test_many_people_about_one_thing_are_a_crowd_and_wake_the_desk(
    runner: EmbeddedRunner,
) -> None:
    least = wiring.build_tables(read_settings({})).risk.crowd.distinct_people
    take(runner, *(letter(n, f"1370000{n:04}") for n in range(1, least)))
    linked(runner)
    assert CROWD not in risks(runner, least - 1)
    take(runner, letter(least, "13799999999"))
    linked(runner)
    assert CROWD in risks(runner, least)
    woken = [a for a in runner.store.alerts(50) if a.kind is AlertKind.HIGH_RISK]
    assert f"letters:{least}" in {alert.case_id for alert in woken}


def test_the_same_person_again_is_a_repeated_call_and_no_crowd(runner: EmbeddedRunner) -> None:
    take(runner, *(letter(n, "13700000001") for n in range(1, 8)))
    linked(runner)
    assert REPEAT in risks(runner, 7)
    assert CROWD not in risks(runner, 7)


def test_reading_the_journal_again_says_nothing_new(runner: EmbeddedRunner) -> None:
    take(runner, *(letter(n, f"1370000{n:04}") for n in range(1, 7)))
    linked(runner)
    before = runner.store.journal_size()
    # The first linker saved nothing, as if it had been killed.
    linked(runner).save()
    assert runner.store.journal_size() == before
    events = [e.body for e in runner.store.journal() if isinstance(e.body, ev.MatterLinked)]
    assert len(events) == 6
    linked(runner)
    assert runner.store.journal_size() == before
    assert audit_store(runner.store).balanced


def test_who_wrote_is_not_kept(runner: EmbeddedRunner) -> None:
    take(runner, letter(1, "13700000001"), letter(2, "13700000002"))
    linked(runner).save()
    saved = runner.store.linked()
    assert saved is not None
    assert b"13700000001" not in saved.state


def test_a_clock_that_went_back_does_not_stop_the_reading_of_partitions() -> None:
    def entries(partition: int, *written: int) -> list[LogEntry]:
        return [
            LogEntry("journal", partition, offset, None, None, at)
            for offset, at in enumerate(written)
        ]

    first, second = ("journal", 0), ("journal", 1)
    found = {first: entries(0, 100, 50), second: entries(1, 90, 95)}
    assert len(_ready(found, {first, second})) == 2
    assert len(_ready(found, {first})) == 4
    assert len(_ready({first: entries(0, 10, 20), second: entries(1, 15, 30)}, {first})) == 3


def warnings(runner: EmbeddedRunner) -> list[tuple[str, ev.EmergingSeen]]:
    """By case, the smallest first."""
    found = [
        (case.case_id, event.body)
        for case in runner.store.ledger.search(Query(limit=50)).cases
        for event in case.history
        if isinstance(event.body, ev.EmergingSeen)
    ]
    return sorted(found, key=lambda one: len(one[1].cases))


def test_what_begins_is_told_once_with_its_messages(runner: EmbeddedRunner) -> None:
    for number, text in enumerate(YELLOW_WATER):
        place = PLACES[number]
        one = letter(number, f"1370000{number:04}", f"{place}：{text}")
        take(runner, replace(one, title=f"{place}的情况", place=place))
    linked(runner)
    warned = warnings(runner)
    assert [body.grown for _, body in warned] == [False, True]
    case_id, first = warned[0]
    assert int(case_id.partition(":")[2]) <= 5
    assert case_id in first.cases
    alerts = [alert for alert in runner.store.alerts(100) if alert.kind is AlertKind.EMERGING]
    assert len(alerts) == 2
    assert "2 小时内" in alerts[0].text
    assert "偶然出现" in alerts[0].text
    assert "地点有滨河小区、阳光家园、城东菜市场" in alerts[-1].text
    # Read again from the beginning, the journal says nothing new.
    again = wiring.build_linker(read_settings({}), runner.store)
    while again.step():
        runner.pump_all()
    assert warnings(runner) == warned
    events = [one for one in runner.store.alerts(100) if one.kind is AlertKind.EMERGING]
    assert len(events) == 2
    assert audit_store(runner.store).balanced


def test_a_state_of_before_has_the_matters_alone() -> None:
    old = encode(wiring.build_matters(read_settings({})).state())
    assert msgspec.msgpack.decode(old, type=_State).emerging == EmergingState()


def test_history_is_no_beginning(runner: EmbeddedRunner) -> None:
    for number, text in enumerate(YELLOW_WATER):
        one = letter(number, f"1370000{number:04}", text)
        take(runner, replace(one, title=PLACES[number], archived=True))
    linked(runner)
    assert not [one for one in runner.store.alerts(100) if one.kind is AlertKind.EMERGING]


def yellow(prefix: str, numbers: range, **more: str) -> list[Item]:
    """Of the fifteen letters about yellow water; `prefix` begins their numbers and writers."""
    return [
        replace(
            letter(
                number, f"13{prefix}0000{number:04}", f"{PLACES[number]}：{YELLOW_WATER[number]}"
            ),
            source_item_id=f"{prefix}{number}",
            title=f"{PLACES[number]}的情况",
            **{"place": PLACES[number]} | more,
        )
        for number in numbers
    ]


def told_by(runner: EmbeddedRunner) -> list[ev.EmergingSeen]:
    return [body for _, body in warnings(runner)]


def test_a_mute_is_heard_behind_the_stream_and_kept_over_a_restart(runner: EmbeddedRunner) -> None:
    take(runner, *yellow("7", range(7)))
    linked(runner).save()
    ((teller, first),) = warnings(runner)
    mute = do.MuteEmerging(until=NOW + timedelta(days=3), reason="水厂冲洗管网，已公告")
    action = Action(message_id="m1", case_id=teller, actor=OFFICER, command=mute, at=runner.clock())
    runner.act(action)
    runner.pump_all()
    linked(runner).save()
    take(runner, *yellow("7", range(7, 15)))
    linked(runner)
    muted = [body for body in told_by(runner) if body.muted_by]
    assert [(body.muted_by, body.grown) for body in muted] == [(teller, True)]
    assert len([a for a in runner.store.alerts(100) if a.kind is AlertKind.EMERGING]) == 1
    assert first.since == NOW
    assert audit_store(runner.store).balanced


def test_the_town_of_the_table_of_units_is_named_where_it_explains_it(
    runner: EmbeddedRunner,
) -> None:
    take(runner, *yellow("8", range(8), place="河东街道"))
    linked(runner)
    (body, *_) = told_by(runner)
    assert body.where == "河东街道"
    (alert, *_) = [a for a in runner.store.alerts(100) if a.kind is AlertKind.EMERGING]
    assert "，都在河东街道" in alert.text


def test_who_calls_again_about_one_thing_is_no_new_voice(runner: EmbeddedRunner) -> None:
    """Days apart, so that no day has the same caller twice."""
    for day in range(3):
        again = letter(1, "13700000001", WORDS[day])
        item = replace(again, source_item_id=f"d{day}", received_at=NOW - timedelta(days=4 - day))
        take(runner, item)
    linker = linked(runner)
    state = linker._position().state
    recent = msgspec.msgpack.decode(state, type=_State).emerging.recent
    assert [one.counted for one in recent][-1:] == [False]
