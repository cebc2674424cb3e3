"""A client of Kafka that fails, or ends, leaves no connection behind: an open one would be found
by the garbage collector at some later time, and its broker would keep it until then."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.kafka import stored_reader, writer
from streams.kafka.connection import KafkaAddress, knock
from streams.kafka.errors import LogDown
from streams.kafka.reader import Reader
from streams.kafka.records import Record
from streams.kafka.writer import Writer
from tests.standins import certificate
from tests.standins.half_broker import HalfBroker


@contextmanager
def nothing_left_open() -> Iterator[None]:
    """What the garbage collector finds open after the block fails the test."""
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        for _ in range(2):
            gc.collect()
    assert [str(each.message) for each in caught] == []


@pytest.fixture(params=["plain", "tls"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[HalfBroker, str]]:
    ours = certificate.make(tmp_path) if request.param == "tls" else None
    with HalfBroker(ours.context if ours else None) as it:
        yield it, str(ours.ca_file) if ours else ""


@pytest.fixture
def address(broker: tuple[HalfBroker, str], monkeypatch: pytest.MonkeyPatch) -> KafkaAddress:
    monkeypatch.setattr(stored_reader, "_START", 0.2)
    return KafkaAddress(servers=(broker[0].address,), ca_file=broker[1])


def test_a_reader_that_does_not_get_as_far_as_reading(
    address: KafkaAddress, broker: tuple[HalfBroker, str]
) -> None:
    with nothing_left_open(), pytest.raises(LogDown):
        Reader(address)
    assert broker[0].connected == 1


def test_a_writer_whose_patience_ends(
    address: KafkaAddress, broker: tuple[HalfBroker, str]
) -> None:
    with nothing_left_open():
        out = Writer(address, patience=0.3)
        with pytest.raises(LogDown):
            out.write("letters", [Record(b"k", b"v")])
        out.close()
    assert broker[0].connected >= 1


def test_a_writer_leaves_nothing_open_between_two_tries(
    address: KafkaAddress, broker: tuple[HalfBroker, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_ONE_TRY", 0.3)

    class Enough(Exception):
        pass

    def enough(_why: str) -> None:
        raise Enough

    out = Writer(address, waiting=enough)
    try:
        with nothing_left_open(), pytest.raises(Enough):
            out.write("letters", [Record(b"k", b"v")])
    finally:
        out.close()


def test_a_knock(address: KafkaAddress, broker: tuple[HalfBroker, str]) -> None:
    with nothing_left_open():
        knock(address)
    assert broker[0].connected == 1


def test_a_writer_is_closed_where_another_loop_runs(address: KafkaAddress) -> None:
    async def beside() -> None:
        out = Writer(address, patience=0.3)
        with pytest.raises(LogDown):
            out.write("letters", [Record(b"k", b"v")])
        out.close()

    with nothing_left_open():
        asyncio.run(beside())
