"""Which unit answers a message, and why (分派).

The principles come from the yearly work plans of the localities: "按照谁主管谁回应、
谁处置谁回应的原则" (南昌经开区 2024, part 2, item 2) and "按照属地管理、谁主管谁负责的原则
联合处置" (宜春 2023, item 9), which is why a lead unit (主办) may have assisting
units (协办). Which rule is asked first, and when the place leads, is in the table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Item
from cases.routing.clue_words import Handling
from cases.routing.evidence import Clue, ClueFinder, deepest, text_of, topic_path
from cases.routing.reasons import PlaceRole, Policy, Reason, Reasons, Rule
from cases.routing.rulings import Ruling, checked
from cases.routing.units import DEFAULT_FILE, Unit, UnitRegister, UnitTableError, wrong_entry
from cases.words.labels import Labels
from huiyin.configuration.checked import read_table
from huiyin.configuration.overlay import nearest
from huiyin.configuration.table import where

_MOST_SUGGESTED = 3
_SOME = 0.25
"""The least chance of a topic that is worth telling."""


class Assignment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who handles a case. Units are given by their ids in the register."""

    lead: str
    assisting: tuple[str, ...] = ()
    rule: Rule
    reason: str
    """One Chinese sentence for the desk, with the words that decided."""
    may_return: bool = True
    """False where the lead unit may not hand it back (指定后不得退)."""


class Suggestion(Struct, frozen=True):
    """A unit that a message may be for, and what speaks for it."""

    unit: str
    because: str
    """In Chinese, with the words of the message: 派单目录“供水”（标题提到“停水”）."""


class _Rest(Struct, frozen=True, forbid_unknown_fields=True):
    """config/units.toml; the units are the register's."""

    routing: Policy
    event: tuple[Handling, ...] = ()
    ruling: tuple[Ruling, ...] = ()
    unit: object = None


