"""The intake on Kafka against crashes: what is written twice is one message, what was
counted once stays counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from cases.record.item import Item, Note
from cases.record.messages import Observation, decode_message
from desk.ground import production
from sinks.files import FileStore
from streams.kafka.errors import LogError
from streams.kafka.letter_spool import dead_letters
from streams.kafka.progress import Progress
from streams.kafka.reader import Reader
from streams.kafka.records import Record
from streams.kafka.runner import KafkaRunner
from streams.kafka.topics import Topics
from streams.sources.seam.base import Batch, Rejected
from streams.sources.seam.health import SourceHealth, pause
from streams.stored_originals import whole_original
from tests.cases.helpers import RECEIVED, item
from tests.installation import Installation, installation
from tests.servers import Elasticsearch, Kafka

BAD = Rejected(
    source="letters", reason="missing_id", detail="第 3 行没有编号", original=b"?", origin="3"
)


@pytest.fixture(scope="module")
def town(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("town"), kafka, elasticsearch) as it:
        yield it


@pytest.fixture
def runners(town: Installation) -> Iterator[Runners]:
    them = Runners(town)
    yield them
    them.close()


class Runners:
    """Runners that know nothing of each other, as after a restart."""

    def __init__(self, town: Installation) -> None:
        self._town = town
        self._open: list[KafkaRunner] = []

    def new(self, name: str = "intake") -> KafkaRunner:
        runner = production.open_runner(self._town.settings, name=name)
        self._open.append(runner)
        return runner

    def close(self) -> None:
        for runner in self._open:
            runner.store.close()


def observations(town: Installation, source: str) -> list[Observation]:
    address = production.address(town.settings)
    with Reader(address) as reader:
        entries = list(reader.read_all(Topics(address.prefix).inbox))
    messages = [decode_message(entry.value or b"") for entry in entries]
    return [
        message
        for message in messages
        if isinstance(message, Observation) and message.item.source == source
    ]


def of(source: str, number: str, body: str = "路灯不亮") -> Item:

    return replace(item(number), source=source, body=body)


def test_a_crash_before_the_cursor_repeats_a_batch_and_counts_it_once(
    town: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(found=(of("crash", "1"), of("crash", "2"), BAD, BAD), cursor="7")

    def died(*_: object) -> None:
        raise ConnectionResetError

    first = runners.new()
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "move", died)
        with pytest.raises(ConnectionResetError):
            first.take("crash", batch)
    second = runners.new()
    assert second.cursor("crash") is None
    counts = second.take("crash", batch)
    # The first attempt is in the inbox: its items are known by now, its letters are not new.
    assert (counts.read, counts.unchanged, counts.rejected) == (4, 2, 2)
    assert runners.new().cursor("crash") == "7"
    assert len(observations(town, "crash")) == 2
    stored = [
        each
        for each in dead_letters(production.address(town.settings))
        if each.letter.original == BAD.original
    ]
    assert [each.times for each in stored] == [2]


def test_a_restarted_poller_knows_what_still_waits_in_the_inbox(
    town: Installation, runners: Runners
) -> None:
    """A, B, A while no worker runs: the third is another version, not the first again."""
    for body in ("甲", "乙", "甲"):
        counts = runners.new().take("edited", Batch(found=(of("edited", "1", body),)))
        assert counts.unchanged == 0
    assert runners.new().take("edited", Batch(found=(of("edited", "1", "甲"),))).unchanged == 1
    seen = observations(town, "edited")
    assert [message.item.body for message in seen] == ["甲", "乙", "甲"]
    assert len({message.message_id for message in seen}) == 3


def test_counts_of_several_writers_add_up(town: Installation, runners: Runners) -> None:
    runners.new("intake").take("both", Batch(found=(of("both", "1"), of("both", "2"))))
    runners.new("import").take("both", Batch(found=(of("both", "3"),)))
    counts = runners.new().store.intake_counts()["both"]
    assert (counts.read, counts.new) == (3, 3)


def test_a_pause_and_a_rewind_reach_a_running_poller(
    runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.kafka.progress._LOOK_SECONDS", 0.0)
    poller, desk = runners.new(), runners.new("desk")
    assert poller.health("paused") is None
    watched = SourceHealth(source="paused", watched_since=RECEIVED)
    later = RECEIVED + timedelta(hours=1)
    desk.change_health("paused", lambda _known: pause(watched, now=later, by="wang"))
    desk.store.set_cursor("paused", "back")
    found = poller.health("paused")
    assert found is not None
    assert found.paused
    assert poller.cursor("paused") == "back"


def test_an_item_that_no_record_holds_is_cut_and_its_whole_goes_with_it(
    town: Installation, runners: Runners
) -> None:
    huge = replace(of("huge", "2"), body="路" * (6 * 1024 * 1024))
    runner = runners.new()
    counts = runner.take("huge", Batch(found=(of("huge", "1"), huge, of("huge", "3")), cursor="3"))
    assert (counts.read, counts.new, counts.rejected) == (3, 3, 0)
    assert runners.new().cursor("huge") == "3"
    taken = {seen.item.source_item_id: seen.item for seen in observations(town, "huge")}
    assert set(taken) == {"1", "2", "3"}
    cut = taken["2"]
    assert cut.body == huge.body[: len(cut.body)]
    (file,) = cut.attachments
    assert (town.settings.files / file.sha[:2] / file.sha).read_text("utf-8") == huge.body
    # The same again is known, whatever was cut.
    assert runners.new().take("huge", Batch(found=(huge,))).unchanged == 1


def test_an_item_that_cannot_be_cut_is_a_letter_and_the_next_ones_come_in(
    town: Installation, runners: Runners
) -> None:
    notes = tuple(Note(f"n{n}", "路灯不亮") for n in range(300_000))
    counts = runners.new().take(
        "many", Batch(found=(of("many", "1"), replace(of("many", "2"), notes=notes)))
    )
    assert (counts.new, counts.rejected) == (1, 1)
    (letter,) = [
        each.letter
        for each in dead_letters(production.address(town.settings))
        if each.letter.source == "many"
    ]
    assert letter.reason == "too_large"
    whole = whole_original(letter.original, FileStore(town.settings.files, 1))
    assert len(msgspec.json.decode(whole, type=Item).notes) == 300_000


def test_a_record_that_is_too_large_is_said_and_not_tried_for_ever(town: Installation) -> None:
    writer = production.writer(town.settings, None)
    with pytest.raises(LogError, match="超过 Kafka 日志每条 16 MB 的上限"):
        writer.write(Topics(town.name).inbox, [Record(b"k", b"x" * 17 * 1024 * 1024)])
    writer.close()
