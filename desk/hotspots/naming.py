"""What a matter is called: as its letters call it, or as a person corrected it.

A name tells place and subject. It is the title that has most in common with all titles of the
matter, with the place before it where it names none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from cases.privacy.masking import mask
from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.reporting.hotspots import Hotspot
from classifiers.base import Text
from classifiers.matter.everyday import share
from classifiers.matter.likeness import readable_title
from classifiers.matter.places import is_wide, places
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry
from sinks.ledger.base import Ledger

REGISTER: Final = "hotspot-names"
NAMELESS: Final = "（保密件）"
_LETTERS: Final = 40
"""Letters of one matter that its name is made from, the oldest."""
_LONGEST: Final = 36
_SHORT: Final = 8
_SOMEWHERE: Final = re.compile("小区|附近|旁|门口|楼下|周边|对面|家门|村里|学校|路口|这里|此处")
"""A title that says so and does not say which means the one that its letter names."""
_EVERYDAY: Final = 0.003
_SHORT_OF: Final = 12
"""A title of few pairs is no better for holding only common ones."""


class Corrected(Struct, frozen=True, kw_only=True):
    """A name that a person gave."""

    name: str
    by: str
    at: datetime
    seen: int
    """Which correction of this matter it is."""


class _Renamed(Struct, frozen=True, kw_only=True):
    name: str


class NameRegister:
    """Names that people gave, by matter: they outlive the linking, which never writes here."""

    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, REGISTER)

    def all(self) -> dict[str, Corrected]:
        return {
            matter: Corrected(
                name=name_in(entries[-1]),
                by=entries[-1].by.name or entries[-1].by.id,
                at=entries[-1].at,
                seen=entries[-1].seq,
            )
            for matter, entries in self._book.all().items()
        }

    @property
    def book(self) -> Register:
        return self._book


def renamed(name: str) -> object:
    """The entry of the register that gives a matter this name."""
    return _Renamed(name=name)


def name_in(entry: RegisterEntry) -> str:
    """The name that this entry of the register gives."""
    return msgspec.json.decode(entry.body, type=_Renamed).name


def corrected_names(file: DeskFile) -> dict[str, str]:
    """The names that people gave, masked, by matter: as the papers take them."""
    return {key: mask(one.name, by_office=True) for key, one in NameRegister(file).all().items()}


def names_of(
    ledger: Ledger, spots: Sequence[Hotspot], corrected: Mapping[str, str]
) -> dict[str, str]:
    """Matter -> name. Made of the cases of the hotspot alone: who sees some of a matter's cases
    reads no title of the others. Raises `LedgerUnavailable`."""
    wanted = [spot for spot in spots if spot.matter not in corrected]
    ids = [case_id for spot in wanted for case_id in spot.case_ids[:_LETTERS]]
    cases = ledger.load(ids) if ids else {}
    found = dict(corrected)
    for spot in wanted:
        known = (cases.get(case_id) for case_id in spot.case_ids[:_LETTERS])
        found[spot.matter] = name_of(case for case in known if case is not None)
    return {spot.matter: found[spot.matter] for spot in spots}


def name_of(cases: Iterable[Case]) -> str:
    """Masked; of confidential cases alone it is only that they are."""
    told = [case for case in cases if not case.confidential]

    def bodies() -> Iterator[str]:
        return (f"{case.item.place} {for_anyone(case, case.item.body)}" for case in told)

    titles = [_title(case) for case in told]
    return _common_name(titles, bodies) if titles else NAMELESS


def _title(case: Case) -> str:
    title = for_anyone(case, case.item.title)
    body = "" if title.strip() else for_anyone(case, case.item.body)
    return readable_title(Text(title, body))


def _common_name(titles: Sequence[str], bodies: Callable[[], Iterable[str]]) -> str:
    """Of one letter or more. `bodies`: asked for only where the titles do not name the place,
    since masking them takes most of the time."""
    shared = Counter(pair for title in titles for pair in _pairs(title))

    def typical(title: str) -> float:
        own = _pairs(title)
        return sum(shared[pair] for pair in own) / (len(own) + _SHORT_OF)

    # Of equals the first that came.
    best = max(titles, key=typical)
    if not places(Text(best, "")) and _needs_place(best):
        named = Counter(
            place.name
            for title, body in zip(titles, bodies(), strict=True)
            for place in places(Text(title, body))
            if not is_wide(place.key)
        )
        for name, times in named.most_common(1):
            if 4 * times >= 3 * len(titles) and name not in best:
                best = f"{name}：{best}"
    return best if len(best) <= _LONGEST else f"{best[: _LONGEST - 1]}…"


def _needs_place(title: str) -> bool:
    said = _SOMEWHERE.search(title)
    if said is None:
        return len(title) < _SHORT
    return said.start() < 2 or share(title[said.start() - 2 : said.start()]) >= _EVERYDAY


def _pairs(title: str) -> set[str]:
    return {title[at : at + 2] for at in range(len(title) - 1)}
