"""What a person may do with a case as it is, found by asking the decider's own rules.

For every command of the role a likely one is tried out; nothing is recorded. So the
desk offers exactly what the decider would accept, and can say why it offers the
rest not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.life.decide import Rules
from cases.life.handling import COMMANDS
from cases.life.registry import PROBES, SOME_TEXT, Attempt, decide_action
from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed

OFFERED: Final = frozenset(PROBES)
"""The commands that are offered to people; the others only the system gives."""


class AvailableAction(Struct, frozen=True):
    command: str
    why_not: str = ""
    """The decider's reason; "" when it may be done."""

    @property
    def possible(self) -> bool:
        return not self.why_not


def available_actions(
    case: Case, actor: Actor, at: datetime, rules: Rules
) -> dict[str, AvailableAction]:
    """Every command that the role may ask for at all, by its name."""
    attempt = Attempt(actor=actor, at=at, rules=rules)
    return {
        name: _offer(case, name, attempt)
        for name in COMMANDS
        if COMMANDS[name] in OFFERED and rules.handling.allows(actor, name)
    }


def why_not(case: Case, name: str, actor: Actor, at: datetime, rules: Rules) -> str:
    """The decider's reason against one command of this name now; "" when it may be done."""
    return _offer(case, name, Attempt(actor=actor, at=at, rules=rules)).why_not


def _offer(case: Case, name: str, attempt: Attempt) -> AvailableAction:
    try:
        decide_action(case, PROBES[COMMANDS[name]](case, attempt), attempt)
    except NotAllowed as refusal:
        return AvailableAction(name, str(refusal))
    return AvailableAction(name)


def extension_days(case: Case, at: datetime, rules: Rules) -> int:
    """Working days that may be asked for now; 0 when none."""
    left = [rules.policy.extension_left(clock) for clock in case.round.clocks]
    most = max(left, default=0)
    attempt = Attempt(actor=Actor(id="?", role=Role.SYSTEM), at=at, rules=rules)
    for days in range(most, 0, -1):
        try:
            decide_action(case, do.AskExtension(working_days=days, reason=SOME_TEXT), attempt)
        except NotAllowed:
            continue
        return days
    return 0
