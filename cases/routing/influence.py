"""Which units stand over one another, so that a report reaches nobody whom it accuses.

信访工作条例第三十条: "不得将信访人的检举、揭发材料以及有关情况透露或者转给被检举、揭发的人员
或者单位". A unit is more than its entry: the units that were merged into it, its subordinate
stations, and those it could lean on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cases.routing.units import Unit, UnitRegister


class Influence:
    """Relations between units, by id. Immutable; ids that it does not know stand alone."""

    __slots__ = ("_family", "_names", "_sections", "_subordinates", "_superior")

    def __init__(self, units: Iterable[Unit] = ()) -> None:
        known = {unit.id: unit for unit in units}
        heads = {unit_id: _head(unit_id, known) for unit_id in known}
        self._family: dict[str, frozenset[str]] = {
            unit_id: frozenset(other for other, its_head in heads.items() if its_head == head)
            for unit_id, head in heads.items()
        }
        self._superior: dict[str, frozenset[str]] = {}
        self._subordinates: dict[str, set[str]] = {}
        for head in set(heads.values()):
            parents = {known[member].parent for member in self._family[head]} - {""}
            superior = frozenset(heads[parent] for parent in parents) - {head}
            for member in self._family[head]:
                self._superior[member] = superior
            for parent in superior:
                self._subordinates.setdefault(parent, set()).add(head)
        self._names = {unit.id: unit.all_names() for unit in known.values()}
        self._sections = {
            unit.id: tuple(section.name for section in unit.sections) for unit in known.values()
        }

    @classmethod
    def of(cls, register: UnitRegister) -> Influence:
        return cls(register)

    def within(self, units: Collection[str]) -> frozenset[str]:
        """The units, those they were merged with, and everything below them (下属单位):
        what must never get a report against one of them."""
        found: set[str] = set()
        waiting = list(units)
        while waiting:
            unit = waiting.pop()
            if unit in found:
                continue
            family = self._family.get(unit, frozenset({unit}))
            found |= family
            for member in family:
                waiting += self._subordinates.get(member, ())
        return frozenset(found)

    def reach(self, units: Collection[str]) -> frozenset[str]:
        """`within`, and the superiors in line: those that answer for the unit or that it
        could lean on. A person may choose a superior; no machine does."""
        found = set(self.within(units))
        waiting = list(units)
        while waiting:
            for superior in self._superior.get(waiting.pop(), ()):
                if superior not in found:
                    found |= self._family[superior]
                    waiting.append(superior)
        return frozenset(found)

    def named(self, text: str, units: Collection[str]) -> str:
        """The name of one of `units`, or of a section (科室) of theirs, that stands in
        `text`; "" when none does."""
        names = (
            name for unit in sorted(units) for name in (*self._names.get(unit, ()), *self._of(unit))
        )
        return next((name for name in names if name in text), "")

    def _of(self, unit: str) -> tuple[str, ...]:
        return self._sections.get(unit, ())


def _head(unit_id: str, known: dict[str, Unit]) -> str:
    """The unit that has its duties now."""
    while known[unit_id].merged_into:
        unit_id = known[unit_id].merged_into
    return unit_id


NO_RELATIONS = Influence()
"""Where no table of units was read: every unit stands alone."""
