"""Alerts, channels that remember, and a notifier on a file, with clocks that are moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from cases.alerts import Alert, AlertKind, Level
from cases.record.case import Case
from cases.record.commands import NoteAlert
from cases.record.messages import Action
from cases.words.times import BEIJING
from sinks.alerts.base import Limit, Line, Message, Outcome, Person, Sent
from sinks.alerts.book import AlertBook
from sinks.alerts.config import AlertSetup, Outlet, Watch
from sinks.alerts.file import AlertFile
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.routing import Quiet, Route, Routing
from streams.notifier_ports import Found, NotifierPorts
from streams.notify import Notifier
from streams.unit_notices import UnitToday

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=BEIJING)
"""A Wednesday."""


def alert(number: int = 1, **changes: object) -> Alert:
    known: dict[str, object] = {
        "alert_id": f"letters:{number}#1:high_risk",
        "kind": AlertKind.HIGH_RISK,
        "level": Level.HIGH,
        "at": NOON,
        "text": f"高风险来件（群体诉求）：第 {number} 封信",
        "case_id": f"letters:{number}",
        "unit": "housing",
    }
    return Alert(**{**known, **changes})  # type: ignore[arg-type]


def low(number: int, **changes: object) -> Alert:
    known: dict[str, object] = {
        "alert_id": f"letters:{number}#2:one_day_left",
        "kind": AlertKind.ONE_DAY_LEFT,
        "level": Level.LOW,
        "text": f"答复时限剩 1 个工作日：第 {number} 封信",
    }
    return alert(number, **{**known, **changes})


def message(*alerts: Alert, **changes: object) -> Message:
    lines = tuple(Line(alert=each, unit="县住建局") for each in alerts or (alert(),))
    known: dict[str, object] = {"message_id": "m-1", "lines": lines, "at": NOON}
    return Message(**{**known, **changes})  # type: ignore[arg-type]


def secret_message(*alerts: Alert) -> Message:
    """The same about cases of which nothing is said outside."""
    told = message(*alerts)
    return msgspec.structs.replace(
        told, lines=tuple(msgspec.structs.replace(line, secret=True) for line in told.lines)
    )


TELLING = ("高风险", "群体诉求", "high_risk", "住建", "housing", "第 1 封信")
"""What an alert of `alert` says about its case."""


class Officer(Struct, frozen=True):
    name: str
    mobile: str = ""
    email: str = ""
    lead: bool = False


@dataclass
class Told:
    """A channel that answers as it is told and remembers what it was given."""

    name: str
    idempotent: bool = False
    limits: tuple[Limit, ...] = (Limit(20, timedelta(minutes=1)),)
    answers: list[Outcome | BaseException] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    most: int = 100

    def fits(self, lines: Sequence[Line]) -> int:
        return min(len(lines), self.most)

    def send(self, message: Message, *, now: datetime) -> Outcome:
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else Sent(receipt="ok")
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def ids(self) -> list[list[str]]:
        """Case numbers, message by message."""
        return [[line.alert.case_id.partition(":")[2] for line in each.lines] for each in self.sent]


class Desk:
    """A notifier and everything around it. `restart` is the next process on the same file."""

    def __init__(self, folder: Path, *channels: Told, **options: object) -> None:
        self.path = folder / "alerts.db"
        self.channels = {channel.name: channel for channel in channels}
        self.now = NOON
        self.real = NOON
        self.raised: list[Alert] = []
        self.actions: list[Action] = []
        self.counted: list[str] = []
        self.dies: BaseException | None = None
        """What happens instead of the next action."""
        self.cases: Mapping[str, Case] | Exception = {}
        self.over: Collection[str] | Exception = ()
        """Ids of alerts about an event of which what they complained of is over."""
        self.duty: tuple[Person, ...] | Exception = ()
        self.workday = True
        self.people: Callable[[AlertSetup], AlertSetup] = lambda setup: setup
        self.today: UnitToday | None = None
        self.options = options
        self.start()

    def start(self) -> None:
        options = self.options
        routes = options.get("routes") or (Route(name="all", channels=tuple(self.channels)),)
        fallbacks: Mapping[str, str] = options.get("fallbacks", {})  # type: ignore[assignment]
        quiet: Quiet | None = options.get("quiet")  # type: ignore[assignment]
        setup = AlertSetup(
            outlets={
                name: Outlet(
                    channel=channel,
                    fallback=fallbacks.get(name, ""),
                    fallback_after=timedelta(minutes=2),
                    singles=int(options.get("singles", 20)),  # type: ignore[call-overload]
                    call_on_duty=True,
                )
                for name, channel in self.channels.items()
            },
            routing=Routing(
                routes={route.name: route for route in routes},  # type: ignore[attr-defined]
                channels=frozenset(self.channels),
                quiet=quiet,
                newest_hours=24,
            ),
            watch=Watch(),
            give_up=timedelta(hours=12),
        )
        self.file = AlertFile(self.path)
        self.book = AlertBook(self.file)
        self.outbox = AlertOutbox(self.file)
        self.notifier = Notifier(self.outbox, setup, self._around())

    def _around(self) -> NotifierPorts:
        return NotifierPorts(
            source=self,
            raised=self,
            act=self.act,
            cases=self.load,
            event_over=self._event_over,
            is_workday=lambda _: self.workday,
            clock=lambda: self.now,
            real=lambda: self.real,
            unit_name=lambda unit: {"housing": "县住建局"}[unit],
            roster=self,
            counted=self.counted.append,
            with_people=self._with_people,
            unit_today=lambda _unit: self.today,
            own_list="https://desk.example.gov.cn/queue",
        )

    def _with_people(self, setup: AlertSetup) -> AlertSetup:
        return self.people(setup)

    def close(self) -> None:
        self.file.close()

    @property
    def notes(self) -> list[NoteAlert]:
        """What the cases were told."""
        commands = [action.command for action in self.actions]
        return [command for command in commands if isinstance(command, NoteAlert)]

    def restart(self) -> None:
        self.close()
        self.start()

    def load(self, _ids: Sequence[str]) -> Mapping[str, Case]:
        if isinstance(self.cases, Exception):
            raise self.cases
        return self.cases

    def _event_over(self, alert: Alert) -> bool:
        if isinstance(self.over, Exception):
            raise self.over
        return alert.alert_id in self.over

    def act(self, action: Action) -> None:
        if self.dies is not None:
            raise self.dies
        self.actions.append(action)

    def on_duty(self, at: datetime) -> tuple[Person, ...]:
        if isinstance(self.duty, Exception):
            raise self.duty
        return self.duty

    def alerts_after(self, position: str, limit: int) -> Found:
        begin = int(position or 0)
        found = tuple(self.raised[begin : begin + limit])
        return Found(found, str(begin + len(found)) if found else position)

    def raise_alerts(self, alerts: Sequence[Alert]) -> None:
        self.raised += alerts

    def later(self, **time: float) -> None:
        """Both clocks move on."""
        self.now += timedelta(**time)
        self.real += timedelta(**time)

    def steps(self, *alerts: Alert) -> None:
        """Raises these and works until nothing more is to be done at this moment."""
        self.raised += alerts
        while self.notifier.step():
            pass
