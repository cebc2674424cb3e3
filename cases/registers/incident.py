"""突发舆情事件档案: 监测 → 研判 → 调查核实 → 处置 → 回应 → 复盘. Pure.

What was written and what the file is then. What may be written is in `incident_rules`, its
clocks are in `incident_clocks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.registers.wording import Wording
from cases.words.actors import Actor


class Part(StrEnum):
    """What a note belongs to, in their order. The value is stored and shown."""

    MONITOR = "监测"
    ASSESS = "风险研判"
    VERIFY = "调查核实"
    HANDLE = "处置"
    FIRST_INFO = "首次信息发布"
    PRESS = "新闻发布会"
    RESPOND = "舆情回应"
    REVIEW = "复盘"


PUBLIC: Final = (Part.FIRST_INFO, Part.PRESS, Part.RESPOND)
"""What is said to the public."""
OF_UNITS: Final = (Part.ASSESS, Part.VERIFY, Part.HANDLE, Part.RESPOND)
"""What a unit can be asked to write."""


class Opened(Struct, frozen=True, kw_only=True, tag="opened"):
    title: str
    level: str
    """One of EVENT_LEVELS."""
    noticed_at: datetime
    summary: str
    refs: tuple[str, ...] = ()
    """Case ids."""
    wording: Wording = Wording()
    """What messages say that belong to it."""


class Noted(Struct, frozen=True, kw_only=True, tag="noted"):
    part: Part
    text: str
    at: datetime
    """When it happened; not later than when it was written down."""
    where: str = ""
    """Of a public statement: where it was published."""
    url: str = ""
    """Of a public statement: its address, where it has one."""
    unit: str = ""
    """Id of the unit whose part it is; "": of the desk."""


class Graded(Struct, frozen=True, kw_only=True, tag="graded"):
    level: str
    reason: str


class Linked(Struct, frozen=True, kw_only=True, tag="linked"):
    refs: tuple[str, ...]


class Worded(Struct, frozen=True, kw_only=True, tag="worded"):
    """Other words by which messages belong to it."""

    wording: Wording


class Asked(Struct, frozen=True, kw_only=True, tag="asked"):
    """A unit is to write its part until a time."""

    unit: str
    part: Part
    due_at: datetime
    text: str = ""


class Recalled(Struct, frozen=True, kw_only=True, tag="recalled"):
    """What was asked of a unit is not wanted any more."""

    task: int
    reason: str


class Ended(Struct, frozen=True, kw_only=True, tag="ended"):
    conclusion: str
    why_late: str = ""
    """Why something was late, where something was."""


Step = Opened | Noted | Graded | Linked | Worded | Asked | Recalled | Ended


class Happened(Struct, frozen=True):
    at: datetime
    by: Actor
    step: Step


class Joined(Struct, frozen=True, kw_only=True, tag="joined"):
    """A message that belongs to the file by itself."""

    ref: str
    why: str
    """In words: 同一事项, 关键词“…”."""


class Parted(Struct, frozen=True, kw_only=True, tag="parted"):
    """A person says that the message does not belong to it; it never joins again by itself."""

    ref: str
    reason: str


class PartTask(Struct, frozen=True, kw_only=True):
    """What one unit was asked to write."""

    number: int
    """From 1, in the order of asking."""
    unit: str
    part: Part
    asked_at: datetime
    due_at: datetime
    text: str
    met_at: datetime | None = None
    """When the unit wrote it down, whatever time the note tells of."""
    recalled: str = ""
    """Why it is not wanted any more."""

    @property
    def open(self) -> bool:
        return self.met_at is None and not self.recalled


class Incident(Struct, frozen=True, kw_only=True):
    number: str
    title: str
    level: str
    noticed_at: datetime
    summary: str
    refs: tuple[str, ...]
    """Case ids that people named."""
    wording: Wording = Wording()
    notes: tuple[Noted, ...] = ()
    tasks: tuple[PartTask, ...] = ()
    conclusion: str = ""
    why_late: str = ""
    ended_at: datetime | None = None
    history: tuple[Happened, ...] = ()
    joined: tuple[Joined, ...] = ()
    """What came by itself, without what a person took out."""
    parted: tuple[str, ...] = ()
    """Case ids that a person took out."""

    @property
    def open(self) -> bool:
        return not self.conclusion

    @property
    def members(self) -> tuple[str, ...]:
        """Case ids of all that belongs to it."""
        named = [ref for ref in self.refs if ref not in self.parted]
        return tuple(dict.fromkeys((*named, *(one.ref for one in self.joined))))

    def of(self, part: Part) -> tuple[Noted, ...]:
        return tuple(note for note in self.notes if note.part is part)

    @property
    def published(self) -> tuple[Noted, ...]:
        """What was said to the public, the first first."""
        return tuple(sorted((n for n in self.notes if n.part in PUBLIC), key=lambda n: n.at))

    def asked_of(self, unit: str) -> tuple[PartTask, ...]:
        return tuple(task for task in self.tasks if unit and task.unit == unit)


def fold(
    number: str, history: Iterable[Happened], joined: Iterable[Joined | Parted] = ()
) -> Incident:
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
        wording=first.wording,
    )
    for one in steps[1:]:
        found = _after(found, one)
    members: dict[str, Joined] = {}
    parted: dict[str, None] = {}
    for change in joined:
        if isinstance(change, Joined):
            members.setdefault(change.ref, change)
        else:
            parted[change.ref] = None
    stayed = tuple(one for ref, one in members.items() if ref not in parted)
    return replace(found, history=steps, joined=stayed, parted=tuple(parted))


def _after(found: Incident, happened: Happened) -> Incident:
    match happened.step:
        case Noted() as note:
            tasks = tuple(_met(task, note, happened.at) for task in found.tasks)
            return replace(found, notes=(*found.notes, note), tasks=tasks)
        case Graded(level=level):
            return replace(found, level=level)
        case Linked(refs=refs):
            return replace(found, refs=tuple(dict.fromkeys((*found.refs, *refs))))
        case Worded(wording=wording):
            return replace(found, wording=wording)
        case Asked() as asked:
            task = PartTask(
                number=len(found.tasks) + 1,
                unit=asked.unit,
                part=asked.part,
                asked_at=happened.at,
                due_at=asked.due_at,
                text=asked.text,
            )
            return replace(found, tasks=(*found.tasks, task))
        case Recalled(task=number, reason=reason):
            tasks = tuple(
                replace(task, recalled=reason) if task.number == number else task
                for task in found.tasks
            )
            return replace(found, tasks=tasks)
        case Ended(conclusion=conclusion, why_late=why):
            return replace(found, conclusion=conclusion, why_late=why, ended_at=happened.at)
        case Opened():
            raise TypeError(f"{found.number} was opened twice")


def _met(task: PartTask, note: Noted, at: datetime) -> PartTask:
    wanted = task.open and note.unit == task.unit and note.part is task.part
    return replace(task, met_at=at) if wanted else task
