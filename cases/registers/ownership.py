"""Whose a record of a register is: one rule for every register that units write in."""

from __future__ import annotations

from typing import Final

from cases.words.actors import Actor, Role

OFFICE: Final = (Role.DESK, Role.ADMIN)
"""Who keeps the registers for everybody."""


def of_unit(actor: Actor, unit: str) -> bool:
    """Whether the actor speaks for this unit. What belongs to no unit is no unit's."""
    return actor.role is Role.RESPONDER and bool(unit) and actor.unit == unit


def owns(actor: Actor, unit: str) -> bool:
    """Whether the actor may change what belongs to `unit` ("": to the desk)."""
    return actor.role in OFFICE or of_unit(actor, unit)


def unit_of(actor: Actor) -> str:
    """To whom belongs what the actor registers: the own unit, or the desk ("")."""
    return actor.unit if actor.role is Role.RESPONDER else ""
