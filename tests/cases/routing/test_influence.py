"""下属、合并、上级: which units a report against one of them must not reach."""

from __future__ import annotations

from datetime import date

from cases.routing.influence import NO_RELATIONS, Influence
from cases.routing.units import Section, Unit, UnitKind


def unit(unit_id: str, name: str, **known: object) -> Unit:
    return Unit(id=unit_id, name=name, kind=UnitKind.DEPARTMENT, **known)  # type: ignore[arg-type]


BUREAU = unit(
    "bureau", "县水务局", parent="county", sections=(Section("水资源股"),), aliases=("水务局",)
)
UNITS = (
    unit("county", "县政府"),
    BUREAU,
    unit("old", "县水利站", merged_into="bureau", valid_to=date(2019, 1, 1)),
    unit("station", "河道管理站", parent="old"),
    unit("gate", "水闸所", parent="station"),
    unit("school", "县教育局", parent="county"),
)


def test_a_unit_stands_with_what_was_merged_into_it_and_what_is_below_it() -> None:
    influence = Influence(UNITS)
    assert influence.within(["bureau"]) == {"bureau", "old", "station", "gate"}
    assert influence.within(["old"]) == {"bureau", "old", "station", "gate"}
    assert influence.within(["gate"]) == {"gate"}


def test_superiors_in_line_can_be_leaned_on_but_not_their_other_subordinates() -> None:
    influence = Influence(UNITS)
    assert influence.reach(["gate"]) == {"gate", "station", "bureau", "old", "county"}
    assert influence.reach(["bureau"]) == {"county", "bureau", "old", "station", "gate"}


def test_an_unknown_unit_stands_alone_and_no_unit_reaches_none() -> None:
    assert Influence(UNITS).reach(["elsewhere"]) == {"elsewhere"}
    assert Influence(UNITS).reach([]) == frozenset()
    assert NO_RELATIONS.reach(["housing"]) == {"housing"}


def test_a_section_is_known_by_its_own_name_and_its_unit_s() -> None:
    influence = Influence(UNITS)
    assert influence.named("转县水务局财务室", ["bureau"]) == "县水务局"
    assert influence.named("水资源股", ["bureau"]) == "水资源股"
    assert influence.named("市政科", ["bureau"]) == ""
