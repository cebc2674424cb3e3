"""`process`: a batch of inbox messages becomes events in ledger and journal.

The same code runs in both runtimes; only the ports differ. The order is

    parse, enrich, load, decide, ledger (compare-and-set), journal, alerts

and the caller acknowledges the batch after it returns. A crash anywhere before
that costs a repetition: messages that are already in a history give the events
they gave before, and readers drop what they know by `(case_id, seq)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Protocol

import msgspec
from msgspec import Struct

from cases.alerts import Alert
from cases.life.decide import Findings, Rules
from cases.record.events import Recorded
from cases.record.messages import Message, Observation, decode_message
from cases.routing.routing import Router
from classifiers.base import Classifier
from sinks.ledger.base import CasesRefused, Ledger
from streams.batch_work import BatchWork, Outcome, poison
from streams.dead_letters import DeadLetter, DeadLetters, Stage
from streams.findings import Means, cannot_wait, findings_of, looked_at_once

MOST_CONFLICTS = 20
"""So many lost races in a row on one batch are no races any more."""


class NothingClassified(Exception):
    """Classifier or router fail on every message of a batch: they are broken, not the
    messages. Nothing was acknowledged."""


class LedgerBusy(Exception):
    """The ledger refused the same cases again and again; nothing was acknowledged."""


class Journal(Protocol):
    def append(self, events: Sequence[Recorded]) -> None:
        """Returns when the events are as safe as the journal makes them. Events it
        already has may come again."""
        ...


class AlertSink(Protocol):
    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        """Alerts it already has, by `alert_id`, may come again."""
        ...


class Ports(Struct, frozen=True, kw_only=True):
    """The outside, as one runtime provides it."""

    ledger: Ledger
    journal: Journal
    alerts: AlertSink
    dead_letters: DeadLetters


class Prepared(Struct, frozen=True):
    """A batch, parsed and classified: all that can be done before asking the ledger."""

    means: Means

    size: int
    """Messages in the batch, bad ones included."""
    messages: tuple[Message, ...]
    findings: Mapping[str, Findings]
    dead: tuple[DeadLetter, ...]


class StageTimes:
    """Seconds spent in each stage, added up over batches."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def start(self) -> Callable[[str], None]:
        """A stopwatch: called with a stage, it adds what passed since it was called last."""
        last = perf_counter()

        def mark(stage: str) -> None:
            nonlocal last
            now = perf_counter()
            self.seconds[stage] += now - last
            last = now

        return mark


class Processor:
    """Rules, classifier and router, applied to batches."""

    def __init__(self, rules: Rules, classifier: Classifier, router: Router) -> None:
        self._means = Means(rules, classifier, router)
        self.times = StageTimes()

    @property
    def rules(self) -> Rules:
        """Those that the next batch is decided by."""
        return self._means.rules

    @property
    def classifier(self) -> Classifier:
        """The one that the next batch is read by."""
        return self._means.classifier

    def use(self, rules: Rules, classifier: Classifier, router: Router) -> None:
        """From the next batch on. A batch that has begun ends by what it began with."""
        self._means = Means(rules, classifier, router)

    def process(self, batch: Sequence[bytes], ports: Ports, now: datetime) -> Outcome:
        """Raises what a port raises (nothing may be acknowledged then), `LedgerBusy` and
        `NothingClassified`."""
        return self.write(self.prepare(batch, now), ports, now)

    def prepare(self, batch: Sequence[bytes], now: datetime) -> Prepared:
        """May run while `write` has the batch before in another thread.
        Raises `NothingClassified`."""
        mark = self.times.start()
        means = self._means
        dead: list[DeadLetter] = []
        messages = self._parse(batch, dead, now)
        mark("parse")
        findings = _enrich(means, messages, dead, now)
        mark("enrich")
        return Prepared(means, len(batch), tuple(messages), findings, tuple(dead))

    def pressing_cases(self, batch: Sequence[bytes]) -> list[str]:
        """Numbers of the cases that cannot wait, each once: a message says that it is urgent or
        sounds so, or time has done something to the case. A look that costs a fraction of
        `prepare`. What cannot be read waits for its turn."""
        means = self._means
        found: dict[str, None] = {}
        for data in batch:
            try:
                message = decode_message(data)
                if cannot_wait(means, message):
                    found[message.case_id] = None
            except Exception:  # noqa: BLE001, S112  it is told of when `prepare` meets it
                continue
        return list(found)

    def write(self, prepared: Prepared, ports: Ports, now: datetime) -> Outcome:
        """May be called again with the same batch. Raises what a port raises (nothing may be
        acknowledged then) and `LedgerBusy`."""
        mark = self.times.start()
        rules = prepared.means.rules
        findings = looked_at_once(
            prepared.means, prepared.messages, prepared.findings, ports.ledger, now
        )
        mark("enrich")
        work = BatchWork(prepared.messages, findings)
        case_ids = work.case_ids()
        # Most observations open a case, so they are not asked for. Where one was there after
        # all, the ledger says so: a conflict like any other.
        to_load = work.surely_known()
        for _ in range(MOST_CONFLICTS):
            loaded = ports.ledger.load(to_load) if to_load else {}
            mark("load")
            work.decide(case_ids, loaded, now, rules)
            if doubtful := work.failed(case_ids, but=to_load):
                # What cannot open a case may be fine for one that is open.
                work.decide(doubtful, ports.ledger.load(doubtful), now, rules)
            mark("decide")
            try:
                conflicts = ports.ledger.store(work.changes(case_ids))
            except CasesRefused as refused:
                # A case that was not loaded has an unknown history.
                asked = set(to_load)
                work.give_up({c: why for c, why in refused.reasons.items() if c in asked}, now)
                to_load = case_ids
                continue
            finally:
                mark("ledger")
            if not conflicts:
                break
            case_ids = to_load = list(conflicts)
        else:
            raise LedgerBusy(f"{len(case_ids)} cases, first {case_ids[0]}")
        ports.journal.append(work.all_events())
        mark("journal")
        ports.alerts.raise_alerts(work.alerts(rules))
        ports.dead_letters.add([*prepared.dead, *work.dead.values()])
        mark("alerts")
        return work.outcome(prepared.size, len(prepared.dead))

    def _parse(
        self, batch: Sequence[bytes], dead: list[DeadLetter], now: datetime
    ) -> list[Message]:
        messages = []
        for data in batch:
            try:
                messages.append(decode_message(data))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                dead.append(
                    DeadLetter.of(
                        Stage.PROCESS,
                        data,
                        reason="not_a_message",
                        detail=f"收件日志中的这条内容不是消息：{error}",
                        at=now,
                    )
                )
        return messages


def _enrich(
    means: Means, messages: list[Message], dead: list[DeadLetter], now: datetime
) -> dict[str, Findings]:
    """Findings by message id for the observations. One that breaks the classifier or
    the router is taken out of `messages` and joins the dead letters."""
    seen = [message for message in messages if isinstance(message, Observation)]
    try:
        return findings_of(means, seen, now)
    except Exception:  # noqa: BLE001  whatever one message breaks, the others go on
        # One of them is bad. Find it.
        found: dict[str, Findings] = {}
        bad = 0
        for message in seen:
            try:
                found |= findings_of(means, [message], now)
            except Exception as error:
                bad += 1
                if bad == len(seen) > 1:
                    raise NothingClassified(str(error)) from error
                messages.remove(message)
                dead.append(poison(message, now))
        return found
