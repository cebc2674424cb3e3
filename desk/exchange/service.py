"""对上交换: messages to the platform above, what became of each, and settling the unclear ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final, Self

from cases.life.reply import approved_draft
from cases.life.todo import Todo
from cases.privacy.visibility import Sight
from cases.record.case import Case, PlatformMessage
from cases.record.platform import Sent
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.delivery.sender import SentElsewhere, become_sender, check_sender
from desk.delivery.service import OutwardRunner, delivery_log, doors
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.settings import Settings
from desk.ground.sight import find_case
from huiyin.store.lease import Taken, lease
from sinks.delivery.base import DeliveryError, Unclear, delivery_id
from sinks.delivery.by_hand import ByHand
from sinks.delivery.config import Doors
from sinks.delivery.log import SettleError, SqliteDeliveryLog
from sinks.delivery.platform import Platforms, message_id, read_platforms
from sinks.ledger.base import Ledger, Query
from streams.exchange import send_due
from streams.runtime import Runtime
from streams.sources.seam.base import SourceError
from streams.sources.seam.secrets import Secrets

_AT_A_TIME: Final = 50
_MOST: Final = 1000
"""Of each sort, newest first; the others come when these have gone."""
_LEASE: Final = "exchange.lock"
_LOST: Final = "原发送机器的记录已不可用，不能确定是否已发送"
SETTLERS: Final = (Role.DESK, Role.ADMIN)


def platforms(settings: Settings) -> Platforms:
    """Raises `DeliveryError` and `SourceError`."""
    secrets = Secrets.load(os.environ, settings.home)
    return read_platforms(settings.table("platform.toml"), secrets)


def exchange_step(settings: Settings, runner: Runtime) -> Callable[[], bool]:
    """Sends what waits. The desks of one data folder take turns, in a desk of another folder a step
    raises `SentElsewhere` and sends nothing."""
    known, log, store = platforms(settings), delivery_log(settings), OutwardRunner(runner)
    again: dict[str, datetime] = {}

    def step() -> bool:
        with suppress(Taken), lease(settings.home / _LEASE, f"进程 {os.getpid()}"):
            send()
        return False

    def send() -> None:
        now = runner.clock()
        waiting = {case.case_id: case for case in _waiting(runner.store.ledger)}
        for case_id in again.keys() - waiting.keys():
            del again[case_id]
        due = [case for case_id, case in waiting.items() if now >= again.get(case_id, now)]
        if due:
            check_sender(settings, log, now)
        for case in due:
            later = send_due(store, case, known, log, runner.clock)
            if later is not None:
                again[case.case_id] = later

    return step


def _waiting(ledger: Ledger) -> list[Case]:
    """Cases with something to send, or to hear of what a person settled."""
    found: list[Case] = []
    for todo in (Todo.SEND_UP, Todo.SETTLE_UP):
        for offset in range(0, _MOST, _AT_A_TIME):
            query = Query(todo=todo, limit=_AT_A_TIME, offset=offset)
            cases = ledger.search(query).cases
            found += cases
            if len(cases) < _AT_A_TIME:
                break
    return found


class Exchange:
    """Every method raises `NotPermitted`."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def settle(self, by: Doer, case_id: str, number: int, *, delivered: bool, proof: str) -> None:
        """A person found out what became of an unclear message. The case learns it with the next
        step of the sending. Raises `NotThere`, `SettleError`."""
        desk = self._desk
        desk.permit(by, *SETTLERS, to="登记对上消息的核实结果", about=case_id)
        with desk.readers.reader() as store:
            # Who is not shown the message cannot have found out what became of it.
            case = find_case(store.ledger, case_id, by.actor, Sight.LABELS)
        message = _message(case, number)
        if message.sent is not Sent.UNCLEAR:
            raise SettleError("这条对上消息已有明确结果，不需要核实。")
        log = delivery_log(desk.settings)
        try:
            _here(desk.settings, log, desk.clock())
            log.settle(
                message_id(case_id, message),
                delivered=delivered,
                by=by.actor.name or by.actor.id,
                proof=proof,
                now=desk.clock(),
            )
        finally:
            log.close()

    def send_from_here(self, by: Doer, reason: str) -> int:
        """Replies and messages go out from this data folder from now on, for the one that sent is
        lost. What waits may have been sent from there, so it becomes unclear and a person settles
        it; gives how many. Raises `NotAllowed`, `SettingsError`, `LogDown`, `LogError`."""
        desk = self._desk
        desk.permit(by, Role.ADMIN, to="指定答复和对上消息从哪里发送")
        replied = _doors(desk.settings)
        log, now, asked = delivery_log(desk.settings), desk.clock(), 0
        try:
            with desk.readers.reader() as store, lease(desk.settings.home / _LEASE, by.actor.id):
                for case in store.ledger.scan(Query(todo=Todo.SEND_UP)):
                    for message in case.upward:
                        if message.sent is Sent.WAITS:
                            name = message_id(case.case_id, message)
                            asked += _leave_unclear(log, case, name, "platform", now)
                for case in store.ledger.scan(Query(todo=Todo.DELIVER)):
                    door, draft = replied.door(case.item.source), approved_draft(case)
                    if draft is not None and not isinstance(door, ByHand):
                        name = delivery_id(case.case_id, draft.seq)
                        asked += _leave_unclear(log, case, name, door.name, now)
                become_sender(desk.settings, log, now)
        except Taken:
            raise NotAllowed("这个数据文件夹的值班台正在发送对上消息，请过一分钟再试。") from None
        finally:
            log.close()
        desk.note(by, AuditAction.CONFIGURATION, "对外发送", f"改由本机发送：{reason}")
        return asked


def _leave_unclear(log: SqliteDeliveryLog, case: Case, name: str, door: str, now: datetime) -> bool:
    """Whether this log did not know of the delivery of that name."""
    if log.state(name) is not None:
        return False
    attempt = log.record_intent(name, case_id=case.case_id, door=door, now=now)
    log.record_outcome(name, attempt, Unclear(detail=_LOST), now=now)
    return True


def _doors(settings: Settings) -> Doors:
    try:
        return doors(settings)
    except (DeliveryError, SourceError) as error:
        raise NotAllowed(f"送达配置有误，改好以后再指定：{error}") from None


def _here(settings: Settings, log: SqliteDeliveryLog, now: datetime) -> None:
    try:
        check_sender(settings, log, now)
    except SentElsewhere as elsewhere:
        raise SettleError(str(elsewhere)) from None


def _message(case: Case, number: int) -> PlatformMessage:
    for message in case.upward:
        if message.number == number:
            return message
    raise NotThere(f"此件没有第 {number} 号对上消息。")
