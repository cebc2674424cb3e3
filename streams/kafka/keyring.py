r"""The keys of the cases in Kafka: a compacted topic of their own, known to every process.

The keys lie where the records lie that they seal: who can read the log has them at hand, and
they are replicated and copied with it. Wrapped under the master key, they open nothing for who has
the brokers' disks. Any process makes a key when it first writes something of a case; two that do so
at one moment make two, and both count. Nothing else than this topic says which cases are erased.

    CASE \0 number of the key (16 bytes)    the key, wrapped; taken back when it is destroyed
    CASE \0                                 the case is erased; for ever
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Final, Protocol

import msgspec

from huiyin.store.ciphers import KEY_BYTES, WrongKey, seal, unseal
from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import KeyLost, LogDown, LogError
from streams.kafka.records import Record
from streams.kafka.sealing import Sealed, decode_sealed, encode_sealed, kinds
from streams.kafka.stored_reader import LogEntry, Offsets, StoredReader
from streams.kafka.topics import Topics

_NUMBER: Final = 16
_PLAIN: Final = b"\0"
"""In front of a key that no master key wraps."""
_ERASED: Final = b"1"

Write = Callable[[str, Sequence[Record]], object]
"""Writes to a topic and returns once it is safe."""


class KeyReader(Protocol):
    """`StoredReader`, as far as it is needed."""

    def ends(self, topic: str) -> dict[tuple[str, int], int]: ...

    def read(self, start: Offsets, end: Offsets) -> Iterator[LogEntry]: ...

    def close(self) -> None: ...


class KeyRing:
    """The keys of one installation in the memory of one process: about 250 bytes a case. For
    several threads. Every method raises `LogError` and `LogDown`."""

    def __init__(
        self,
        address: KafkaAddress,
        open_reader: Callable[[KafkaAddress], KeyReader] = StoredReader,
    ) -> None:
        self.topic = Topics(address.prefix).keys
        self._address = address
        self._master = address.master
        self._kinds = kinds(address.prefix)
        self._keys: dict[bytes, bytes] = {}
        """By number, as they are stored."""
        self._of: dict[str, tuple[bytes, ...]] = {}
        """The numbers of the keys of a case that are there, the newest last."""
        self._erased: set[str] = set()
        self._read_to: dict[tuple[str, int], int] = {}
        self._reader: KeyReader | None = None
        self._open_reader = open_reader
        self._lock = threading.RLock()

    # -- what is known -------------------------------------------------------

    def catch_up(self) -> None:
        """Takes over what others have written since."""
        with self._lock:
            if self._reader is not None:
                # Its connection may have been idle for so long that the broker closed it.
                with suppress(LogDown):
                    return self._read(self._reader)
            self._reader = self._open_reader(self._address)
            return self._read(self._reader)

    def _read(self, reader: KeyReader) -> None:
        try:
            ends = reader.ends(self.topic)
            for entry in reader.read(self._read_to, ends):
                self._take(entry)
        except BaseException:
            self.close()
            raise
        self._read_to = ends

    def close(self) -> None:
        """Leaves the brokers; what is known stays known."""
        with self._lock:
            reader, self._reader = self._reader, None
            if reader is not None:
                # Nothing was asked of it that has to arrive.
                with suppress(Exception):
                    reader.close()

    def erased(self) -> frozenset[str]:
        """The cases of which nothing is left, as far as this process knows."""
        with self._lock:
            return frozenset(self._erased)

    def check(self) -> None:
        """Raises `LogError` where the keys are wrapped under another master key."""
        with self._lock:
            self.catch_up()
            if self._keys:
                self._unwrapped(next(reversed(self._keys.values())))

    def is_erased(self, case_id: str) -> bool:
        return case_id in self._erased

    def _take(self, entry: LogEntry) -> None:
        subject, _, number = _named(entry.key or b"")
        if not number:
            # Taken back only where an older copy of the topic was restored.
            (self._erased.discard if entry.value is None else self._erased.add)(subject)
            return
        if entry.value is None:
            self._keys.pop(number, None)
            left = tuple(one for one in self._of.get(subject, ()) if one != number)
            self._of[subject] = left
            if not left:
                del self._of[subject]
            return
        if number not in self._keys:
            self._of[subject] = (*self._of.get(subject, ()), number)
        self._keys[number] = entry.value

    # -- writing -------------------------------------------------------------

    def sealed(self, records: Sequence[Record], write: Write) -> Sequence[Record]:
        """The records as they are to be stored. A key that is missing is made, and safe, before
        this returns; of an erased case only what is left is written."""
        subjects = {record.subject for record in records if record.left is not None}
        if not subjects:
            return records
        with self._lock:
            if not self._of.keys() >= subjects:
                self.catch_up()
            self._make(sorted(subjects - self._of.keys() - self._erased), write)
            return [self._sealed(record) for record in records]

    def _make(self, subjects: Sequence[str], write: Write) -> None:
        made = [
            (each, os.urandom(_NUMBER), self._wrapped(os.urandom(KEY_BYTES))) for each in subjects
        ]
        write(self.topic, [Record(_name(each, number), key) for each, number, key in made])
        for each, number, key in made:
            self._keys[number] = key
            self._of[each] = (number,)

    def _sealed(self, record: Record) -> Record:
        if record.left is None or record.value is None:
            return record
        if record.subject in self._erased:
            return record._replace(value=record.left)
        number = self._of[record.subject][-1]
        value = seal(self._master.algorithm, self._unwrapped(self._keys[number]), record.value)
        return record._replace(
            value=encode_sealed(Sealed(number, record.subject, record.left, value))
        )

    # -- reading -------------------------------------------------------------

    def opened(self, topic: str, data: bytes) -> bytes:
        """The value that was written to `topic`; of an erased case what is left of it. What
        cannot be read is given as it is: it becomes a dead letter, or fails where it is decoded.
        Raises `KeyLost` where the key is gone though the case was not erased."""
        sealed = decode_sealed(data)
        kind = self._kinds[topic]
        if sealed is None:
            try:
                gone = self._erased and kind.subject(data) in self._erased
                return kind.left(data) if gone else data
            except (msgspec.DecodeError, UnicodeDecodeError):
                return data
        with self._lock:
            if sealed.key not in self._keys and sealed.subject not in self._erased:
                self.catch_up()
            if sealed.subject in self._erased:
                return kind.left(sealed.left)
            if sealed.key not in self._keys:
                raise KeyLost(
                    f"{sealed.subject} 的密钥不见了，又没有登记删除：主题 {self.topic} 里没有。"
                    "请停止 worker，保留现场，从副本恢复这个主题。"
                )
            key = self._unwrapped(self._keys[sealed.key])
        try:
            return unseal(key, sealed.value)
        except WrongKey:
            raise KeyLost(
                f"{sealed.subject} 在主题 {topic} 里的内容用它的密钥打不开：被改动过，或已损坏。"
                "请保留现场，从副本恢复。"
            ) from None

    # -- destroying ----------------------------------------------------------

    def destroy(self, case_ids: Iterable[str], write: Write) -> None:
        """From now on nobody opens what was sealed for these cases. That they are erased is said
        first: who reads in between takes no key for lost. Repeated, it destroys keys that were
        made meanwhile."""
        with self._lock:
            self.catch_up()
            wanted = list(dict.fromkeys(case_ids))
            said = [each for each in wanted if each not in self._erased]
            keys = [(each, number) for each in wanted for number in self._of.get(each, ())]
            if not said and not keys:
                return
            write(
                self.topic,
                [
                    *(Record(_name(each, b""), _ERASED) for each in said),
                    *(Record(_name(each, number), None) for each, number in keys),
                ],
            )
            self._erased.update(said)
            for each, number in keys:
                self._keys.pop(number, None)
                self._of.pop(each, None)

    def came_late(self) -> list[str]:
        """Erased cases that have keys: a process made one that did not know of the erasure yet."""
        with self._lock:
            return sorted(self._erased & self._of.keys())

    # -- the master key ------------------------------------------------------

    def wrap_all(self, write: Write) -> int:
        """Wraps the keys that were made while there was no master key; gives how many."""
        if not self._master.key:
            return 0
        with self._lock:
            self.catch_up()
            plain = [
                (subject, number)
                for subject, numbers in self._of.items()
                for number in numbers
                if self._keys[number][:1] == _PLAIN
            ]
            wrapped = {number: self._wrapped(self._keys[number][1:]) for _, number in plain}
            write(
                self.topic,
                [Record(_name(subject, number), wrapped[number]) for subject, number in plain],
            )
            self._keys |= wrapped
            return len(plain)

    def _wrapped(self, secret: bytes) -> bytes:
        if not self._master.key:
            return _PLAIN + secret
        return seal(self._master.algorithm, self._master.key, secret)

    def _unwrapped(self, wrapped: bytes) -> bytes:
        if wrapped[:1] == _PLAIN:
            return wrapped[1:]
        try:
            return unseal(self._master.key, wrapped)
        except (WrongKey, ValueError):
            raise LogError(str(self._master.unfit(f"主题 {self.topic} 里的密钥"))) from None


def _name(subject: str, number: bytes) -> bytes:
    return subject.encode() + b"\0" + number


def _named(key: bytes) -> tuple[str, bytes, bytes]:
    """Subject, separator, number: a number may hold any byte, an id no control character."""
    subject, separator, number = key.partition(b"\0")
    return subject.decode("utf-8", "replace"), separator, number


@cache
def ring_of(address: KafkaAddress) -> KeyRing:
    """The one of this process."""
    ring = KeyRing(address)
    atexit.register(ring.close)
    return ring
