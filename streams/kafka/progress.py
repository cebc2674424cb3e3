"""How far the intake and the sweep are: a compacted topic, the newest value of a key holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from streams.intake import IntakeCounts
from streams.kafka.connection import KafkaAddress
from streams.kafka.reader import Reader
from streams.kafka.records import Record
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.sources.seam.health import SourceHealth

_SWEEP = "sweep"
_LOOK_SECONDS = 5.0


def read_counts(reader: Reader, topics: Topics) -> dict[str, IntakeCounts]:
    """What all sources gave, by source. Raises `LogError` and `LogDown`."""
    values: dict[str, bytes] = {}
    for entry in reader.read_all(topics.intake):
        values[(entry.key or b"").decode()] = entry.value or b""
    return _added_up(values)


def _added_up(values: Mapping[str, bytes]) -> dict[str, IntakeCounts]:
    total: dict[str, IntakeCounts] = {}
    for key, value in sorted(values.items()):
        kind, _, rest = key.partition("|")
        if kind == "counts" and value:
            source = rest.rpartition("|")[0]
            counts = msgspec.json.decode(value, type=IntakeCounts)
            total[source] = total.get(source, IntakeCounts()) + counts
    return total


class Progress:
    """One for a process: its loops share it. Looks at most every few seconds for what
    others have written.

    Each source's cursor and counts have one writer at a time: the poller of that source,
    or one import. Counts of several writers add up.
    """

    def __init__(self, address: KafkaAddress, writer: Writer) -> None:
        """Raises `LogError` and `LogDown`."""
        self._address = address
        self._topic = Topics(address.prefix).intake
        self._writer = writer
        self._values: dict[str, bytes] = {}
        self._read_to: dict[tuple[str, int], int] = {}
        self._looked = -_LOOK_SECONDS
        self._lock = threading.RLock()
        self.refresh()

    def refresh(self) -> None:
        """Takes over what others have written since. Raises `LogError` and `LogDown`."""
        with self._lock:
            if time.monotonic() < self._looked + _LOOK_SECONDS:
                return
            with Reader(self._address) as reader:
                ends = reader.ends(self._topic)
                for entry in reader.read(self._read_to, ends):
                    self._values[(entry.key or b"").decode()] = entry.value or b""
            self._read_to = ends
            self._looked = time.monotonic()

    def _put(self, values: dict[str, bytes]) -> None:
        with self._lock:
            self._writer.write(
                self._topic, [Record(key.encode(), value) for key, value in values.items()]
            )
            self._values |= values

    # -- intake --------------------------------------------------------------

    def cursor(self, source: str) -> str | None:
        found = self._values.get(f"cursor|{source}")
        return msgspec.json.decode(found, type=str | None) if found else None

    def set_cursor(self, source: str, cursor: str | None) -> None:
        self._put({f"cursor|{source}": msgspec.json.encode(cursor)})

    def counts(self, source: str, writer: str) -> IntakeCounts:
        found = self._values.get(f"counts|{source}|{writer}")
        return msgspec.json.decode(found, type=IntakeCounts) if found else IntakeCounts()

    def move(self, source: str, writer: str, counts: IntakeCounts, cursor: str | None) -> None:
        """Counts, then the cursor, in one go: should only the first arrive, a batch is
        read again and its items count as known, which they are."""
        values = {f"counts|{source}|{writer}": msgspec.json.encode(counts)}
        if cursor is not None:
            values[f"cursor|{source}"] = msgspec.json.encode(cursor)
        self._put(values)

    def all_counts(self) -> dict[str, IntakeCounts]:
        """By source."""
        return _added_up(self._values)

    def health(self, source: str) -> SourceHealth | None:
        found = self._values.get(f"health|{source}")
        return msgspec.json.decode(found, type=SourceHealth) if found else None

    def set_health(self, health: SourceHealth) -> None:
        self._put({f"health|{health.source}": msgspec.json.encode(health)})

    def change_health(
        self, source: str, change: Callable[[SourceHealth | None], SourceHealth]
    ) -> SourceHealth:
        """One step for the threads of this process; gives the new health. What another
        process writes at the same moment may win."""
        with self._lock:
            self.refresh()
            health = change(self.health(source))
            self.set_health(health)
            return health

    def note(self, name: str) -> str:
        """A remark left by `set_note`, or ""."""
        found = self._values.get(f"note|{name}")
        return msgspec.json.decode(found, type=str) if found else ""

    def set_note(self, name: str, text: str) -> None:
        self._put({f"note|{name}": msgspec.json.encode(text)})

    def claim(self, name: str, text: str) -> str:
        """The note of that name; `text` where there was none. Of several who claim at one moment
        the first in the topic has it, and all are told so. Raises `LogError` and `LogDown`."""
        with self._lock:
            self._looked = -_LOOK_SECONDS
            self.refresh()
            if held := self.note(name):
                return held
            before = self._read_to
            self.set_note(name, text)
            key = f"note|{name}".encode()
            with Reader(self._address) as reader:
                written = reader.read(before, reader.ends(self._topic))
                first = next(entry.value for entry in written if entry.key == key and entry.value)
            found = msgspec.json.decode(first, type=str)
            if found != text:
                self.set_note(name, found)  # the newest holds, and that was ours
            return found

    # -- sweep ---------------------------------------------------------------

    def last_sweep(self) -> datetime | None:
        found = self._values.get(_SWEEP)
        return msgspec.json.decode(found, type=datetime) if found else None

    def set_last_sweep(self, at: datetime) -> None:
        self._put({_SWEEP: msgspec.json.encode(at)})
