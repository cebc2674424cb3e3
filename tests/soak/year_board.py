"""What stands around the office in a simulated year: the board on which people write, and the
channel that hears the alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sinks.alerts.base import Limit, Line, Message, Outcome, Sent
from streams.sources.seam.base import Batch, OpenItem
from tests.soak import year_plan as known
from tests.soak.year_plan import SOURCE, Expected

_AT_ONCE: Final = 500
_NO_LIMIT: Final = Limit(1_000_000, timedelta(minutes=1))


class Board:
    """The `PullSource` that shows what was planned, as far as the clock has come."""

    name = SOURCE

    def __init__(self, messages: tuple[Expected, ...]) -> None:
        self._shown = known.feed(messages)

    def poll(
        self, cursor: str | None, *, now: datetime, recheck: Sequence[OpenItem]
    ) -> Iterator[Batch]:
        del recheck
        at = int(cursor or 0)
        end = at
        while end < len(self._shown) and self._shown[end][0] <= now:
            end += 1
        for start in range(at, end, _AT_ONCE):
            stop = min(start + _AT_ONCE, end)
            yield Batch(found=tuple(item for _, item in self._shown[start:stop]), cursor=str(stop))

    def rewound(self, to: datetime) -> str:
        return str(sum(at < to for at, _ in self._shown))


class Heard:
    """A channel that takes everything, and writes it into a file: what it has heard is as much as
    a program that leaks, and the memory of the office is looked at."""

    name = "duty"
    idempotent = False
    limits = (_NO_LIMIT,)

    def __init__(self, file: Path) -> None:
        self._file = file

    def fits(self, lines: Sequence[Line]) -> int:
        return len(lines)

    def send(self, message: Message, *, now: datetime) -> Outcome:
        del now
        with self._file.open("a", encoding="utf-8") as out:
            out.writelines(f"{message.at.isoformat()} {x.alert.alert_id}\n" for x in message.lines)
        return Sent(receipt="ok")

    def alerts(self) -> Iterator[tuple[datetime, str]]:
        """When each was told, and its id, as often as it was."""
        with self._file.open(encoding="utf-8") as lines:
            for line in lines:
                at, _, alert_id = line.rstrip("\n").partition(" ")
                yield datetime.fromisoformat(at), alert_id
