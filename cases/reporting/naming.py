"""Units in reports: the name they bore, who has their duties now, where they count.

Units are merged and renamed; old cases keep the old id. A report shows the name of its
own time and, where that is no longer today's, the successor beside it. Sums go to the
unit that has the duty at the end of the period, so that a case counts once.
"""

from __future__ import annotations

from datetime import date

from cases.routing.units import Unit, UnitRegister

NO_UNIT_WORD = "（未派单）"


class UnitNames:
    """Names as of a day."""

    def __init__(self, register: UnitRegister, on: date) -> None:
        self._register = register
        self._on = on
        self._shown: dict[str, str] = {}
        self._counted: dict[str, str] = {}

    def plain(self, unit_id: str) -> str:
        """Today's name alone."""
        return self._register.name(unit_id)

    def shown(self, unit_id: str) -> str:
        """县市容局（现县城市管理局） where today's name is another."""
        if not unit_id:
            return ""
        if unit_id not in self._shown:
            self._shown[unit_id] = self._name(unit_id)
        return self._shown[unit_id]

    def _name(self, unit_id: str) -> str:
        name = self._register.name(unit_id, self._on)
        if unit_id not in self._register:
            return name
        now = self._register.current(unit_id).name
        return name if now == name else f"{name}（现{now}）"

    def counted_at(self, unit_id: str) -> str:
        """The id that the case counts for: the successor once a unit has ended."""
        if unit_id not in self._register:
            return unit_id
        if unit_id not in self._counted:
            self._counted[unit_id] = self._register.current(unit_id, self._on).id
        return self._counted[unit_id]

    def predecessors(self, unit_id: str) -> tuple[str, ...]:
        """Names of the ended units whose cases count for this one."""
        return tuple(
            unit.name
            for unit in self._register
            if unit.id != unit_id and unit.merged_into and self.counted_at(unit.id) == unit_id
        )

    def unit(self, unit_id: str) -> Unit | None:
        return self._register.get(unit_id) if unit_id in self._register else None

    def family(self, unit_id: str) -> frozenset[str]:
        """The unit and all that were merged into it, directly or not: who asks for
        the unit asks for what it took over too."""
        return frozenset(
            {unit_id}
            | {
                unit.id
                for unit in self._register
                if unit.merged_into and self._register.current(unit.id).id == unit_id
            }
        )
