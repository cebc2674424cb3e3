"""What the interface answers with and takes about sources, dead letters, accounts, the trail."""

from __future__ import annotations

from datetime import datetime

from cases.words.actors import Role
from desk.api.answers import Answer, Body


class SourceOut(Answer, frozen=True):
    name: str
    channel: str
    adapter: str
    how: str
    enabled: bool
    paused: bool
    last_success: datetime | None
    last_item: datetime | None
    last_error: str
    problems: tuple[str, ...]
    read: int
    rejected: int


class SourcesOut(Answer, frozen=True):
    items: tuple[SourceOut, ...]


class SourceRun(Answer, frozen=True):
    read: int
    new: int
    later: int
    unchanged: int
    rejected: int
    error: str


class LetterOut(Answer, frozen=True):
    letter_id: str
    stage: str
    source: str
    reason: str
    detail: str
    origin: str
    at: datetime
    times: int


class LettersOut(Answer, frozen=True):
    total: int
    items: tuple[LetterOut, ...]


class ReplayBody(Body, frozen=True):
    source: str = ""
    """Only the letters of this source; "" for all."""
    after: str = ""
    """Where the last answer said to go on; "" for the first."""


class ReplayOut(Answer, frozen=True):
    tried: int
    accepted: int
    still_bad: int
    no_way: int
    """Their source cannot take them in again."""
    elsewhere: int
    """The original was too large for the log and is not in the files of this machine."""
    left: int
    """Not tried yet: ask again with `after`."""
    after: str


class AccountOut(Answer, frozen=True):
    id: str
    name: str
    role: Role
    unit: str
    disabled: bool
    must_change: bool
    demo: bool
    created: datetime
    locked_until: datetime | None


class AccountsOut(Answer, frozen=True):
    items: tuple[AccountOut, ...]


class NewAccount(Body, frozen=True):
    id: str
    name: str
    role: Role
    password: str
    """The first one; it has to be changed at the first sign-in."""
    unit: str = ""


class AccountChange(Body, frozen=True):
    """Fields left out stay as they are."""

    name: str | None = None
    role: Role | None = None
    unit: str | None = None
    disabled: bool | None = None
    unlock: bool = False


class TrailLine(Answer, frozen=True):
    position: int
    at: datetime
    who: str
    deed: str
    about: str
    detail: str
    address: str


class TrailPage(Answer, frozen=True):
    total: int
    items: tuple[TrailLine, ...]


class MeasureOut(Answer, frozen=True):
    id: str
    name: str
    unit: str
    formula: str
    numerator: str
    denominator: str
    date: str
    source: str


class MeasuresOut(Answer, frozen=True):
    items: tuple[MeasureOut, ...]


class FigureOut(Answer, frozen=True):
    id: str
    name: str
    text: str
    """As every page and paper writes it."""
    value: float | int | None
    part: int | None
    whole: int | None
    rate: bool


class FiguresOut(Answer, frozen=True):
    as_of: datetime
    items: tuple[FigureOut, ...]


class ExclusionBody(Body, frozen=True):
    case_id: str
    reason: str
    evidence: str
    """Names, numbers and days of the documents that prove it."""


class DecisionBody(Body, frozen=True):
    upheld: bool
    reason: str


class ExclusionOut(Answer, frozen=True):
    number: str
    case_id: str
    unit: str
    """Id of the unit whose case it is."""
    appeal: bool
    """申诉 of the unit; otherwise 剔除 that the desk proposed."""
    reason: str
    evidence: str
    asked_at: datetime
    decide_by: str
    """The day by which it is to be decided: 2026-12-01."""
    standing: str
    decided_at: datetime | None
    decision: str


class ExclusionsOut(Answer, frozen=True):
    items: tuple[ExclusionOut, ...]


class HotspotOut(Answer, frozen=True):
    matter: str
    """The id that cases are filtered by: `/cases?matter=`."""
    name: str
    corrected_by: str
    """Who gave the name; "" for one made of the letters."""
    heat: int
    """People of the period, and those of its last seventh once more."""
    people: int
    cases: int
    lately: int
    """Cases of the last seventh of the period."""
    first_at: datetime
    last_at: datetime
    units: tuple[str, ...]
    """Ids, that with most cases first."""
    answered: int
    open: int
    promises: int
    kept: int
    broken: int


class HotspotsOut(Answer, frozen=True):
    explained: str
    """What heat is, in one sentence."""
    items: tuple[HotspotOut, ...]


class HotspotNameBody(Body, frozen=True):
    name: str


class HotspotNameOut(Answer, frozen=True):
    matter: str
    name: str
