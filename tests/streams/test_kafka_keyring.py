"""The keys of cases in a topic: several processes, races, erasures, another master key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from cases.alerts import Alert, AlertKind, Level, encode_alert
from cases.privacy.erased import ERASED
from cases.record.item import content_hash
from cases.record.messages import decode_message, encode_message, observe
from huiyin.store.ciphers import Algorithm
from huiyin.store.master import NO_MASTER, Master
from streams.dead_letters import DeadLetter, Stage
from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import KeyLost, LogDown, LogError
from streams.kafka.keyring import KeyRing
from streams.kafka.letters import LetterCame, decode_letter_entry, encode_letter_entry
from streams.kafka.log import LetterBox
from streams.kafka.records import Record
from streams.kafka.sealing import left_of_letter, left_of_message, letter_subject
from streams.kafka.stored_reader import LogEntry, Offsets
from streams.kafka.topics import Topics
from tests.cases.helpers import RECEIVED, item

MASTER = Master(bytes(range(32)))
INBOX = Topics("t").inbox
MARK = "欧阳标记说路灯坏了"


class Town:
    """A topic of keys in memory, and processes that know it."""

    def __init__(self) -> None:
        self.rows: list[Record] = []
        self.down = 0

    def process(self, master: Master = MASTER) -> KeyRing:
        address = KafkaAddress(servers=("nowhere:1",), prefix="t", master=master)
        return KeyRing(address, lambda _address: self)

    def ends(self, topic: str) -> dict[tuple[str, int], int]:
        if self.down:
            self.down -= 1
            raise LogDown("away")
        return {(topic, 0): len(self.rows)}

    def read(self, start: Offsets, end: Offsets) -> Iterator[LogEntry]:
        ((where, last),) = end.items()
        for offset in range(start.get(where, 0), last):
            yield LogEntry(*where, offset, self.rows[offset].key, self.rows[offset].value)

    def close(self) -> None:
        pass

    def write(self, topic: str, records: Sequence[Record]) -> None:
        assert topic == Topics("t").keys
        self.rows += records

    def compacted(self) -> None:
        """As the broker leaves it: the newest of each key, and nothing of what was taken back."""
        newest = {row.key: row for row in self.rows}
        self.rows = [row for row in newest.values() if row.value is not None]


def message(number: str = "1") -> Record:
    seen = observe(item(number, body=MARK), "", content_hash(item(number, body=MARK)))
    return Record(b"k", encode_message(seen), seen.case_id, left_of_message(seen))


def body_of(data: bytes) -> str:
    found = decode_message(data)
    return found.item.body  # type: ignore[union-attr]


def sealed(town: Town, ring: KeyRing, record: Record) -> bytes:
    (stored,) = ring.sealed([record], town.write)
    assert stored.value is not None
    return stored.value


@pytest.mark.parametrize(
    "master", [NO_MASTER, MASTER, Master(bytes(range(32)), Algorithm.SM4)], ids=str
)
def test_what_one_process_seals_another_opens(master: Master) -> None:
    town = Town()
    here, there = town.process(master), town.process(master)
    stored = sealed(town, here, message())
    assert MARK.encode() not in stored
    assert body_of(there.opened(INBOX, stored)) == MARK
    # What it writes of the same case has the same key.
    again = sealed(town, there, message())
    assert len(town.rows) == 1
    assert again != stored
    assert body_of(here.opened(INBOX, again)) == MARK
    assert (master.key == b"") == ((town.rows[0].value or b"")[:1] == b"\0")


def test_two_keys_made_at_one_moment_both_open_and_both_go() -> None:
    town = Town()
    here, there = town.process(), town.process()
    for ring in (here, there):
        ring.catch_up()
    first = sealed(town, here, message())
    # It made its own before it heard of the first.
    there._make(["letters:1"], town.write)
    second = sealed(town, there, message())
    assert body_of(here.opened(INBOX, second)) == body_of(there.opened(INBOX, first)) == MARK
    assert len(town.rows) == 2
    here.destroy(["letters:1"], town.write)
    for data in (first, second):
        for ring in (here, there, town.process()):
            ring.catch_up()
            assert body_of(ring.opened(INBOX, data)) == ERASED


@pytest.mark.parametrize("compact", [False, True])
def test_what_is_left_of_an_erased_case_is_the_same_for_ever(*, compact: bool) -> None:
    town = Town()
    ring = town.process()
    mine, other = sealed(town, ring, message()), sealed(town, ring, message("2"))
    ring.destroy(["letters:1"], town.write)
    ring.destroy(["letters:1"], town.write)
    if compact:
        town.compacted()
    fresh = town.process()
    left = fresh.opened(INBOX, mine)
    assert left == ring.opened(INBOX, mine) == fresh.opened(INBOX, mine)
    assert decode_message(left).case_id == "letters:1"
    assert MARK.encode() not in left
    assert body_of(fresh.opened(INBOX, other)) == MARK
    assert fresh.erased() == {"letters:1"}


def test_of_an_erased_case_only_what_is_left_is_written_and_no_key_is_made() -> None:
    town = Town()
    ring = town.process()
    ring.destroy(["letters:1"], town.write)
    stored = sealed(town, ring, message())
    assert stored == message().left
    assert len(town.rows) == 1


def test_what_was_sealed_by_who_did_not_know_of_the_erasure_goes_too() -> None:
    town = Town()
    here, late = town.process(), town.process()
    sealed(town, late, message())
    here.destroy(["letters:1"], town.write)
    stored = sealed(town, late, message())
    assert body_of(here.opened(INBOX, stored)) == ERASED
    late._erased.clear()
    late._make(["letters:1"], town.write)
    here.catch_up()
    assert here.came_late() == ["letters:1"]
    here.destroy(here.came_late(), town.write)
    assert here.came_late() == []
    assert town.process().opened(INBOX, stored) == here.opened(INBOX, stored)


def test_records_of_older_programs_lie_open_and_are_read_as_erased_once_they_are() -> None:
    town = Town()
    ring = town.process()
    old = message().value
    assert old is not None
    assert ring.opened(INBOX, old) == old
    ring.destroy(["letters:1"], town.write)
    assert body_of(ring.opened(INBOX, old)) == ERASED
    other = message("2").value
    assert other is not None
    assert ring.opened(INBOX, other) == other
    for strange in (b"", b"{}", b"\xff\xfe", b"\0huiyin", b"\0huiyin\x94"):
        assert ring.opened(INBOX, strange) == strange


def test_a_key_that_is_gone_without_an_erasure_is_a_loss_and_is_said() -> None:
    town = Town()
    stored = sealed(town, town.process(), message())
    town.rows.clear()
    with pytest.raises(KeyLost, match="没有登记删除"):
        town.process().opened(INBOX, stored)


def test_a_record_that_was_changed_is_said() -> None:
    town = Town()
    ring = town.process()
    stored = sealed(town, ring, message())
    with pytest.raises(KeyLost, match="被改动过"):
        ring.opened(INBOX, stored[:-1] + bytes((stored[-1] ^ 1,)))


def test_another_master_key_is_said_before_anything_is_read() -> None:
    town = Town()
    stored = sealed(town, town.process(), message())
    for other in (Master(bytes(32)), NO_MASTER):
        ring = town.process(other)
        with pytest.raises(LogError, match="HUIYIN_KEY_FILE") as failed:
            ring.check()
        assert not isinstance(failed.value, KeyLost)
        with pytest.raises(LogError, match="HUIYIN_KEY_FILE"):
            ring.opened(INBOX, stored)
    town.process().check()
    Town().process().check()


def test_a_master_key_that_comes_later_wraps_all_keys() -> None:
    town = Town()
    stored = sealed(town, town.process(NO_MASTER), message())
    ring = town.process()
    assert ring.wrap_all(town.write) == 1
    assert ring.wrap_all(town.write) == 0
    town.compacted()
    assert len(town.rows) == 1
    assert body_of(town.process().opened(INBOX, stored)) == MARK
    with pytest.raises(LogError, match="HUIYIN_KEY_FILE"):
        town.process(NO_MASTER).opened(INBOX, stored)


def test_a_connection_that_was_idle_for_too_long_is_made_anew() -> None:
    town = Town()
    ring = town.process()
    ring.catch_up()
    stored = sealed(town, town.process(), message())
    town.down = 1
    assert body_of(ring.opened(INBOX, stored)) == MARK
    town.down = 2
    with pytest.raises(LogDown):
        ring.catch_up()


def test_alerts_and_letters_of_an_erased_case_say_nothing() -> None:
    town, topics = Town(), Topics("t")
    ring = town.process()
    alert = Alert(
        alert_id="a", case_id="letters:1", kind=AlertKind.OVERDUE, level=Level.HIGH,
        text=MARK, at=RECEIVED,
    )  # fmt: skip
    seen = decode_message(message().value or b"")
    of_case = DeadLetter.of_message(seen, reason="x", detail=MARK, at=RECEIVED)
    alone = DeadLetter.of(Stage.INTAKE, MARK.encode(), reason="x", detail=MARK, at=RECEIVED)
    ring.destroy(["letters:1"], town.write)
    assert MARK.encode() not in ring.opened(topics.alerts, encode_alert(alert))
    box = LetterBox()
    for letter in (of_case, alone):
        came = LetterCame(letter=letter)
        record = Record(b"k", encode_letter_entry(came), letter_subject(came), left_of_letter(came))
        stored = sealed(town, ring, record)
        assert MARK.encode() not in stored
        box.take([LogEntry("t", 0, 0, None, ring.opened(topics.dead_letters, stored))])
    # It is done with: nothing of it can be tried again.
    assert [stored.letter for stored in box.waiting()] == [alone]
    assert decode_letter_entry(left_of_letter(LetterCame(letter=of_case)))


def test_a_letter_that_a_process_remembers_is_forgotten() -> None:
    seen = decode_message(message().value or b"")
    letter = DeadLetter.of_message(seen, reason="x", detail=MARK, at=RECEIVED)
    box = LetterBox()
    box.take([LogEntry("t", 0, 0, None, encode_letter_entry(LetterCame(letter=letter)))])
    assert len(box.waiting()) == 1
    box.forget({"letters:1"})
    assert box.waiting() == []
    (kept,) = box.all()
    assert (kept.letter.letter_id, kept.letter.detail) == (letter.letter_id, ERASED)
