"""Builders for cases: items, people, rules from the tests' own tables, and a story that
takes a case through its life step by step."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from cases.clocks.policy import ClockPolicy
from cases.clocks.published_days import Overlay
from cases.clocks.workdays import Calendar
from cases.life.decide import Findings, Rules, decide
from cases.life.evolve import evolve, fold
from cases.life.handling import HandlingRules
from cases.life.simple import SimpleRule
from cases.record import events as ev
from cases.record.case import Case, encode_case
from cases.record.commands import AnyCommand
from cases.record.events import EventBody, Recorded
from cases.record.item import Item, SourceReply, written_text
from cases.record.messages import Action, Message, Tick, observe
from cases.routing.accusation import AccusationRule
from cases.routing.influence import Influence
from cases.routing.reasons import Rule
from cases.routing.routing import Assignment
from cases.routing.units import UnitRegister
from cases.words.actors import Actor, Role
from cases.words.labels import Kind, Labels
from cases.words.times import BEIJING
from desk.ground.configuration import Configuration

CONFIG = Path(__file__).resolve().parents[2] / "config"
"""What ships. Only tests named `test_shipped_*` read it: editing it breaks no test of a rule."""
TABLES = Path(__file__).resolve().parents[1] / "tables"
"""The tables of the county that rules are tested with."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


RECEIVED = at("2026-03-02T10:15")
"""A Monday; the five working days after it end on Monday the 9th."""
DUE = at("2026-03-09T23:59:59")
SIMPLE_DUE = at("2026-03-05T23:59:59")

HOUSING, CITY, POLICE, OFFICE = "housing", "urban-management", "police", "duty-desk"

DESK = Actor(id="zhang", role=Role.DESK, name="值班员甲", unit=OFFICE)
LEAD = Actor(id="lin", role=Role.RESPONDER, name="住建经办", unit=HOUSING)
ASSISTANT = Actor(id="cheng", role=Role.RESPONDER, name="城管经办", unit=CITY)
STRANGER = Actor(id="gong", role=Role.RESPONDER, name="公安经办", unit=POLICE)
REVIEWER = Actor(id="shen", role=Role.REVIEWER, name="审核甲")
SECOND = Actor(id="yan", role=Role.REVIEWER, name="审核乙")
THIRD = Actor(id="fu", role=Role.REVIEWER, name="审核丙")
LEADER = Actor(id="xian", role=Role.LEADER, name="分管领导")
ADMIN = Actor(id="root", role=Role.ADMIN, name="管理员")


def table(name: str) -> dict[str, object]:
    """A table of the tests' own county as it counts: without the rows that are off."""
    return dict(_own().table(name))


def table_with_every_row(name: str) -> dict[str, Any]:
    """The same, with the rows that are off as well."""
    return with_every_row(TABLES / name)


def with_every_row(file: Path) -> dict[str, Any]:
    """A table with the rows that are off as well."""
    read = tomllib.loads(file.read_text("utf-8"))
    for row in read.get("clock", ()):
        row.pop("disabled", None)
    return read


@cache
def _own() -> Configuration:
    return Configuration(TABLES)


@cache
def register() -> UnitRegister:
    """The units of the tests' own county."""
    return UnitRegister.from_table(table("units.toml"))


@cache
def usual() -> Rules:
    """The rules of the tests' own county."""
    return rules_of(_own())


def rules_of(configuration: Configuration) -> Rules:
    """The rules that these tables make."""
    tables = configuration.table
    units = UnitRegister.from_table(tables("units.toml"))
    return Rules(
        handling=HandlingRules.from_table(tables("handling.toml")),
        policy=ClockPolicy.from_table(tables("deadlines.toml")),
        calendar=Calendar(Overlay.from_table(tables("calendar.toml"))),
        simple=msgspec.convert(tables("kinds.toml")["simple"], SimpleRule),
        influence=Influence.of(units),
        accusation=AccusationRule.from_table(tables("accusation.toml"), units),
    )


def handling(**parts: dict[str, object]) -> Rules:
    """The usual rules with some keys of handling.toml changed."""
    changed = table("handling.toml")
    for name, keys in parts.items():
        changed[name] = {**changed[name], **keys}  # type: ignore[dict-item]
    return replace(usual(), handling=HandlingRules.from_table(changed))


