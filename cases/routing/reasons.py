"""Every reason to give a message to a unit, the strongest first.

The order of the principles is the table's (`[routing] order`); what follows them are hints, which
decide nothing and are offered to the desk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from cases.record.item import Item
from cases.routing.evidence import Clue, ClueFinder, text_of, topic_path
from cases.routing.phrases import Found
from cases.routing.rulings import Ruling, ruling_for
from cases.words.labels import Labels

_CLOSE = 2
"""From this many levels on a topic says what the message is about."""


class Rule(StrEnum):
    """The rule that chose the lead unit."""

    RULING = "ruling"
    """A dispute about such a matter was ruled on: `cases.routing.rulings`. Before all others."""
    NAMED_UNIT = "named_unit"
    """The source itself names the unit in a field of its own."""
    NAMED_IN_TEXT = "named_in_text"
    """The citizen complains about the unit or asks it something."""
    EVENT = "event"
    """派单目录 and 谁处置谁回应: the unit that handles such a matter."""
    TOPIC = "topic"
    """谁主管谁回应: the unit in charge of the subject."""
    PLACE = "place"
    """属地管理: the township, street or district where it happened."""
    DEFAULT = "default"
    """No rule spoke: the opinion desk decides."""


class PlaceRole(StrEnum):
    """What the unit of the place does when another rule found a unit too."""

    ASSIST = "assist"
    LEAD = "lead"
    NONE = "none"


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[routing]` table."""

    default: str
    """The unit (usually the opinion desk) that gets what no rule places."""
    order: tuple[Rule, ...] = (
        Rule.NAMED_UNIT,
        Rule.NAMED_IN_TEXT,
        Rule.EVENT,
        Rule.TOPIC,
        Rule.PLACE,
    )
    place_role: PlaceRole = PlaceRole.ASSIST
    place_leads: tuple[str, ...] = ()
    """Topics on which the place leads and the unit in charge assists, whatever
    `place_role` says; only where rule `event` or `topic` found the unit."""
    body_mentions: int = 2
    """How often event words must occur when the title has none: one mention in
    a long text is often only background."""


class Reason(Struct, frozen=True):
    """One reason: the rule, and what in the message speaks for the unit."""

    rule: Rule
    clues: tuple[Clue, ...]
    """The first is for the lead; a source may name others beside it."""
    because: str
    """In Chinese, without the unit."""
    office: str = ""
    """What the unit is to the matter: 主管单位."""
    principle: str = ""

    def sentence(self, unit: str) -> str:
        """With the unit's name, without a stop."""
        principle = f"（{self.principle}）" if self.principle else ""
        return f"{self.because}，由{self.office}{unit}主办{principle}"


class Reasons:
    """The reasons in one message, its words looked up once."""

    def __init__(
        self,
        finder: ClueFinder,
        policy: Policy,
        rulings: Sequence[Ruling],
        item: Item,
        labels: Labels,
    ) -> None:
        self._finder = finder
        self._policy = policy
        self._rulings = rulings
        self._item = item
        self._labels = labels
        self._text = text_of(item)
        self._found: list[Found] = finder.words(self._text)
        self.place: Clue | None = finder.place(item, self._text, self._found)

    def mentioned(self) -> tuple[str, ...]:
        """Units that the text only speaks of."""
        return self._finder.suggested(self._text, self._found)

    def __iter__(self) -> Iterator[Reason]:
        """A ruling, then by the principles, in their order."""
        yield from self._by(Rule.RULING)
        for rule in self._policy.order:
            yield from self._by(rule)

    def with_hints(self) -> Iterator[Reason]:
        """The same with what is too weak to decide, before the place."""
        by_place = []
        for reason in self:
            if reason.rule is Rule.PLACE:
                by_place.append(reason)
            else:
                yield reason
        for _, clue in self._finder.body_events(self._text, self._found):
            yield _event(clue)
        for _, clue in self._finder.guessed_topics(self._labels):
            yield _topic(clue)
        yield from by_place

    def _by(self, rule: Rule) -> Iterator[Reason]:
        find, text, title = self._finder, self._text, len(self._item.title)
        match rule:
            case Rule.RULING:
                if row := ruling_for(text, self._rulings):
                    clue = Clue(row.unit, "、".join(row.words), "来件", row.item)
                    said = f"{row.decided_on:%Y-%m-%d} {row.decided_by}裁定：{row.basis}"
                    yield Reason(rule, (clue,), f"派单目录“{row.item}”（{said}）")
            case Rule.NAMED_UNIT:
                if clues := find.in_source_field(self._item.named_unit):
                    yield Reason(rule, clues, f"来源已指定“{clues[0].word}”")
            case Rule.NAMED_IN_TEXT:
                for clue in find.named(text, title, self._found):
                    yield Reason(rule, (clue,), f"{clue.where}点名“{clue.word}”")
            case Rule.EVENT:
                yield from self._events()
            case Rule.TOPIC:
                yield from map(_topic, find.topics(self._item, self._labels))
            case Rule.PLACE:
                if self.place is not None:
                    because = f"{self.place.where}为“{self.place.word}”"
                    yield Reason(rule, (self.place,), because, principle="属地管理")
            case Rule.DEFAULT:
                return

    def _events(self) -> Iterator[Reason]:
        in_title = self._finder.title_events(self._text, len(self._item.title), self._found)
        yield from map(_event, in_title)
        if in_title or (least := self._body_mentions) is None:
            return
        for often, clue in self._finder.body_events(self._text, self._found):
            if often >= least:
                yield _event(clue)

    @property
    def _body_mentions(self) -> int | None:
        """How often the body must speak of a matter. None where the subject is known closer than
        by the first level: then it need not be asked. Once is enough where no unit is known by
        the subject, for then only the place is left."""
        if len(topic_path(self._labels)) >= _CLOSE or "/" in self._item.category:
            return None
        by_topic = self._finder.topics(self._item, self._labels)
        return self._policy.body_mentions if by_topic else 1


def _event(clue: Clue) -> Reason:
    if clue.item:
        because = f"派单目录“{clue.item}”（{clue.where}提到“{clue.word}”）"
        return Reason(Rule.EVENT, (clue,), because)
    because = f"{clue.where}提到“{clue.word}”"
    return Reason(Rule.EVENT, (clue,), because, "处置单位", "谁处置谁回应")


def _topic(clue: Clue) -> Reason:
    because = f"{clue.where}为“{clue.word}”"
    return Reason(Rule.TOPIC, (clue,), because, "主管单位", "谁主管谁回应")
