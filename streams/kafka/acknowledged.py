"""What the brokers acknowledged and desk and intake answered for, kept on this machine.

A file of SQLite in the data folder has, for each partition, how far it was acknowledged and
a digest of the last record. It is written after the acknowledgement and before the answer.
A log that ends earlier has lost records; one with another record in that place was deleted
and made anew, or belongs to another cluster. Record 0009.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from huiyin.store.counting import Counted
from huiyin.store.migrations import ensure, has_table
from huiyin.store.sqlite import Connection, connect

CALLED: Final = "Kafka 确认计数"
_BEIJING: Final = timezone(timedelta(hours=8))
_STEPS: Final = (
    """
    CREATE TABLE reached (
        topic TEXT NOT NULL, partition INTEGER NOT NULL,
        first INTEGER NOT NULL, next INTEGER NOT NULL, digest BLOB NOT NULL,
        PRIMARY KEY (topic, partition)
    ) WITHOUT ROWID;
    CREATE TABLE log_incidents (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, topic TEXT NOT NULL, what TEXT NOT NULL,
        explained_at TEXT, reason TEXT NOT NULL DEFAULT '', by TEXT NOT NULL DEFAULT ''
    )
    """,
)


class Reached(Struct, frozen=True, kw_only=True):
    """How far a partition was acknowledged."""

    first: int
    """The first offset that has to be there: 0 until a person has said otherwise."""
    next: int
    """One more than the last offset that was acknowledged."""
    digest: bytes
    """Digest of the last record, see `digest_of`."""


class Stored(Struct, frozen=True, kw_only=True):
    """What the brokers have of a partition."""

    start: int
    end: int
    digest: bytes | None
    """Of the record before `Reached.next`, or the last one where the log ends earlier; None
    where there is none."""


class Ack(NamedTuple):
    partition: int
    offset: int
    """-1 where the broker no longer knew it."""
    digest: bytes


class LogIncident(Struct, frozen=True, kw_only=True):
    """Records that were acknowledged and are gone."""

    at: datetime
    topic: str
    what: str
    """In plain Chinese."""
    explained_at: datetime | None
    reason: str
    by: str


def digest_of(key: bytes | None, value: bytes | None) -> bytes:
    """The digest of one record. The length in front keeps key and value apart."""
    name = key or b""
    return hashlib.sha256(b"%d:%b%b" % (len(name), name, value or b"")).digest()


def missing(partition: int, known: Reached, stored: Stored) -> list[str]:
    """What was acknowledged and is not there, in plain Chinese; empty where all is."""
    found = []
    if stored.start > known.first:
        found.append(
            f"分区 {partition} 最早的 {stored.start - known.first} 条不在了："
            f"应从第 {known.first} 条起，现从第 {stored.start} 条起"
        )
    if stored.end < known.next:
        found.append(
            f"分区 {partition} 确认过 {known.next} 条，日志里只到 {stored.end} 条，"
            f"少 {known.next - stored.end} 条"
        )
    elif stored.start < known.next and stored.digest != known.digest:
        found.append(
            f"分区 {partition} 第 {known.next - 1} 条与确认过的不同："
            "主题被删除重建过，或换成了另一个集群"
        )
    return found


class Acknowledged:
    """The file. For one thread at a time; other threads and processes open it again."""

    def __init__(self, path: Path, topics: Iterable[str]) -> None:
        """`topics`: those that are counted. Raises `StoreError`."""
        self.topics = frozenset(topics)
        self.db: Connection = connect(path, CALLED)
        try:
            ensure(self.db, "kafka", _STEPS)
            self.counted = Counted(self.db)
            self.db.acknowledging = self.counted
        except BaseException:
            self.db.close()
            raise

    def reached(self, topic: str) -> dict[int, Reached]:
        """By partition. Raises `StoreError`."""
        rows = self.db.execute(
            "SELECT partition, first, next, digest FROM reached WHERE topic = ?", (topic,)
        )
        return {
            partition: Reached(first=first, next=after, digest=digest)
            for partition, first, after, digest in rows
        }

    def add(self, topic: str, before: Mapping[int, Reached], acks: Sequence[Ack]) -> None:
        """On the disk when this returns. `before`: what was reached when the records were
        sent. Raises `StoreError`.

        Everything in `before` was in the log by then, so an offset below it means that the
        log has lost its end: that is kept until a person explains it, for later records
        would cover the gap."""
        highest: dict[int, Ack] = {}
        lowest: dict[int, int] = {}
        for ack in acks:
            if ack.offset < 0:
                continue
            lowest[ack.partition] = min(ack.offset, lowest.get(ack.partition, ack.offset))
            if ack.partition not in highest or highest[ack.partition].offset < ack.offset:
                highest[ack.partition] = ack
        if not highest:
            return
        with self.db.transaction():
            now = self.reached(topic)
            for partition, ack in highest.items():
                known, there = before.get(partition), now.get(partition)
                if known and there and lowest[partition] < known.next <= there.next:
                    self._note(topic, _went_back(partition, known, lowest[partition]))
                elif there and there.next > ack.offset:
                    continue
                self._reach(topic, partition, there.first if there else 0, ack)

    def incidents(self, topic: str) -> list[LogIncident]:
        """In the order they were found. Raises `StoreError`."""
        rows = self.db.execute(
            "SELECT at, topic, what, explained_at, reason, by FROM log_incidents "
            "WHERE topic = ? ORDER BY number",
            (topic,),
        )
        return [
            LogIncident(
                at=datetime.fromisoformat(at),
                topic=name,
                what=what,
                explained_at=datetime.fromisoformat(explained) if explained else None,
                reason=reason,
                by=by,
            )
            for at, name, what, explained, reason, by in rows
        ]

    def explain(
        self, stored: Mapping[str, Mapping[int, Stored]], reason: str, by: str
    ) -> list[LogIncident]:
        """A person says what happened to the records that are missing from `stored` (by topic
        and partition), or were before; gives what was explained. Counting goes on from what is
        there. Raises `StoreError`."""
        explained = []
        with self.db.transaction():
            for topic, partitions in stored.items():
                for partition, known in self.reached(topic).items():
                    there = partitions.get(partition, Stored(start=0, end=0, digest=None))
                    lost = missing(partition, known, there)
                    if lost:
                        self._note(topic, "；".join(lost))
                        self._settle(topic, partition, known, there)
                explained += [one for one in self.incidents(topic) if one.explained_at is None]
            self.db.execute(
                "UPDATE log_incidents SET explained_at = ?, reason = ?, by = ? "
                "WHERE explained_at IS NULL",
                (_now(), reason, by),
            )
        return explained

    def close(self) -> None:
        self.db.close()

    def _note(self, topic: str, what: str) -> None:
        self.db.execute(
            "INSERT INTO log_incidents (at, topic, what) VALUES (?, ?, ?)", (_now(), topic, what)
        )

    def _reach(self, topic: str, partition: int, first: int, ack: Ack) -> None:
        self.db.execute(
            "INSERT INTO reached VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET next = excluded.next, digest = excluded.digest",
            (topic, partition, first, ack.offset + 1, ack.digest),
        )

    def _settle(self, topic: str, partition: int, known: Reached, there: Stored) -> None:
        """From here on what is there is what has to be."""
        after = max(there.start, min(known.next, there.end))
        self.db.execute(
            "UPDATE reached SET first = ?, next = ?, digest = ? WHERE topic = ? AND partition = ?",
            (there.start, after, there.digest or b"", topic, partition),
        )


def unexplained(db: Connection) -> bool:
    """Whether records are missing and nobody has said why. Raises `StoreError`."""
    return (
        has_table(db, "log_incidents")
        and db.execute("SELECT 1 FROM log_incidents WHERE explained_at IS NULL").fetchone()
        is not None
    )


def _went_back(partition: int, known: Reached, offset: int) -> str:
    return (
        f"分区 {partition} 确认过 {known.next} 条，新写入的却成了第 {offset} 条，"
        f"少 {known.next - offset} 条"
    )


def _now() -> str:
    return datetime.now(_BEIJING).isoformat()
