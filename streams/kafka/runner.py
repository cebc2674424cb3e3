"""The Kafka runtime as the commands and the desk use it; the work is the workers'."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from cases.alerts import Alert
from cases.record.messages import Action, decode_message
from sinks.files import FileStore
from sinks.ledger.base import Ledger
from streams.dead_letters import StoredLetter
from streams.intake import IntakeCounts
from streams.kafka.connection import KafkaAddress
from streams.kafka.errors import LogDown
from streams.kafka.intake import KafkaIntake
from streams.kafka.letter_spool import spooled_letters
from streams.kafka.log import DeadLetterWriter, Inbox
from streams.kafka.progress import Progress, read_counts
from streams.kafka.reader import Reader
from streams.kafka.topics import Topics
from streams.kafka.writer import Writer
from streams.letter_table import LetterTable
from streams.metrics import Metrics
from streams.process import Processor
from streams.sources.seam.base import Batch, OpenItem
from streams.sources.seam.health import SourceHealth

_LOOK_SECONDS = 0.2
_PATIENCE = 30.0
"""Seconds that `pump_all` waits for the workers."""


class KafkaStore:
    """Implements `streams.runtime.RuntimeStore`."""

    def __init__(
        self,
        address: KafkaAddress,
        writer: Writer,
        ledger: Ledger,
        open_intake: Callable[[], KafkaIntake],
    ) -> None:
        topics = Topics(address.prefix)
        self.ledger = ledger
        self.written = False
        """Whether something was put into the inbox whose effect is waited for."""
        self._address = address
        self._writer = writer
        self._inbox = Inbox(writer, topics)
        self._letters = DeadLetterWriter(writer, topics)
        self._open_intake = open_intake
        self._intake: KafkaIntake | None = None

    @property
    def intake(self) -> KafkaIntake:
        """Made when first needed: it reads what waits in the inbox. Raises `LogDown`."""
        if self._intake is None:
            self._intake = self._open_intake()
        return self._intake

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Each write is its own step here; all of them may be repeated."""
        yield

    def act(self, action: Action) -> None:
        """Raises `LogDown`: then it may be repeated with the same id, and counts once."""
        self._inbox.append([action])
        self.written = True

    def append_raw(self, data: Sequence[bytes]) -> None:
        self._inbox.append_raw([_key(each) for each in data], data)
        self.written = True

    def dead_letters(self, *, waiting_only: bool = False) -> Iterator[StoredLetter]:
        with spooled_letters(self._address) as letters:
            yield from letters.each(waiting_only=waiting_only)

    def letter_table(self) -> AbstractContextManager[LetterTable]:
        return spooled_letters(self._address)

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        self._letters.mark_replayed(letter_id, at)

    def mark_all_replayed(self, letter_ids: Sequence[str], at: datetime) -> None:
        self._letters.mark_all_replayed(letter_ids, at)

    def still_waiting(self, letter_ids: Sequence[str]) -> set[str]:
        with spooled_letters(self._address) as letters:
            return letters.still_waiting(letter_ids)

    def intake_counts(self) -> dict[str, IntakeCounts]:
        with Reader(self._address) as reader:
            return read_counts(reader, Topics(self._address.prefix))

    def fact(self, name: str) -> str | None:
        """As another process may have left it some seconds ago. Raises `LogError`, `LogDown`."""
        self.intake.progress.refresh()
        return self.intake.progress.note(name) or None

    def set_fact(self, name: str, value: str) -> None:
        self.intake.progress.set_note(name, value)

    def set_cursor(self, source: str, cursor: str | None) -> None:
        self.intake.progress.set_cursor(source, cursor)

    def wait_until_done(self, patience: float) -> None:
        """Until the workers have acknowledged what is in the inbox now.

        Raises `LogDown` after `patience` seconds."""
        topic = Topics(self._address.prefix).inbox
        end = time.monotonic() + patience
        with Reader(self._address, group=self._address.group) as reader:
            wanted = reader.ends(topic)
            while True:
                done = reader.committed(topic)
                if all(done[each] >= offset for each, offset in wanted.items()):
                    return
                if time.monotonic() > end:
                    raise LogDown(
                        f"已写入收件日志，不会丢失；但 {patience:.0f} 秒内没有办理完。"
                        "请检查 huiyin worker 是否在运行，办理结果稍后会出现在台账里。"
                    )
                time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        self._writer.close()


def _key(data: bytes) -> str:
    try:
        return decode_message(data).case_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


class Folders(Struct, frozen=True):
    """What a process keeps beside the log."""

    files: FileStore
    """Takes what no record holds."""
    polls: Path
    """See `streams.polling.PollStore`."""


class KafkaRunner:
    """Implements `streams.runtime.Runtime`. For one thread."""

    def __init__(
        self,
        address: KafkaAddress,
        writer: Writer,
        ledger: Ledger,
        processor: Processor,
        clock: Callable[[], datetime],
        *,
        name: str,
        folders: Folders,
        progress: Progress | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """`name`: who counts, see `streams.kafka.progress`."""

        def open_intake() -> KafkaIntake:
            shared = progress or Progress(address, writer)
            return KafkaIntake(
                address,
                writer,
                ledger,
                clock,
                shared,
                files=folders.files,
                name=name,
                metrics=metrics,
            )

        self.store = KafkaStore(address, writer, ledger, open_intake)
        self.processor = processor
        self.clock = clock
        self.polls = folders.polls

    @property
    def intake(self) -> KafkaIntake:
        return self.store.intake

    def take(self, source: str, batch: Batch) -> IntakeCounts:
        return self.intake.take(source, batch)

    def take_from(self, source: str, batch: Batch, cursor: str | None) -> IntakeCounts | None:
        return self.intake.take_from(source, batch, cursor)

    def act(self, action: Action) -> None:
        self.store.act(action)

    def pump_all(self, progress: Callable[[int], None] | None = None) -> int:
        """Waits for the workers, after an action or a replay. Items are not waited for."""
        if self.store.written:
            self.store.wait_until_done(_PATIENCE)
            self.store.written = False
        if progress is not None:
            progress(0)
        return 0

    def carry_on(self, case_ids: Sequence[str]) -> None:
        """The workers are at it."""

    def show_changes(self) -> None:
        self.store.ledger.refresh()

    def cursor(self, source: str) -> str | None:
        return self.intake.cursor(source)

    def open_items(self, source: str) -> list[OpenItem]:
        return self.intake.open_items(source)

    def health(self, source: str) -> SourceHealth | None:
        return self.intake.health(source)

    def change_health(
        self, source: str, change: Callable[[SourceHealth | None], SourceHealth]
    ) -> None:
        self.intake.change_health(source, change)

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self.intake.raise_alerts(alerts)
