"""`huiyin audit` in production: the proof read from the topics, and held against what this
machine was told is safe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from huiyin.store.proof import FileProof
from sinks.ledger.base import Ledger, Query
from streams.audit import MOST_EXAMPLES, Audit, audit
from streams.kafka.acknowledged import (
    Acknowledged,
    LogIncident,
    Reached,
    Stored,
    digest_of,
    missing,
)
from streams.kafka.connection import KafkaAddress
from streams.kafka.keyring import ring_of
from streams.kafka.letter_spool import letters_of
from streams.kafka.progress import read_counts
from streams.kafka.reader import Offsets, Reader
from streams.kafka.spool import JournalSpool
from streams.kafka.stored_reader import StoredReader
from streams.kafka.topics import Topics

_NAME_IT: Final = (
    "如果是恢复或迁移集群，请用 huiyin restored 登记原因；不是的话请保留现场，查明 Kafka 的数据"
)


def audit_log(address: KafkaAddress, ledger: Ledger) -> Audit:
    """Exact while the workers rest or stand still; what they do meanwhile can show as
    differences that the next audit no longer has.

    Raises `LogError`, `LogDown`, `LedgerUnavailable`."""
    topics = Topics(address.prefix)
    with Reader(address, group=address.group) as reader, JournalSpool() as spool:
        ends = reader.ends(topics.inbox)
        # A log that was cut ends before what was processed of it.
        processed = {
            each: min(done, ends[each])
            for each, done in reader.committed(topics.inbox).items()
            if each in ends
        }
        spool.fill(reader, topics.journal)
        counts = read_counts(reader, topics)
        with letters_of(reader.read_all(topics.dead_letters)) as letters:
            result = audit(
                log=_log(reader, processed),
                waiting=sum(end - processed.get(each, 0) for each, end in ends.items()),
                journal=spool.events(),
                ledger=ledger.scan(Query()),
                letters=letters.each(),
                intake=counts,
            )
    problems = list(result.problems)
    if spool.contradictions:
        example = "、".join(spool.contradictions[:5])
        problems.append(
            f"事件日志中同一编号有两种内容：{len(spool.contradictions)} 条，如 {example}"
        )
    ring = ring_of(address)
    problems += [
        f"{case_id} 登记了删除，密钥却还在。请运行 huiyin restored 再删一次"
        for case_id in sorted(spool.erased - ring.erased())[:MOST_EXAMPLES]
    ]
    problems += [
        f"{case_id} 的密钥已销毁，事件日志里却没有登记删除"
        for case_id in sorted(ring.erased() - spool.erased)[:MOST_EXAMPLES]
    ]
    return replace(result, problems=tuple(problems))


def prove_log(address: KafkaAddress, counts: Acknowledged) -> tuple[FileProof, ...]:
    """Everything that was acknowledged to this machine is in the log, topic by topic.

    Raises `LogError`, `LogDown`, `StoreError`."""
    proofs = []
    for topic, called in _called(Topics(address.prefix)).items():
        # Before the log itself, which may be written to meanwhile.
        known = counts.reached(topic)
        stored = stored_of(address, topic, known)
        problems = [
            f"{line}。{_NAME_IT}"
            for partition, one in known.items()
            for line in missing(partition, one, stored[partition])
        ]
        named: list[str] = []
        for one in counts.incidents(topic):
            (problems if one.explained_at is None else named).append(_incident(one))
        proofs.append(
            FileProof(
                file=topic,
                called=called,
                commits=sum(each.end - each.start for each in stored.values()),
                acknowledged=sum(each.next - each.first for each in known.values()),
                heads=tuple(
                    f"{called}分区 {partition} 第 {one.next - 1} 条 {one.digest.hex()[:12]}"
                    for partition, one in known.items()
                    if one.digest
                ),
                named=tuple(named),
                problems=tuple(problems),
            )
        )
    return tuple(proofs)


def explain_log(
    address: KafkaAddress, counts: Acknowledged, reason: str, by: str
) -> list[LogIncident]:
    """A person says what happened to the records that are missing. Raises `LogError`,
    `LogDown`, `StoreError`."""
    stored = {
        topic: stored_of(address, topic, counts.reached(topic))
        for topic in _called(Topics(address.prefix))
    }
    return counts.explain(stored, reason, by)


def stored_of(address: KafkaAddress, topic: str, known: Mapping[int, Reached]) -> dict[int, Stored]:
    """What the brokers have of each partition, and of those that are known. Raises `LogError`,
    `LogDown`."""
    with StoredReader(address) as reader:
        starts, ends = reader.starts(topic), reader.ends(topic)
        last = {
            (name, partition): min(known[partition].next, end)
            for (name, partition), end in ends.items()
            if partition in known
        }
        # One record of each partition.
        read = reader.read({each: max(after - 1, 0) for each, after in last.items()}, last)
        digests = {entry.partition: digest_of(entry.key, entry.value) for entry in read}
    there = {
        partition: Stored(start=starts[topic, partition], end=end, digest=digests.get(partition))
        for (_, partition), end in ends.items()
    }
    gone = Stored(start=0, end=0, digest=None)
    return dict.fromkeys(known, gone) | there


def _called(topics: Topics) -> dict[str, str]:
    """The topics into which desk and intake write what they answer for."""
    return {topics.inbox: "收件日志", topics.dead_letters: "死信"}


def counted_topics(address: KafkaAddress) -> tuple[str, ...]:
    return tuple(_called(Topics(address.prefix)))


def _incident(one: LogIncident) -> str:
    if one.explained_at is None:
        return f"{one.at:%Y-%m-%d %H:%M} 发现：{one.what}。{_NAME_IT}"
    return (
        f"{one.at:%Y-%m-%d %H:%M} 恢复：{one.what}。"
        f"{one.by} 于 {one.explained_at:%Y-%m-%d %H:%M} 登记原因：{one.reason}"
    )


def _log(reader: Reader, processed: Offsets) -> Iterator[bytes]:
    return (entry.value or b"" for entry in reader.read({}, processed))
