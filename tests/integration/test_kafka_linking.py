"""Same matter and crowds over Kafka: what one process finds, found behind the workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import encode_case
from cases.record.item import Item
from cases.record.messages import Action
from cases.words.times import BEIJING
from desk.ground import production, wiring
from desk.ground.settings import Settings, read_settings
from desk.hotspots.service import NamedHotspot
from sinks.ledger.base import Query
from streams.kafka.linking import KafkaLinkStore, LeaderLinks
from streams.kafka.log import alerts
from streams.kafka.records import Record
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.linking import CROWD, Position
from streams.sources.seam.base import Batch
from tests.installation import Installation, installation, until
from tests.servers import Elasticsearch, Kafka
from tests.streams.test_linking import OFFICER, yellow

NOW = "2026-11-20T18:00"
SOON = datetime(2026, 11, 22, 18, tzinfo=BEIJING)
WORDS = (
    "枫林苑小区二号楼电梯停运一周，老人上下楼困难，物业一直不修",
    "枫林苑小区二号楼的电梯坏了一个星期，物业不修，老人下不了楼",
    "枫林苑小区二号楼电梯停运，物业拖了一周不修理，老人出行困难",
)


def letters(first: int, last: int) -> list[Item]:
    """About one lift, each by somebody else; every fourth about buses."""
    return [
        Item(
            source="letters",
            source_item_id=f"{number:03}",
            channel="县长信箱",
            received_at=datetime(2026, 11, 20, 9, tzinfo=BEIJING) + timedelta(minutes=number),
            title="枫林苑小区电梯停运" if number % 4 else f"第{number}路公交车",
            body=WORDS[number % 3] if number % 4 else f"第{number}路公交车的末班车能否晚一些",
            phone=f"1370000{number:04}",
        )
        for number in range(first, last)
    ]


HALVES = (letters(1, 15), letters(15, 30))


@pytest.fixture
def town(kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path, kafka, elasticsearch, now=NOW, HUIYIN_CLASSIFIER="rules") as it:
        yield it


@pytest.fixture
def writer(town: Installation) -> Iterator[Writer]:
    writer = production.writer(town.settings, 20)
    yield writer
    writer.close()


def embedded(home: Path) -> list[bytes]:
    """What one process makes of them."""
    settings = read_settings(
        {"HUIYIN_HOME": str(home), "HUIYIN_NOW": NOW, "HUIYIN_CLASSIFIER": "rules"}
    )
    runner = wiring.open_runner(settings)
    linker = wiring.build_linker(settings, runner.store)
    for half in HALVES:
        runner.take("letters", Batch(found=tuple(half)))
        runner.pump_all()
        while linker.step():
            runner.pump_all()
    cases = list(runner.store.ledger.scan(Query()))
    runner.store.close()
    assert any(CROWD in case.labels.risk for case in cases)
    assert {case.matters for case in cases} == {("letters:001",), ("letters:004",)}
    return [encode_case(case) for case in cases]


def leader(settings: Settings, writer: Writer) -> LeaderLinks:
    store = KafkaLinkStore(production.address(settings), writer)
    return LeaderLinks(store, lambda known: wiring.build_linker(settings, known))


@pytest.mark.timeout(300)
def test_the_same_cases_are_linked_as_in_one_process(
    town: Installation,
    writer: Writer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when another leader takes over in the middle, and when the first comes back."""
    monkeypatch.setattr("streams.linking.SAVE_EVERY", 1)
    expected = embedded(tmp_path / "embedded")
    town.start_worker()
    runner = production.open_runner(town.settings)
    leaders = [leader(town.settings, writer) for _ in range(2)]
    for half, links in zip(HALVES, leaders, strict=True):
        assert runner.take("letters", Batch(found=tuple(half))).new == len(half)
        town.until_done()
        while links.step(0):
            town.until_done()
    runner.store.close()
    ends = town.waiting
    assert leaders[0].step(0) is False, "it takes over what the other has saved"
    assert town.waiting == ends
    parts = production.ledger(town.settings)
    parts.refresh()
    same = [encode_case(case) for case in parts.ledger.scan(Query())] == expected
    assert same
    assert town.audit().problems == ()
    shown = town.run("hotspots", "--days", "731", "--json")
    spots = msgspec.json.decode(shown.stdout, type=list[NamedHotspot])
    assert [(spot.matter, spot.cases) for spot in spots[:1]] == [("letters:001", 22)]


