"""`process`: a batch of inbox messages becomes events in ledger and journal.

The same code runs in both runtimes; only the ports differ. The order is

    parse, enrich, load, decide, ledger (compare-and-set), journal, alerts

and the caller acknowledges the batch after it returns. A crash anywhere before
that costs a repetition: messages that are already in a history give the events
they gave before, and readers drop what they know by `(case_id, seq)`.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.alerts import Alert, alerts_for
from cases.life.decide import Findings, Rules, UnknownCase, decide
from cases.life.evolve import evolve
from cases.record.case import Case
from cases.record.events import Recorded
from cases.record.item import Item, quoted_text
from cases.record.messages import Message, Observation, decode_message
from cases.routing.routing import Router
from cases.words.labels import Labels
from classifiers.base import Classifier, Text
from sinks.ledger.base import CasesRefused, Change, Ledger
from streams.dead_letters import DeadLetter, DeadLetters, Stage
from streams.known_quotations import answered, item_texts, quoting, texts_of, without_known

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


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a batch, in messages."""

    messages: int
    opened: int = 0
    changed: int = 0
    """Later versions, actions and ticks that had an effect."""
    replayed: int = 0
    """Already in a history; their events were appended again."""
    duplicates: int = 0
    """Observations of a version already known."""
    dead: int = 0


class Means(Struct, frozen=True):
    """What a batch is read and decided by, from its beginning to its end."""

    rules: Rules
    classifier: Classifier
    router: Router


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

    def write(self, prepared: Prepared, ports: Ports, now: datetime) -> Outcome:
        """May be called again with the same batch. Raises what a port raises (nothing may be
        acknowledged then) and `LedgerBusy`."""
        mark = self.times.start()
        rules = prepared.means.rules
        findings = _looked_at_once(prepared, ports.ledger, now)
        mark("enrich")
        work = _Work(prepared.messages, findings)
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
                # Of a case that was not asked for nobody knows what its history has.
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
        return _findings(means, seen, now)
    except Exception:  # noqa: BLE001  whatever one message breaks, the others go on
        # One of them is bad. Find it.
        found: dict[str, Findings] = {}
        bad = 0
        for message in seen:
            try:
                found |= _findings(means, [message], now)
            except Exception as error:
                bad += 1
                if bad == len(seen) > 1:
                    raise NothingClassified(str(error)) from error
                messages.remove(message)
                dead.append(_poison(message, now))
        return found


def _looked_at_once(prepared: Prepared, ledger: Ledger, now: datetime) -> Mapping[str, Findings]:
    """The findings, without risk that lies only in what an answer quotes of the case it
    answers (`streams.known_quotations`). Few messages are looked at twice for that."""
    labels = {key: found.labels for key, found in prepared.findings.items()}
    doubtful = quoting(prepared.messages, labels)
    if not doubtful:
        return prepared.findings
    known = {
        case_id: texts_of(case)
        for case_id, case in ledger.load(list({answered(m.item) for m in doubtful})).items()
    }
    # The first letter and the answer may be in one batch.
    for message in prepared.messages:
        if isinstance(message, Observation):
            known.setdefault(message.case_id, []).extend(item_texts(message.item))
    findings = dict(prepared.findings)
    for message in doubtful:
        if texts := known.get(answered(message.item)):
            quoted = without_known(quoted_text(message.item), texts)
            text = replace(_text(message.item), quoted=quoted)
            label = prepared.means.classifier.classify([text])[0]
            findings[message.message_id] = _found(prepared.means, message.item, label, now)
    return findings


def _findings(means: Means, seen: Sequence[Observation], now: datetime) -> dict[str, Findings]:
    texts = [_text(message.item) for message in seen]
    labels = means.classifier.classify(texts)
    return {
        message.message_id: _found(means, message.item, label, now)
        for message, label in zip(seen, labels, strict=True)
    }


def _found(means: Means, item: Item, label: Labels, now: datetime) -> Findings:
    day = now.date()
    # A report that was attached, or sent on, is one as well.
    written = f"{item.body}\n{quoted_text(item)}"
    accusation = means.rules.accusation.find(item.title, written)
    return Findings(
        labels=label,
        assignment=means.router.route(item, label, on=day),
        accusation=accusation,
        named=means.router.named(item, on=day) if accusation else (),
    )


def _text(item: Item) -> Text:
    return Text(item.title, item.body, quoted_text(item))


