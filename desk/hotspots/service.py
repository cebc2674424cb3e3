"""热点 as page, interface and `huiyin hotspots` show them, and how a person corrects a name."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime
from typing import Final, Self

from msgspec.structs import asdict

from cases.privacy.masking import mask
from cases.privacy.visibility import marks_of
from cases.reporting.hotspots import Hotspot, hotspots
from cases.reporting.naming import UnitNames
from cases.reporting.periods import Period
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext, PageStore
from desk.ground.doer import Doer, NotThere
from desk.ground.kept_figures import KeptFigures
from desk.ground.media import media_table
from desk.ground.past_facts import facts_as_of
from desk.ground.registers import Changed
from desk.ground.sight import for_actor, only_seen_of, outlines
from desk.hotspots.naming import NameRegister, corrected_names, names_of, renamed
from sinks.ledger.base import Query

RENAMERS: Final = (Role.DESK,)
SHORTEST: Final = 4
LONGEST: Final = 40
MOST: Final = 50
"""Hotspots of one page."""

_Kept = KeptFigures[tuple[Period, str, tuple[str, ...], date], tuple[Hotspot, ...]]


class NamedHotspot(Hotspot, frozen=True, kw_only=True):
    name: str
    """Masked."""
    corrected_by: str = ""
    """Who gave the name; "" for one that was made of the letters."""
    corrected_at: datetime | None = None
    seen: int = 0
    """Which correction it is; 0 for none."""


class Hotspots:
    """Every method raises `NotPermitted`, `NotThere` and `NotAllowed`, and `LedgerUnavailable`."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._register = NameRegister(desk.file)
        self._kept: _Kept = KeptFigures()

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def find(
        self, store: PageStore, actor: Actor, period: Period, most: int = MOST
    ) -> tuple[NamedHotspot, ...]:
        """The hottest first, as of the end of the period or now. A unit has hotspots of the cases
        that it leads, everybody of those whose labels they may know."""
        now = self._desk.clock()
        unit = (actor.unit or "-") if actor.role is Role.RESPONDER else ""

        def counted() -> tuple[Hotspot, ...]:
            counted_at = UnitNames(self._desk.register, period.last).counted_at
            rows = outlines(facts_as_of(store, period, period.as_of(now)), actor)
            media = media_table(self._desk.settings).channels
            letters = (row for row in rows if row.channel not in media)
            own = (row for row in letters if not unit or counted_at(row.unit) == unit)
            return hotspots(own, period, counted_at=counted_at)

        key = (period, unit, marks_of(actor), now.date())
        return self.named(store, self._kept.read(key, store.processed, counted)[:most])

    def named(self, store: PageStore, spots: Iterable[Hotspot]) -> tuple[NamedHotspot, ...]:
        spots = tuple(spots)
        corrected = self._register.all()
        names = names_of(store.ledger, spots, corrected_names(self._desk.file))
        found = []
        for spot in spots:
            by = corrected.get(spot.matter)
            found.append(
                NamedHotspot(
                    **asdict(spot),
                    name=names[spot.matter],
                    corrected_by=by.by if by else "",
                    corrected_at=by.at if by else None,
                    seen=by.seen if by else 0,
                )
            )
        return tuple(found)

    def rename(self, by: Doer, matter: str, name: str, seen: int | None = None) -> str:
        """The name from now on, everywhere. `seen`: which correction the person looked at (0 for
        none); None for the newest. Gives the name as it is kept."""
        desk = self._desk
        # The command line, which is no account, may as well.
        roles = RENAMERS if by.address else (*RENAMERS, Role.ADMIN)
        desk.permit(by, *roles, to="更正热点名称", about=matter)
        name = " ".join(name.split())
        if not SHORTEST <= len(name) <= LONGEST:
            raise NotAllowed(
                f"热点名称应为 {SHORTEST} 到 {LONGEST} 个字（地点和事由），实际是 {len(name)} 个。"
            )
        if mask(name, by_office=True) != name:
            raise NotAllowed("热点名称里有姓名、电话等个人信息，会印在材料上。请改成地点和事由。")
        self._require(by.actor, matter)
        known = self._register.all().get(matter)
        if known is not None and known.name == name:
            raise NotAllowed(f"热点名称已经是“{name}”，没有改动。")
        newest = known.seen if known else 0
        try:
            self._register.book.append(
                matter, newest if seen is None else seen, desk.clock(), by.actor, renamed(name)
            )
        except Changed as error:
            raise NotAllowed(
                f"这个热点的名称刚被别人改过，现在是“{known.name if known else ''}”。请看过再改。"
            ) from error
        desk.note(by, AuditAction.REGISTER, matter, f"热点改名“{name}”")
        return name

    def _require(self, actor: Actor, matter: str) -> None:
        """Raises `NotThere`: no case that this person may know the labels of is about it; and
        `NotAllowed`: all of those are confidential."""
        confidential = False
        if matter:
            query = for_actor(Query(matter=matter), actor)
            with self._desk.readers.reader() as store, closing(store.ledger.scan(query)) as cases:
                for case in only_seen_of(cases, actor):
                    if not case.confidential:
                        return
                    confidential = True
        if confidential:
            raise NotAllowed("这个热点只有保密件，不能改名：名称人人可见，不能透露保密件的内容。")
        raise NotThere(f"没有编号为“{matter[:40]}”的热点，或您无权查看。请到热点页核对。")
