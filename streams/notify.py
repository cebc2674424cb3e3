"""The notifier: takes alerts in, routes them, sends each once, and remembers what became of it.

The same for both runtimes; only where alerts come from and where receipts go differ. One
notifier works for an installation; a second one on the same file does no harm, for what one
has begun the other leaves alone.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from cases.alerts import Alert, AlertKind, Level, without_title
from cases.record import commands as do
from cases.record.messages import Action
from cases.settled import calls_nobody
from cases.words.actors import SYSTEM, Role
from sinks.alerts.base import Line, Message, Outcome, Person, Unclear
from sinks.alerts.config import AlertSetup, Outlet
from sinks.alerts.file import SendState
from sinks.alerts.outbox import AlertOutbox, Waiting
from sinks.alerts.receipts import Noted
from sinks.alerts.receivers import BEGINS
from sinks.alerts.routing import ABOUT_CHANNEL, Plan
from streams.notifier_ports import NotifierPorts
from streams.unit_notices import concerns, notice_of, pressing

log = logging.getLogger(__name__)

_PAGE: Final = 500
NO_MORE: Final = "承办单位（已删除的接收人）"
_MOST_CALLED: Final = 10


class Notifier:
    """For one thread. `step` is called again and again."""

    def __init__(self, outbox: AlertOutbox, setup: AlertSetup, around: NotifierPorts) -> None:
        self._outbox = outbox
        self._shipped = self._setup = setup
        self._around = around

    def step(self) -> bool:
        """Takes in, sends what is due and notes receipts; True when more is waiting. One
        channel that is down keeps no other waiting."""
        self._setup = self._around.with_people(self._shipped)
        more = self._take()
        now = self._around.clock()
        self._outbox.escalate(self._further, now)
        busy = self._outbox.busy()
        for name, stand_ins in self._setup.stand_ins.items():
            if name in busy:
                self._outbox.move(name, stand_ins, now)
                busy |= set(stand_ins)
        for name, outlet in self._setup.outlets.items():
            if name in busy:
                self._work_off(name, outlet)
        for name in sorted(self._outbox.failing()):
            self._complain(name)
        return self._note() or more

    # -- taking in ----------------------------------------------------------------

    def _take(self) -> bool:
        position = self._outbox.position
        found = self._around.source.alerts_after(position, _PAGE)
        if found.position == position:
            return False
        now = self._around.clock()
        routing = self._setup.routing
        self._outbox.take(found.alerts, found.position, lambda each: routing.plan(each, now), now)
        return len(found.alerts) >= _PAGE

    def _further(self, alert: Alert, route: str) -> Plan:
        """Where an alert goes next that nobody took note of: nowhere, where a person has acted
        without taking note. While nobody can be asked, it goes on."""
        try:
            found = self._around.cases([alert.case_id]) if alert.case_id else {}
            over = self._around.event_over(alert)
        except Exception as error:  # noqa: BLE001  an alarm goes on even while the ledger is down
            log.warning("台账或事件档案查不到，告警照常升级：%s", type(error).__name__)
            found, over = {}, False
        case = found.get(alert.case_id)
        if over or (case is not None and calls_nobody(alert, case)):
            return Plan()
        return self._setup.routing.next_plan(alert, route, self._around.clock())

    # -- sending ------------------------------------------------------------------

    def _work_off(self, name: str, outlet: Outlet) -> None:
        real = self._around.real()
        for message_id in self._outbox.lost(name, real):
            detail = "发送途中程序中断，不能确定是否已发出。请到接收的地方核实"
            self._ended(outlet, message_id, Unclear(detail=detail))
        for message_id in self._outbox.give_up(name, real - self._setup.give_up):
            self._around.counted("failed")
            self._fall_back(outlet, message_id)
        if self._resting(name, outlet):
            return
        for queued in self._outbox.queued(name, real):
            if not self._room(name, outlet):
                return
            message = self._message(outlet, queued.alerts, queued.message_id, held=queued.held)
            if self._outbox.begin_again(queued, self._around.real(), pace=outlet.pace):
                self._ended(outlet, queued.message_id, self._send(outlet, message))
                if self._resting(name, outlet):
                    return
        for group, held in self._groups(name, outlet):
            # Put together first: from the intent on every failure is an unclear sending.
            message = self._message(outlet, group, held=held)
            message_id = self._outbox.begin(name, group, self._around.real(), pace=outlet.pace)
            if message_id:
                sent = self._send(outlet, replace(message, message_id=message_id))
                self._ended(outlet, message_id, sent)
                if self._resting(name, outlet):
                    return

    def _resting(self, name: str, outlet: Outlet) -> bool:
        """Whether the channel is to be left alone for now. What waits for one that has been
        failing for too long goes out by its fallback."""
        real = self._around.real()
        for one in (name, *([outlet.by] if outlet.by else ())):
            state = self._outbox.channel(one)
            if state.next_try is None or real >= state.next_try:
                continue
            if outlet.fallback:
                # One that only limits us is well, but may keep us waiting for too long.
                since, until = state.failing_since, state.next_try
                if (real - since if since else until - real) >= outlet.fallback_after:
                    self._outbox.move(name, (outlet.fallback,), self._around.clock())
            return True
        return False

    def _room(self, name: str, outlet: Outlet) -> int:
        pace = outlet.pace or name
        return self._outbox.room(pace, outlet.channel.limits, self._around.real())

    def _groups(self, name: str, outlet: Outlet) -> list[tuple[tuple[Alert, ...], bool]]:
        """What is due, as messages, and whether each waited for the morning: no more than the
        channel may send now."""
        room = self._room(name, outlet)
        if not room:
            return []
        now = self._around.clock()
        waiting = self._outbox.waiting(name, now, acknowledged=bool(outlet.unit))
        if outlet.unit:
            return self._for_people(name, outlet, waiting)
        if name in self._setup.routing.of_units:
            waiting = self._without_accused(name, waiting)
        groups = grouped(
            waiting,
            room=min(room, outlet.singles),
            fits=lambda alerts: outlet.channel.fits(self._lines(alerts)),
        )
        return [(group, False) for group in groups]

    def _for_people(
        self, name: str, outlet: Outlet, waiting: Sequence[Waiting]
    ) -> list[tuple[tuple[Alert, ...], bool]]:
        """All of it as one message, once enough time has passed since the last."""
        last = self._outbox.channel(name).last_sent
        soon = last is not None and self._around.real() - last < outlet.gather
        if not waiting or (soon and not pressing(each.alert for each in waiting)):
            return []
        try:
            cases = self._around.cases([each.alert.case_id for each in waiting])
            theirs = [
                each
                for each in waiting
                if concerns(each.alert, cases.get(each.alert.case_id))
                and not self._around.event_over(each.alert)
            ]
        except Exception as error:  # noqa: BLE001  the other channels go on
            log.warning("台账或事件档案查不到，承办单位的通知稍后再发：%s", type(error).__name__)
            return []
        self._outbox.withhold(name, [each.alert for each in waiting if each not in theirs])
        if not theirs:
            return []
        return [(tuple(each.alert for each in theirs), any(each.held for each in theirs))]

    def _message(
        self, outlet: Outlet, alerts: Sequence[Alert], message_id: str = "", *, held: bool
    ) -> Message:
        secret = self._secret(alerts)
        if outlet.unit:
            today = self._around.unit_today(outlet.unit) if held else None
            return Message(
                message_id=message_id,
                lines=self._lines(alerts, secret),
                at=self._around.real(),
                notice=notice_of(alerts, secret, self._around.own_list, today),
            )
        people = self._called(outlet, alerts)
        return Message(
            message_id=message_id,
            lines=self._lines(alerts, secret),
            at=self._around.real(),
            names=tuple(each.name for each in people if each.name),
            mobiles=tuple(each.mobile for each in people if _is_mobile(each.mobile)),
            emails=tuple(each.email for each in people if each.email),
        )

    def _send(self, outlet: Outlet, message: Message) -> Outcome:
        try:
            return outlet.channel.send(message, now=self._around.real())
        except Exception as error:  # noqa: BLE001  it may have been sent before this happened
            # The text of the error may quote an address that holds a key.
            kind = type(error).__name__
            log.error("告警 %s 发送时程序出错：%s", message.message_id, kind)  # noqa: TRY400
            return Unclear(detail=f"发送时程序出错（{kind}），不能确定是否已发出")

    def _ended(self, outlet: Outlet, message_id: str, outcome: Outcome) -> None:
        real = self._around.real()
        idempotent = outlet.channel.idempotent
        state = self._outbox.end(message_id, outcome, real, idempotent=idempotent, by=outlet.by)
        self._around.counted(_COUNTED.get(state, "refused"))
        if state in (SendState.FAILED, SendState.UNCLEAR):
            self._fall_back(outlet, message_id)

    def _fall_back(self, outlet: Outlet, message_id: str) -> None:
        """An alert that may not have arrived goes out by the second channel: heard twice is
        better than never."""
        if outlet.fallback:
            self._outbox.copy(message_id, outlet.fallback, self._around.clock())

    def _complain(self, name: str) -> None:
        """Once for each time that the channel goes wrong."""
        since = self._outbox.failing_untold(name)
        if since is None:
            return
        self._around.raised.raise_alerts(
            [
                Alert(
                    alert_id=f"{ABOUT_CHANNEL}{name}:{since.isoformat()}",
                    kind=AlertKind.CHANNEL_FAILING,
                    level=Level.MEDIUM,
                    at=self._around.clock(),
                    text=f"告警渠道“{self._label(name)}”发不出消息，原因见告警渠道的状况",
                )
            ]
        )
        self._outbox.told(name, since)

    def _label(self, name: str) -> str:
        outlet = self._setup.outlets.get(name)
        if outlet is not None and outlet.label:
            return outlet.label
        return NO_MORE if name.startswith(BEGINS) else name

    # -- what is said ---------------------------------------------------------------

    def _called(self, outlet: Outlet, alerts: Sequence[Alert]) -> tuple[Person, ...]:
        """Who is on duty on a day off; nobody in particular on a working day. What is for a
        leader calls the leader on duty, everything else the others, where there are such."""
        now = self._around.clock()
        if not outlet.call_on_duty or self._around.is_workday(now):
            return ()
        try:
            there = list(self._around.roster.on_duty(now))
        except Exception as error:  # noqa: BLE001  an alert goes out even without a roster
            log.warning("值班表查不到，告警发给平常的人：%s", type(error).__name__)
            return ()
        wanted = {alert.role is Role.LEADER for alert in alerts}
        people = [each for each in there if each.lead in wanted]
        return tuple(people or there)[:_MOST_CALLED]

    def _without_accused(self, name: str, waiting: Sequence[Waiting]) -> list[Waiting]:
        """A unit's people hear nothing more of a case that is about their unit. Where nobody
        can be asked, they wait."""
        ids = [each.alert.case_id for each in waiting if each.alert.case_id]
        try:
            cases = self._around.cases(ids) if ids else {}
        except Exception as error:  # noqa: BLE001  the other channels go on
            log.warning("台账查不到，承办单位的告警稍后再发：%s", type(error).__name__)
            return [each for each in waiting if not each.alert.case_id]
        theirs = [
            each
            for each in waiting
            if (case := cases.get(each.alert.case_id)) and each.alert.unit in case.accused
        ]
        self._outbox.withhold(name, [each.alert for each in theirs])
        return [each for each in waiting if each not in theirs]

    def _secret(self, alerts: Sequence[Alert]) -> frozenset[str]:
        """The cases of which nothing is said outside: they are confidential now, whatever they
        were when the alert was raised. If nobody can be asked, all are."""
        ids = [alert.case_id for alert in alerts if alert.case_id]
        try:
            cases = self._around.cases(ids) if ids else {}
        except Exception as error:  # noqa: BLE001  an alert goes out even while the ledger is down
            log.warning("台账查不到，告警不带内容：%s", type(error).__name__)
            cases = {}
        return frozenset(
            one for one in ids if (case := cases.get(one)) is None or case.confidential
        )

    def _lines(
        self, alerts: Sequence[Alert], secret: frozenset[str] = frozenset()
    ) -> tuple[Line, ...]:
        return tuple(
            Line(
                alert=without_title(alert) if alert.case_id in secret else alert,
                unit=self._around.unit_name(alert.unit) if alert.unit else "",
                link=self._around.case_link(alert.case_id) if alert.case_id else "",
                secret=alert.case_id in secret,
            )
            for alert in alerts
        )

    # -- receipts -------------------------------------------------------------------

    def _note(self) -> bool:
        """Tells the cases; telling twice is telling once."""
        rows = self._outbox.receipts.to_note()
        for noted in rows:
            if noted.alert.case_id:
                self._around.act(receipt_action(noted, self._label(noted.channel)))
        self._outbox.receipts.noted(rows)
        return bool(rows)


_COUNTED: Final = {
    SendState.SENT: "sent",
    SendState.UNCLEAR: "unclear",
    SendState.FAILED: "failed",
}


def grouped(
    waiting: Sequence[Waiting], *, room: int, fits: Callable[[Sequence[Alert]], int]
) -> list[tuple[Alert, ...]]:
    """At most `room` messages. What waited for the morning comes as lists; of the rest each
    alert is a message of its own as long as there is room, else the loudest are, and
    everything else is one list. What does not fit waits for the next turn."""
    messages: list[tuple[Alert, ...]] = []
    held = [each.alert for each in waiting if each.held]
    while held and len(messages) < room:
        count = fits(held)
        messages.append(tuple(held[:count]))
        held = held[count:]
    rest = [each.alert for each in waiting if not each.held]
    room -= len(messages)
    if len(rest) <= room:
        return [*messages, *((alert,) for alert in rest)]
    if room:
        singles = [alert for alert in rest[: room - 1] if alert.level is Level.HIGH]
        rest = rest[len(singles) :]
        messages += [(alert,) for alert in singles]
        messages.append(tuple(rest[: fits(rest)]))
    return messages


def receipt_action(noted: Noted, called: str) -> Action:
    """What the case is told. Its id names alert, channel and outcome. `called`: the channel in
    words."""
    alert = noted.alert
    at = noted.at.isoformat()
    key = f"{alert.alert_id}\x1f{noted.channel}\x1f{noted.state.value}\x1f{at}"
    merged = f"与另外 {noted.merged - 1} 条合并发送；" if noted.merged > 1 else ""
    return Action(
        message_id="n-" + hashlib.blake2b(key.encode(), digest_size=16).hexdigest(),
        case_id=alert.case_id,
        actor=SYSTEM,
        command=do.NoteAlert(
            alert_id=alert.alert_id,
            kind=alert.kind.value,
            channel=called,
            outcome=noted.state.value,
            at=noted.at,
            receipt=f"{merged}{noted.detail}",
        ),
        at=noted.at,
    )


def _is_mobile(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) == 11
