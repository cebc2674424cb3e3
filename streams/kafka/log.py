"""What the log carries, and the ports that `process` writes through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import Alert, decode_alert, encode_alert
from cases.record.events import Recorded, encode_event
from cases.record.messages import Message, encode_message
from streams.dead_letters import DeadLetter, StoredLetter
from streams.kafka.connection import KafkaAddress
from streams.kafka.reader import LogEntry, Reader
from streams.kafka.topics import Topics
from streams.kafka.writer import Record, Writer


class Inbox:
    """Takes observations, actions and ticks; once it returns they are safe."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.inbox

    def append(self, messages: Sequence[Message]) -> None:
        self._writer.write(
            self._topic,
            [Record(message.case_id.encode(), encode_message(message)) for message in messages],
        )

    def append_raw(self, case_ids: Sequence[str], data: Sequence[bytes]) -> None:
        """Bytes as they were, for replays and for moving in."""
        self._writer.write(
            self._topic,
            [Record(key.encode(), each) for key, each in zip(case_ids, data, strict=True)],
        )


class JournalWriter:
    """Implements `streams.process.Journal`."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.journal

    def append(self, events: Sequence[Recorded]) -> None:
        self._writer.write(
            self._topic, [Record(event.case_id.encode(), encode_event(event)) for event in events]
        )


class AlertWriter:
    """Implements `streams.process.AlertSink`."""

    def __init__(self, writer: Writer, topics: Topics) -> None:
        self._writer = writer
        self._topic = topics.alerts

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self._writer.write(
            self._topic, [Record(alert.alert_id.encode(), encode_alert(alert)) for alert in alerts]
        )


class LetterCame(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="came"):
    letter: DeadLetter
    occurrence: str = ""
    """Names one coming of the letter, where comings are counted: written again after a
    crash it is the same one."""


class LetterReplayed(Struct, frozen=True, kw_only=True, tag="replayed"):
    letter_id: str
    at: datetime


_letter_encoder = msgspec.json.Encoder()
_letter_decoder: msgspec.json.Decoder[LetterCame | LetterReplayed] = msgspec.json.Decoder(
    LetterCame | LetterReplayed
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
            [
                Record(
                    letter.letter_id.encode(),
                    _letter_encoder.encode(LetterCame(letter=letter, occurrence=occurrence)),
                )
                for letter, occurrence in letters
            ],
        )

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        self.mark_all_replayed([letter_id], at)

    def mark_all_replayed(self, letter_ids: Sequence[str], at: datetime) -> None:
        self._writer.write(
            self._topic,
            [
                Record(
                    letter_id.encode(),
                    _letter_encoder.encode(LetterReplayed(letter_id=letter_id, at=at)),
                )
                for letter_id in letter_ids
            ],
        )


def decode_letter_entry(data: bytes) -> LetterCame | LetterReplayed:
    """One record of the topic of dead letters."""
    return _letter_decoder.decode(data)


class LetterBox:
    """Each letter once, by its id, in the order they first came."""

    def __init__(self) -> None:
        self._letters: dict[str, StoredLetter] = {}
        self._occurrences: set[str] = set()

    def take(self, entries: Iterable[LogEntry]) -> None:
        """More of the topic, in order."""
        for entry in entries:
            if entry.value is not None:
                self._take(_letter_decoder.decode(entry.value))

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
            times=1 if known is None else known.times + 1,
        )

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
