"""Who may say how a unit's people are told, and what has to be right about it."""

from __future__ import annotations

import os
import secrets as random
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final, Self
from uuid import uuid4

from msgspec import Struct

from cases.alerts import AlertKind
from cases.notices import TOLD_UNITS
from cases.privacy.masking import mask
from cases.words.actors import SYSTEM, Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING, beijing
from desk.accounts.accounts import Account, Accounts
from desk.alerts.alerting import alert_setup
from desk.alerts.people_told import ROBOT, Leave, PeopleTold, Way, away
from desk.alerts.present import SIGN, Present, name_of, words_of
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.registers import Changed
from desk.ground.secret_file import check_robot, write_secrets
from desk.ground.settings import SettingsError
from sinks.alerts.base import AlertConfigError, Message, Sent
from sinks.alerts.config import AlertSetup
from sinks.alerts.receivers import ADDRESSED, ROBOTS, SIGNING, to_address
from streams.guarded_post import open_post
from streams.sources.seam.base import SourceError
from streams.sources.seam.secrets import Secrets

ALL_UNITS: Final = (Role.DESK, Role.ADMIN)
MAY: Final = (Role.RESPONDER, *ALL_UNITS)
MOST: Final = 20
"""Ways of one unit."""
LONGEST_LEAVE: Final = 366
"""Days."""


class WayLine(Struct, frozen=True, kw_only=True):
    """A way as the page shows it."""

    way: Way
    unit: str
    whose: str
    by: str
    to: str
    """Masked."""
    kinds: tuple[AlertKind, ...]
    quiet: str
    wrong: str
    """Why it cannot be used now; "" for all well."""
    away: str
    """In whose place it is told now; "" where nobody is away."""


class LeaveLine(Struct, frozen=True, kw_only=True):
    leave: Leave
    who: str
    deputy: str
    unit: str
    now: bool
    warning: str
    """The deputy has no way of an own; "" otherwise."""


class Tried(Struct, frozen=True):
    sent: bool
    text: str


