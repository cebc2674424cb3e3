"""The register of 事件档案 in the desk's file.

What came by itself stands in a register of its own: it would else take the page of a person who
is writing out of date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from cases.alerts import Alert
from cases.event_alerts import calling_marks, mark_of
from cases.life.rules import Rules
from cases.registers import incident
from cases.registers.incident import Happened, Incident, Joined, Parted, Step
from cases.registers.incident_rules import check, check_opened, check_parted
from cases.words.actors import Actor
from cases.words.refusals import NotAllowed
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry

_steps: Final = msgspec.json.Decoder(Step)
_members: Final = msgspec.json.Decoder(Joined | Parted)


class Incidents:
    """Raises what `cases.registers.incident_rules` and `desk.ground.registers` raise."""

    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, "incidents")
        self._members = Register(file, "incident-members")

    def open(self, step: incident.Opened, at: datetime, by: Actor) -> Incident:
        check_opened(step, by, at)
        entry = self._book.begin(f"YQ{at:%Y}-", at, by, step)
        return incident.fold(entry.record, [_happened(entry)])

    def do(
        self, number: str, seen: int, step: Step, at: datetime, by: Actor, late: int = 0
    ) -> Incident:
        """`late`: how many of its clocks were not met in time."""
        check(self._known(number), step, by, at, late)
        self._book.append(number, seen, at, by, step)
        return self._known(number)

    def join(
        self, number: str, found: Sequence[Joined], at: datetime, by: Actor
    ) -> tuple[Joined, ...]:
        """Takes in what came by itself, each message once; gives what was new. Raises `Changed`
        where another did so at the same time."""
        known = self._members.load(number)
        there = {_members.decode(entry.body).ref for entry in known}
        new = [one for one in found if one.ref not in there]
        if new:
            self._members.append_all(number, len(known), at, by, list(new))
        return tuple(new)

    def part(self, number: str, ref: str, reason: str, at: datetime, by: Actor) -> None:
        check_parted(self._known(number), ref, reason, by)
        seen = len(self._members.load(number))
        self._members.append(number, seen, at, by, Parted(ref=ref, reason=reason))

    def get(self, number: str) -> Incident | None:
        entries = self._book.load(number)
        return _folded(number, entries, self._members.load(number)) if entries else None

    def all(self) -> list[Incident]:
        """Open ones first, then the newest."""
        members = self._members.all()
        found = [
            _folded(number, entries, members.get(number, []))
            for number, entries in self._book.all().items()
        ]
        return sorted(found, key=lambda one: (one.open, one.noticed_at), reverse=True)

    def over(self, alert: Alert, rules: Rules) -> bool:
        """Whether the alert is about an event and what it complained of is over."""
        return not self.calling([alert], rules)

    def calling(self, alerts: Sequence[Alert], rules: Rules) -> list[Alert]:
        """Without those about an event of which what they complained of is over. Each event is
        read once, however many alerts it has."""
        marks: frozenset[str] = frozenset()
        for number in {one.incident for one in alerts if one.incident}:
            event = self.get(number)
            marks |= calling_marks(event, rules) if event is not None else frozenset()
        return [one for one in alerts if not one.incident or mark_of(one) in marks]

    def _known(self, number: str) -> Incident:
        found = self.get(number)
        if found is None:
            raise NotAllowed(f"没有编号为“{number[:20]}”的事件档案。")
        return found


def _folded(
    number: str, entries: Sequence[RegisterEntry], members: Sequence[RegisterEntry]
) -> Incident:
    return incident.fold(
        number, map(_happened, entries), (_members.decode(entry.body) for entry in members)
    )


def _happened(entry: RegisterEntry) -> Happened:
    return Happened(entry.at, entry.by, _steps.decode(entry.body))
