"""The fast lane: where many messages wait, cases that cannot wait are processed before their turn.

A worker reads ahead in its partitions, with a reader that acknowledges nothing. What was done to a
case that is there already (a press, a clock that the sweep saw run out) is looked for first,
over all that waits; then message by message what sounds urgent (`Processor.pressing_cases`). Of a
case that cannot wait *every* waiting message up to there is processed, from the first that is not
acknowledged, so its order holds. It does not matter whose partition it is by then: who writes event
number n is decided by compare-and-set as ever, and when these messages have their turn, the history
gives the events that it gave now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from threading import Condition, Event
from typing import Final, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from streams.dead_letters import TurnToCome
from streams.kafka.liveness import Lag
from streams.kafka.reader import LogEntry
from streams.kafka.work import Stopped
from streams.process import NothingClassified, Ports, Processor

BACKLOG: Final = 2_000
"""From so many waiting messages of a partition on, those that cannot wait go first."""
NOTED_AT_ONCE: Final = 20_000
"""Messages of a partition whose keys are noted in one step; only few of them are decoded."""
JUDGED_AT_ONCE: Final = 250
"""Messages that are looked at for danger in one step: a press waits for no more of them."""
READ_AT_ONCE: Final = 2_000
"""Messages that are fetched to be looked at, step by step."""
LOOK_AHEAD: Final = 5_000
"""So many are looked at before each batch at its turn."""
MOST_SECONDS: Final = 10.0
"""A batch at its turn waits for no longer."""
BATCH: Final = 500
_ASKED_FOR: Final = (b'{"type":"action"', b'{"type":"tick"')
"""How messages begin that come in last and wait for no others: what a person pressed or the program
did to a case, and what the sweep found. A test compares with what `encode_message` writes."""


class Log(Protocol):
    """The inbox, as a reader without acknowledging sees it. Raises `LogError`, `LogDown`."""

    def lag(self) -> Lag: ...

    def read(self, partition: int, start: int, end: int) -> Iterator[LogEntry]:
        """From `start` (included) to `end` (not), in order."""
        ...


class _Ahead(Struct):
    """How far a partition was looked at. Offsets are of the next message."""

    noted: int = 0
    judged: int = 0
    fetched: list[LogEntry] = field(default_factory=list)
    """What comes next to be judged, in order."""
    first: dict[int, int] = field(default_factory=dict)
    """At or before the first message of a case that may still wait, by hash of its key."""

    def begin_at(self, committed: int) -> None:
        if self.noted < committed:
            self.noted = committed
            self.first.clear()
        self.judged = max(self.judged, committed)
        if self.fetched and self.fetched[0].offset < self.judged:
            self.fetched = [entry for entry in self.fetched if entry.offset >= self.judged]


class FastLane:
    """For one thread. What was looked at is known to this process only: another that gets the
    partition looks again, which changes nothing."""

    def __init__(
        self,
        inbox: Log,
        processor: Processor,
        ports: Ports,
        clock: Callable[[], datetime],
        stop: Event,
    ) -> None:
        self._log = inbox
        self._processor = processor
        self._ports = replace(ports, dead_letters=TurnToCome())
        self._clock = clock
        self._stop = stop
        self._partitions: dict[int, _Ahead] = {}
        self._looked = Condition()
        self._looking = False
        self._judged = 0

    @property
    def behind(self) -> bool:
        """Whether so many messages waited at the last look that it goes ahead of them."""
        return bool(self._partitions)

    def let_look(self) -> None:
        """Returns when `LOOK_AHEAD` more messages were looked at, or all. For the thread that has
        the next batch at its turn: otherwise the look would have half of the processor only."""
        with self._looked:
            enough = self._judged + LOOK_AHEAD
            self._looked.wait_for(lambda: not self._looking or self._judged >= enough, MOST_SECONDS)

    def rest(self) -> None:
        """Nobody is to wait for a look now."""
        self._tell(looking=False)

    def _tell(self, *, looking: bool, judged: int = 0) -> None:
        with self._looked:
            self._looking = looking
            self._judged += judged
            self._looked.notify_all()

    def step(self, partitions: Collection[int]) -> bool:
        """Looks on a little in these partitions; gives whether more is to be looked at, at once.
        After an error nothing is taken for looked at that was not carried out.
        Raises `LogError`, `LogDown`, `LedgerUnavailable`, `LedgerBusy`, `Stopped`."""
        found = self._log.lag()
        waiting = {p for p, number in found.waiting.items() if number > BACKLOG}
        self._partitions = {
            p: self._partitions.get(p) or _Ahead() for p in waiting & set(partitions)
        }
        more = False
        for partition, ahead in self._partitions.items():
            ahead.begin_at(found.committed.get(partition, 0))
            before = ahead.judged
            more |= self._look(partition, ahead, found)
            self._tell(looking=True, judged=ahead.judged - before)
        self._tell(looking=more)
        return more

    def _look(self, partition: int, ahead: _Ahead, found: Lag) -> bool:
        end = found.ends[partition]
        if ahead.noted < end:
            stop = min(end, ahead.noted + NOTED_AT_ONCE)
            asked = self._note(ahead, self._log.read(partition, ahead.noted, stop))
            self._carry_out(partition, ahead, found, asked, stop)
            ahead.noted = stop
        if ahead.judged < ahead.noted:
            self._judge(partition, ahead, found)
        return ahead.judged < end

    def _judge(self, partition: int, ahead: _Ahead, found: Lag) -> None:
        if not ahead.fetched:
            fetched_to = min(ahead.noted, ahead.judged + READ_AT_ONCE)
            ahead.fetched = list(self._log.read(partition, ahead.judged, fetched_to))
            if not ahead.fetched:
                # Nothing of it is kept any more.
                ahead.judged = fetched_to
                return
        entries = ahead.fetched[:JUDGED_AT_ONCE]
        stop = entries[-1].offset + 1
        pressing = self._processor.pressing_cases([entry.value or b"" for entry in entries])
        self._carry_out(partition, ahead, found, [case_id.encode() for case_id in pressing], stop)
        del ahead.fetched[:JUDGED_AT_ONCE]
        ahead.judged = stop

    @staticmethod
    def _note(ahead: _Ahead, entries: Iterable[LogEntry]) -> list[bytes]:
        """Notes where each case has its first message; gives the keys of what was asked for."""
        asked: dict[bytes, None] = {}
        for entry in entries:
            key = entry.key or b""
            ahead.first.setdefault(hash(key), entry.offset)
            if (entry.value or b"").startswith(_ASKED_FOR):
                asked[key] = None
        return list(asked)

    def _carry_out(
        self, partition: int, ahead: _Ahead, found: Lag, keys: Sequence[bytes], stop: int
    ) -> None:
        """Every waiting message of these cases before `stop`, in order."""
        wanted = {hash(key) for key in keys}
        if not wanted:
            return
        first = min(ahead.first.get(each, 0) for each in wanted)
        start = max(found.committed.get(partition, 0), first)
        data = [
            entry.value or b""
            for entry in self._log.read(partition, start, stop)
            if hash(entry.key or b"") in wanted
        ]
        for at in range(0, len(data), BATCH):
            if self._stop.is_set():
                raise Stopped
            self._process(data[at : at + BATCH])
        for each in wanted:
            ahead.first[each] = stop

    def _process(self, batch: Sequence[bytes]) -> None:
        now = self._clock()
        try:
            prepared = self._processor.prepare(batch, now)
        except NothingClassified:
            # So few may all be bad messages. Their turn shows whether it is the classifier.
            return
        self._processor.write(prepared, self._ports, now)