class Notices:
    """Every method raises `NotPermitted`, `NotThere` and `NotAllowed` with what to do. A unit's
    people see and set what is their unit's; the desk and the administrator, of all units."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._told = PeopleTold(desk.file)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    # -- what there is -------------------------------------------------------

    def setup(self) -> AlertSetup:
        """config/alerts.toml as it is now. Raises `NotAllowed` where it cannot be used."""
        try:
            return alert_setup(self._desk.settings)
        except (AlertConfigError, SettingsError, SourceError) as error:
            raise NotAllowed(f"告警的配置现在不能用，请联系管理员：{error}") from None

    def choices(self) -> tuple[tuple[str, str], ...]:
        """What a way may go by: value and word."""
        carriers = [
            (name, f"{ADDRESSED[outlet.adapter]}（{name}）")
            for name, outlet in self.setup().outlets.items()
            if outlet.adapter in ADDRESSED
        ]
        return (*carriers, *((f"{ROBOT}{key}", word) for key, word in ROBOTS.items()))

    def lines(self, who: Actor) -> tuple[WayLine, ...]:
        setup, today = self.setup(), self._today()
        ways = [way for way in self._told.ways() if self._may_see(who, way.unit)]
        carried = self._present().carried(setup, ways)
        absent = away(self._told.leaves(), today)
        return tuple(self._line(way, setup, name_of(way) in carried, absent) for way in ways)

    def leave_lines(self, who: Actor) -> tuple[LeaveLine, ...]:
        """Those that are not over."""
        today = self._today()
        owners = {way.account.lower() for way in self._told.ways() if way.account}
        return tuple(
            LeaveLine(
                leave=one,
                who=self._name(one.account),
                deputy=self._name(one.deputy),
                unit=self._desk.register.name(one.unit),
                now=one.covers(today),
                warning=""
                if one.deputy.lower() in owners
                else "代收人没有自己的接收方式，通知改由本单位其他人收",
            )
            for one in self._told.leaves()
            if one.last >= today and self._may_see(who, one.unit)
        )

    def people(self, unit: str) -> tuple[Account, ...]:
        """Accounts of a unit that may be used."""
        accounts = self._desk.get(Accounts)
        return tuple(
            one
            for one in accounts.all()
            if one.role is Role.RESPONDER and one.unit == unit and accounts.usable(one.id)
        )

    def told_nobody(self) -> tuple[str, ...]:
        """Names of units that have people here and nobody who is told."""
        has = {way.unit for way in self._told.ways()}
        accounts = self._desk.get(Accounts)
        units = {one.unit for one in accounts.all() if one.role is Role.RESPONDER}
        units = {unit for unit in units - has if unit in self._desk.register}
        return tuple(sorted(self._desk.register.name(unit) for unit in units))

    # -- what is changed -----------------------------------------------------

    def add(
        self,
        by: Doer,
        unit: str,
        *,
        account: str,
        via: str,
        to: str,
        key: str,
        kinds: Sequence[str],
        quiet: tuple[str, str],
    ) -> Way:
        """`to`: number, mail address, or a robot's whole address, which becomes a secret."""
        self._permit(by, unit, "设置通知")
        if account and account.lower() not in {one.id.lower() for one in self.people(unit)}:
            raise NotAllowed("请从本单位的人员里选，或选“整个单位”。")
        if sum(way.unit == unit for way in self._told.ways()) >= MOST:
            raise NotAllowed(f"一个单位最多 {MOST} 个接收方式，请先删去不用的。")
        known = [kind for kind in TOLD_UNITS if kind.value in kinds]
        if not known:
            raise NotAllowed("请至少选一种要通知的事。")
        begin, end = _quiet(quiet)
        way = Way(
            unit=unit,
            account=account,
            via=via,
            to=to,
            kinds=tuple(known),
            quiet_begin=begin,
            quiet_end=end,
        )
        way = self._with_robot(way, to, key) if way.robot else self._addressed(way)
        made = self._told.add_way(way, self._desk.clock(), by.actor)
        self._note(by, made, "添加接收方式")
        return made

    def remove(self, by: Doer, number: str, seen: int) -> None:
        way = self._way(by, number, "删去接收方式")
        if way.robot:
            keys = {way.to: None, **({way.to + SIGN: None} if way.signed else {})}
            write_secrets(self._desk.settings.home, keys)
        try:
            self._told.end_way(number, seen, self._desk.clock(), by.actor)
        except Changed as problem:
            raise NotAllowed(str(problem)) from None
        self._note(by, way, "删去接收方式")

    def attempt(self, by: Doer, number: str) -> Tried:
        """Sends a test message now."""
        way = self._way(by, number, "试接收方式")
        found = self._present().carried(self.setup(), [way]).get(name_of(way))
        if found is None:
            raise NotAllowed("这个接收方式现在不能用，原因见表里的说明。")
        self._note(by, way, "发一条测试消息")
        now = datetime.now(BEIJING)
        message = Message(message_id=f"m-test-{uuid4().hex[:12]}", lines=(), at=now, test=True)
        outcome = found.channel.send(message, now=now)
        if isinstance(outcome, Sent):
            return Tried(sent=True, text=outcome.receipt)
        return Tried(sent=False, text=outcome.detail)

    def add_leave(
        self, by: Doer, account: str, first: date | None, last: date | None, deputy: str
    ) -> Leave:
        person = self._desk.get(Accounts).usable(account)
        if person is None or person.role is not Role.RESPONDER:
            raise NotAllowed("请选择离岗的人。")
        self._permit(by, person.unit, "登记离岗")
        if deputy.lower() not in {one.id.lower() for one in self.people(person.unit)}:
            raise NotAllowed("代收人应是同一单位的人，请从名单里选。")
        if deputy.lower() == person.id.lower():
            raise NotAllowed("代收人不能是离岗的本人。")
        if first is None or last is None:
            raise NotAllowed("请填写从哪天到哪天。")
        if not 0 <= (last - first).days < LONGEST_LEAVE or last < self._today():
            raise NotAllowed(
                f"最后一天应在第一天当天或以后、今天当天或以后，一次最长 {LONGEST_LEAVE} 天，"
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

    def end_leave(self, by: Doer, number: str, seen: int) -> None:
        found = next((one for one in self._told.leaves() if one.number == number), None)
        if found is None or not self._may_see(by.actor, found.unit):
            raise NotThere("没有这条离岗登记。")
        self._permit(by, found.unit, "取消离岗")
        try:
            self._told.end_leave(number, seen, self._desk.clock(), by.actor)
        except Changed as problem:
            raise NotAllowed(str(problem)) from None
        self._desk.note(by, AuditAction.ALERT, found.account, f"取消离岗 {found.first}")

    # -- how -----------------------------------------------------------------

    def _addressed(self, way: Way) -> Way:
        outlet = self.setup().outlets.get(way.via)
        if outlet is None or outlet.adapter not in ADDRESSED:
            raise NotAllowed("请选择用什么通知。短信和邮件先要由管理员在 alerts.toml 里启用。")
        if to_address("", way.via, outlet, way.to) is None:
            what = "11 位手机号" if outlet.adapter == "sms" else "邮箱地址"
            raise NotAllowed(f"{ADDRESSED[outlet.adapter]}的接收人应为{what}，请核对。")
        return way

    def _with_robot(self, way: Way, address: str, key: str) -> Way:
        if way.robot not in ROBOTS:
            raise NotAllowed("请选择用什么通知。")
        check_robot(address, key)
        name = f"UNIT_{random.token_hex(6).upper()}"
        signed = bool(key) and way.robot in SIGNING
        write_secrets(
            self._desk.settings.home, {name: address, **({name + SIGN: key} if signed else {})}
        )
        return Way(
            unit=way.unit,
            account=way.account,
            via=way.via,
            to=name,
            signed=signed,
            kinds=way.kinds,
            quiet_begin=way.quiet_begin,
            quiet_end=way.quiet_end,
        )

    def _way(self, by: Doer, number: str, to: str) -> Way:
        found = next((way for way in self._told.ways() if way.number == number), None)
        if found is None or not self._may_see(by.actor, found.unit):
            raise NotThere("没有这个接收方式。")
        self._permit(by, found.unit, to)
        return found

    def _permit(self, by: Doer, unit: str, to: str) -> None:
        self._desk.permit(by, *MAY, to=to, about=unit)
        if unit not in self._desk.register:
            raise NotAllowed("请选择单位。")
        if not self._may_see(by.actor, unit):
            self._desk.refuse(by, f"{to}（别的单位）", unit)

    def _may_see(self, who: Actor, unit: str) -> bool:
        return who.role in (*ALL_UNITS, Role.SYSTEM) or (
            who.role is Role.RESPONDER and who.unit == unit
        )

    def _line(
        self, way: Way, setup: AlertSetup, reachable: bool, absent: dict[str, str]
    ) -> WayLine:
        begin = way.quiet_begin or setup.units.day_ends
        end = way.quiet_end or setup.units.digest_at
        stands_in = absent.get(way.account.lower()) if way.account else None
        return WayLine(
            way=way,
            unit=self._desk.register.name(way.unit),
            whose=self._name(way.account) if way.account else "整个单位",
            by=words_of(way, setup),
            to="（群机器人）" if way.robot else mask(way.to),
            kinds=way.kinds,
            quiet="" if begin == end else f"{begin:%H:%M} 至 {end:%H:%M}",
            wrong="" if reachable else _why(way, setup),
            away=self._name(stands_in) if stands_in else "",
        )

    def _name(self, account: str) -> str:
        found = self._desk.get(Accounts).get(account)
        return found.name if found else account

    def _today(self) -> date:
        return beijing(self._desk.clock()).date()

    def _present(self) -> Present:
        settings = self._desk.settings
        return Present(
            self._told,
            unit_name=self._desk.register.name,
            secrets=lambda: Secrets.load(os.environ, settings.home),
            open_post=open_post,
            clock=self._desk.clock,
        )

    def _note(self, by: Doer, way: Way, what: str) -> None:
        whose = way.account or "整个单位"
        self._desk.note(by, AuditAction.ALERT, way.unit, f"{what} {way.number}（{whose}）")


def _why(way: Way, setup: AlertSetup) -> str:
    if way.robot:
        return "机器人的地址不在密钥文件里，请删去后重新添加"
    if way.via not in setup.outlets:
        return f"渠道 {way.via} 没有启用，请联系管理员"
    return "地址或号码不能用，请删去后重新添加"


def _quiet(typed: tuple[str, str]) -> tuple[time | None, time | None]:
    """Raises `NotAllowed`."""
    if not any(typed):
        return None, None
    try:
        begin, end = (time.fromisoformat(each) for each in typed)
    except ValueError:
        raise NotAllowed("安静时段应写作 18:00 至 08:30，两个都填或都不填。") from None
    return begin, end


def leave_words(desk: DeskContext, account: str) -> str:
    """What the page of a person says of the leaves that are not over; "" for none."""
    service = desk.get(Notices)
    return "".join(
        f"{one.leave.first} 至 {one.leave.last} 离岗，由{one.deputy}代收通知。"
        for one in service.leave_lines(SYSTEM)
        if one.leave.account.lower() == account.lower()
    )
