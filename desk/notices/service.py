"""Who may say how a unit's people are told, and what has to be right about it."""

from __future__ import annotations

import os
import secrets as random
import threading
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from uuid import uuid4

from msgspec import Struct

from cases.alerts import AlertKind
from cases.notices import TOLD_UNITS
from cases.privacy.masking import mask
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from desk.accounts.accounts import Accounts
from desk.alerts.alerting import alert_setup
from desk.alerts.people_told import ROBOT, PeopleTold, Way, away
from desk.alerts.present import SIGN, Present, belongs_by, name_of, words_of
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.registers import Changed
from desk.ground.secret_file import check_robot, write_secrets
from desk.ground.settings import SettingsError
from desk.notices.units import may_see, people, permit, person_name
from sinks.alerts.base import AlertConfigError, Message, Sent
from sinks.alerts.config import AlertSetup
from sinks.alerts.receivers import ADDRESSED, ROBOTS, SIGNING, to_address
from streams.guarded_post import open_post
from streams.sources.seam.base import SourceError
from streams.sources.seam.secrets import Secrets

MOST: Final = 20
"""Ways of one unit."""
MOST_TESTS: Final = 5
TESTS_WITHIN: Final = timedelta(minutes=10)


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


class Tried(Struct, frozen=True):
    sent: bool
    text: str


class Notices:
    """Every method raises `NotPermitted`, `NotThere` and `NotAllowed` with what to do. A unit's
    people see and set what is their unit's; the desk and the administrator, of all units."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._told = PeopleTold(desk.file)
        self._belongs = belongs_by(desk.get(Accounts))
        self._trying = threading.Lock()
        self._tries: dict[str, list[datetime]] = {}

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
        ways = [way for way in self._told.ways() if may_see(who, way.unit)]
        carried = self._present().carried(setup, ways)
        absent = away(self._told.leaves(), today)
        return tuple(self._line(way, setup, name_of(way) in carried, absent) for way in ways)

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
        permit(self._desk, by, unit, "设置通知")
        if account and account.lower() not in {one.id.lower() for one in people(self._desk, unit)}:
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
        self._pace(way.unit)
        self._note(by, way, "发一条测试消息")
        now = self._desk.machine()
        message = Message(message_id=f"m-test-{uuid4().hex[:12]}", lines=(), at=now, test=True)
        outcome = found.channel.send(message, now=now)
        if isinstance(outcome, Sent):
            return Tried(sent=True, text=outcome.receipt)
        return Tried(sent=False, text=outcome.detail)

    # -- how -----------------------------------------------------------------

    def _pace(self, unit: str) -> None:
        """A test goes to whatever number was typed, past the limits of the channel. Raises
        `NotAllowed`."""
        now = self._desk.machine()
        with self._trying:
            since = [at for at in self._tries.get(unit, ()) if at > now - TESTS_WITHIN]
            if len(since) >= MOST_TESTS:
                raise NotAllowed(
                    f"一个单位 {TESTS_WITHIN.seconds // 60} 分钟内最多发 {MOST_TESTS} 条测试消息，"
                    "请稍后再试。"
                )
            self._tries[unit] = [*since, now]

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
        if found is None or not may_see(by.actor, found.unit):
            raise NotThere("没有这个接收方式。")
        permit(self._desk, by, found.unit, to)
        return found

    def _line(
        self, way: Way, setup: AlertSetup, reachable: bool, absent: dict[str, str]
    ) -> WayLine:
        begin = way.quiet_begin or setup.units.day_ends
        end = way.quiet_end or setup.units.digest_at
        stands_in = absent.get(way.account.lower()) if way.account else None
        return WayLine(
            way=way,
            unit=self._desk.register.name(way.unit),
            whose=person_name(self._desk, way.account) if way.account else "整个单位",
            by=words_of(way, setup),
            to="（群机器人）" if way.robot else mask(way.to),
            kinds=way.kinds,
            quiet="" if begin == end else f"{begin:%H:%M} 至 {end:%H:%M}",
            wrong=self._why(way, setup) if not (reachable and self._belongs(way)) else "",
            away=person_name(self._desk, stands_in) if stands_in else "",
        )

    def _why(self, way: Way, setup: AlertSetup) -> str:
        if not self._belongs(way):
            return "账号已停用或已调离本单位，不再通知，请删去"
        if way.robot:
            return "机器人的地址不在密钥文件里，请删去后重新添加"
        if way.via not in setup.outlets:
            return f"渠道 {way.via} 没有启用，请联系管理员"
        return "地址或号码不能用，请删去后重新添加"

    def _today(self) -> date:
        return beijing(self._desk.clock()).date()

    def _present(self) -> Present:
        settings = self._desk.settings
        return Present(
            self._told,
            unit_name=self._desk.register.name,
            belongs=self._belongs,
            secrets=lambda: Secrets.load(os.environ, settings.home),
            open_post=open_post,
            clock=self._desk.clock,
        )

    def _note(self, by: Doer, way: Way, what: str) -> None:
        whose = way.account or "整个单位"
        self._desk.note(by, AuditAction.ALERT, way.unit, f"{what} {way.number}（{whose}）")


def _quiet(typed: tuple[str, str]) -> tuple[time | None, time | None]:
    """Raises `NotAllowed`."""
    if not any(typed):
        return None, None
    try:
        begin, end = (time.fromisoformat(each) for each in typed)
    except ValueError:
        raise NotAllowed("安静时段应写作 18:00 至 08:30，两个都填或都不填。") from None
    return begin, end