class Router:
    """Chooses the units for an item. Immutable; built once with `from_table`."""

    __slots__ = ("_assists", "_finder", "_place_leads", "_policy", "_rulings", "register")

    def __init__(
        self,
        register: UnitRegister,
        policy: Policy,
        events: Iterable[Handling] = (),
        rulings: Iterable[Ruling] = (),
    ) -> None:
        """Raises UnitTableError when the parts do not fit together."""
        self.register = register
        self._policy = policy
        self._finder = ClueFinder(register, events)
        self._rulings = checked(rulings, register)
        self._place_leads = dict.fromkeys(policy.place_leads, True)
        assists: dict[str, list[str]] = {}
        for unit in register:
            for topic in unit.assists:
                assists.setdefault(topic, []).append(unit.id)
        self._assists = assists

    @classmethod
    def from_table(
        cls,
        table: Mapping[str, object],
        *,
        topics: Collection[str] | None = None,
        file: str = DEFAULT_FILE,
    ) -> Router:
        """Build it from a parsed `config/units.toml`. Raises UnitTableError.

        `topics`: every path of the taxonomy at every level, joined by "/"; when
        given, topics of the table that are not among them are an error.
        """
        register = UnitRegister.from_table(table, topics=topics, file=file)
        read = read_table(_Rest, table, file, UnitTableError)
        for topic in read.routing.place_leads:
            if topics is not None and topic not in topics:
                raise wrong_entry(
                    where(table, file, "routing", "place_leads"),
                    "[routing] place_leads",
                    f"“{topic}”",
                    "分类表里的事项分类（如 民政/优抚）",
                )
        if read.routing.default not in register:
            ids = [unit.id for unit in register]
            raise wrong_entry(
                where(table, file, "routing", "default"),
                "[routing] default",
                f" {read.routing.default!r}（{nearest(read.routing.default, ids)}）",
                "本文件中某个单位的 id",
            )
        return cls(register, read.routing, read.event, read.ruling)

    def route(self, item: Item, labels: Labels, *, on: date | None = None) -> Assignment:
        """The assignment of an item. Never fails; what nobody claims goes to the desk.

        Units that were merged are followed to the one that has the duty on the
        day `on`; None means the newest state of the register. Units that the text only mentions
        are named at the end of the reason, as a suggestion.
        """
        reasons = Reasons(self._finder, self._policy, self._rulings, item, labels)
        chosen = self._choose(reasons, labels, on)
        mentioned = (self.register.current(unit, on) for unit in reasons.mentioned())
        others = [u for u in mentioned if u.id != chosen.lead and u.id not in chosen.assisting]
        if not others:
            return chosen
        hint = f"；文中还提到{_names(dict.fromkeys(others[:_MOST_SUGGESTED]))}，供参考。"
        return replace(chosen, reason=chosen.reason.removesuffix("。") + hint)

    def suggest(
        self, item: Item, labels: Labels, *, on: date | None = None
    ) -> tuple[Suggestion, ...]:
        """The three units that the message is likeliest for, the one that `route` chose first,
        each with its reason; fewer where fewer are to be found. The desk is not among them."""
        reasons = Reasons(self._finder, self._policy, self._rulings, item, labels)
        chosen = self._choose(reasons, labels, on)
        found: dict[str, str] = {}
        for reason in reasons.with_hints():
            unit = self.register.current(reason.clues[0].unit_id, on).id
            found.setdefault(unit, reason.because)
        lead = {} if chosen.rule is Rule.DEFAULT else {chosen.lead: found.get(chosen.lead, "")}
        best = list({**lead, **found}.items())[:_MOST_SUGGESTED]
        return tuple(Suggestion(unit, because) for unit, because in best)

    def _choose(self, reasons: Reasons, labels: Labels, on: date | None) -> Assignment:
        first = next(iter(reasons), None)
        if first is None:
            return self._to_desk(labels, on)
        place = None if first.rule is Rule.PLACE else reasons.place
        return self._assign(first, place, labels, on)

    def named(self, item: Item, *, on: date | None = None) -> tuple[str, ...]:
        """Every unit that source, text or place speaks of, as it is called on the day `on`: those
        that an accusation may be about."""
        units = (self.register.current(unit, on).id for unit in self._finder.all_named(item))
        return tuple(dict.fromkeys(units))

    def town(self, item: Item) -> str:
        """What people call the place whose unit the item names first: a 街道 or 乡镇 of the table,
        "" where none is named."""
        text = text_of(item)
        place = self._finder.place(item, text, self._finder.words(text))
        if place is None:
            return ""
        unit = self.register.get(place.unit_id)
        return next((name for name in unit.places if not name.startswith("/")), unit.name)

    def _assign(
        self,
        reason: Reason,
        place: Clue | None,
        labels: Labels,
        on: date | None,
    ) -> Assignment:
        rule = reason.rule
        lead, *others = (self.register.current(clue.unit_id, on) for clue in reason.clues)
        path = topic_path(labels)
        others = [unit for unit in others if unit is not lead]
        parts = [reason.sentence(lead.name)]
        if others:
            parts.append(f"{_names(others)}协办（来源同时指定）")
        joint = deepest(self._assists, path) if rule is Rule.TOPIC else None
        if joint is not None:
            units = [self.register.current(unit_id, on) for unit_id in joint[1]]
            units = [unit for unit in units if unit is not lead]
            if units:
                parts.append(f"{_names(units)}会同办理")
            others += units
        local = self._local(place, on)
        if place is not None and local is not None and local is not lead and local not in others:
            by_place = f"{place.where}为“{place.word}”"
            if self._place_goes_first(rule, path):
                parts = [
                    f"{by_place}，此类事项由属地{local.name}主办（属地管理）",
                    parts[0].replace("主办", "协办", 1),
                    *parts[1:],
                ]
                others.insert(0, lead)
                lead, rule = local, Rule.PLACE
            else:
                parts.append(f"{by_place}，{local.name}协办（属地管理）")
                others.append(local)
        return Assignment(
            lead=lead.id,
            assisting=tuple(dict.fromkeys(unit.id for unit in others if unit is not lead)),
            rule=rule,
            reason="；".join(parts) + "。",
            may_return=not _bound(lead, path),
        )

    def _local(self, place: Clue | None, on: date | None) -> Unit | None:
        if place is None or self._policy.place_role is PlaceRole.NONE:
            return None
        return self.register.current(place.unit_id, on)

    def _place_goes_first(self, rule: Rule, path: tuple[str, ...]) -> bool:
        """A unit that source or citizen named keeps the lead whatever the place is."""
        if rule not in (Rule.EVENT, Rule.TOPIC):
            return False
        if self._policy.place_role is PlaceRole.LEAD:
            return True
        return deepest(self._place_leads, path) is not None

    def _to_desk(self, labels: Labels, on: date | None) -> Assignment:
        desk = self.register.current(self._policy.default, on)
        if topic_path(labels):
            unsure = f"事项分类“{' / '.join(topic_path(labels))}”没有对应的主管单位"
        else:
            candidates = labels.topic_candidates[:2]
            names = "与".join(f"“{topic}”" for topic, chance in candidates if chance >= _SOME)
            between = f"（在{names}之间）" if "与" in names else f"（或为{names}）"
            unsure = "事项分类没有把握" + (between if names else "")
        return Assignment(
            lead=desk.id,
            rule=Rule.DEFAULT,
            reason=f"{unsure}，也没有点名的单位、处置事件或地点可依，转{desk.name}人工分派。",
            may_return=not _bound(desk, topic_path(labels)),
        )


def _names(units: Iterable[Unit]) -> str:
    return "、".join(unit.name for unit in units)


def _bound(unit: Unit, path: tuple[str, ...]) -> bool:
    """Whether the unit must keep a case on this topic once it is designated."""
    if not unit.may_not_return:
        return False
    return (
        "*" in unit.may_not_return or deepest(dict.fromkeys(unit.may_not_return), path) is not None
    )
