"""What a page of the configuration is: one table, or the settings of one, and what people call its
keys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from desk.tables.fields import Holds, holds


class Offers(StrEnum):
    """What a field proposes from the other tables."""

    UNITS = "units"
    EXTENSIONS = "extensions"
    COLUMNS = "columns"
    CLOCKS = "clocks"
    CYCLES = "cycles"


CLOSED: Final = frozenset({Offers.UNITS, Offers.EXTENSIONS, Offers.COLUMNS, Offers.CYCLES})
"""Nothing but what is offered will do."""


class Term(Struct, frozen=True):
    """What people call a key."""

    key: str
    label: str
    help: str = ""
    offers: Offers | None = None
    names: Mapping[str, str] | None = None
    """Of the choices, where the table has other words for them."""


class Sheet(Struct, frozen=True, kw_only=True):
    """One table, or the settings of one, on a page."""

    name: str
    """In the address."""
    title: str
    group: str
    """Under which heading it is listed."""
    about: str
    """In one or two sentences: what it decides."""
    file: str
    path: tuple[str, ...]
    """Of the rows, or of the table that holds the settings; () is the file itself."""
    shape: type[Struct]
    """The declaration of a row, or of the settings."""
    terms: tuple[Term, ...]
    left_to_the_file: Mapping[str, str] = {}
    """Keys without a field, and why."""
    key: str = ""
    """By which rows are known; "": settings, no rows."""
    prefix: str = ""
    """Of the ids of new rows; "": people fill the key in."""
    listed: tuple[str, ...] = ()
    """Keys that the list of rows shows, the first as its name."""
    ordered: bool = False
    """Whether it counts which row stands first."""

    @property
    def has_rows(self) -> bool:
        return bool(self.key)

    @property
    def listed_terms(self) -> tuple[Term, ...]:
        known = {term.key: term for term in self.terms}
        return tuple(known[key] for key in self.listed)

    def holds(self, term: Term) -> Holds:
        return holds(self.shape, term.key, term.names)
