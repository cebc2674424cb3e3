"""The table of `evolve`: one function per kind of event, and what these functions share.

They stand in `cases.life.after_intake`, `after_units`, `after_time`, `after_pressure`,
`after_reply`, `after_disclosure`, `after_end` and `after_labels`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from cases.clocks.clocks import Clock
from cases.record import events as ev
from cases.record.case import Case, State
from cases.record.events import EventBody, Recorded

E = TypeVar("E", bound=ev.Event)

APPLY: dict[type[EventBody], Callable[[Case, EventBody, Recorded], Case]] = {}


def after(kind: type[E]) -> Callable[[Callable[[Case, E, Recorded], Case]], None]:
    """Registers the one function that says what a case looks like after `kind`."""

    def register(apply: Callable[[Case, E, Recorded], Case]) -> None:
        APPLY[kind] = apply  # type: ignore[index, assignment]

    return register


def in_round(case: Case, **changes: object) -> Case:
    """The case with its current round changed."""
    return replace(case, rounds=(*case.rounds[:-1], replace(case.round, **changes)))


def with_clocks(case: Case, clocks: tuple[Clock, ...], dropped: tuple[str, ...] = ()) -> Case:
    """Named clocks replaced in place, new ones appended, `dropped` taken out."""
    new = {clock.name: clock for clock in clocks}
    merged = [
        new.pop(clock.name, clock) for clock in case.round.clocks if clock.name not in dropped
    ]
    return in_round(case, clocks=(*merged, *new.values()))


def ended(case: Case, state: State, reason: str = "") -> Case:
    """Nothing waits for a decision any more."""
    return replace(
        case,
        state=state,
        ended=reason,
        resume_state=None,
        waiting=None,
        suspension=None,
        extension_request=None,
        tasks=tuple(replace(t, return_asked="", suggested_unit="") for t in case.tasks),
    )
