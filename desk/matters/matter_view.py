"""One matter as one person sees it: people, places, course, units, promises, and its cases."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from cases.figures.buckets import buckets_of
from cases.figures.case_facts import facts_of
from cases.record.case import Case
from cases.reporting.hotspots import one_matter
from cases.reporting.matter_course import CourseDay, course_of_matter
from cases.reporting.naming import UnitNames
from cases.reporting.periods import days
from cases.words.actors import Actor, Role
from cases.words.times import beijing
from desk.ground.context import DeskContext, PageStore
from desk.ground.doer import NotThere
from desk.ground.sight import for_actor, only_seen_of
from desk.hotspots.picture import spread_picture
from desk.hotspots.service import Hotspots, NamedHotspot
from desk.matters.service import Matters
from desk.phrasing.lines import CaseLine, case_line
from desk.promises.routes import PromiseLine, promise_lines
from sinks.ledger.base import Query

MOST: Final = 500
"""Cases of one page."""
_PLACES: Final = 20


class MatterCase(Struct, frozen=True, kw_only=True):
    line: CaseLine
    apart: str
    """Why it cannot be answered together with others; "" where it can."""


class UnitCases(Struct, frozen=True, kw_only=True):
    """The cases that one unit leads."""

    unit: str
    """Id, "" for those that are not dispatched."""
    name: str
    cases: tuple[MatterCase, ...]
    together: int
    """How many of them can be answered together."""


class MatterView(Struct, frozen=True, kw_only=True):
    matter: str
    spot: NamedHotspot
    picture: Markup
    """Cases by day, week or month."""
    places: tuple[tuple[str, int], ...]
    """Where it happened, as the letters say, masked; the most named first."""
    course: tuple[CourseDay, ...]
    promises: tuple[PromiseLine, ...]
    units: tuple[UnitCases, ...]
    cut: bool
    """Whether there are more cases than are shown."""


def cases_of(store: PageStore, matter: str, actor: Actor) -> list[Case]:
    """The cases of the matter that this person sees, the oldest first; one more than `MOST`
    where there are more. Raises `NotThere` for none at all, also where all are hidden."""
    found: list[Case] = []
    if matter:
        query = for_actor(Query(matter=matter), actor)
        with closing(store.ledger.scan(query)) as cases:
            found = list(islice(only_seen_of(cases, actor), MOST + 1))
    if not found:
        raise NotThere(f"没有编号为“{matter[:40]}”的事项，或您无权查看。请到热点页核对。")
    return sorted(found, key=lambda case: (case.received_at, case.case_id))


def matter_view(
    store: PageStore, matter: str, actor: Actor, office: DeskContext, now: datetime
) -> MatterView:
    """Raises `NotThere`."""
    found = cases_of(store, matter, actor)
    cut = len(found) > MOST
    found = found[:MOST]
    first, last = (beijing(found[n].received_at).date() for n in (0, -1))
    period = days(first, last)
    counted_at = UnitNames(office.register, last).counted_at
    spot = one_matter(matter, [facts_of(one) for one in found], period, counted_at=counted_at)
    (named,) = office.get(Hotspots).named(store, [spot])
    lines = {one.case_id: case_line(one, office, now, actor) for one in found}
    places = Counter(line.place for line in lines.values() if line.place.strip())
    own = actor.unit if actor.role is Role.RESPONDER else ""
    return MatterView(
        matter=matter,
        spot=named,
        picture=spread_picture(named.name, buckets_of(first, last), spot.spread),
        places=tuple(places.most_common(_PLACES)),
        course=course_of_matter(found),
        promises=tuple(promise_lines(found, office, now.date(), own)),
        units=_by_unit(found, lines, actor, office),
        cut=cut,
    )


def _by_unit(
    cases: list[Case], lines: dict[str, CaseLine], actor: Actor, office: DeskContext
) -> tuple[UnitCases, ...]:
    apart = office.get(Matters).candidates(cases, actor)
    groups: dict[str, list[MatterCase]] = {}
    for case in cases:
        unit = case.unit if case.dispatched else ""
        one = MatterCase(line=lines[case.case_id], apart=apart[case.case_id])
        groups.setdefault(unit, []).append(one)
    made = (
        UnitCases(
            unit=unit,
            name=office.register.name(unit) if unit else "待派",
            cases=tuple(group),
            together=sum(not one.apart for one in group),
        )
        for unit, group in groups.items()
    )
    return tuple(sorted(made, key=lambda one: (-one.together, -len(one.cases), one.unit)))
