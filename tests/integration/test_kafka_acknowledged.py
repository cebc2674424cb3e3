"""`huiyin audit` with Kafka: what was acknowledged to this machine is held against the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from kafka import KafkaAdminClient, TopicPartition

from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.ground import production, production_upkeep
from huiyin.store.errors import StoreError
from huiyin.store.proof import FileProof
from streams.kafka import topics
from streams.kafka.records import Record
from streams.kafka.topics import Topics
from tests.cases.helpers import RECEIVED
from tests.installation import Installation, until
from tests.servers import Kafka
from tests.servers.fixtures import running

pytestmark = pytest.mark.integration
WRITES = 20


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One that may be stopped, with its files at hand."""
    with running(Kafka(tmp_path_factory.mktemp("kafka"))) as kafka:
        yield kafka


class NoLedger:
    """The ledger is away: the log is proved all the same."""

    url = "http://127.0.0.1:9"


@pytest.fixture
def town(broker: Kafka, tmp_path: Path) -> Installation:
    it = Installation(tmp_path, broker, NoLedger(), partitions=1)  # type: ignore[arg-type]
    topics.create(production.cluster(it.settings))
    write(it, WRITES)
    return it


def write(town: Installation, number: int) -> None:
    """Records as a desk writes them, one acknowledgement each."""
    out = production.writer(town.settings, 20, counted=True)
    try:
        for each in range(number):
            record = Record(b"case", b"action %d" % each)
            out.write(Topics(town.name).inbox, [record])
    finally:
        out.close()


def proof_of(town: Installation) -> FileProof:
    """Of the inbox."""
    found = {each.file: each for each in production_upkeep.prove_log(town.settings)}
    return found[Topics(town.name).inbox]


def anew(town: Installation, *, filled: int) -> None:
    """The topic deleted and made again, with other records."""
    topic = Topics(town.name).inbox
    admin = KafkaAdminClient(bootstrap_servers=town.environment["HUIYIN_KAFKA"])
    admin.delete_topics([topic])
    until(lambda: topic not in admin.list_topics(), 20)
    admin.close()
    topics.create(production.cluster(town.settings))
    out = production.writer(town.settings, 20)
    out.write(topic, [Record(b"other", b"%d" % each) for each in range(filled)])
    out.close()


def without_the_first(town: Installation) -> None:
    """As a retention that was set by mistake leaves it."""
    admin = KafkaAdminClient(bootstrap_servers=town.environment["HUIYIN_KAFKA"])
    admin.delete_records({TopicPartition(Topics(town.name).inbox, 0): 5})
    admin.close()


def cut(broker: Kafka, town: Installation, batches: int) -> None:
    """The last batches of the topic's file are gone, as after a disk that lied."""
    broker.stop()
    folder = broker.folder / "data" / f"{Topics(town.name).inbox}-0"
    (log,) = folder.glob("*.log")
    data = log.read_bytes()
    starts, at = [], 0
    while at + 12 <= len(data) and (length := int.from_bytes(data[at + 8 : at + 12], "big")):
        starts.append(at)
        at += 12 + length
    log.write_bytes(data[: starts[-batches]])
    for each in folder.iterdir():
        if each.suffix in {".index", ".timeindex", ".snapshot"}:
            each.unlink()
    (broker.folder / "data" / ".kafka_cleanshutdown").unlink(missing_ok=True)
    broker.start()


def test_what_was_acknowledged_is_there(town: Installation) -> None:
    proof = proof_of(town)
    assert (proof.acknowledged, proof.commits, proof.problems) == (WRITES, WRITES, ())
    # Written and not counted: the process died in between, and nobody was answered.
    out = production.writer(town.settings, 20)
    out.write(Topics(town.name).inbox, [Record(b"case", b"not counted")])
    out.close()
    assert (proof_of(town).commits, proof_of(town).balanced) == (WRITES + 1, True)


@pytest.mark.parametrize(
    ("lose", "word"),
    [
        (without_the_first, "最早的 5 条不在了"),
        (lambda town: anew(town, filled=0), f"少 {WRITES} 条"),
        (lambda town: anew(town, filled=WRITES + 5), f"第 {WRITES - 1} 条与确认过的不同"),
    ],
    ids=["first-gone", "made-anew", "made-anew-and-filled"],
)
def test_a_topic_that_lost_records_is_told(
    town: Installation, lose: Callable[[Installation], None], word: str
) -> None:
    lose(town)
    (problem,) = proof_of(town).problems
    assert word in problem


def test_a_topic_cut_short_fails_the_audit_until_a_person_says_why(
    broker: Kafka, town: Installation
) -> None:
    cut(broker, town, 7)
    told = town.run("audit")
    assert told.returncode == 1
    assert "分区 0 确认过 20 条，日志里只到 13 条，少 7 条" in told.stdout
    assert "核对不一致" in told.stdout
    assert "来件核对做不了" in told.stdout  # the ledger is away
    # The records that come now would cover the gap.
    write(town, 30)
    (problem,) = proof_of(town).problems
    assert "新写入的却成了第 13 条，少 7 条" in problem
    named = town.run("restored", "磁盘损坏")
    assert Topics(town.name).inbox in named.stdout
    assert proof_of(town).balanced
    found = msgspec.json.decode(town.run("audit", "--json").stdout)
    assert any("磁盘损坏" in line for each in found["files"] for line in each["named"])


def test_a_desk_counts_and_does_not_answer_when_it_cannot(town: Installation) -> None:
    runner = production.open_runner(town.settings)
    runner.act(note())
    assert proof_of(town).acknowledged == WRITES + 1
    town.settings.kafka_counts.unlink()
    with pytest.raises(StoreError, match="不见了"):
        runner.act(note())
    runner.store.close()


def note() -> Action:
    return Action(
        message_id=uuid4().hex,
        case_id="letters:1",
        actor=Actor(role=Role.DESK, id="wang", name="王"),
        command=do.LogContact(text="电话联系"),
        at=RECEIVED,
    )
