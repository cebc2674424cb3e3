"""Approved replies on their way out: sent beside the page, tried again when the other
side was not there, and never twice.

What became of a sending stands in the delivery log; here stands only what is still to
be tried, in the desk's file, so that a restart goes on where it was.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, Self

import msgspec

from cases.life.rules import Rules
from cases.record.case import Case, Draft
from cases.record.commands import Deliver
from cases.record.messages import Action
from cases.words.actors import Actor
from cases.words.refusals import NotAllowed
from desk.delivery.sender import SentElsewhere, check_sender
from desk.delivery.service import delivery_log, doors
from desk.delivery.standing import ReplyStanding, fields_of, reply_standing
from desk.delivery.waiting import WaitingReplies, WaitingReply
from desk.ground.actions import CaseActions, NotYet
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.doer import NotPermitted
from desk.ground.loops import Loop
from huiyin.store.errors import StoreError
from sinks.delivery.base import Delivery, DeliveryError, NotTaken, Receipt, delivery_id
from sinks.delivery.by_hand import ByHand
from sinks.delivery.config import Doors
from sinks.delivery.log import PAUSES, SqliteDeliveryLog
from sinks.ledger.base import LedgerUnavailable
from streams.deliver_reply import (
    GivenByHand,
    NotSent,
    Sent,
    allowed,
    deliver_reply,
    record_receipt,
    record_reply,
)
from streams.kafka.errors import LogDown, LogError
from streams.sources.seam.base import SourceError

_log = logging.getLogger(__name__)

_IDLE_SECONDS: Final = 60.0


class OutboxError(Exception):
    """The doors outward cannot be used, or not from here; the text says why."""


class _Told:
    """The desk's way into the stream, as a delivery needs it."""

    def __init__(self, acts: CaseActions) -> None:
        self._acts = acts

    def case(self, case_id: str) -> Case | None:
        return self._acts.case(case_id)

    def act(self, action: Action) -> None:
        self._acts.submit_system(action)


