"""What a sentence about an event is made with: names of units and people, times, tones."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cases.clocks.clocks import Clock
from cases.routing.units import UnitRegister
from cases.words.actors import Actor, Role
from desk.phrasing import vocabulary
from desk.phrasing.times import moment


class Said(Struct, frozen=True):
    text: str
    detail: str = ""
    """Free text: mask it before showing."""
    tone: str = ""
    """"late", "done" or "quiet", where the event is worth a colour."""


def joined(*parts: str) -> str:
    """The parts that say something, as one text."""
    return "；".join(part for part in parts if part)


class Phrases(Struct, frozen=True):
    """What a sentence needs to know besides the event."""

    register: UnitRegister
    now: datetime

    def unit(self, unit_id: str) -> str:
        return self.register.name(unit_id) if unit_id else "（未定单位）"

    def units(self, unit_ids: tuple[str, ...]) -> str:
        return "、".join(self.unit(unit_id) for unit_id in unit_ids)

    def moment(self, at: datetime) -> str:
        return moment(at, self.now)

    def due(self, clocks: tuple[Clock, ...]) -> str:
        """The due times of these clocks, in one line."""
        return "，".join(
            f"{vocabulary.clock(clock.name)}时限 {self.moment(clock.due_at)}" for clock in clocks
        )

    def actor(self, actor: Actor) -> str:
        """Who did it: 系统, 县住建局 张某, 值班台 张某; without a name the office, never an id."""
        if actor.role is Role.SYSTEM:
            return "系统"
        place = self.unit(actor.unit) if actor.unit else vocabulary.ROLES[actor.role]
        if not actor.name:
            return place
        return actor.name if actor.name.startswith(place) else f"{place} {actor.name}"
