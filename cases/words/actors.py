"""Who acts: a person at the desk, a machine, or the system itself."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    DESK = "desk"
    """值班台: sees everything, assigns, presses, closes."""
    RESPONDER = "responder"
    """承办单位: its own tasks only."""
    REVIEWER = "reviewer"
    """审核: nothing is delivered or published before the check (先审后发)."""
    LEADER = "leader"
    """领导: reads and instructs (批示)."""
    ADMIN = "admin"
    SYSTEM = "system"
    """The stream itself: intake, sweep, rules."""


class Actor(Struct, frozen=True, omit_defaults=True):
    id: str
    role: Role
    name: str = ""
    unit: str = ""
    """Unit id; required for a responder."""


SYSTEM = Actor(id="system", role=Role.SYSTEM, name="系统")
