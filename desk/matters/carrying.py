"""Carries out, case by case, what people wanted for all of a joint answer.

Beside the page, and again after a restart: each step has an id of its own, so doing it twice does
it once, and a letter leaves through the outbox, at most once.
"""

from __future__ import annotations

import logging
import threading
from typing import Final, Self

from cases.record.case import Case, Draft
from cases.words.actors import SYSTEM
from cases.words.refusals import NotAllowed
from desk.actions.acting import Acting
from desk.delivery.outbox import OutboxError, ReplyOutbox
from desk.delivery.standing import How
from desk.ground.actions import CaseChanged, NotYet
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotPermitted, NotThere
from desk.ground.loops import Loop
from desk.ground.registers import Changed
from desk.matters.register import JointAnswer, JointRegister
from desk.matters.standing import IN_PLAY, JointStanding, Stage, Todo, standing_of, todo_of
from streams.deliver_reply import NotSent

_log = logging.getLogger(__name__)
_IDLE_SECONDS: Final = 60.0
_MOST_STEPS: Final = 12
"""For one case at a stretch: a draft, each look of the review, the sending."""


class Carrying:
    """One for a process. What is to be done is found anew each time (`todo_of`)."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._register = JointRegister(desk.file)
        self._working = threading.Lock()
        self._wake = threading.Condition()
        self._due: dict[str, int] = {}
        """How often each was pressed since it was last carried on to its end."""
        self._loop = Loop("并单答复", self._step, _IDLE_SECONDS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def start(self) -> None:
        """Goes on with what an earlier run left; does nothing where nothing is under way."""
        left = [one.number for one in self._register.all() if one.editions and not one.ended]
        if left:
            self.press(*left)

    def press(self, *numbers: str) -> None:
        """These are to be carried on now."""
        with self._wake:
            self._due |= {one: self._due.get(one, 0) + 1 for one in numbers}
        self._loop.begin()
        self._loop.wake()

    def wait(self, seconds: float) -> bool:
        """Until nothing is being carried on, or so many seconds have passed; gives which."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._due, seconds)

    def close(self) -> None:
        self._loop.close()
        with self._wake:
            self._wake.notify_all()

    def carry_on(self, number: str) -> None:
        """All that can be done now. Raises what the runtime raises when it cannot store."""
        with self._working:
            joint = self._register.get(number)
            if joint is None or joint.given_up or joint.edition is None:
                return
            standings = [self._carry_case(joint, case_id) for case_id in joint.cases]
            stages = {one.stage for one in standings if one}
            # Where all went out by hand nobody presses 发送.
            by_hand = Stage.DELIVERED in stages and stages <= {Stage.DELIVERED, Stage.OUT}
            over = by_hand or (joint.edition.sent is not None and IN_PLAY.isdisjoint(stages))
            if over and not joint.ended:
                try:
                    self._register.end(joint, SYSTEM, self._desk.clock(), done=True)
                except Changed:
                    return  # another press came between; it is carried on next

    def standing(self, joint: JointAnswer, case: Case) -> JointStanding:
        desk = self._desk
        return standing_of(joint, case, self._outward, desk.rules, desk.register.name(joint.unit))

    # -- one case ------------------------------------------------------------

    def _carry_case(self, joint: JointAnswer, case_id: str) -> JointStanding | None:
        name = self._desk.register.name(joint.unit)
        for _ in range(_MOST_STEPS):
            case = self._desk.acts.case(case_id)
            if case is None or self._loop.stop.is_set():
                return None
            standing = self.standing(joint, case)
            todo = todo_of(joint, case, standing, name)
            if todo is None:
                return standing
            try:
                self._do(case, todo)
            except CaseChanged:
                continue  # looked at anew: it may be left out now
            except (NotAllowed, NotPermitted, NotThere, NotSent, OutboxError) as refused:
                # The case has moved on, or its door cannot be used; the page says why.
                _log.warning("并单 %s 的 %s：%s", joint.number, case_id, refused)
                return self.standing(joint, self._desk.acts.case(case_id) or case)
            if todo.send:
                return JointStanding(stage=Stage.SENDING, draft=standing.draft)
        return None

    def _do(self, case: Case, todo: Todo) -> None:
        desk, by = self._desk, todo.press.by
        if todo.command is None:
            desk.get(ReplyOutbox).send(by, case.case_id, todo.send, {})
            return
        desk.get(Acting).act(
            Doer(actor=by), case.case_id, todo.command, action_id=todo.action_id, seen=case.seq
        )

    def _outward(self, case: Case, draft: Draft) -> How:
        try:
            return self._desk.get(ReplyOutbox).standing(case, draft).how
        except OutboxError:
            return How.BY_HAND

    def _step(self) -> bool:
        with self._wake:
            due = dict(self._due)
        for number, pressed in due.items():
            if self._loop.stop.is_set():
                return False
            try:
                self.carry_on(number)
            except NotYet as error:
                _log.warning("并单 %s 稍后再办：%s", number, error)
                continue
            with self._wake:
                if self._due.get(number) == pressed:
                    del self._due[number]
                more = number in self._due
                self._wake.notify_all()
            if more:
                return True
        return False
