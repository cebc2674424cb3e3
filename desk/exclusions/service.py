"""剔除 and 申诉 as people and programs handle them: the page, the API and `huiyin exclusion`.

The unit appeals for its own case, the desk proposes to leave a case out. It is decided by another
person, never by the unit itself: of the desk's own cases by a leader alone.
"""

from __future__ import annotations

from typing import Self

from msgspec.structs import replace

from cases.privacy.masking import mask
from cases.privacy.visibility import WITHHELD, Sight, is_withheld, sight_of
from cases.record.case import Case
from cases.reporting.settings import ReportTable
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from desk.exclusions.register import (
    APPEAL,
    EXCLUSION,
    LONGEST,
    LONGEST_REASON,
    SHORTEST,
    Exclusion,
    ExclusionRegister,
    Standing,
)
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.registers import Changed
from desk.ground.sight import find_case

READERS = (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.ADMIN)
ASKERS = (Role.DESK, Role.RESPONDER)
DECIDERS = (Role.DESK, Role.LEADER)


class Exclusions:
    """Every method raises `NotPermitted`, `NotThere` and `NotAllowed`; what was done stands in
    the trail."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._register = ExclusionRegister(desk.file)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    @property
    def _table(self) -> ReportTable:
        return ReportTable.from_table(self._desk.settings.table("reports.toml"))

    def ask(self, by: Doer, case_id: str, reason: str, evidence: str) -> Exclusion:
        """A unit appeals for a case of its own, the desk proposes any."""
        desk = self._desk
        desk.permit(by, *_roles(ASKERS, by), to="提出剔除或申诉", about=case_id)
        case = self._case(by.actor, case_id)
        appeal = by.actor.role is Role.RESPONDER
        if appeal and not word_for(case, by.actor):
            raise NotAllowed("只有主办单位可以对本单位的事项提出申诉。")
        reason, evidence = " ".join(reason.split()), evidence.strip()
        if not SHORTEST <= len(reason) <= LONGEST_REASON:
            raise NotAllowed(
                f"理由应为 {SHORTEST} 到 {LONGEST_REASON} 个字，实际是 {len(reason)} 个。"
            )
        if not SHORTEST <= len(evidence) <= LONGEST:
            raise NotAllowed(
                f"依据应为 {SHORTEST} 到 {LONGEST} 个字（证明材料的名称、文号、时间），"
                f"实际是 {len(evidence)} 个。"
            )
        for one in self._register.all():
            if one.case_id == case_id and one.standing in (Standing.OPEN, Standing.UPHELD):
                raise NotAllowed(f"{case_id} 已有{one.word} {one.number}：{one.standing}。")
        now = desk.clock()
        made = self._register.ask(
            case_id=case_id,
            unit=case.unit,
            appeal=appeal,
            reason=reason,
            evidence=evidence,
            decide_by=desk.rules.calendar.add_working_days(
                now.date(), self._table.exclusions.decide_within
            ),
            by=by.actor,
            at=now,
        )
        # Without the reason, which tells of the case; the register has it, for who may read it.
        desk.note(by, AuditAction.REGISTER, made.number, f"{made.word} {case_id}")
        return made

    def decide(self, by: Doer, number: str, *, upheld: bool, reason: str) -> Exclusion:
        desk = self._desk
        desk.permit(by, *_roles(DECIDERS, by), to="决定剔除和申诉", about=number)
        one = self._get(by.actor, number)
        if refused := self._why_not(one, by.actor):
            raise NotAllowed(refused)
        reason = " ".join(reason.split())
        if not SHORTEST <= len(reason) <= LONGEST:
            raise NotAllowed(
                f"决定的理由应为 {SHORTEST} 到 {LONGEST} 个字，实际是 {len(reason)} 个。"
            )
        try:
            self._register.decide(one, upheld=upheld, reason=reason, by=by.actor, at=desk.clock())
        except Changed as error:
            raise NotAllowed(str(error)) from error
        word = "成立" if upheld else "不成立"
        desk.note(by, AuditAction.REGISTER, number, f"{one.word}{word} {one.case_id}")
        return self._get(by.actor, number)

    def take_back(self, by: Doer, number: str) -> Exclusion:
        """By who asked, as long as it is not decided."""
        desk = self._desk
        desk.permit(by, *_roles(ASKERS, by), to="撤回剔除或申诉", about=number)
        one = self._get(by.actor, number)
        same_unit = by.actor.role is Role.RESPONDER and one.appeal and one.unit == by.actor.unit
        if not _same(one.asked_by, by.actor) and not same_unit:
            raise NotAllowed("由提出的人或单位撤回。")
        if one.standing is not Standing.OPEN:
            raise NotAllowed(f"{number} {one.standing}，不能撤回。")
        try:
            self._register.take_back(one, by.actor, desk.clock())
        except Changed as error:
            raise NotAllowed(str(error)) from error
        desk.note(by, AuditAction.REGISTER, number, f"撤回{one.word} {one.case_id}")
        return self._get(by.actor, number)

    def lines(self, by: Doer, unit: str = "") -> list[Exclusion]:
        """Those that this person may know of, the newest first, with their texts masked; a unit
        sees its own only. `unit`: only of this one."""
        self._desk.permit(by, *READERS, to="查看剔除和申诉")
        known = [one for one in self._register.all() if not unit or one.unit == unit]
        with self._desk.readers.reader() as store:
            cases = store.ledger.load([one.case_id for one in known])
        return [
            shown
            for one in known
            if (shown := _shown(one, cases.get(one.case_id), by.actor)) is not None
        ]

    def may_decide(self, by: Doer, one: Exclusion) -> bool:
        return by.actor.role in DECIDERS and not self._why_not(one, by.actor)

    def _why_not(self, one: Exclusion, actor: Actor) -> str:
        """Why this person cannot decide it now; "" where they can."""
        if one.standing is not Standing.OPEN:
            return f"{one.number} {one.standing}，不能再决定。"
        if _same(one.asked_by, actor):
            return "提出的人不能自己决定，请由另一人决定。"
        if one.unit and one.unit == actor.unit:
            return "本单位的事项不能由本单位决定。"
        if one.unit in self._table.talks.never and actor.role is not Role.LEADER:
            return "值班台自己承办的事项由领导决定。"
        return ""

    def _case(self, actor: Actor, case_id: str) -> Case:
        with self._desk.readers.reader() as store:
            return find_case(store.ledger, case_id, actor, Sight.LABELS)

    def _get(self, actor: Actor, number: str) -> Exclusion:
        one = self._register.get(number)
        if one is not None:
            with self._desk.readers.reader() as store:
                case = store.ledger.load([one.case_id]).get(one.case_id)
            if _shown(one, case, actor) is not None:
                return one
        raise NotThere(f"没有编号为“{number[:20]}”的剔除或申诉。")


def word_for(case: Case, actor: Actor) -> str:
    """What this person may ask for with this case: 申诉 as lead unit, 剔除 as desk, else ""."""
    if actor.role is Role.RESPONDER:
        return APPEAL if case.unit == actor.unit else ""
    return EXCLUSION if actor.role is Role.DESK else ""


def _roles(roles: tuple[Role, ...], by: Doer) -> tuple[Role, ...]:
    """The command line, which is no account, may as well."""
    return roles if by.address else (*roles, Role.ADMIN)


def _same(one: Actor, other: Actor) -> bool:
    """On the command line one user of the machine speaks for several people, who are named."""
    return (one.id, one.name) == (other.id, other.name)


def _shown(one: Exclusion, case: Case | None, actor: Actor) -> Exclusion | None:
    """None where this person may not know of it."""
    if case is None or sight_of(case, actor) is Sight.NOTHING:
        return None
    if actor.role is Role.RESPONDER and one.unit != actor.unit:
        return None
    if is_withheld(case, actor):
        hidden = WITHHELD if one.decision else ""
        return replace(one, reason=WITHHELD, evidence=WITHHELD, decision=hidden)
    return replace(
        one, reason=mask(one.reason), evidence=mask(one.evidence), decision=mask(one.decision)
    )