def item(number: str = "1001", **changes: object) -> Item:
    known: dict[str, object] = {
        "source": "letters",
        "channel": "领导信箱",
        "received_at": RECEIVED,
        "title": "小区路灯不亮",
        "body": "清河苑三期的路灯坏了一个多月，晚上出行不便，请尽快修理。",
        "author": "周晓岚",
        "phone": "13912345678",
        "address": "清河苑8栋502室",
    }
    return Item(source_item_id=number, **{**known, **changes})  # type: ignore[arg-type]


def reply(text: str = "路灯已于今日修复。", when: datetime | None = None) -> SourceReply:
    return SourceReply(text=text, at=when, unit="县住建局")


def labels(**changes: object) -> Labels:
    known = Labels(
        model="test", topic="城乡建设", topic_path=("城乡建设", "市政管理"), kind=Kind.COMPLAINT
    )
    return replace(known, **changes)


def assigned_to(lead: str = HOUSING, *assisting: str, **changes: object) -> Assignment:
    known = Assignment(lead=lead, assisting=assisting, rule=Rule.TOPIC, reason="城乡建设主管")
    return replace(known, **changes)


UNPLACED = assigned_to(OFFICE, rule=Rule.DEFAULT, reason="无规则可依")


class Story:
    """A case and its rules; every step goes through `decide` and `evolve`, and after
    every step folding the history has to give the same case."""

    def __init__(
        self,
        first: Item | None = None,
        *,
        rules: Rules | None = None,
        read_as: Labels | None = None,
        to: Assignment | None = None,
        now: datetime | None = None,
        named: tuple[str, ...] = (),
    ) -> None:
        """`named`: the units that its text speaks of, as routing finds them."""
        self.rules = rules or usual()
        self._case: Case | None = None
        self._steps = 0
        self._findings = Findings(
            labels=read_as or labels(), assignment=to or assigned_to(), named=named
        )
        first = first or item()
        self.shows(first, now or first.received_at)

    @property
    def case(self) -> Case:
        assert self._case is not None
        return self._case

    def shows(
        self, shown: Item, now: datetime | str, *, read_as: Labels | None = None
    ) -> tuple[EventBody, ...]:
        """The source shows this version."""
        self._steps += 1
        findings = replace(
            self._findings,
            labels=read_as or self._findings.labels,
            accusation=self.rules.accusation.find(shown.title, written_text(shown)),
        )
        return self.take(observe(shown, f"#{self._steps}"), _moment(now), findings)

    def does(
        self, actor: Actor, command: AnyCommand, when: datetime | str
    ) -> tuple[EventBody, ...]:
        """Somebody acts, and may."""
        bodies = self._act(actor, command, when)
        refused = [body.reason for body in bodies if isinstance(body, ev.ActionRefused)]
        assert not refused, refused
        return bodies

    def refuses(self, actor: Actor, command: AnyCommand, when: datetime | str) -> str:
        """Somebody tries what he may not; gives the reason he is shown. Nothing changes
        but the history, in which the refusal stands under his name."""
        before = self.case
        (body,) = self._act(actor, command, when)
        assert isinstance(body, ev.ActionRefused), body
        assert replace(self.case, history=before.history) == before
        assert self.case.history[-1].actor == actor
        return body.reason

    def ticks(self, now: datetime | str) -> tuple[EventBody, ...]:
        """The sweep asks for a look."""
        self._steps += 1
        tick = Tick(message_id=f"t-{self._steps}", case_id=self.case.case_id, at=_moment(now))
        return self.take(tick, _moment(now))

    def _act(
        self, actor: Actor, command: AnyCommand, when: datetime | str
    ) -> tuple[EventBody, ...]:
        self._steps += 1
        action = Action(
            message_id=f"a-{self._steps}",
            case_id=self.case.case_id,
            actor=actor,
            command=command,
            at=_moment(when),
        )
        return self.take(action, _moment(when))

    def take(
        self, message: Message, now: datetime, findings: Findings | None = None
    ) -> tuple[EventBody, ...]:
        events: tuple[Recorded, ...] = decide(self._case, message, now, self.rules, findings)
        known = self._case.seq if self._case else 0
        for event in events:
            if event.seq > known:
                self._case = evolve(self._case, event)
        folded = fold(self.case.history)
        assert folded is not None
        assert folded == self.case
        assert encode_case(folded) == encode_case(self.case)
        return tuple(event.body for event in events)

    def due(self, name: str = "reply") -> datetime:
        clock = self.case.round.clock(name)
        assert clock is not None, name
        return clock.due_at


def _moment(when: datetime | str) -> datetime:
    return at(when) if isinstance(when, str) else when
