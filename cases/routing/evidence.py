"""What in a message points to a unit: a name, an event, a topic, a place.

Each finder returns the strongest clue of its sort or None. Which sort counts
first is `cases.routing.routing`'s business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeVar

from cases.record.item import Item, quoted_text
from cases.routing.clue_words import Handling, event_words, places_of
from cases.routing.mentions import Mention, is_company, is_landmark, mention
from cases.routing.phrases import Found, PhraseIndex
from cases.routing.units import UnitRegister
from cases.words.labels import Labels
from cases.words.wrapped_lines import unwrapped

_T = TypeVar("_T")
_LIST_MARKS = re.compile(r"[、，,;；/|＋+\s]+")


def text_of(item: Item) -> str:
    """What is read of a message to find its unit."""
    return f"{item.title}\n{unwrapped(item.body)}"


class Clue(NamedTuple):
    """A piece of the message and the unit it speaks for."""

    unit_id: str
    word: str
    where: str
    """Where it stands, in Chinese: 来源字段, 标题, 正文, 事发地, 文中地点, 事项分类."""
    item: str = ""
    """The item of the 派单目录, where one decided."""


class ClueFinder:
    """Looks for clues with one search over all words of the register."""

    __slots__ = (
        "_aliases",
        "_events",
        "_index",
        "_pattern_owners",
        "_patterns",
        "_places",
        "_register",
        "_topics",
    )

    def __init__(self, register: UnitRegister, events: Iterable[Handling]) -> None:
        """Raises UnitTableError when an event or a place does not fit the register."""
        self._register = register
        self._aliases = {
            name: unit.id
            for unit in register
            if unit.named_in_text
            for name in unit.all_names()
            if (owner := register.by_name(name)) is not None and owner is unit
        }
        self._events = event_words(register, events)
        self._places, patterns = places_of(register)
        self._pattern_owners = [(re.compile(pattern), unit_id) for pattern, unit_id in patterns]
        # Without groups, so that `re` can skip to the characters a pattern begins with.
        self._patterns = re.compile("|".join(p for p, _ in patterns)) if patterns else None
        self._topics = {topic: unit.id for unit in register for topic in unit.topics}
        self._index = PhraseIndex([*self._aliases, *self._events, *self._places])

    def words(self, text: str) -> list[Found]:
        """All words of the register that occur in the text; feeds the finders below."""
        return self._index.find(text)

    def in_source_field(self, field: str) -> tuple[Clue, ...]:
        """The units that the source's own field names ("县住建局、城关镇"), in its order."""
        if not field:
            return ()
        whole = self._register.by_name(field)
        if whole is not None:
            return (Clue(whole.id, field.strip(), "来源字段"),)
        clues: dict[str, Clue] = {}
        for name in _LIST_MARKS.split(field):
            unit_id = self._resolve(name)
            if unit_id:
                clues.setdefault(unit_id, Clue(unit_id, name, "来源字段"))
        return tuple(clues.values())

    def named(self, text: str, title: int, found: Collection[Found]) -> list[Clue]:
        """The units that the text complains about or asks: one in the title before one in the
        body, then the longest name, which is the most exact one."""
        asked = [
            hit
            for hit in found
            if hit.phrase in self._aliases
            and mention(text, hit.start, hit.end, in_title=hit.start < title) is Mention.TARGET
        ]
        asked.sort(key=lambda hit: (hit.start >= title, -len(hit.phrase), hit.start))
        return [
            Clue(self._aliases[hit.phrase], hit.phrase, "标题" if hit.start < title else "正文")
            for hit in asked
        ]

    def suggested(self, text: str, found: Collection[Found]) -> tuple[str, ...]:
        """Units that are mentioned, and not as a landmark, in their order."""
        names = _outermost(hit for hit in found if hit.phrase in self._aliases)
        return tuple(
            dict.fromkeys(
                self._aliases[hit.phrase]
                for hit in names
                if not is_landmark(text, hit.start, hit.end)
            )
        )

    def all_named(self, item: Item) -> tuple[str, ...]:
        """Every unit that source, text, quoted text or place speaks of, responsible or not."""
        text = f"{text_of(item)}\n{unwrapped(quoted_text(item))}"
        found = self.words(text)
        units = [clue.unit_id for clue in self.in_source_field(item.named_unit)]
        units += [self._aliases[hit.phrase] for hit in found if hit.phrase in self._aliases]
        place = self.place(item, text, found)
        if place is not None:
            units.append(place.unit_id)
        return tuple(dict.fromkeys(units))

    def title_events(self, text: str, title: int, found: Collection[Found]) -> list[Clue]:
        """The rows of the 派单目录 that the title is about: the unit whose words fill most of it,
        then the last one, for a title ends with its matter ("小学旁公交站何时建")."""
        hits = self._events_in(text, (hit for hit in found if hit.start < title))
        share: dict[str, int] = {}
        for hit in hits:
            unit_id = self._events[hit.phrase][0]
            share[unit_id] = share.get(unit_id, 0) + len(hit.phrase)
        hits.sort(key=lambda hit: (share[self._events[hit.phrase][0]], hit.start), reverse=True)
        return [self._handled(hit, "标题") for hit in hits]

    def body_events(self, text: str, found: Collection[Found]) -> list[tuple[int, Clue]]:
        """The rows of the 派单目录 that the text speaks of, with how often it does: the most often
        named first, then the first."""
        hits = self._events_in(text, found)
        often = Counter(self._events[hit.phrase][0] for hit in hits)
        hits.sort(key=lambda hit: (-often[self._events[hit.phrase][0]], hit.start))
        return [(often[self._events[hit.phrase][0]], self._handled(hit, "正文")) for hit in hits]

    def _events_in(self, text: str, found: Iterable[Found]) -> list[Found]:
        """Without those within the name of a unit (房产局 is no 房产) or of a company."""
        every = _outermost(
            hit for hit in found if hit.phrase in self._events or hit.phrase in self._aliases
        )
        return [
            hit
            for hit in every
            if hit.phrase in self._events
            and not is_landmark(text, hit.start, hit.end)
            and not is_company(text, hit.end)
        ]

    def _handled(self, hit: Found, where: str) -> Clue:
        unit_id, item = self._events[hit.phrase]
        return Clue(unit_id, hit.phrase, where, item)

    def topics(self, item: Item, labels: Labels) -> list[Clue]:
        """By the classifier's topic, the closest level first; where that leads nowhere, by the
        source's category."""
        sources = (
            ("事项分类", topic_path(labels)),
            ("来源分类", tuple(level.strip() for level in item.category.split("/"))),
        )
        return [clue for where, path in sources for clue in self._in_charge(where, path)]

    def guessed_topics(self, labels: Labels) -> list[tuple[float, Clue]]:
        """By the topics between which the classifier wavered, with the chance of each."""
        return [
            (chance, clue)
            for topic, chance in labels.topic_candidates
            for clue in self._in_charge("可能的事项分类", (topic,))
        ]

    def _in_charge(self, where: str, path: tuple[str, ...]) -> list[Clue]:
        keys = ("/".join(path[:depth]) for depth in range(len(path), 0, -1))
        return [
            Clue(self._topics[key], key.replace("/", " / "), where)
            for key in keys
            if key in self._topics
        ]

    def place(self, item: Item, text: str, found: Collection[Found]) -> Clue | None:
        """Where it happened: the source's own field, else the title's or the text's first
        place; a place inside that one is more exact (杭州市 … 余杭区)."""
        if item.place:
            found_there = self._index.find(item.place)
            clue = self._place_in(item.place, len(item.place), found_there, "事发地")
            if clue is not None:
                return clue
        return self._place_in(text, len(item.title), found, "文中地点")

    def _place_in(self, text: str, title: int, found: Collection[Found], where: str) -> Clue | None:
        owners = {
            hit.phrase: self._places[hit.phrase] for hit in found if hit.phrase in self._places
        }
        if self._patterns is not None:
            for match in self._patterns.finditer(text):
                word = match.group()
                owners[word] = next(u for p, u in self._pattern_owners if p.fullmatch(word))
        if not owners:
            return None

        def order(word: str) -> tuple[bool, int, int, str]:
            at = text.find(word)
            return at >= title, at, -len(word), word

        best = min(owners, key=order)
        inside = owners
        while inside := {w: u for w, u in inside.items() if self._is_inside(u, owners[best])}:
            best = min(inside, key=order)
        return Clue(owners[best], best, where)

    def _is_inside(self, unit_id: str, outer: str) -> bool:
        unit = self._register.get(unit_id)
        while unit.parent:
            if unit.parent == outer:
                return True
            unit = self._register.get(unit.parent)
        return False

    def _resolve(self, name: str) -> str:
        """The id for a name as a source writes it, "" when unknown. "某县住建局物业科"
        is the 住建局; "城关镇" is the government of that town."""
        unit = self._register.by_name(name)
        if unit is not None:
            return unit.id
        found = self._index.present(name)
        for owners in (self._aliases, self._places):
            known = [word for word in found if word in owners]
            if known:
                return owners[min(known, key=lambda w: (-len(w), w))]
        clue = self._place_in(name, 0, (), "来源字段")
        return clue.unit_id if clue is not None else ""


def topic_path(labels: Labels) -> tuple[str, ...]:
    """The classifier's topic as a path; empty when it abstained."""
    if labels.abstained or not labels.topic:
        return ()
    return labels.topic_path or (labels.topic,)


def deepest(table: Mapping[str, _T], path: tuple[str, ...]) -> tuple[str, _T] | None:
    """The entry for the longest beginning of a topic path, with its key."""
    for depth in range(len(path), 0, -1):
        key = "/".join(path[:depth])
        if key in table:
            return key, table[key]
    return None


def _outermost(hits: Iterable[Found]) -> list[Found]:
    """Without the hits inside others; `hits` come left to right, the longest first."""
    kept: list[Found] = []
    for hit in hits:
        if not kept or hit.end > kept[-1].end:
            kept.append(hit)
    return kept
