"""对上交换: messages to the platform above, what became of each, and settling the unclear ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Final, Self

from cases.life.todo import Todo
from cases.privacy.visibility import Sight
from cases.record.case import Case, PlatformMessage
from cases.record.platform import Sent
from cases.words.actors import Role
from desk.delivery.service import OutwardRunner, delivery_log
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.settings import Settings
from desk.ground.sight import find_case
from sinks.delivery.log import SettleError
from sinks.delivery.platform import Platforms, message_id, read_platforms
from sinks.ledger.base import Query
from streams.exchange import send_due
from streams.runtime import Runtime
from streams.sources.seam.secrets import Secrets

_AT_A_TIME: Final = 50
_MOST: Final = 1000
"""Of each sort, newest first; the others come when these have gone."""
SETTLERS: Final = (Role.DESK, Role.ADMIN)


def platforms(settings: Settings) -> Platforms:
    """Raises `DeliveryError` and `SourceError`."""
    secrets = Secrets.load(os.environ, settings.home)
    return read_platforms(settings.table("platform.toml"), secrets)


def exchange_step(settings: Settings, runner: Runtime) -> Callable[[], bool]:
    """Sends what waits, in one process of the office: the log of what was sent is its own."""
    known, log, store = platforms(settings), delivery_log(settings), OutwardRunner(runner)
    again: dict[str, datetime] = {}

    def step() -> bool:
        now = runner.clock()
        waiting = {case.case_id: case for case in _waiting(runner)}
        for case_id in again.keys() - waiting.keys():
            del again[case_id]
        for case_id, case in waiting.items():
            if case_id in again and now < again[case_id]:
                continue
            due = send_due(store, case, known, log, runner.clock)
            if due is not None:
                again[case_id] = due
        return False

    return step


def _waiting(runner: Runtime) -> list[Case]:
    """Cases with something to send, or to hear of what a person settled."""
    found: list[Case] = []
    for todo in (Todo.SEND_UP, Todo.SETTLE_UP):
        for offset in range(0, _MOST, _AT_A_TIME):
            query = Query(todo=todo, limit=_AT_A_TIME, offset=offset)
            cases = runner.store.ledger.search(query).cases
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
            log.settle(
                message_id(case_id, message),
                delivered=delivered,
                by=by.actor.name or by.actor.id,
                proof=proof,
                now=desk.clock(),
            )
        finally:
            log.close()


def _message(case: Case, number: int) -> PlatformMessage:
    for message in case.upward:
        if message.number == number:
            return message
    raise NotThere(f"此件没有第 {number} 号对上消息。")
