"""Who sees how much of a case.

信访工作条例第三十条: "不得将信访人的检举、揭发材料以及有关情况透露或者转给被检举、揭发的人员
或者单位". An accused unit therefore sees neither who wrote nor what; everyone else
sees as much as its part needs. Which fields that means stands in `cases.privacy.visible_fields`.
What leaves the desk altogether (lists, alerts, exports, search) goes through `for_anyone`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.masking import mask, mask_item, mask_name, mask_number
from cases.privacy.suggestion import without_suggestion
from cases.privacy.visible_fields import FIELDS, Sort
from cases.record.case import Case
from cases.record.disclosure import WAY_FIELD
from cases.record.item import QUOTED, SIGNATURE, Attachment, Item
from cases.record.pictures import PictureText, picture_number
from cases.words.actors import Actor, Role
from cases.words.labels import Labels

WITHHELD = "（保密件，内容不显示）"

HIDDEN_PICTURE: Final = PictureText(sha="", name="")
"""Stands for what was read in a file that may not be known of."""

S = TypeVar("S", bound=Struct)


class Sight(IntEnum):
    """How much, least first."""

    NOTHING = 0
    """No case of this reader at all."""
    WITHHELD = 1
    """That there is such a case, its unit and its clocks; neither reporter nor text, nor
    of what sort it is."""
    LABELS = 2
    """Of what sort it is, and what was done when; neither reporter nor text. What a
    reader who may see everything is shown of a confidential case before giving a reason."""
    MASKED = 3
    """The text with personal data hidden."""
    TEXT = 4
    """The text as it is, for the secrecy and privacy check; not who wrote it."""
    FULL = 5


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


_ADMINS = "role:admin"


def withheld_from(case: Case) -> tuple[str, ...]:
    """Marks of those who may know no more than that there is such a case; a reader has
    those of `marks_of`. A ledger keeps them beside the case, so that a search does not tell
    by what it finds what the page of the case does not say."""
    units = tuple(f"unit:{unit}" for unit in case.accused)
    return (*units, _ADMINS) if case.confidential else units


def marks_of(actor: Actor) -> tuple[str, ...]:
    """What makes that a case is withheld from this reader; () for who reads every sort."""
    if actor.role is Role.SYSTEM:
        return ()
    unit = (f"unit:{actor.unit}",) if actor.unit else ()
    return (*unit, _ADMINS) if actor.role is Role.ADMIN else unit


def is_withheld(case: Case, actor: Actor) -> bool:
    """Whether even the labels of the case are not for this reader."""
    return not set(withheld_from(case)).isdisjoint(marks_of(actor))


def seen_by(case: Case, actor: Actor) -> Case | None:
    """The case as this actor may see it, with its history; None where the actor has no part in it.

    A view, not a case to decide by: folding its history does not give it."""
    if actor.role not in (Role.DESK, Role.SYSTEM):
        case = without_suggestion(case)
    return seen_at(case, sight_of(case, actor))


def seen_at(case: Case, sight: Sight) -> Case | None:
    """The case as it is seen with this sight; None for `NOTHING`."""
    if sight is Sight.NOTHING:
        return None
    if sight is Sight.FULL:
        return case
    return _View(sight, case).of(without_suggestion(case))


def files_open(case: Case, sight: Sight) -> bool:
    """Whether files of the case may be opened with this sight. In a file nothing can be
    masked: who sees masked texts only is not given the original, and the files of a
    confidential case are for those who handle it."""
    return sight is Sight.FULL or (sight is Sight.TEXT and not case.confidential)


def checked_item(case: Case, actor: Actor) -> Item:
    """What the text of a reply is compared with while this person writes it. Who does not
    see the message is told about the own words only, or the check would tell of it;
    who does not see the reporter's name cannot find it out by trying."""
    sight = sight_of(case, actor)
    bare = replace(case.item, author="", phone="", email="", address="")
    if sight is Sight.FULL:
        return case.item
    return bare if sight >= Sight.MASKED else replace(bare, title="", body="", extra={})


class Eyes:
    """The texts of one case as a page shows them to one person.

    Who may see everything sees personal data only after asking for it (`unmasked`), and
    so a confidential case at all: a page stays open on a desk that others pass by."""

    def __init__(self, case: Case, actor: Actor, *, unmasked: bool = False) -> None:
        self._case = case
        sight = sight_of(case, actor)
        self.full = sight is Sight.FULL
        """Whether this reader may ask for more."""
        if self.full and not unmasked:
            sight = Sight.LABELS if case.confidential else Sight.MASKED
        self.sight = sight

    @property
    def withheld(self) -> bool:
        """Nothing of what people wrote is shown."""
        return self.sight < Sight.MASKED

    @property
    def labels(self) -> bool:
        """Whether this reader sees of what sort the case is, and what was done to it."""
        return self.sight >= Sight.LABELS

    def may_open_files(self) -> bool:
        """Whether this reader may open files of the case, perhaps after giving a reason."""
        return files_open(self._case, Sight.FULL if self.full else self.sight)

    def text(self, text: str, *, by_office: bool = False, instead: str = "") -> str:
        """`by_office`: an office wrote it. `instead`: of a text that is withheld."""
        if self.withheld:
            return instead if text else ""
        if self.sight is Sight.MASKED:
            return masked(self._case.item, text, by_office=by_office)
        return text

    def told(self, text: str) -> str:
        """The office's own words about what happened, which quote nobody."""
        return text if self.sight >= Sight.TEXT else masked(self._case.item, text, by_office=True)

    def pictures(self) -> tuple[PictureText, ...]:
        """What was read in its files, in the order of their numbers."""
        if self.sight is Sight.FULL:
            return self._case.pictures
        view = _View(self.sight, self._case)
        return tuple(map(view.of, self._case.pictures))

    def item(self) -> Item:
        """The item without title, body and replies; for those there is `text`."""
        bare = replace(self._case.item, title="", body="", replies=())
        if self.sight is Sight.FULL:
            return bare
        return _View(self.sight, self._case).item(bare)


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


