"""The journal in the order of its cases: spooled through a temporary file.

A topic has its events in the order they were written, case by case in no order, some
of them twice. Sorting a year of them takes a file, not memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from cases.record import events as ev
from cases.record.events import Recorded, decode_event
from huiyin.store.sqlite import scratch
from streams.kafka.reader import Reader

_AT_ONCE = 5000


class JournalSpool:
    """Each event once, by `(case_id, seq)`. Closing removes the file."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="huiyin-journal-")
        # Personal data: the folder is the owner's only, and so is the file.
        self._db = scratch(Path(self._folder.name) / "journal.db")
        self._db.execute(
            "CREATE TABLE events (case_id TEXT, seq INTEGER, data BLOB, "
            "PRIMARY KEY (case_id, seq)) WITHOUT ROWID"
        )
        self.repeats = 0
        """Events that were there more than once, with the same bytes."""
        self.contradictions: list[str] = []
        """`case_id#seq` with two different contents: never right."""
        self.erased: set[str] = set()
        """Cases whose personal data were erased."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    def fill(
        self, reader: Reader, topic: str, progress: Callable[[int], None] | None = None
    ) -> None:
        """Takes in the whole topic. Raises `LogError`, `LogDown`."""
        rows: list[tuple[str, int, bytes]] = []
        for entry in reader.read_all(topic):
            if entry.value is None:
                continue
            event = decode_event(entry.value)
            if isinstance(event.body, ev.Erased):
                self.erased.add(event.case_id)
            rows.append((event.case_id, event.seq, entry.value))
            if len(rows) == _AT_ONCE:
                self._add(rows)
                if progress is not None:
                    progress(len(rows))
                rows.clear()
        self._add(rows)
        if progress is not None:
            progress(len(rows))

    def _add(self, rows: list[tuple[str, int, bytes]]) -> None:
        self._db.execute("BEGIN")
        for case_id, seq, data in rows:
            done = self._db.execute(
                "INSERT INTO events VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (case_id, seq, data)
            )
            if done.rowcount:
                continue
            self.repeats += 1
            (known,) = self._db.execute(
                "SELECT data FROM events WHERE case_id = ? AND seq = ?", (case_id, seq)
            ).fetchone()
            if known != data:
                self.contradictions.append(f"{case_id}#{seq}")
        self._db.execute("COMMIT")

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM events").fetchone()[0])

    def events(self) -> Iterator[Recorded]:
        """By case and number."""
        rows = self._db.execute("SELECT data FROM events ORDER BY case_id, seq")
        return (decode_event(data) for (data,) in rows)
