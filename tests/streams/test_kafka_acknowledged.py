"""What the brokers acknowledged, kept on this machine: no broker is needed to judge it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from huiyin.store.errors import StoreError
from streams.kafka.acknowledged import (
    Ack,
    Acknowledged,
    Reached,
    Stored,
    digest_of,
    missing,
    unexplained,
)

TOPIC = "town.inbox"
KNOWN = Reached(first=0, next=10, digest=b"ten")
WHOLE = Stored(start=0, end=10, digest=b"ten")


@pytest.fixture
def counts(tmp_path: Path) -> Iterator[Acknowledged]:
    it = Acknowledged(tmp_path / "kafka.db", [TOPIC])
    yield it
    it.close()


def acks(*offsets: int, partition: int = 0) -> list[Ack]:
    return [Ack(partition, offset, b"%d" % offset) for offset in offsets]


def add(counts: Acknowledged, *offsets: int, partition: int = 0) -> None:
    counts.add(TOPIC, counts.reached(TOPIC), acks(*offsets, partition=partition))


@pytest.mark.parametrize(
    ("stored", "word"),
    [
        (WHOLE, ""),
        # More than acknowledged: the process died before it could count.
        (replace(WHOLE, end=12), ""),
        (Stored(start=0, end=7, digest=b"seven"), "少 3 条"),
        (Stored(start=0, end=0, digest=None), "少 10 条"),
        (replace(WHOLE, start=4), "最早的 4 条不在了"),
        (Stored(start=10, end=10, digest=None), "最早的 10 条不在了"),
        # Deleted, made anew and filled: as many, and others.
        (replace(WHOLE, end=40, digest=b"another"), "第 9 条与确认过的不同"),
    ],
)
def test_only_what_was_acknowledged_and_is_gone_is_missing(stored: Stored, word: str) -> None:
    found = "；".join(missing(0, KNOWN, stored))
    assert word in found
    assert bool(found) == bool(word)


def test_the_highest_offset_of_each_partition_is_kept(counts: Acknowledged) -> None:
    add(counts, 0, 1, 2)
    add(counts, 5, 4, partition=1)
    reached = counts.reached(TOPIC)
    assert {number: one.next for number, one in reached.items()} == {0: 3, 1: 6}
    assert reached[1].digest == b"5"
    assert counts.reached("town.journal") == {}


def test_writers_that_finish_in_another_order_lose_nothing(counts: Acknowledged) -> None:
    """Two processes: the one whose records came first counts last."""
    before = counts.reached(TOPIC)
    counts.add(TOPIC, before, acks(3, 4))
    counts.add(TOPIC, before, acks(1, 2))
    assert counts.reached(TOPIC)[0].next == 5
    assert counts.incidents(TOPIC) == []


def test_an_offset_that_the_broker_no_longer_knew_counts_nothing(counts: Acknowledged) -> None:
    add(counts, 6)
    add(counts, -1)
    assert counts.reached(TOPIC)[0].next == 7
    assert counts.incidents(TOPIC) == []


def test_a_log_that_went_back_is_kept_though_later_records_cover_the_gap(
    counts: Acknowledged,
) -> None:
    add(counts, *range(10))
    add(counts, 4)
    add(counts, *range(5, 30))
    (one,) = counts.incidents(TOPIC)
    assert "分区 0 确认过 10 条，新写入的却成了第 4 条，少 6 条" in one.what
    assert missing(0, counts.reached(TOPIC)[0], replace(WHOLE, end=30, digest=b"29")) == []
    assert unexplained(counts.db)


def test_one_loss_is_told_once_by_two_writers(counts: Acknowledged) -> None:
    add(counts, *range(10))
    before = counts.reached(TOPIC)
    counts.add(TOPIC, before, acks(4))
    counts.add(TOPIC, before, acks(5))
    assert len(counts.incidents(TOPIC)) == 1
    assert counts.reached(TOPIC)[0].next == 6


@pytest.mark.parametrize(
    "stored",
    [
        Stored(start=0, end=7, digest=b"seven"),
        Stored(start=0, end=0, digest=None),
        Stored(start=10, end=10, digest=None),
        replace(WHOLE, start=4),
        replace(WHOLE, digest=b"another"),
    ],
)
def test_a_named_restore_is_no_loss_and_the_next_one_is(
    counts: Acknowledged, stored: Stored
) -> None:
    add(counts, *range(10))
    (one,) = counts.explain({TOPIC: {0: stored}}, "换了集群", "王")
    assert one.topic == TOPIC
    known = counts.reached(TOPIC)[0]
    assert missing(0, known, stored) == []
    assert [each.reason for each in counts.incidents(TOPIC)] == ["换了集群"]
    assert not unexplained(counts.db)
    add(counts, known.next)
    assert missing(0, counts.reached(TOPIC)[0], stored) != []


def test_a_partition_that_is_gone_is_a_loss(counts: Acknowledged) -> None:
    add(counts, *range(3), partition=5)
    (one,) = counts.explain({TOPIC: {}}, "少了一个分区", "王")
    assert "分区 5 确认过 3 条" in one.what


def test_nothing_missing_is_nothing_explained(counts: Acknowledged) -> None:
    add(counts, *range(10))
    there = Stored(start=0, end=10, digest=b"9")
    assert counts.explain({TOPIC: {0: there}}, "无", "王") == []


def test_two_processes_count_in_one_file(tmp_path: Path, counts: Acknowledged) -> None:
    other = Acknowledged(tmp_path / "kafka.db", [TOPIC])
    add(counts, 0, 1)
    add(other, 2)
    assert counts.reached(TOPIC)[0].next == 3
    other.close()


def test_the_file_is_its_owners_and_proves_itself(tmp_path: Path, counts: Acknowledged) -> None:
    add(counts, 0)
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    # An older copy of the file in its place would hide what it does not know.
    (tmp_path / "kafka.db").rename(tmp_path / "old")
    with pytest.raises(StoreError, match="不见了"):
        add(counts, 1)


def test_a_key_and_a_value_are_told_apart() -> None:
    assert digest_of(b"a", b"bc") != digest_of(b"ab", b"c")
    assert digest_of(None, b"x") == digest_of(b"", b"x")
