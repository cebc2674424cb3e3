"""The embedded store as a log: the behaviour of every runtime, and what is its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from cases.alerts import Alert
from cases.record.events import Recorded
from huiyin.store.errors import StoreError
from streams.dead_letters import DeadLetter, StoredLetter
from streams.embedded.store import EmbeddedStore
from tests.cases.helpers import RECEIVED
from tests.conformance.log import LogBehaviour, Logs, letter
from tests.streams.fakes import Broken


class EmbeddedLogs:
    def __init__(self, store: EmbeddedStore) -> None:
        self.store = store

    def send(self, data: Sequence[bytes]) -> None:
        self.store.append_raw(data)

    def inbox(self) -> list[bytes]:
        return [data for _, data in self.store.inbox(0, 1000)]

    def append(self, events: Sequence[Recorded]) -> None:
        self.store.append_events(events)

    def journal(self) -> Iterable[Recorded]:
        return self.store.journal()

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self.store.raise_alerts(alerts)

    def alerts(self) -> list[Alert]:
        return self.store.alerts(1000)[::-1]

    def add(self, letters: Sequence[DeadLetter]) -> None:
        self.store.add(letters)

    def letters(self) -> list[StoredLetter]:
        return list(self.store.dead_letters())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "huiyin.db")
    yield opened
    opened.close()


class TestEmbeddedLogs(LogBehaviour):
    @pytest.fixture
    def logs(self, store: EmbeddedStore) -> Logs:
        return EmbeddedLogs(store)


def test_a_transaction_is_all_or_nothing(store: EmbeddedStore) -> None:
    def half() -> None:
        with store.transaction():
            store.append_raw([b"one"])
            store.set_processed(1)
            raise Broken

    with pytest.raises(Broken):
        half()
    assert store.inbox(0, 10) == []
    assert (store.processed, store.waiting()) == (0, 0)
    with store.transaction():
        store.append_raw([b"one", b"two"])
        store.set_processed(1)
    assert (store.processed, store.waiting()) == (1, 1)


def test_what_was_committed_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "huiyin.db"
    first = EmbeddedStore(path)
    with first.transaction():
        first.append_raw([b"one"])
    first.close()
    second = EmbeddedStore(path, readonly=True)
    assert [data for _, data in second.inbox(0, 10)] == [b"one"]
    second.close()


def test_a_file_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(StoreError, match="从备份恢复"):
        EmbeddedStore(path)


def test_a_letter_that_was_replayed_in_vain_waits_again(store: EmbeddedStore) -> None:
    store.add([letter()])
    store.mark_replayed(letter().letter_id, RECEIVED)
    assert list(store.dead_letters(waiting_only=True)) == []
    store.add([letter(detail="仍然没有编号")])
    (waiting,) = store.dead_letters(waiting_only=True)
    assert (waiting.replayed_at, waiting.times) == (None, 2)
    assert waiting.letter.detail == "仍然没有编号"


def test_a_file_where_the_folder_should_be_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(StoreError, match="请检查"):
        EmbeddedStore(tmp_path / "home" / "huiyin.db")
