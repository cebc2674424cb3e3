"""What a batch of messages does to its cases, in memory: decided, not yet written."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from cases.alert_rules import alerts_for
from cases.alerts import Alert
from cases.life.decide import Findings, Rules, UnknownCase, decide
from cases.life.evolve import evolve
from cases.notices import notices_for
from cases.record.case import Case
from cases.record.events import Recorded
from cases.record.messages import Message, Observation
from sinks.ledger.base import Change
from streams.dead_letters import DeadLetter


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


class BatchWork:
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
                    self.dead[message.message_id] = poison(message, now)
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
        """Those of the desk and of leaders, and what units are told of."""
        found: list[Alert] = []
        for case_id, case in self._cases.items():
            events = self._events_of(case_id)
            found += alerts_for(case, events, rules.handling)
            found += notices_for(case, events, rules.handling)
        return found

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


def poison(message: Message, now: datetime) -> DeadLetter:
    return DeadLetter.of_message(
        message,
        reason="processing_failed",
        detail="处理这条消息时程序出错，原文已保留；修复后可以重新处理。\n"
        + traceback.format_exc(limit=-3),
        at=now,
    )
