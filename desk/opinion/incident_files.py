"""事件档案 as people and programs handle them: the pages and the API."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

from cases.registers.incident import Asked, Incident, Opened, Part, Step
from cases.registers.incident_clocks import Due, dues, late_ones, usual_due
from cases.registers.incident_rules import KEEPERS, may_read
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.registers import Changed
from desk.ground.sight import only_seen
from desk.opinion.incident_book import Incidents

READERS: Final = (*KEEPERS, Role.REVIEWER, Role.RESPONDER)
_WORDS: Final = {
    "noted": "记录",
    "graded": "调整级别",
    "linked": "关联事项",
    "worded": "改关键词",
    "asked": "请单位写",
    "recalled": "撤回请单位写的",
    "ended": "归档",
}
"""What stands in the trail, by the tag of the step."""


class IncidentFiles:
    """Every method raises `NotPermitted`, `NotThere` and `NotAllowed`; what was done stands in
    the trail."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self.book = Incidents(desk.file)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def visible(self, actor: Actor) -> list[Incident]:
        """Those that this person reads, open ones first; a unit those in which it was asked."""
        return [one for one in self.book.all() if may_read(one, actor)]

    def get(self, actor: Actor, number: str) -> Incident:
        found = self.book.get(number)
        if found is None or not may_read(found, actor):
            raise NotThere(f"没有编号为“{number[:20]}”的事件档案。")
        return found

    def dues(self, found: Incident) -> tuple[Due, ...]:
        return dues(found, self._desk.rules)

    def late(self, found: Incident, now: datetime) -> tuple[Due, ...]:
        return late_ones(found, self._desk.rules, now)

    def waiting(self, actor: Actor) -> int:
        """What waits in open files: for a unit its parts, for others all that is due."""
        mine = actor.unit if actor.role is Role.RESPONDER else None
        return sum(
            due.open and (mine is None or due.unit == mine)
            for one in self.visible(actor)
            if one.open
            for due in self.dues(one)
        )

    def begin(self, by: Doer, step: Opened) -> Incident:
        desk = self._desk
        desk.permit(by, *KEEPERS, to="建立事件档案")
        self._known_cases(by.actor, step.refs)
        made = self.book.open(step, desk.clock(), by.actor)
        desk.note(by, AuditAction.REGISTER, made.number, f"建立事件档案：{made.title}")
        return made

    def write(self, by: Doer, number: str, seen: int, step: Step) -> Incident:
        """`seen`: how many steps its author has seen."""
        desk = self._desk
        desk.permit(by, *KEEPERS, Role.RESPONDER, to="填写事件档案", about=number)
        found, now = self.get(by.actor, number), desk.clock()
        refs = getattr(step, "refs", ())
        self._known_cases(by.actor, refs)
        if isinstance(step, Asked) and step.unit not in desk.register:
            raise NotAllowed(f"没有编号为“{step.unit[:40]}”的单位。")
        late = len(self.late(found, now))
        try:
            done = self.book.do(number, seen, step, now, by.actor, late)
        except Changed as error:
            raise NotAllowed(str(error)) from error
        word = _WORDS[str(step.__struct_config__.tag)]
        desk.note(by, AuditAction.REGISTER, number, word)
        return done

    def due_for(self, found: Incident, part: Part, wanted: datetime | None) -> datetime:
        """Until when a unit writes its part: `wanted`, else what the table says."""
        due = wanted or usual_due(found, part, self._desk.rules, self._desk.clock())
        if due is None:
            raise NotAllowed(f"时限表没有写{part}的时限，请填写到什么时候。")
        return due

    def part(self, by: Doer, number: str, ref: str, reason: str) -> Incident:
        """A message that came by itself, or was linked, does not belong to it."""
        desk = self._desk
        desk.permit(by, *KEEPERS, to="移出事件档案的事项", about=number)
        self.get(by.actor, number)
        try:
            self.book.part(number, ref, reason, desk.clock(), by.actor)
        except Changed as error:
            raise NotAllowed(str(error)) from error
        desk.note(by, AuditAction.REGISTER, number, f"移出 {ref}")
        return self.get(by.actor, number)

    def _known_cases(self, actor: Actor, refs: tuple[str, ...]) -> None:
        if not refs:
            return
        with self._desk.readers.reader() as store:
            known = {case.case_id for case in only_seen(store.ledger.load(refs).values(), actor)}
        if missing := [ref for ref in refs if ref not in known]:
            raise NotAllowed(f"没有事项 {'、'.join(missing)[:200]}，请核对编号。")
