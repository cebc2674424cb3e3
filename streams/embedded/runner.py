"""The embedded runner: intake, processing and sweep on one SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import Alert
from cases.life.evolve import evolve
from cases.record.case import OPEN_STATES, Case
from cases.record.messages import Action
from cases.words.actors import Role
from sinks.ledger.base import Change, Order, Query
from streams.batch_work import Outcome
from streams.dead_letters import TurnToCome
from streams.embedded.erasing import finish_erasures
from streams.embedded.precedence import precedence
from streams.embedded.store import EmbeddedStore, JournalPort
from streams.intake import IntakeCounts, take
from streams.process import NothingClassified, Ports, Processor
from streams.sources.seam.base import Batch, OpenItem
from streams.sources.seam.health import SourceHealth
from streams.sweep import due_ticks

BATCH = 500
BACKLOG = 2_000
"""From so many waiting messages on, those that cannot wait go first."""
LOOK_AHEAD = 5_000
"""Messages looked at before each batch of a backlog."""
PIECE = 10
"""So many of them at once; a press waits for no more."""
AT_ONCE = 25
"""With more messages waiting, those of other cases are not carried out with what was pressed."""
MOST_RECHECKS = 500
"""Open items offered to a source for another look in one poll, most urgent first."""
POLLS = "polls"
_NOTHING = Outcome(messages=0)


class Rebuilt(Struct, frozen=True):
    cases: int
    events: int


class EmbeddedRunner:
    """One batch is one transaction: a killed process has done it or has not."""

    def __init__(
        self, store: EmbeddedStore, processor: Processor, clock: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.processor = processor
        self.clock = clock
        self.polls = store.path.parent / POLLS
        self.precedence = precedence(store.path)
        self._looked_at = 0
        """Position of the last message that `_look_ahead` has seen."""
        self._pressing: list[str] = []
        """What it found, as far as it was not processed yet."""
        self._ports = Ports(
            ledger=store.ledger, journal=JournalPort(store), alerts=store, dead_letters=store
        )
        self._early_ports = replace(self._ports, dead_letters=TurnToCome())

    def take(self, source: str, batch: Batch) -> IntakeCounts:
        """Stores what a source read. Once it returns, the items are safe."""
        with self.store.transaction():
            return take(source, batch, self.store, self.clock())

    # -- what a poll needs (streams.polling.PollStore) --------------------------

    def take_from(self, source: str, batch: Batch, cursor: str | None) -> IntakeCounts | None:
        with self.store.transaction():
            if self.store.cursor(source) != cursor:
                return None
            return take(source, batch, self.store, self.clock())

    def cursor(self, source: str) -> str | None:
        return self.store.cursor(source)

    def open_items(self, source: str) -> list[OpenItem]:
        query = Query(
            source=source, states=tuple(OPEN_STATES), order=Order.DUE, limit=MOST_RECHECKS
        )
        return [
            OpenItem(case.item.source_item_id, case.item.url, case.item.truncated)
            for case in self.store.ledger.search(query).cases
        ]

    def health(self, source: str) -> SourceHealth | None:
        return self.store.health(source)

    def change_health(
        self, source: str, change: Callable[[SourceHealth | None], SourceHealth]
    ) -> None:
        with self.store.transaction(acknowledged=False):
            self.store.set_health(change(self.store.health(source)))

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self.store.raise_alerts(alerts)

    # ---------------------------------------------------------------------------

    def act(self, action: Action) -> None:
        """Stores what a person did; `pump` carries it out."""
        by_itself = action.actor.role is Role.SYSTEM
        ahead = nullcontext() if by_itself else self.precedence.person()
        with ahead, self.precedence.writing, self.store.transaction():
            self.store.append([action])

    def pump(self, limit: int = BATCH) -> Outcome:
        """Processes the next messages, where many wait first the cases that cannot wait
        (`Processor.pressing_cases`); `messages` is 0 when none was waiting. What people press in
        this process meanwhile goes before it."""
        return self._pump(limit, self.precedence.give_way)

    def _pump(self, limit: int, give_way: Callable[[], None]) -> Outcome:
        if self.store.more_waiting_than(BACKLOG):
            self._pressing = self._pressing or self._look_ahead(give_way)
            give_way()
            first = self._pressing[:limit]
            outcome = self.hurry(first) if first else _NOTHING
            # Not before: where the data file cannot be written, they are tried again.
            del self._pressing[:limit]
            if outcome.messages:
                return outcome
        while True:
            give_way()
            before = self.store.processed
            rows = self.store.inbox(before, limit)
            if not rows:
                return _NOTHING
            # Read and classified before the transaction: other writers wait for half as long.
            now = self.clock()
            batch = self.processor.prepare([data for _, data in rows], now)
            give_way()
            # Nobody is told of it: a message whose processing is lost is processed again.
            with self.precedence.writing, self.store.transaction(acknowledged=False):
                if self.store.processed != before:
                    continue  # another runner has done them meanwhile
                outcome = self.processor.write(batch, self._ports, now)
                self.store.set_processed(rows[-1][0])
            return outcome

    def hurry(self, case_ids: Sequence[str]) -> Outcome:
        """Processes every waiting message of these cases, in their order, before their turn. When
        their turn comes they give the events that they gave now."""
        data, now = self.store.inbox_of(case_ids, self.store.processed), self.clock()
        if not data:
            return _NOTHING
        try:
            batch = self.processor.prepare(data, now)
        except NothingClassified:
            # So few may all be bad messages. Their turn shows whether it is the classifier.
            return _NOTHING
        with self.precedence.writing, self.store.transaction(acknowledged=False):
            return self.processor.write(batch, self._early_ports, now)

    def _look_ahead(self, give_way: Callable[[], None]) -> list[str]:
        """The cases that cannot wait, of the next messages that were not looked at yet. What was
        looked at is known to this runner only: after a start it is looked at again, which changes
        nothing."""
        found: dict[str, None] = {}
        for _ in range(0, LOOK_AHEAD, PIECE):
            give_way()
            rows = self.store.inbox(max(self._looked_at, self.store.processed), PIECE)
            if not rows:
                break
            found |= dict.fromkeys(self.processor.pressing_cases([data for _, data in rows]))
            self._looked_at = rows[-1][0]
        return list(found)

    def pump_all(self, progress: Callable[[int], None] | None = None) -> int:
        """Processes until nothing waits; gives the number of messages."""
        return self._pump_all(self.precedence.give_way, progress)

    def _pump_all(
        self, give_way: Callable[[], None], progress: Callable[[int], None] | None = None
    ) -> int:
        done = 0
        while n := self._pump(BATCH, give_way).messages:
            done += n
            if progress is not None:
                progress(n)
        return done

    def carry_on(self, case_ids: Sequence[str]) -> None:
        with self.precedence.person():
            if self.store.more_waiting_than(AT_ONCE):
                self.hurry(case_ids)
            else:
                # It is what the person waits for, and gives way to nobody.
                self._pump_all(lambda: None)

    def show_changes(self) -> None:
        """A commit is seen by everyone."""

    def finish_erasures(self) -> tuple[str, ...]:
        """See `streams.embedded.erasing`."""
        return finish_erasures(self.store)

    def sweep(self) -> int:
        """Asks for a look at every case that time has done something to; gives how
        many. Sweeping twice asks once: the ids of the ticks are the same."""
        self.finish_erasures()
        now = self.clock()
        # Looked for before the transaction: a long look must not keep pushes waiting. A
        # case that changes meanwhile makes its tick a repetition or a refusal.
        ticks = due_ticks(self.store.ledger, self.processor.rules, now)
        with self.store.transaction(acknowledged=False):
            self.store.append(ticks)
            self.store.set_fact("last_sweep", now.isoformat())
        return len(ticks)

    def rebuild(self, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Folds the journal into a new ledger, in one transaction."""
        events = cases = 0
        changes: list[Change] = []
        with self.store.transaction(acknowledged=False):
            self.store.clear_ledger()
            case: Case | None = None
            for event in self.store.journal():
                if case is not None and event.case_id != case.case_id:
                    changes.append(Change(case, 0))
                    cases += 1
                    case = None
                    if len(changes) == BATCH:
                        self.store.ledger.store(changes)
                        changes.clear()
                case = evolve(case, event)
                events += 1
                if progress is not None and events % BATCH == 0:
                    progress(BATCH)
            if case is not None:
                changes.append(Change(case, 0))
                cases += 1
            self.store.ledger.store(changes)
        return Rebuilt(cases, events)