@pytest.mark.timeout(300)
def test_what_begins_and_its_mute_reach_the_next_leader(
    town: Installation, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One leader tells of yellow water, and dies; the next one goes on from what was saved."""
    monkeypatch.setattr("streams.linking.SAVE_EVERY", 1)
    town.start_worker()
    runner = production.open_runner(town.settings)

    def pass_on(links: LeaderLinks) -> list[ev.EmergingSeen]:
        town.until_done()
        while links.step(0):
            town.until_done()
        ledger = production.ledger(town.settings)
        ledger.refresh()
        seen = [
            event.body
            for case in ledger.ledger.scan(Query())
            for event in case.history
            if isinstance(event.body, ev.EmergingSeen)
        ]
        return sorted(seen, key=lambda body: body.people)

    first = leader(town.settings, writer)
    runner.take("letters", Batch(found=tuple(yellow("7", range(7)))))
    (told,) = pass_on(first)
    teller = next(
        case_id for case_id, case in runner.store.ledger.load(told.cases).items() if case.warned
    )
    mute = do.MuteEmerging(until=SOON, reason="水厂冲洗管网，已公告")
    runner.act(
        Action(message_id="m1", case_id=teller, actor=OFFICER, command=mute, at=runner.clock())
    )
    pass_on(first)
    runner.take("letters", Batch(found=tuple(yellow("7", range(7, 15)))))
    _, grown = pass_on(leader(town.settings, writer))
    runner.store.close()
    assert (grown.grown, grown.muted_by, grown.since) == (True, teller, told.since)
    called = [one for one in alerts(production.address(town.settings)) if one.case_id == teller]
    assert [one.kind for one in called if one.kind is AlertKind.EMERGING] == [AlertKind.EMERGING]
    assert town.audit().problems == ()


@pytest.mark.timeout(300)
def test_the_workers_leader_links(town: Installation) -> None:
    worker = town.start_worker(HUIYIN_TEST_LINKS="1")
    runner = production.open_runner(town.settings)
    runner.take("letters", Batch(found=tuple(letters(1, 4))))
    runner.store.close()
    ids = [f"letters:{number:03}" for number in range(1, 4)]

    def linked() -> bool:
        cases = runner.store.ledger.load(ids)
        return [cases[each].matters for each in ids if each in cases] == [("letters:001",)] * 3

    until(linked, 90, worker.said)


def test_a_state_of_many_megabytes_is_kept_whole(town: Installation, writer: Writer) -> None:
    address = production.address(town.settings)
    states = [os.urandom(3 * 1024 * 1024 + number) for number in range(3)]
    for number, state in enumerate(states, 1):
        KafkaLinkStore(address, writer).linked()
        store = KafkaLinkStore(address, writer)
        store.linked()
        store.link((), Position(number, state))
        found = KafkaLinkStore(address, None).linked()
        assert found is not None
        same = found.state == state
        assert (found.after, same) == (number, True)


def test_half_a_saved_state_leaves_the_one_before(town: Installation, writer: Writer) -> None:
    """Killed between the chunks and the head."""
    address = production.address(town.settings)
    store = KafkaLinkStore(address, writer)
    store.link((), Position(1, b"whole"))
    writer.write(Topics(address.prefix).links, [Record(b"a|0", b"half of the next")])
    assert store.moved_on
    found = KafkaLinkStore(address, None).linked()
    assert found == Position(1, b"whole")


def test_a_torn_state_is_not_believed(town: Installation, writer: Writer) -> None:
    address = production.address(town.settings)
    KafkaLinkStore(address, writer).link((), Position(1, b"whole"))
    writer.write(Topics(address.prefix).links, [Record(b"b|0", b"somebody else's")])
    assert KafkaLinkStore(address, None).linked() is None


def test_linking_waits_while_much_waits_to_be_processed(town: Installation) -> None:
    nobody = LeaderLinks(KafkaLinkStore(production.address(town.settings), None), dict)  # type: ignore[arg-type]
    assert nobody.step(1_000_000) is False