class _View:
    """One way of looking, applied to a case and everything in it."""

    def __init__(self, sight: Sight, case: Case) -> None:
        self._sight = sight
        self._confidential = case.confidential
        self._no_files = case.confidential or sight < Sight.MASKED
        item = replace(case.item, confidential=case.confidential)
        hiding: dict[Sight, Callable[[str], str]] = {
            Sight.WITHHELD: _withheld,
            Sight.LABELS: _withheld,
            Sight.MASKED: partial(masked, item),
            Sight.TEXT: str,
        }
        self._hide = hiding[sight]

    def of(self, value: S) -> S:
        """`value` as it may be seen."""
        if isinstance(value, Item):
            return self.item(value)  # type: ignore[return-value]
        if isinstance(value, PictureText):
            return self._picture(value)  # type: ignore[return-value]
        if isinstance(value, Labels) and self._no_files:
            value = _without_pictures(value)  # type: ignore[assignment]
        changes = {}
        for name, sort in FIELDS[type(value)].items():
            if sort is Sort.OPEN:
                continue
            old = getattr(value, name)
            new = self._field(old, sort)
            if new is not old:
                changes[name] = new
        return replace(value, **changes) if changes else value

    def _field(self, value: object, sort: Sort) -> object:
        if sort is Sort.TEXT:
            return self._each(value, self._text)
        if sort in (Sort.LABEL, Sort.HISTORY) and self._sight < Sight.LABELS:
            return _nothing_of(value)
        return self._each(value, self._part)

    def _each(self, value: object, see: Callable[[object], object]) -> object:
        if isinstance(value, tuple):
            return tuple(see(each) for each in value)
        return see(value)

    def _text(self, value: object) -> object:
        return self._hide(value) if isinstance(value, str) else value

    def _part(self, value: object) -> object:
        return self.of(value) if isinstance(value, Struct) else value

    def item(self, item: Item) -> Item:
        sight = self._sight
        secret = item.confidential or self._confidential or sight < Sight.MASKED
        shown = mask_item(replace(item, confidential=secret))
        sorts = FIELDS[Item].items()
        texts = {name: self._hide(getattr(item, name)) for name, sort in sorts if sort is Sort.TEXT}
        parts = {
            name: self._each(getattr(item, name), self._part)
            for name, sort in sorts
            if sort is Sort.PART
        }
        labels = {"kind": item.kind, "urgency": item.urgency}
        return replace(
            shown,
            **texts,
            **(labels if sight >= Sight.LABELS else dict.fromkeys(labels, "")),
            **parts,
            extra=self._columns(item),
            url=item.url if sight is Sight.TEXT and not secret else "",
            attachments=self._files(item, secret=secret),
        )

    def _columns(self, item: Item) -> dict[str, str]:
        """What stood below a mail is the citizen's text. How a request for information came is
        nothing personal. The other columns of a source may hold anything."""
        if self._sight < Sight.MASKED:
            return {}
        way = item.extra.get(WAY_FIELD, "") if item.disclosure else ""
        texts = {name: self._hide(item.extra.get(name, "")) for name in (QUOTED, SIGNATURE)}
        columns = {WAY_FIELD: way, **texts}
        return {name: value for name, value in columns.items() if value}

    def _picture(self, picture: PictureText) -> PictureText:
        """Its text is shown where the names of files are, as the text of the case is."""
        if self._no_files:
            return HIDDEN_PICTURE
        return replace(
            picture,
            sha=picture.sha if self._sight is Sight.TEXT else "",
            name=self._hide(picture.name),
            pages=tuple(map(self._hide, picture.pages)),
            evidence=tuple(map(self.of, picture.evidence)),
        )

    def _files(self, item: Item, *, secret: bool) -> tuple[Attachment, ...]:
        if self._sight < Sight.MASKED or secret:
            # Even the name of a file may say who made the report.
            return ()
        if self._sight is Sight.TEXT:
            return item.attachments
        return tuple(
            replace(file, name=self._hide(file.name), url="", sha="") for file in item.attachments
        )


def _nothing_of(value: object) -> object:
    """What stands in place of a value that is not told."""
    if isinstance(value, Labels):
        return Labels(model="")
    if value is None or isinstance(value, tuple):
        return None if value is None else ()
    return "" if isinstance(value, str) else value


def _without_pictures(labels: Labels) -> Labels:
    """Without the words that stand in files."""
    told = tuple(one for one in labels.evidence if not picture_number(one.field))
    return replace(labels, evidence=told)


def _withheld(text: str) -> str:
    return WITHHELD if text else ""


def _stars(text: str) -> str:
    return "*" * len(text)
