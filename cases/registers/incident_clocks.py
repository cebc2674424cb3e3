"""By when what is due in an 事件档案, and what was late. Pure.

The clocks run in natural hours from when the event was noticed: 5 hours to the first
authoritative information, 24 to the press conference (特别重大、重大), 48 to the response
(较大、一般). A unit's part has the time that the desk set when it asked; what the desk does not
set comes from the rows `event_part_*` with the source `incident`. All are rows of
config/deadlines.toml.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.clocks.clocks import Clock
from cases.clocks.policy import Facts
from cases.life.rules import Rules
from cases.registers.incident import Incident, Part

SOURCE: Final = "incident"
"""What `source` the rows of config/deadlines.toml name that are for 事件档案 alone."""
_MEETS: Final = {
    Part.FIRST_INFO: "event_first_info",
    Part.PRESS: "event_press",
    Part.RESPOND: "event_response",
}
"""Which clock a public statement meets."""
_OF_UNITS: Final = {
    Part.ASSESS: "event_part_assess",
    Part.VERIFY: "event_part_verify",
    Part.HANDLE: "event_part_handle",
    Part.RESPOND: "event_part_respond",
}


class Due(Struct, frozen=True, kw_only=True):
    """One clock of an event and what met it."""

    key: str
    """Names it within its event."""
    label: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    unit: str = ""
    """Id of the unit that is to meet it; "": the desk."""

    def late(self, now: datetime) -> bool:
        return (self.met_at or now) > self.due_at

    @property
    def open(self) -> bool:
        return self.met_at is None


def clocks(found: Incident, rules: Rules) -> tuple[Due, ...]:
    """The clocks of the event's present level, from when it was noticed."""
    running = {clock.name: clock for clock in _clocks(found, rules, found.noticed_at)}
    made = []
    for part, name in _MEETS.items():
        if name in running:
            made.append(
                Due(
                    key=name,
                    label=part.value,
                    started_at=found.noticed_at,
                    due_at=running[name].due_at,
                    met_at=min((note.at for note in found.of(part)), default=None),
                )
            )
    return tuple(made)


def dues(found: Incident, rules: Rules) -> tuple[Due, ...]:
    """All that is due: the clocks of the event, then what is wanted of units."""
    return (
        *clocks(found, rules),
        *(
            Due(
                key=f"task-{task.number}",
                label=task.part.value,
                started_at=task.asked_at,
                due_at=task.due_at,
                met_at=task.met_at,
                unit=task.unit,
            )
            for task in found.tasks
            if not task.recalled
        ),
    )


def usual_due(found: Incident, part: Part, rules: Rules, at: datetime) -> datetime | None:
    """Until when a unit that is asked at `at` writes its part, by the table; None where the table
    says nothing of it."""
    wanted = _OF_UNITS.get(part)
    named = (clock for clock in _clocks(found, rules, at) if clock.name == wanted)
    clock = next(named, None)
    return clock.due_at if clock else None


def late_ones(found: Incident, rules: Rules, now: datetime) -> tuple[Due, ...]:
    """What was met too late, or is not met and late."""
    until = found.ended_at or now
    return tuple(due for due in dues(found, rules) if due.late(until))


def _clocks(found: Incident, rules: Rules, at: datetime) -> tuple[Clock, ...]:
    facts = Facts(source=SOURCE, received_at=at, event_level=found.level, detected_at=at)
    return rules.policy.clocks_for(facts, rules.calendar)
