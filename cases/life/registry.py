"""Every rule of a case's life by its name: which function decides a command, which applies an
event, and the checks that rules share.

An area of life is a module of this folder. It decides with `@decides(do.Press)` and applies with
`@applies(ev.Pressed)`; a decider returns the events that follow, or raises `NotAllowed` with the
reason in the office's words. `cases.life.areas` names the areas, and does not load when a command
or an event of the closed lists has no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TypeVar, get_args

from msgspec import Struct
from msgspec.structs import replace

from cases.clocks.clocks import Clock
from cases.life.rules import Rules
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import ENDED_STATES, STATE_WORDS, Case, State, Task
from cases.record.events import Recorded
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed

C = TypeVar("C", bound=do.AnyCommand)
E = TypeVar("E", bound=ev.EventBody)


class Attempt(Struct, frozen=True, kw_only=True):
    """Who tries, when, under which rules."""

    actor: Actor
    at: datetime
    rules: Rules


Decide = Callable[[Case, do.Command, Attempt], list[ev.EventBody]]
Probe = Callable[[Case, Attempt], do.AnyCommand]
Apply = Callable[[Case, ev.EventBody, Recorded], Case]

DECIDES: dict[type[do.Command], Decide] = {}
PROBES: dict[type[do.Command], Probe] = {}
APPLIES: dict[type[ev.EventBody], Apply] = {}

SOME_TEXT = "…"
"""What a probe writes where a person would write something."""


class RegistryError(Exception):
    """A command or an event has no rule, or two. Raised when the rules are loaded."""


def decides(
    kind: type[C], *, probe: Callable[[Case, Attempt], C] | None = None
) -> Callable[
    [Callable[[Case, C, Attempt], list[ev.EventBody]]],
    Callable[[Case, C, Attempt], list[ev.EventBody]],
]:
    """Registers the one function that decides `kind`.

    `probe`: a likely command of this kind, tried out to see whether a person may do it now.
    Without one the command is for the system, and no page offers it. Raises `RegistryError`."""

    def register(
        decide: Callable[[Case, C, Attempt], list[ev.EventBody]],
    ) -> Callable[[Case, C, Attempt], list[ev.EventBody]]:
        _refuse_second(DECIDES, kind)
        DECIDES[kind] = decide  # type: ignore[assignment]
        if probe is not None:
            PROBES[kind] = probe
        return decide

    return register


def applies(
    kind: type[E],
) -> Callable[[Callable[[Case, E, Recorded], Case]], Callable[[Case, E, Recorded], Case]]:
    """Registers the one function that says what a case is after `kind`. Raises
    `RegistryError`."""

    def register(apply: Callable[[Case, E, Recorded], Case]) -> Callable[[Case, E, Recorded], Case]:
        _refuse_second(APPLIES, kind)
        APPLIES[kind] = apply  # type: ignore[index, assignment]
        return apply

    return register


def check_complete() -> None:
    """Every command and every event of the closed lists has its rule, and no other has one.
    Raises `RegistryError` with the names of those that have none, or do not stand in the list."""
    for what, listed, rules in (
        ("command", "do.AnyCommand", DECIDES),
        ("event", "ev.EventBody", APPLIES),
    ):
        known = set(get_args(do.AnyCommand if what == "command" else ev.EventBody))
        missing = sorted(kind.__name__ for kind in known - {ev.CaseOpened} - rules.keys())
        if missing:
            raise RegistryError(
                f"no rule for {what} {', '.join(missing)}: write one with "
                f"@{'decides' if what == 'command' else 'applies'} in a module of cases/life "
                "that cases/life/areas.py names"
            )
        strange = sorted(kind.__name__ for kind in rules.keys() - known)
        if strange:
            raise RegistryError(
                f"{what} {', '.join(strange)} has a rule, but is not in {listed}: add it to the "
                f"list at the end of cases/record/{what}s.py"
            )


def _refuse_second(rules: Collection[type], kind: type) -> None:
    if kind in rules:
        raise RegistryError(f"two rules for {kind.__name__}")


def decide_action(case: Case, command: do.Command, attempt: Attempt) -> list[ev.EventBody]:
    """Raises `NotAllowed`."""
    actor = attempt.actor
    name = str(command.__struct_config__.tag)
    if not attempt.rules.handling.allows(actor, name):
        raise NotAllowed(f"角色“{actor.role}”不能做这个动作（{name}）。请联系值班台。")
    # A unit that was marked as accused before its part was taken away has none either.
    accused = attempt.rules.influence.within(case.accused)
    if actor.role is Role.RESPONDER and (case.task(actor.unit) is None or actor.unit in accused):
        raise NotAllowed("本单位不承办此事项。")
    require(case.erased_at is None, "事项的个人信息已经删除，不能再办理。")
    return DECIDES[type(command)](case, command, attempt)


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


# -- changes ------------------------------------------------------------------


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
