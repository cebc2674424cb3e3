"""The one place that decides what a person at the desk may see of cases.

Pages, the interface, files, papers and streams ask here: which cases a search may find and
by what (`for_actor`, `counts`, `facets`, `outlines`), one case (`find_case`, `only_seen`),
a figure of a paper (`may_see_figure`), and what is shown without masks after a person said
why (`Unmasking`). How much of a case that is says `cases.privacy.visibility`, field by field
`cases.privacy.visible_fields`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, Self

from msgspec.structs import replace

from cases.figures.case_facts import CaseFacts, without_labels
from cases.privacy.visibility import Eyes, Sight, files_open, marks_of, sight_of
from cases.privacy.visible_fields import Sort
from cases.record.case import OPEN_STATES, Case
from cases.reporting.lists import FigureKey, Group
from cases.words.actors import Actor, Role
from desk.ground.actions import NoSuchCase
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.context import DeskContext
from desk.ground.machine_clock import MachineClock
from sinks.ledger.base import Counts, Facets, Ledger, Query
from sinks.ledger.case_index import ASKED, COUNTED, FIELDS, ORDERED_BY

__all__ = [
    "NoReason",
    "NotForYou",
    "Unmasking",
    "counts",
    "facets",
    "find_case",
    "for_actor",
    "may_see_figure",
    "only_seen",
    "only_seen_of",
    "outlines",
]

if any(FIELDS[name].field.tells is not Sort.OPEN for name in ORDERED_BY.values()):
    raise TypeError(
        "sinks/ledger/case_index.py: a list is in the order of a field that may be withheld"
    )
_LABELS: Final = tuple(
    asked for asked, name in ASKED.items() if FIELDS[name].field.tells is Sort.LABEL
)
_LABEL_FACETS: Final = tuple(
    facet for facet, name in COUNTED.items() if FIELDS[name].field.tells is Sort.LABEL
)


# -- many cases --------------------------------------------------------------


def for_actor(query: Query, actor: Actor) -> Query:
    """The query as this person may ask it: a unit finds its own cases only, and nobody finds
    a case by a label that its page hides from that person."""
    if actor.role is Role.RESPONDER:
        # Without a unit there is no own case to find.
        unit = actor.unit or "-"
        query = replace(query, unit=unit, todo=f"{query.todo}:{unit}" if query.todo else "")
    if _asks_for_labels(query):
        query = _by_labels(query, actor)
    return query


def _asks_for_labels(query: Query) -> bool:
    return any(getattr(query, name) not in ("", None) for name in _LABELS)


def _by_labels(query: Query, actor: Actor) -> Query:
    return replace(query, not_withheld_from=marks_of(actor))


def counts(ledger: Ledger, actor: Actor, now: datetime, high_risks: tuple[str, ...]) -> Counts:
    """The counters of the desk as this person may know them; a unit has its own."""
    unit = actor.unit or "-" if actor.role is Role.RESPONDER else ""
    found = ledger.counts(now, high_risks, unit)
    if not marks_of(actor):
        return found
    risky = for_actor(Query(states=tuple(OPEN_STATES), high_risks=high_risks, limit=0), actor)
    return replace(found, high_risk=ledger.search(risky).total)


def facets(ledger: Ledger, query: Query, actor: Actor, seconds: float) -> Facets:
    """How many of the cases that this person finds have which value. `query`: as that person may
    ask (`for_actor`)."""
    found = ledger.facets(query, seconds)
    if marks_of(actor):
        told = ledger.facets(_by_labels(query, actor), seconds)
        labels = {name: getattr(told, name) for name in _LABEL_FACETS}
        found = replace(found, **labels, exact=found.exact and told.exact)
    # Counted without the condition on the unit: other units' numbers.
    return replace(found, unit=()) if actor.role is Role.RESPONDER else found


def outlines(rows: Iterable[CaseFacts], actor: Actor) -> Iterator[CaseFacts]:
    """As this person may count them: a case that is withheld counts without its labels."""
    marks = set(marks_of(actor))
    for row in rows:
        yield row if marks.isdisjoint(row.withheld_from) else without_labels(row)


def only_seen_of(cases: Iterable[Case], actor: Actor) -> Iterator[Case]:
    """Those that are this person's business, one after the other."""
    return (case for case in cases if sight_of(case, actor) is not Sight.NOTHING)


