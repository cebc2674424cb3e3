"""What commands need of a runtime, embedded or Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cases.alerts import Alert
from cases.record.messages import Action
from sinks.ledger.base import Ledger
from streams.dead_letters import StoredLetter
from streams.intake import IntakeCounts
from streams.letter_table import LetterTable
from streams.process import Processor
from streams.sources.seam.base import Batch, OpenItem
from streams.sources.seam.health import SourceHealth


class RuntimeStore(Protocol):
    @property
    def ledger(self) -> Ledger: ...

    def transaction(self) -> AbstractContextManager[None]:
        """As much of one step as the runtime can make of its body."""
        ...

    def append_raw(self, data: Sequence[bytes]) -> None: ...

    def dead_letters(self, *, waiting_only: bool = False) -> Iterator[StoredLetter]: ...

    def letter_table(self) -> AbstractContextManager[LetterTable]:
        """The dead letters as they are now, to go through them while others are written."""
        ...

    def mark_replayed(self, letter_id: str, at: datetime) -> None: ...

    def mark_all_replayed(self, letter_ids: Sequence[str], at: datetime) -> None: ...

    def still_waiting(self, letter_ids: Sequence[str]) -> set[str]:
        """Those of the dead letters that wait now."""
        ...

    def intake_counts(self) -> dict[str, IntakeCounts]: ...

    def fact(self, name: str) -> str | None:
        """A remark that `set_fact` left."""
        ...

    def set_fact(self, name: str, value: str) -> None: ...

    def set_cursor(self, source: str, cursor: str | None) -> None: ...

    def close(self) -> None: ...


class Runtime(Protocol):
    """Also a `streams.polling.PollStore`."""

    @property
    def store(self) -> RuntimeStore: ...

    @property
    def processor(self) -> Processor: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def polls(self) -> Path: ...

    def take(self, source: str, batch: Batch) -> IntakeCounts:
        """Stores what a source read. Once it returns, the items are safe."""
        ...

    def take_from(self, source: str, batch: Batch, cursor: str | None) -> IntakeCounts | None: ...

    def act(self, action: Action) -> None:
        """Stores what a person did; `pump_all` sees it carried out."""
        ...

    def pump_all(self, progress: Callable[[int], None] | None = None) -> int:
        """Returns when everything that `act` and replays have stored is carried out."""
        ...

    def carry_on(self, case_ids: Sequence[str]) -> None:
        """Sees to it that what `act` and `take` stored of these cases is carried out soon: at
        once in this process where that is its work, and before other cases where many wait."""
        ...

    def show_changes(self) -> None:
        """What was carried out so far is found by every search from now on."""
        ...

    def cursor(self, source: str) -> str | None: ...

    def open_items(self, source: str) -> list[OpenItem]: ...

    def health(self, source: str) -> SourceHealth | None: ...

    def change_health(
        self, source: str, change: Callable[[SourceHealth | None], SourceHealth]
    ) -> None: ...

    def raise_alerts(self, alerts: Sequence[Alert]) -> None: ...
