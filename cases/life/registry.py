"""What follows when a person acts: who may, and the checks that all rules share.

One function per command, in `cases.life.on_units`, `on_time`, `on_labels`,
`on_pressure`, `on_reply` and `on_disclosure`. It returns the events that follow, or raises
`NotAllowed` with the reason in the office's words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from cases.life.rules import NotAllowed, Rules
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import ENDED_STATES, STATE_WORDS, Case, Task
from cases.words.actors import Actor, Role

C = TypeVar("C", bound=do.Command)


class Attempt(Struct, frozen=True, kw_only=True):
    """Who tries, when, under which rules."""

    actor: Actor
    at: datetime
    rules: Rules


Handler = Callable[[Case, do.Command, Attempt], list[ev.EventBody]]
HANDLERS: dict[type[do.Command], Handler] = {}


def on(kind: type[C]) -> Callable[[Callable[[Case, C, Attempt], list[ev.EventBody]]], None]:
    """Registers the one function that decides `kind`."""

    def register(handler: Callable[[Case, C, Attempt], list[ev.EventBody]]) -> None:
        HANDLERS[kind] = handler  # type: ignore[assignment]

    return register


def on_action(case: Case, command: do.Command, attempt: Attempt) -> list[ev.EventBody]:
    """Raises `NotAllowed`."""
    actor = attempt.actor
    name = str(command.__struct_config__.tag)
    if not attempt.rules.handling.allows(actor, name):
        raise NotAllowed(f"角色“{actor.role}”不能做这个动作（{name}）。请联系值班台。")
    if actor.role is Role.RESPONDER and case.task(actor.unit) is None:
        raise NotAllowed("本单位不承办此事项。")
    return HANDLERS[type(command)](case, command, attempt)


# -- checks ------------------------------------------------------------------


def require(condition: object, reason: str) -> None:
    if not condition:
        raise NotAllowed(reason)


def require_text(value: str, what: str) -> None:
    require(value.strip(), f"请填写{what}。")


def require_open(case: Case) -> None:
    require(
        case.open, f"事项{STATE_WORDS[case.state]}，不能再做这个动作。如需继续办理，请先重新打开。"
    )


def require_not_ended(case: Case) -> None:
    require(
        case.state not in ENDED_STATES,
        f"事项{STATE_WORDS[case.state]}，不能再做这个动作。如需继续办理，请先重新打开。",
    )


def own_task(case: Case, actor: Actor) -> Task:
    task = case.task(actor.unit)
    if task is None:
        raise NotAllowed("本单位不承办此事项。")
    return task


def require_lead(case: Case, actor: Actor) -> None:
    """The desk may do it for the unit; a responder only as the lead unit."""
    if actor.role is Role.RESPONDER:
        require(actor.unit == case.unit, "只有主办单位可以做这个动作。")
