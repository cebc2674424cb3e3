"""The dead letters of a topic in a passing table: a year of them takes a file, not memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huiyin.store.sqlite import Connection, scratch
from streams.dead_letters import StoredLetter
from streams.kafka.connection import KafkaAddress
from streams.kafka.letters import LetterReplayed, decode_letter_entry
from streams.kafka.reader import LogEntry, Reader
from streams.kafka.topics import Topics
from streams.letter_table import SCHEMA, LetterTable


@contextmanager
def spooled_letters(address: KafkaAddress) -> Iterator[LetterTable]:
    """The letters as the topic has them now. Raises `LogError` and `LogDown`."""
    with (
        Reader(address) as reader,
        letters_of(reader.read_all(Topics(address.prefix).dead_letters)) as letters,
    ):
        yield letters


def dead_letters(address: KafkaAddress, *, waiting_only: bool = False) -> list[StoredLetter]:
    """All of them at once, for those who know that they are few."""
    with spooled_letters(address) as letters:
        return list(letters.each(waiting_only=waiting_only))


@contextmanager
def letters_of(entries: Iterable[LogEntry]) -> Iterator[LetterTable]:
    """The same, of entries in the order of the topic. An occurrence that was written again
    after a crash counts once."""
    # Personal data: the folder is the owner's only, and so is the file.
    with tempfile.TemporaryDirectory(prefix="huiyin-letters-") as folder:
        db = scratch(Path(folder) / "letters.db")
        try:
            db.executescript(SCHEMA)
            db.execute("CREATE TABLE occurrences (name TEXT PRIMARY KEY) WITHOUT ROWID")
            letters = LetterTable(db)
            db.execute("BEGIN")
            for entry in entries:
                if entry.value is not None:
                    _take(db, letters, entry.value)
            db.execute("COMMIT")
            yield letters
        finally:
            db.close()


def _take(db: Connection, letters: LetterTable, value: bytes) -> None:
    said = decode_letter_entry(value)
    if isinstance(said, LetterReplayed):
        letters.mark([said.letter_id], said.at)
        return
    if said.occurrence:
        new = db.execute(
            "INSERT INTO occurrences VALUES (?) ON CONFLICT DO NOTHING", (said.occurrence,)
        ).rowcount
        if not new:
            return
    letters.add([said.letter])
    if said.erased:
        letters.mark([said.letter.letter_id], said.letter.at)
