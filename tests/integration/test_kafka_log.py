"""The log on a real broker: the behaviour all logs share, and what only Kafka has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from cases.alerts import Alert
from cases.record.events import Recorded
from streams.dead_letters import DeadLetter, StoredLetter
from streams.kafka import topics as kafka_topics
from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import LogDown
from streams.kafka.letter_spool import dead_letters
from streams.kafka.log import (
    AlertWriter,
    DeadLetterWriter,
    Inbox,
    JournalWriter,
    alerts,
)
from streams.kafka.progress import Progress
from streams.kafka.reader import Reader
from streams.kafka.records import Record
from streams.kafka.spool import JournalSpool
from streams.kafka.topics import Cluster
from streams.kafka.writer import Writer
from tests.cases.whole_life import long_life
from tests.conformance.log import LogBehaviour, Logs
from tests.servers import Kafka, free_port
from tests.servers.fixtures import running


def cluster_on(kafka: Kafka, partitions: int = 2) -> Cluster:
    address = KafkaAddress(servers=(kafka.bootstrap,), prefix=f"log-{uuid4().hex[:8]}")
    cluster = Cluster(address=address, partitions=partitions)
    kafka_topics.create(cluster)
    return cluster


class KafkaLogs:
    def __init__(self, cluster: Cluster) -> None:
        self._address = cluster.address
        self._topics = cluster.topics
        self.writer = Writer(cluster.address, patience=20)

    def send(self, data: Sequence[bytes]) -> None:
        Inbox(self.writer, self._topics).append_raw(["letters:1"] * len(data), data)

    def inbox(self) -> list[bytes]:
        with Reader(self._address) as reader:
            return [entry.value or b"" for entry in reader.read_all(self._topics.inbox)]

    def append(self, events: Sequence[Recorded]) -> None:
        JournalWriter(self.writer, self._topics).append(events)

    def journal(self) -> Iterator[Recorded]:
        with Reader(self._address) as reader, JournalSpool() as spool:
            spool.fill(reader, self._topics.journal)
            assert spool.contradictions == []
            yield from spool.events()

    def raise_alerts(self, raised: Sequence[Alert]) -> None:
        AlertWriter(self.writer, self._topics).raise_alerts(raised)

    def alerts(self) -> list[Alert]:
        return list(alerts(self._address))

    def add(self, letters: Sequence[DeadLetter]) -> None:
        DeadLetterWriter(self.writer, self._topics).add(letters)

    def letters(self) -> list[StoredLetter]:
        return dead_letters(self._address)


class TestKafkaLog(LogBehaviour):
    @pytest.fixture
    def logs(self, kafka: Kafka) -> Iterator[Logs]:
        logs = KafkaLogs(cluster_on(kafka))
        yield logs
        logs.writer.close()


@pytest.mark.integration
def test_a_write_outlasts_a_broker_that_was_away(tmp_path: Path) -> None:
    with running(Kafka(tmp_path / "kafka")) as kafka:
        cluster = cluster_on(kafka)
        said: list[str] = []
        with_patience = Writer(cluster.address, patience=60, waiting=said.append)
        with_patience.write(cluster.topics.inbox, [Record(b"k", b"before")])
        kafka.kill()
        hasty = Writer(cluster.address, patience=0.5)
        with pytest.raises(LogDown, match="连不上 Kafka"):
            hasty.write(cluster.topics.inbox, [Record(b"k", b"refused")])
        hasty.close()
        kafka.start()
        with_patience.write(cluster.topics.inbox, [Record(b"k", b"after")])
        with_patience.close()
        with Reader(cluster.address) as reader:
            values = [entry.value for entry in reader.read_all(cluster.topics.inbox)]
    assert values == [b"before", b"after"]


def test_two_contents_under_one_number_are_found(kafka: Kafka) -> None:
    logs = KafkaLogs(cluster_on(kafka))
    first, second, *_ = long_life().history
    logs.append([first, second, replace(second, message_id="other")])
    with Reader(logs._address) as reader, JournalSpool() as spool:
        spool.fill(reader, logs._topics.journal)
        assert spool.contradictions == [f"{second.case_id}#{second.seq}"]
        assert len(spool) == 2
    logs.writer.close()


def test_nobody_at_the_address_is_said_in_words() -> None:
    nobody = KafkaAddress(servers=(f"127.0.0.1:{free_port()}",))
    with pytest.raises(LogDown, match="HUIYIN_KAFKA"):
        Reader(nobody)


def test_topics_are_made_once_with_what_they_need(kafka: Kafka) -> None:
    address = KafkaAddress(servers=(kafka.bootstrap,), prefix=f"log-{uuid4().hex[:8]}")
    cluster = Cluster(address=address, partitions=3)
    assert len(kafka_topics.problems(cluster)) == 8
    assert len(kafka_topics.create(cluster)) == 8
    assert kafka_topics.create(cluster) == []
    assert kafka_topics.problems(cluster) == []
    fewer = kafka_topics.problems(Cluster(address=address, partitions=5))
    assert [text for text in fewer if "只有 3 个分区，应有 5 个" in text] == fewer
    assert len(fewer) == 2


def test_the_first_who_claims_a_name_has_it_also_of_two_at_one_moment(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = cluster_on(kafka).address
    writer = Writer(address, patience=20)
    try:
        first, second = Progress(address, writer), Progress(address, writer)
        assert first.claim("exchange", "one") == "one"
        with monkeypatch.context() as patch:  # it looked just before the first wrote
            patch.setattr(second, "refresh", lambda: None)
            assert second.claim("exchange", "two") == "one"
        for later in ("one", "three"):
            assert Progress(address, writer).claim("exchange", later) == "one"
        second.set_note("exchange", "two")  # a person says so
        assert first.claim("exchange", "one") == "two"
    finally:
        writer.close()
