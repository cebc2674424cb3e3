"""What the log carries, and the ports that `process` writes through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from cases.alerts import Alert, decode_alert, encode_alert
from cases.record.events import Recorded, encode_event
from cases.record.messages import Message, decode_message, encode_message
from streams.dead_letters import DeadLetter, StoredLetter
from streams.kafka.connection import KafkaAddress
from streams.kafka.letters import (
    LetterCame,
    LetterReplayed,
    decode_letter_entry,
    encode_letter_entry,
)
from streams.kafka.reader import LogEntry, Reader
from streams.kafka.records import Record
from streams.kafka.sealing import (
    left_of_alert,
    left_of_event,
    left_of_letter,
    left_of_message,
    letter_subject,
)
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer


class Inbox:
    """Takes observations, actions and ticks; once it returns they are safe."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.inbox

    def append(self, messages: Sequence[Message]) -> None:
        self._writer.write(
            self._topic,
            [_message(message, encode_message(message)) for message in messages],
        )

    def append_raw(self, case_ids: Sequence[str], data: Sequence[bytes]) -> None:
        """Bytes as they were, for replays and for moving in."""
        self._writer.write(
            self._topic,
            [_raw(key, each) for key, each in zip(case_ids, data, strict=True)],
        )


def _message(message: Message, data: bytes) -> Record:
    return Record(message.case_id.encode(), data, message.case_id, left_of_message(message))


def _raw(case_id: str, data: bytes) -> Record:
    """What is no message belongs to nobody, and lies open."""
    try:
        message = decode_message(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Record(case_id.encode(), data)
    return _message(message, data)._replace(key=case_id.encode())


class JournalWriter:
    """Implements `streams.process.Journal`."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.journal

    def append(self, events: Sequence[Recorded]) -> None:
        self._writer.write(
            self._topic,
            [
                Record(
                    event.case_id.encode(),
                    encode_event(event),
                    event.case_id,
                    left_of_event(event),
                )
                for event in events
            ],
        )


class AlertWriter:
    """Implements `streams.process.AlertSink`."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.alerts

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self._writer.write(
            self._topic,
            [
                Record(
                    alert.alert_id.encode(),
                    encode_alert(alert),
                    alert.case_id,
                    left_of_alert(alert) if alert.case_id else None,
                )
                for alert in alerts
            ],
        )


class DeadLetterWriter:
    """Implements `streams.dead_letters.DeadLetters`."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.dead_letters

    def add(self, letters: Sequence[DeadLetter]) -> None:
        self.add_named([(letter, "") for letter in letters])

    def add_named(self, letters: Sequence[tuple[DeadLetter, str]]) -> None:
        """Letters with their occurrence."""
        self._writer.write(
            self._topic,
            [_letter(LetterCame(letter=each, occurrence=name)) for each, name in letters],
        )

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        self.mark_all_replayed([letter_id], at)

    def mark_all_replayed(self, letter_ids: Sequence[str], at: datetime) -> None:
        self._writer.write(
            self._topic,
            [
                Record(
                    letter_id.encode(),
                    encode_letter_entry(LetterReplayed(letter_id=letter_id, at=at)),
                )
                for letter_id in letter_ids
            ],
        )


def _letter(came: LetterCame) -> Record:
    return Record(
        came.letter.letter_id.encode(),
        encode_letter_entry(came),
        letter_subject(came),
        left_of_letter(came),
    )


class LetterBox:
    """Each letter once, by its id, in the order they first came."""

    def __init__(self) -> None:
        self._letters: dict[str, StoredLetter] = {}
        self._occurrences: set[str] = set()

    def take(self, entries: Iterable[LogEntry]) -> None:
        """More of the topic, in order."""
        for entry in entries:
            if entry.value is not None:
                self._take(decode_letter_entry(entry.value))

    def _take(self, said: LetterCame | LetterReplayed) -> None:
        letters = self._letters
        if isinstance(said, LetterReplayed):
            if said.letter_id in letters:
                letters[said.letter_id] = replace(letters[said.letter_id], replayed_at=said.at)
            return
        if said.occurrence and said.occurrence in self._occurrences:
            return
        self._occurrences.add(said.occurrence)
        known = letters.get(said.letter.letter_id)
        letters[said.letter.letter_id] = StoredLetter(
            letter=said.letter if known is None else replace(said.letter, at=known.letter.at),
            replayed_at=said.letter.at if said.erased else None,
            times=1 if known is None else known.times + 1,
        )

    def forget(self, case_ids: Collection[str]) -> None:
        """Letters of messages of these cases say nothing any more, and are done with."""
        for letter_id, stored in self._letters.items():
            came = LetterCame(letter=stored.letter)
            if not came.erased and letter_subject(came) in case_ids:
                left = decode_letter_entry(left_of_letter(came))
                if isinstance(left, LetterCame):
                    at = stored.replayed_at or stored.letter.at
                    self._letters[letter_id] = replace(stored, letter=left.letter, replayed_at=at)

    def all(self) -> list[StoredLetter]:
        return list(self._letters.values())

    def get(self, letter_id: str) -> StoredLetter | None:
        return self._letters.get(letter_id)

    def waiting(self) -> list[StoredLetter]:
        """Those that no replay has taken in yet."""
        return [letter for letter in self._letters.values() if letter.replayed_at is None]


def alerts(address: KafkaAddress) -> Iterator[Alert]:
    """Every alert that is still kept, once, in the order they were raised."""
    seen: set[str] = set()
    with Reader(address) as reader:
        for entry in reader.read_all(Topics(address.prefix).alerts):
            if entry.value is not None:
                alert = decode_alert(entry.value)
                if alert.alert_id not in seen:
                    seen.add(alert.alert_id)
                    yield alert
