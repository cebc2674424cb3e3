"""The embedded runner: intake, processing and sweep on one SQLite file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from cases.case import Case
from cases.evolve import evolve
from cases.messages import Action, Tick, tick_id
from cases.on_tick import stage_changes
from sinks.ledger import Change
from streams.embedded.store import EmbeddedStore, JournalPort
from streams.intake import IntakeCounts, take
from streams.process import Outcome, Ports, Processor
from streams.sources.base import Batch

BATCH = 500
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
        self._ports = Ports(
            ledger=store.ledger, journal=JournalPort(store), alerts=store, dead_letters=store
        )

    def take(self, source: str, batch: Batch) -> IntakeCounts:
        """Stores what a source read. Once it returns, the items are safe."""
        with self.store.transaction():
            return take(source, batch, self.store, self.clock())

    def act(self, action: Action) -> None:
        """Stores what a person did; `pump` carries it out."""
        with self.store.transaction():
            self.store.append([action])

    def pump(self, limit: int = BATCH) -> Outcome:
        """Processes the next messages; `messages` is 0 when none was waiting."""
        with self.store.transaction():
            rows = self.store.inbox(self.store.processed, limit)
            if not rows:
                return _NOTHING
            outcome = self.processor.process(
                [data for _, data in rows], self._ports, self.clock()
            )
            self.store.set_processed(rows[-1][0])
        return outcome

    def pump_all(self, progress: Callable[[int], None] | None = None) -> int:
        """Processes until nothing waits; gives the number of messages."""
        done = 0
        while n := self.pump().messages:
            done += n
            if progress is not None:
                progress(n)
        return done

    def sweep(self) -> int:
        """Asks for a look at every case that time has done something to; gives how
        many. Sweeping twice asks once: the ids of the ticks are the same."""
        now = self.clock()
        rules = self.processor.rules
        days = rules.handling.warnings.one_day_left_working_days
        # The warning that comes earliest is "n working days left"; n working days
        # never span more than a fortnight of holidays on top.
        until = now + timedelta(days=days + 14)
        with self.store.transaction():
            ids = list(self.store.ledger.to_look_at(until, rules.calendar.version))
            ticks = []
            for start in range(0, len(ids), BATCH):
                for case in self.store.ledger.load(ids[start : start + BATCH]).values():
                    tick = self._tick(case, now)
                    if tick is not None:
                        ticks.append(tick)
            self.store.append(sorted(ticks, key=lambda tick: tick.case_id))
            self.store.set_fact("last_sweep", now.isoformat())
        return len(ticks)

    def _tick(self, case: Case, now: datetime) -> Tick | None:
        rules = self.processor.rules
        stages = [
            f"{clock.name}/{stage}/{clock.due_at.isoformat()}"
            for clock, stage in stage_changes(case, now, rules)
        ]
        stages += [
            f"{clock.name}/{rules.calendar.version}"
            for clock in case.round.clocks
            if clock.provisional and clock.calendar != rules.calendar.version
        ]
        if not stages:
            return None
        stage = f"{case.round.number}|{'|'.join(stages)}"
        return Tick(
            message_id=tick_id(case.case_id, stage, case.received_at),
            case_id=case.case_id,
            at=now,
        )

    def rebuild(self, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Folds the journal into a new ledger, in one transaction."""
        events = cases = 0
        changes: list[Change] = []
        with self.store.transaction():
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