def only_seen(cases: Iterable[Case], actor: Actor) -> list[Case]:
    """All of those that are this person's business."""
    return list(only_seen_of(cases, actor))


def may_see_figure(key: FigureKey, actor: Actor) -> bool:
    """A unit reads its own figures, not those of others or of the whole office."""
    if actor.role is not Role.RESPONDER:
        return True
    return key.group is Group.UNIT and bool(actor.unit) and key.name == actor.unit


# -- one case ----------------------------------------------------------------


def find_case(ledger: Ledger, case_id: str, actor: Actor, least: Sight = Sight.WITHHELD) -> Case:
    """Raises `NoSuchCase`: there is none, or this person does not see as much of it as
    `least`; the answer is the same."""
    case = ledger.load([case_id]).get(case_id)
    if case is None or sight_of(case, actor) < least:
        raise NoSuchCase(case_id)
    return case


# -- without masks -----------------------------------------------------------

LEAST_REASON: Final = 2
GRANTED_SECONDS: Final = 600
"""How long files and papers of the case open after a reason was given."""


class NoReason(ValueError):
    """The text says what is missing, in Chinese."""


class NotForYou(PermissionError):
    """This person may not see it, whatever the reason; the text says so, in Chinese."""


class Unmasking:
    """Personal data is shown to who may see it once a reason was given, and that stands in the
    trail: one way for the page, for papers and for files."""

    def __init__(self, trail: AuditLog, machine: MachineClock) -> None:
        """`machine`: by it a grant runs out."""
        self._trail = trail
        self._machine = machine
        self._key = secrets.token_bytes(32)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.trail, desk.machine)

    def ask(
        self,
        case: Case,
        actor: Actor,
        reason: str,
        now: datetime,
        address: str,
        *,
        files: bool,
        through: str = "",
    ) -> str:
        """Records the reason and gives a grant, which opens papers and files of this case to
        this account for ten minutes. `files`: only for a file. `through`: the token that a
        program asks with, in words. Raises `NoReason` and `NotForYou`."""
        full = sight_of(case, actor) is Sight.FULL
        if not (full or (files and files_open(case, sight_of(case, actor)))):
            raise NotForYou("您的角色不能查看这件事项的个人信息。")
        reason = reason.strip()
        if len(reason) < LEAST_REASON:
            raise NoReason("请写明为什么需要查看个人信息。")
        said = reason[:200] + through
        self._trail.record(now, actor.id, AuditAction.UNMASK, case.case_id, said, address)
        until = int(self._machine().timestamp()) + GRANTED_SECONDS
        return f"{until}-{self._seal(case, actor, until)}"

    def granted(self, grant: str, case: Case, actor: Actor) -> bool:
        """Whether this account may see this case without masks by this grant, and still may
        at all."""
        text, _, seal = grant.partition("-")
        if not (text.isascii() and text.isdigit() and len(text) < 13):
            return False
        until = int(text)
        same = hmac.compare_digest(self._seal(case, actor, until).encode(), seal.encode())
        sees = sight_of(case, actor) is Sight.FULL or files_open(case, sight_of(case, actor))
        return same and sees and self._machine().timestamp() < until

    def eyes(self, grant: str, case: Case, actor: Actor) -> Eyes:
        """How this person reads the case with what was granted."""
        return Eyes(case, actor, unmasked=bool(grant) and self.granted(grant, case, actor))

    def _seal(self, case: Case, actor: Actor, until: int) -> str:
        said = "\x1f".join((actor.id.lower(), case.case_id, str(until)))
        return hmac.new(self._key, said.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