class ReplyOutbox:
    def __init__(
        self,
        *,
        acts: CaseActions,
        rules: Rules,
        file: DeskFile,
        clock: Callable[[], datetime],
        open_doors: Callable[[], Doors],
        open_log: Callable[[], SqliteDeliveryLog],
        check: Callable[[SqliteDeliveryLog], None],
    ) -> None:
        """Doors and log are opened when the first reply is looked at. `check`: before anything is
        sent; raises `SentElsewhere` where another data folder sends."""
        self._acts = acts
        self._store = _Told(acts)
        self._rules = rules
        self._replies = WaitingReplies(file)
        self._clock = clock
        self._open_doors = open_doors
        self._open_log = open_log
        self._check = check
        self._doors: Doors | None = None
        self._log: SqliteDeliveryLog | None = None
        self._lock = threading.Lock()
        self._wake = threading.Condition()
        self._pressed = 0
        self._sending_log: SqliteDeliveryLog | None = None
        self._loop = Loop("答复送达", self._step, _IDLE_SECONDS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        settings = desk.settings
        return cls(
            acts=desk.acts,
            rules=desk.rules,
            file=desk.file,
            clock=desk.clock,
            open_doors=lambda: doors(settings),
            open_log=lambda: delivery_log(settings),
            check=lambda log: check_sender(settings, log, desk.clock()),
        )

    def start(self) -> None:
        """Goes on with what an earlier run left; does nothing where nothing waits."""
        if self._replies.all():
            self._press()

    def send(self, actor: Actor, case_id: str, draft: int, fields: dict[str, str]) -> None:
        """Returns at once; `standing` tells what became of it.

        A reply that the other side has already, and the case would not hear of at the time,
        is recorded now. Raises `NotSent` when the case does not allow it, `OutboxError`,
        `NotAllowed`, `NotYet`."""
        case, text = allowed(self._store, self._rules, case_id, draft, actor, self._clock())
        with self._lock:
            state = self._log_here().state(delivery_id(case_id, text.seq))
        if state is not None and isinstance(state.outcome, Receipt):
            self._tell(actor, case_id, draft, state.outcome)
            return
        door = self._door(case.item.source)
        if isinstance(door, ByHand):
            raise NotSent(f"该来源没有接口：请在{door.where}答复，再登记凭证。")
        with self._lock:
            self._from_here(self._log_here())
        self._replies.put(WaitingReply(case_id, draft, actor, fields, 0, self._clock()))
        self._press()

    def _tell(self, actor: Actor, case_id: str, draft: int, receipt: Receipt) -> None:
        proof = " ".join(part for part in (receipt.reference, receipt.proof) if part)
        command = Deliver(draft=draft, via=receipt.via, proof=proof, at=receipt.at)
        # Under a number of its own: the first telling was answered with a refusal.
        self._acts.submit(actor, case_id, command)

    def send_now(self, actor: Actor, case_id: str, draft: int, fields: dict[str, str]) -> Sent:
        """Returns when it was tried once, and tries no more. Raises `NotSent`, `OutboxError`,
        `NotAllowed`, `NotYet`."""
        door = self._door_of(case_id)
        with self._lock:
            self._from_here(self._log_here())
            return deliver_reply(
                self._store,
                door,
                self._log_here(),
                self._rules,
                case_id=case_id,
                draft=draft,
                actor=actor,
                clock=self._clock,
                fields=fields,
            )

    def record(
        self, actor: Actor, case_id: str, draft: int, proof: str, at: datetime | None
    ) -> Sent:
        """A person answered at the source. Raises `NotSent`, `SettleError`, `OutboxError`,
        `NotAllowed`, `NotYet`."""
        now = self._clock()
        door = self._door_of(case_id)
        with self._lock:
            sent = record_reply(
                self._store,
                door,
                self._log_here(),
                self._rules,
                case_id=case_id,
                draft=draft,
                actor=actor,
                given=GivenByHand(proof=proof, at=at or now),
                now=now,
            )
        self._replies.drop(case_id, draft)
        return sent

    def settle(
        self, actor: Actor, case_id: str, draft: int, *, delivered: bool, proof: str
    ) -> None:
        """`settle_delivery` of this draft."""
        case = self._store.case(case_id)
        found = case.draft(draft) if case else None
        if found is None:
            raise NotSent(f"本轮没有第 {draft} 号答复稿。")
        sent = delivery_id(case_id, found.seq)
        self.settle_delivery(actor, sent, delivered=delivered, proof=proof)

    def settle_delivery(self, actor: Actor, sent: str, *, delivered: bool, proof: str) -> None:
        """A person found out what became of an unclear sending. Raises `NotPermitted`, and as
        `record`."""
        if not self._rules.handling.allows(actor, "deliver"):
            raise NotPermitted("您的角色不能登记送达结果。如需要，请联系管理员。")
        with self._lock:
            log = self._log_here()
            by = actor.name or actor.id
            log.settle(sent, delivered=delivered, by=by, proof=proof, now=self._clock())
            state = log.state(sent)
        if state is None or not isinstance(state.outcome, Receipt):
            return
        case = self._store.case(state.case_id)
        for draft in case.round.drafts if case else ():
            if delivery_id(state.case_id, draft.seq) == sent:
                receipt = state.outcome
                record_receipt(self._store, state.case_id, draft.number, actor, sent, receipt)

    def standing(self, case: Case, draft: Draft) -> ReplyStanding:
        """Raises `OutboxError`."""
        door = self._door(case.item.source)
        with self._lock:
            state = self._log_here().state(delivery_id(case.case_id, draft.seq))
        return reply_standing(door, state, self._replies.one(case.case_id, draft.number))

    def is_by_hand(self, source: str) -> bool:
        """Whether a person answers at the source itself. Raises `OutboxError`."""
        return isinstance(self._door(source), ByHand)

    def sends_by_itself(self, source: str) -> bool:
        """Whether a program can send a reply without asking a person for more: there is a door,
        and its form has no fields but the text. Raises `OutboxError`."""
        door = self._door(source)
        return not isinstance(door, ByHand) and not fields_of(door)

    def wait(self, seconds: float) -> bool:
        """Until nothing is being sent, or so many seconds have passed; gives which."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._pressed, seconds)

    def close(self) -> None:
        self._loop.close()
        with self._wake:
            self._wake.notify_all()
        for log in (self._log, self._sending_log):
            if log is not None:
                log.close()
        self._log = self._sending_log = None

    # -- beside the page -----------------------------------------------------

    def _press(self) -> None:
        """Something is to be done now."""
        with self._wake:
            self._pressed += 1
        self._loop.begin()
        self._loop.wake()

    def _step(self) -> bool:
        """Sends what is due; whether something was pressed meanwhile."""
        if self._sending_log is None:
            self._sending_log = self._open_log()
        with self._wake:
            pressed = self._pressed
        for one in self._replies.all():
            if one.next_at <= self._clock() and not self._loop.stop.is_set():
                self._try(one, self._sending_log)
        with self._wake:
            if self._pressed != pressed:
                return True
            self._pressed = 0
            self._wake.notify_all()
            return False

    def _try(self, one: WaitingReply, log: SqliteDeliveryLog) -> None:
        """One sending; whatever happens, it is either over or stands in the file again."""
        try:
            self._from_here(log)
            sent = deliver_reply(
                self._store,
                self._door_of(one.case_id),
                log,
                self._rules,
                case_id=one.case_id,
                draft=one.draft,
                actor=one.actor,
                clock=self._clock,
                fields=one.fields,
            )
        except (NotSent, NotAllowed) as error:
            # The case has moved on: nothing left the house, or the case knows already.
            _log.warning("答复 %s 第 %s 稿没有发送：%s", one.case_id, one.draft, error)
            self._replies.drop(one.case_id, one.draft)
        except (
            NotYet,
            LogDown,
            LedgerUnavailable,
            StoreError,
            OutboxError,
            OSError,
        ) as error:
            _log.warning("答复 %s 稍后再试：%s", one.case_id, error)
            self._later(one)
        else:
            if isinstance(sent.outcome, NotTaken) and sent.outcome.retry:
                self._later(one)
            else:
                self._replies.drop(one.case_id, one.draft)

    def _later(self, one: WaitingReply) -> None:
        if one.tries >= len(PAUSES):
            self._replies.drop(one.case_id, one.draft)
            return
        self._replies.put(
            msgspec.structs.replace(
                one, tries=one.tries + 1, next_at=self._clock() + PAUSES[one.tries]
            )
        )

    # -- what it stands on ---------------------------------------------------

    def _door(self, source: str) -> Delivery:
        if self._doors is None:
            try:
                self._doors = self._open_doors()
            except (DeliveryError, SourceError) as error:
                raise OutboxError(f"送达配置有误，暂时不能发送：{error}") from error
        return self._doors.door(source)

    def _door_of(self, case_id: str) -> Delivery:
        case = self._store.case(case_id)
        if case is None:
            raise NotSent(f"没有编号为 {case_id} 的事项。")
        return self._door(case.item.source)

    def _from_here(self, log: SqliteDeliveryLog) -> None:
        try:
            self._check(log)
        except (SentElsewhere, LogError) as error:
            raise OutboxError(str(error)) from error

    def _log_here(self) -> SqliteDeliveryLog:
        if self._log is None:
            self._log = self._open_log()
        return self._log