class _Work:
    """A batch between loading and acknowledging."""

    def __init__(self, messages: Sequence[Message], findings: Mapping[str, Findings]) -> None:
        self._messages: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            self._messages[message.case_id].append(message)
        self._findings = findings
        self._before: dict[str, int] = {}
        self._cases: dict[str, Case] = {}
        self._new: dict[str, list[Recorded]] = {}
        self._again: dict[str, list[Recorded]] = {}
        self._duplicates: dict[str, int] = {}
        self.dead: dict[str, DeadLetter] = {}

    def case_ids(self) -> list[str]:
        return list(self._messages)

    def surely_known(self) -> list[str]:
        """The cases whose first message here does not open one: it is no observation, or a
        later version of what is known."""
        return [
            case_id
            for case_id, messages in self._messages.items()
            if not isinstance(messages[0], Observation) or messages[0].replaces
        ]

    def failed(self, case_ids: Sequence[str], *, but: Collection[str]) -> list[str]:
        """Those of the cases that have a message among the dead letters, without `but`."""
        if not self.dead:
            return []
        return [
            case_id
            for case_id in case_ids
            if case_id not in but
            and any(message.message_id in self.dead for message in self._messages[case_id])
        ]

    def decide(
        self, case_ids: Sequence[str], loaded: dict[str, Case], now: datetime, rules: Rules
    ) -> None:
        """Decides all messages of these cases, each case from its loaded state. Safe to
        call again for cases that lost a race."""
        for case_id in case_ids:
            case = loaded.get(case_id)
            self._before[case_id] = case.seq if case else 0
            new: list[Recorded] = []
            again: list[Recorded] = []
            duplicates = 0
            for message in self._messages[case_id]:
                self.dead.pop(message.message_id, None)
                try:
                    findings = self._findings.get(message.message_id)
                    events = decide(case, message, now, rules, findings)
                    known = case.seq if case else 0
                    after = case
                    for event in events:
                        if event.seq > known:
                            after = evolve(after, event)
                except UnknownCase:
                    self.dead[message.message_id] = DeadLetter.of_message(
                        message,
                        reason="unknown_case",
                        detail=f"没有编号为 {case_id} 的事项，无法办理这个动作。",
                        at=now,
                    )
                    continue
                except Exception:  # noqa: BLE001  a bad item never stops the stream
                    self.dead[message.message_id] = _poison(message, now)
                    continue
                if not events:
                    duplicates += 1
                elif events[-1].seq <= known:
                    again += events
                else:
                    new += events
                case = after
            self._new[case_id] = new
            self._again[case_id] = again
            self._duplicates[case_id] = duplicates
            if case is not None:
                self._cases[case_id] = case

    def give_up(self, reasons: Mapping[str, str], now: datetime) -> None:
        """These cases cannot be stored with what is new: that becomes dead letters. What is
        in their histories already stays, for the other readers."""
        for case_id, reason in reasons.items():
            known = {event.message_id for event in self._again[case_id]}
            kept = []
            for message in self._messages[case_id]:
                if message.message_id in known:
                    kept.append(message)
                    continue
                self.dead[message.message_id] = DeadLetter.of_message(
                    message,
                    reason="not_storable",
                    detail=f"台账存不下这件事项，原文已保留：{reason}",
                    at=now,
                )
            self._messages[case_id] = kept
            self._cases.pop(case_id, None)

    def changes(self, case_ids: Sequence[str]) -> list[Change]:
        return [
            Change(self._cases[case_id], self._before[case_id])
            for case_id in case_ids
            if self._new[case_id]
        ]

    def _events_of(self, case_id: str) -> list[Recorded]:
        """New events and those that may not have reached every reader, once each, in order."""
        events = (*self._again[case_id], *self._new[case_id])
        return list({event.seq: event for event in sorted(events, key=_by_seq)}.values())

    def all_events(self) -> list[Recorded]:
        return [event for case_id in self._messages for event in self._events_of(case_id)]

    def alerts(self, rules: Rules) -> list[Alert]:
        return [
            alert
            for case_id, case in self._cases.items()
            for alert in alerts_for(case, self._events_of(case_id), rules.handling)
        ]

    def outcome(self, messages: int, dead: int) -> Outcome:
        opened = sum(1 for case_id, new in self._new.items() if new and not self._before[case_id])
        changed = len({event.message_id for new in self._new.values() for event in new}) - opened
        return Outcome(
            messages=messages,
            opened=opened,
            changed=changed,
            replayed=len({e.message_id for again in self._again.values() for e in again}),
            duplicates=sum(self._duplicates.values()),
            dead=dead + len(self.dead),
        )


def _by_seq(event: Recorded) -> int:
    return event.seq


def _poison(message: Message, now: datetime) -> DeadLetter:
    return DeadLetter.of_message(
        message,
        reason="processing_failed",
        detail="处理这条消息时程序出错，原文已保留；修复后可以重新处理。\n"
        + traceback.format_exc(limit=-3),
        at=now,
    )
