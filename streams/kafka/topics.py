"""The topics: what each is for, how long it keeps what it has, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka import errors as py_errors
from msgspec import Struct

from streams.kafka.connection import KafkaAddress, in_words, knock
from streams.kafka.errors import LogDown

LARGEST_MESSAGE = 16 * 1024 * 1024
"""Bytes; a message of the inbox with the history event that comes of it fits well."""
_DAY_MS = 86_400_000
_COMPACTED_SOON = {
    "cleanup.policy": "compact",
    "segment.ms": str(_DAY_MS),
    "max.compaction.lag.ms": str(_DAY_MS),
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": str(7 * _DAY_MS),
}
"""What was taken back is off the disks about two days later, also where little is written."""
_FOREVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


class Topic(Struct, frozen=True, kw_only=True):
    name: str
    partitions: int
    keep: Mapping[str, str]
    what: str


class Topics(Struct, frozen=True):
    """Names of the topics of one installation."""

    prefix: str

    @property
    def inbox(self) -> str:
        return f"{self.prefix}.inbox"

    @property
    def journal(self) -> str:
        return f"{self.prefix}.journal"

    @property
    def alerts(self) -> str:
        return f"{self.prefix}.alerts"

    @property
    def dead_letters(self) -> str:
        return f"{self.prefix}.dead-letters"

    @property
    def intake(self) -> str:
        return f"{self.prefix}.intake"

    @property
    def links(self) -> str:
        return f"{self.prefix}.links"

    @property
    def keys(self) -> str:
        """What the records of a case are sealed with: `streams.kafka.keyring`."""
        return f"{self.prefix}.keys"

    @property
    def leader(self) -> str:
        """Faust's own: who has its only partition is the leader."""
        return f"{self.prefix}-__assignor-__leader"

    def declared(self, partitions: int) -> tuple[Topic, ...]:
        """Inbox and journal are kept for ever: the audit reads the one, a rebuild the other."""
        return (
            Topic(name=self.inbox, partitions=partitions, keep=_FOREVER, what="收件日志"),
            Topic(name=self.journal, partitions=partitions, keep=_FOREVER, what="事件日志"),
            Topic(
                name=self.alerts,
                partitions=1,
                keep={"cleanup.policy": "delete", "retention.ms": str(90 * _DAY_MS)},
                what="提醒",
            ),
            Topic(name=self.dead_letters, partitions=1, keep=_FOREVER, what="死信"),
            Topic(
                name=self.intake,
                partitions=1,
                keep={"cleanup.policy": "compact"},
                what="接收进度",
            ),
            Topic(
                name=self.links,
                partitions=1,
                keep=_COMPACTED_SOON,
                what="同一事项的关联进度",
            ),
            Topic(name=self.keys, partitions=1, keep=_COMPACTED_SOON, what="事项密钥"),
            Topic(name=self.leader, partitions=1, keep={}, what="巡查负责人的选举"),
        )


class Cluster(Struct, frozen=True, kw_only=True):
    """What an installation asks of the cluster."""

    address: KafkaAddress
    partitions: int = 6
    """Of inbox and journal: at most so many workers share the work. May grow, never
    shrink: before growing, let the workers finish what waits."""
    replication: int = 1

    @property
    def topics(self) -> Topics:
        return Topics(self.address.prefix)


@contextmanager
def administering(address: KafkaAddress) -> Iterator[KafkaAdminClient]:
    """Raises `LogError` and `LogDown`."""
    knock(address)
    with in_words(address):
        admin = KafkaAdminClient(
            **address.options(), bootstrap_timeout_ms=8000, request_timeout_ms=8000
        )
        try:
            yield admin
        finally:
            admin.close()


def _found(admin: KafkaAdminClient) -> dict[str, int]:
    return {
        topic["name"]: len(topic["partitions"])
        for topic in admin.describe_topics()
        if not topic.get("error_code")
    }


def create(cluster: Cluster) -> list[str]:
    """Creates what is missing; gives the names of the new topics. Raises `LogError`, `LogDown`."""
    made = []
    with administering(cluster.address) as admin:
        there = _found(admin)
        for topic in cluster.topics.declared(cluster.partitions):
            if topic.name in there:
                continue
            configs = dict(topic.keep)
            configs["max.message.bytes"] = str(LARGEST_MESSAGE)
            if cluster.replication >= 3:
                configs["min.insync.replicas"] = "2"
            try:
                admin.create_topics(
                    {
                        topic.name: {
                            "num_partitions": topic.partitions,
                            "replication_factor": cluster.replication,
                            "configs": configs,
                        }
                    },
                    wait_for_metadata=True,
                )
            except py_errors.TopicAlreadyExistsError:
                continue
            except py_errors.InvalidReplicationFactorError:
                raise LogDown(
                    f"Kafka 现有的节点不够放 {cluster.replication} 份副本，建不了主题 "
                    f"{topic.name}。请启动更多节点，或减小 HUIYIN_KAFKA_REPLICATION。"
                ) from None
            made.append(topic.name)
    return made


def problems(cluster: Cluster) -> list[str]:
    """What is missing or too small, each with what to do. Raises `LogError`, `LogDown`."""
    found: list[str] = []
    with administering(cluster.address) as admin:
        there = _found(admin)
        for topic in cluster.topics.declared(cluster.partitions):
            n = there.get(topic.name, 0)
            if not n:
                found.append(
                    f"Kafka 上没有主题 {topic.name}（{topic.what}）。"
                    "请运行 huiyin doctor --create。"
                )
            elif n < topic.partitions:
                found.append(
                    f"主题 {topic.name} 只有 {n} 个分区，应有 {topic.partitions} 个"
                    "（HUIYIN_KAFKA_PARTITIONS）。请改小该设置，或在处理完积压后增加分区。"
                )
            elif n > topic.partitions == 1:
                found.append(f"主题 {topic.name} 有 {n} 个分区，应只有 1 个。请删除后重建。")
        inbox, journal = there.get(cluster.topics.inbox), there.get(cluster.topics.journal)
        if inbox and journal and inbox != journal:
            found.append(
                f"收件日志有 {inbox} 个分区，事件日志有 {journal} 个，应当相同。请增加少的一个。"
            )
    return found
