"""The decider: what follows from a message, given the case as it is.

Pure: no clock, no IO. `decide` gives the events, `cases.life.evolve` the case after
them. Every rule about what may happen to a case is reached from here.
"""

from __future__ import annotations

from datetime import datetime

from cases.life import areas
from cases.life.intake import later_version, open_case
from cases.life.platform import upward_of
from cases.life.registry import Attempt, decide_action
from cases.life.rules import Findings, Rules
from cases.life.ticks import on_tick
from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import EventBody, Recorded
from cases.record.messages import Action, Message, Observation, Tick
from cases.words.actors import SYSTEM, Actor
from cases.words.refusals import NotAllowed
from cases.words.times import beijing

__all__ = ["Findings", "Rules", "UnknownCase", "decide"]

AREAS = areas.AREAS
"""Every rule is loaded before the first decision."""


class UnknownCase(Exception):
    """An action or a tick for a case that does not exist."""


def decide(
    case: Case | None,
    message: Message,
    now: datetime,
    rules: Rules,
    findings: Findings | None = None,
) -> tuple[Recorded, ...]:
    """The events that follow from `message`, to be appended to the history of `case`.

    Empty for a known duplicate. What is not allowed, and a tick that finds nothing
    to say, gives one `ActionRefused`. A message that is in the history gives
    the events it gave then, unchanged: the last attempt may have died before they
    reached every reader.

    `findings` is needed for an observation. Raises `UnknownCase`.
    """
    now = beijing(now)
    if case is not None:
        before = case.recorded_for(message.message_id)
        if before:
            return before
    if isinstance(message, Observation):
        if findings is None:
            raise ValueError("an observation needs findings")
        if case is None:
            bodies = open_case(message.item, findings, now, rules)
        elif case.erased_at is not None:
            # What a source still shows of it is not taken in again.
            return ()
        else:
            bodies = later_version(case, message.item, findings, now, rules)
        return _recorded(case, message, SYSTEM, now, bodies, rules)
    if case is None:
        raise UnknownCase(message.case_id)
    if isinstance(message, Tick):
        return _recorded(case, message, SYSTEM, now, on_tick(case, now, rules), rules)
    return _acted(case, message, now, rules)


def _acted(case: Case, message: Action, now: datetime, rules: Rules) -> tuple[Recorded, ...]:
    # What a person did counts from that moment, not from when the stream got to
    # it; a desk whose clock runs ahead does not act in the future.
    at = min(beijing(message.at), now)
    attempt = Attempt(actor=message.actor, at=at, rules=rules)
    bodies: list[EventBody]
    try:
        bodies = decide_action(case, message.command, attempt)
        bodies += upward_of(case, bodies, attempt)
    except NotAllowed as refusal:
        name = str(message.command.__struct_config__.tag)
        bodies = [ev.ActionRefused(command=name, reason=str(refusal))]
    return _recorded(case, message, message.actor, at, bodies, rules)


def _recorded(
    case: Case | None,
    message: Message,
    actor: Actor,
    at: datetime,
    bodies: list[EventBody],
    rules: Rules,
) -> tuple[Recorded, ...]:
    first = 1 if case is None else case.seq + 1
    return tuple(
        Recorded(
            case_id=message.case_id,
            seq=seq,
            message_id=message.message_id,
            at=at,
            actor=actor,
            body=body,
            configuration=rules.number,
        )
        for seq, body in enumerate(bodies, first)
    )
