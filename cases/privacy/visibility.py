"""Who sees how much of a case.

信访工作条例第三十条: "不得将信访人的检举、揭发材料以及有关情况透露或者转给被检举、揭发的人员
或者单位". An accused unit therefore sees neither who wrote nor what; everyone else
sees as much as his part needs. What leaves the desk altogether (lists, alerts,
exports, search) goes through `for_anyone`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import fields, replace

from cases.clocks.clocks import Clock
from cases.privacy.masking import mask, mask_item, mask_name, mask_number
from cases.privacy.suggestion import without_suggestion
from cases.record.case import Case
from cases.record.item import Item
from cases.words.actors import Actor, Role

WITHHELD = "（保密件，内容不显示）"

S = TypeVar("S")


class Sight(IntEnum):
    """How much, least first."""

    NOTHING = 0
    """Not his case at all."""
    WITHHELD = 1
    """That there is such a case, its unit and its clocks; neither reporter nor text."""
    MASKED = 2
    """The text with personal data hidden."""
    TEXT = 3
    """The text as it is, for the secrecy and privacy check; not who wrote it."""
    FULL = 4


def sight_of(case: Case, actor: Actor) -> Sight:
    """How much of `case` this actor may see."""
    if actor.role is Role.SYSTEM:
        return Sight.FULL
    if actor.unit and actor.unit in case.accused:
        ours = actor.role is not Role.RESPONDER or case.task(actor.unit)
        return Sight.WITHHELD if ours else Sight.NOTHING
    if actor.role is Role.RESPONDER:
        task = case.task(actor.unit)
        if task is None:
            return Sight.NOTHING
        return Sight.FULL if task.lead or not case.confidential else Sight.MASKED
    if actor.role is Role.DESK:
        return Sight.FULL
    if actor.role is Role.REVIEWER:
        return Sight.TEXT
    if actor.role is Role.ADMIN and case.confidential:
        return Sight.WITHHELD
    return Sight.MASKED


def seen_by(case: Case, actor: Actor) -> Case | None:
    """The case as this actor may see it, its history included; None where it is not his.

    A view, not a case to decide by: folding its history does not give it."""
    sight = sight_of(case, actor)
    if sight is Sight.NOTHING:
        return None
    if sight is Sight.FULL and actor.role in (Role.DESK, Role.SYSTEM):
        return case
    case = without_suggestion(case)
    if sight is Sight.FULL:
        return case
    return _View(sight, case).of(case)


class Eyes:
    """The texts of one case as a page shows them to one person.

    Who may see everything sees personal data only after asking for it (`unmasked`), and
    so a confidential case at all: a page stays open on a desk that others pass by."""

    def __init__(self, case: Case, actor: Actor, *, unmasked: bool = False) -> None:
        self._case = case
        self.full = sight_of(case, actor) is Sight.FULL
        """Whether he may ask for more."""
        sight = sight_of(case, actor)
        if self.full and not unmasked:
            sight = Sight.WITHHELD if case.confidential else Sight.MASKED
        self.sight = sight

    @property
    def withheld(self) -> bool:
        """Nothing of what people wrote is shown."""
        return self.sight <= Sight.WITHHELD

    def text(self, text: str, *, by_office: bool = False, instead: str = "") -> str:
        """`by_office`: an office wrote it. `instead`: of a text that is withheld."""
        if self.withheld:
            return instead if text else ""
        if self.sight is Sight.MASKED:
            return masked(self._case.item, text, by_office=by_office)
        return text

    def item(self) -> Item:
        """The item without title, body and replies; for those there is `text`."""
        bare = replace(self._case.item, title="", body="", replies=())
        if self.sight is Sight.FULL:
            return bare
        shown = _View(self.sight, self._case)._item(bare)  # noqa: SLF001
        told = {
            name: self.text(getattr(bare, name)) for name in ("named_unit", "category", "state")
        }
        return replace(shown, **told)


def for_anyone(case: Case, text: str, *, by_office: bool = False, instead: str = WITHHELD) -> str:
    """A text of the case as everyone may see it: masked, or `instead` of a confidential
    one. `by_office`: an office wrote it, as in `masking.mask`."""
    if case.confidential:
        return instead if text else ""
    return masked(case.item, text, by_office=by_office)


def masked(item: Item, text: str, *, by_office: bool = False) -> str:
    """`mask`, and what the source says of the reporter hidden wherever it stands: no rule
    finds a bare name in a text, but this one is known."""
    for known, cover in (
        (item.author, mask_name),
        (item.phone, mask_number),
        (item.email, mask),
        (item.address, _stars),
    ):
        if len(known) > 1 and known in text:
            text = text.replace(known, _stars(known) if item.confidential else cover(known))
    return mask(text, by_office=by_office)


_FREE_TEXT = frozenset(
    (
        "text",
        "reason",
        "note",
        "missing",
        "measures",
        "evidence",
        "proof",
        "receipt",
        "report",
        "share",
        "exception",
        "ended",
        "rejected",
        "declined",
        "return_asked",
        "unit_reason",
        "skip_reason",
        "about",
        "party",
        "how",
        "given",
        "place",
        "reply",
    )
)
"""Fields in which people, or rules that quote them, write."""


class _View:
    """One way of looking, applied to a case and everything in it."""

    def __init__(self, sight: Sight, case: Case) -> None:
        self._sight = sight
        self._confidential = case.confidential
        item = replace(case.item, confidential=case.confidential)
        hiding: dict[Sight, Callable[[str], str]] = {
            Sight.WITHHELD: _withheld,
            Sight.MASKED: partial(masked, item),
            Sight.TEXT: str,
        }
        self._hide = hiding[sight]

    def of(self, value: S, name: str = "") -> S:
        """`value`, found in a field called `name`, as it may be seen."""
        seen: object = value
        if isinstance(value, str):
            seen = self._hide(value) if name in _FREE_TEXT else value
        elif isinstance(value, tuple):
            seen = tuple(self.of(each, name) for each in value)
        elif isinstance(value, Item):
            seen = self._item(value)
        elif isinstance(value, Struct) and not isinstance(value, Clock):
            changes = {}
            for field in fields(value):
                old = getattr(value, field.name)
                new = self.of(old, field.name)
                if new is not old:
                    changes[field.name] = new
            seen = replace(value, **changes) if changes else value
        return seen  # type: ignore[return-value]

    def _item(self, item: Item) -> Item:
        shown = mask_item(replace(item, confidential=item.confidential or self._confidential))
        if self._confidential:
            # Files and leftover columns of a report may name who made it.
            shown = replace(shown, attachments=(), extra={}, url="")
        return replace(
            shown,
            title=self._hide(item.title),
            body=self._hide(item.body),
            place=self._hide(item.place),
            replies=self.of(item.replies),
        )


def _withheld(text: str) -> str:
    return WITHHELD if text else ""


def _stars(text: str) -> str:
    return "*" * len(text)
