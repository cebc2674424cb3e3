"""离岗和代收: who of a unit is away, and who is told in that person's place."""

from __future__ import annotations

from datetime import date
from typing import Final, Self

from msgspec import Struct

from cases.words.actors import SYSTEM, Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from desk.accounts.accounts import Accounts
from desk.alerts.people_told import Leave, PeopleTold
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.registers import Changed
from desk.notices.units import may_see, people, permit, person_name

LONGEST: Final = 366
"""Days."""


class LeaveLine(Struct, frozen=True, kw_only=True):
    leave: Leave
    who: str
    deputy: str
    unit: str
    now: bool
    warning: str
    """The deputy has no way of an own; "" otherwise."""


class Leaves:
    """Every method raises `NotPermitted`, `NotThere` and `NotAllowed` with what to do."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._told = PeopleTold(desk.file)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def lines(self, who: Actor) -> tuple[LeaveLine, ...]:
        """Those that are not over."""
        today = self._today()
        owners = {way.account.lower() for way in self._told.ways() if way.account}
        return tuple(
            LeaveLine(
                leave=one,
                who=person_name(self._desk, one.account),
                deputy=person_name(self._desk, one.deputy),
                unit=self._desk.register.name(one.unit),
                now=one.covers(today),
                warning=""
                if one.deputy.lower() in owners
                else "代收人没有自己的接收方式，通知改由本单位其他人收",
            )
            for one in self._told.leaves()
            if one.last >= today and may_see(who, one.unit)
        )

    def add(
        self, by: Doer, account: str, first: date | None, last: date | None, deputy: str
    ) -> Leave:
        person = self._desk.get(Accounts).usable(account)
        if person is None or person.role is not Role.RESPONDER:
            raise NotAllowed("请选择离岗的人。")
        permit(self._desk, by, person.unit, "登记离岗")
        if deputy.lower() not in {one.id.lower() for one in people(self._desk, person.unit)}:
            raise NotAllowed("代收人应是同一单位的人，请从名单里选。")
        if deputy.lower() == person.id.lower():
            raise NotAllowed("代收人不能是离岗的本人。")
        if first is None or last is None:
            raise NotAllowed("请填写从哪天到哪天。")
        if not 0 <= (last - first).days < LONGEST or last < self._today():
            raise NotAllowed(
                f"最后一天应在第一天当天或以后、今天当天或以后，一次最长 {LONGEST} 天，"
                f"实际是 {first} 至 {last}。"
            )
        for one in self._told.leaves():
            same = one.account.lower() == person.id.lower()
            if same and one.first <= last and first <= one.last:
                raise NotAllowed(f"{person.name}已登记 {one.first} 至 {one.last} 离岗，请先取消。")
        leave = Leave(account=person.id, unit=person.unit, first=first, last=last, deputy=deputy)
        made = self._told.add_leave(leave, self._desk.clock(), by.actor)
        detail = f"{first} 至 {last} 离岗，由 {deputy} 代收通知"
        self._desk.note(by, AuditAction.ALERT, person.id, detail)
        return made

    def end(self, by: Doer, number: str, seen: int) -> None:
        found = next((one for one in self._told.leaves() if one.number == number), None)
        if found is None or not may_see(by.actor, found.unit):
            raise NotThere("没有这条离岗登记。")
        permit(self._desk, by, found.unit, "取消离岗")
        try:
            self._told.end_leave(number, seen, self._desk.clock(), by.actor)
        except Changed as problem:
            raise NotAllowed(str(problem)) from None
        self._desk.note(by, AuditAction.ALERT, found.account, f"取消离岗 {found.first}")

    def _today(self) -> date:
        return beijing(self._desk.clock()).date()


def leave_words(desk: DeskContext, account: str) -> str:
    """What the page of a person says of the leaves that are not over; "" for none."""
    service = desk.get(Leaves)
    return "".join(
        f"{one.leave.first} 至 {one.leave.last} 离岗，由{one.deputy}代收通知。"
        for one in service.lines(SYSTEM)
        if one.leave.account.lower() == account.lower()
    )
