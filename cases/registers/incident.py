"""突发舆情事件档案: 监测 → 研判 → 调查核实 → 回应 → 复盘. Pure.

The clocks run in natural hours from when the event was noticed: 5 hours to the first
authoritative information, 24 to the press conference (特别重大、重大), 48 to the response
(较大、一般); they are rows of config/deadlines.toml. Nothing is said in public that nobody
has looked into: 国办发〔2016〕61号 "加强政务舆情回应的制度建设": 查清事实、依法依规.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cases.clocks.clocks import Clock
from cases.clocks.policy import Facts
from cases.clocks.rule import EVENT_LEVELS
from cases.life.rules import Rules
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed

KEEPERS = (Role.DESK, Role.ADMIN, Role.LEADER)


class Part(StrEnum):
    """What a note belongs to, in their order. The value is stored and shown."""

    MONITOR = "监测"
    ASSESS = "风险研判"
    VERIFY = "调查核实"
    FIRST_INFO = "首次信息发布"
    PRESS = "新闻发布会"
    RESPOND = "舆情回应"
    REVIEW = "复盘"


_MEETS = {
    Part.FIRST_INFO: "event_first_info",
    Part.PRESS: "event_press",
    Part.RESPOND: "event_response",
}
"""Which clock a public statement meets."""


class Opened(Struct, frozen=True, kw_only=True, tag="opened"):
    title: str
    level: str
    """One of EVENT_LEVELS."""
    noticed_at: datetime
    summary: str
    refs: tuple[str, ...] = ()
    """Case ids."""


class Noted(Struct, frozen=True, kw_only=True, tag="noted"):
    part: Part
    text: str
    at: datetime
    """When it happened; not later than when it was written down."""
    where: str = ""
    """Of a public statement: where it was published."""


class Graded(Struct, frozen=True, kw_only=True, tag="graded"):
    level: str
    reason: str


class Linked(Struct, frozen=True, kw_only=True, tag="linked"):
    refs: tuple[str, ...]


class Ended(Struct, frozen=True, kw_only=True, tag="ended"):
    conclusion: str


Step = Opened | Noted | Graded | Linked | Ended


class Happened(Struct, frozen=True):
    at: datetime
    by: Actor
    step: Step


class Incident(Struct, frozen=True, kw_only=True):
    number: str
    title: str
    level: str
    noticed_at: datetime
    summary: str
    refs: tuple[str, ...]
    notes: tuple[Noted, ...] = ()
    conclusion: str = ""
    history: tuple[Happened, ...] = ()

    @property
    def open(self) -> bool:
        return not self.conclusion

    def of(self, part: Part) -> tuple[Noted, ...]:
        return tuple(note for note in self.notes if note.part is part)


class Due(Struct, frozen=True):
    """One clock of an event and what met it."""

    clock: Clock
    label: str
    met_at: datetime | None

    def late(self, now: datetime) -> bool:
        return (self.met_at or now) > self.clock.due_at


def fold(number: str, history: Iterable[Happened]) -> Incident:
    """The file from its whole history; the first step is `Opened`."""
    steps = tuple(history)
    first = steps[0].step
    if not isinstance(first, Opened):
        raise TypeError(f"{number} does not begin with an opening")
    found = Incident(
        number=number,
        title=first.title,
        level=first.level,
        noticed_at=first.noticed_at,
        summary=first.summary,
        refs=first.refs,
    )
    for one in steps[1:]:
        match one.step:
            case Noted() as note:
                found = replace(found, notes=(*found.notes, note))
            case Graded(level=level):
                found = replace(found, level=level)
            case Linked(refs=refs):
                found = replace(found, refs=tuple(dict.fromkeys((*found.refs, *refs))))
            case Ended(conclusion=conclusion):
                found = replace(found, conclusion=conclusion)
            case Opened():
                raise TypeError(f"{number} was opened twice")
    return replace(found, history=steps)


def clocks(found: Incident, rules: Rules) -> tuple[Due, ...]:
    """The clocks of the event's present level, from when it was noticed."""
    facts = Facts(
        source="incident",
        received_at=found.noticed_at,
        event_level=found.level,
        detected_at=found.noticed_at,
    )
    running = {
        clock.name: clock
        for clock in rules.policy.clocks_for(facts, rules.calendar)
        if clock.name in _MEETS.values()
    }
    made = []
    for part, name in _MEETS.items():
        if name in running:
            met = min((note.at for note in found.of(part)), default=None)
            made.append(Due(running[name], part.value, met))
    return tuple(made)


def check_opened(step: Opened, actor: Actor, now: datetime) -> None:
    """Raises `NotAllowed`."""
    _require(actor.role in KEEPERS, "事件档案由值班台或领导建立。")
    _require(step.title.strip(), "请填写事件名称。")
    _require(step.level in EVENT_LEVELS, f"级别应为 {'、'.join(EVENT_LEVELS)} 之一。")
    _require(step.summary.strip(), "请填写事件概况。")
    _require(step.noticed_at <= now + timedelta(minutes=1), "发现时间不应晚于现在。")


def check(found: Incident, step: Step, actor: Actor, now: datetime) -> None:
    """Raises `NotAllowed`."""
    _require(actor.role in KEEPERS, "事件档案由值班台或领导填写。")
    _require(found.open, "此事件档案已经归档，不能再改。")
    match step:
        case Noted():
            _check_note(found, step, now)
        case Graded(level=level, reason=reason):
            _require(level in EVENT_LEVELS, f"级别应为 {'、'.join(EVENT_LEVELS)} 之一。")
            _require(level != found.level, f"现在的级别就是{level}。")
            _require(reason.strip(), "请填写调整级别的理由。")
        case Linked(refs=refs):
            _require(refs, "请填写事项编号。")
        case Ended(conclusion=conclusion):
            answered = any(found.of(part) for part in _MEETS)
            _require(answered, "还没有向社会回应，不能归档。")
            _require(found.of(Part.REVIEW), "还没有复盘，不能归档。")
            _require(conclusion.strip(), "请填写结论。")
        case Opened():
            raise NotAllowed("事件档案已经建立。")


def _check_note(found: Incident, note: Noted, now: datetime) -> None:
    _require(note.text.strip(), f"请填写{note.part}的内容。")
    _require(note.at <= now + timedelta(minutes=1), "时间不应晚于现在。")
    _require(note.at >= found.noticed_at, "时间不应早于发现事件的时间。")
    if note.part in _MEETS:
        _require(note.where.strip(), "请写明在哪里发布。")
        _require(found.of(Part.ASSESS), "请先作风险研判，再向社会发布。")
    if note.part in (Part.PRESS, Part.RESPOND):
        _require(found.of(Part.VERIFY), "请先调查核实，再回应。查明的先说，没有查明的不说。")


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise NotAllowed(reason)
