"""What a person does at the desk: checked, stored, carried out, and read again.

The action goes into the inbox like every message, and the answer waits until it is
in the history of the case, in both runtimes: who acts sees the effect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final
from uuid import uuid4

from msgspec import Struct

from cases.privacy.visibility import Sight, sight_of
from cases.record import events as ev
from cases.record.case import Case
from cases.record.commands import AnyCommand, Correct
from cases.record.events import Recorded
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.ids import joined_digest
from cases.words.refusals import NotAllowed
from desk.ground.doer import NotThere
from streams.runtime import Runtime

PATIENCE: Final = 10.0
"""Seconds that a person waits for an action to be carried out."""
_LOOK_SECONDS = 0.05
_EARLIER_LONGEST: Final = 64
"""Characters of a number that an earlier version put into an id."""
_QUIET = (
    ev.ClockWarned,
    ev.DateWarned,
    ev.ActionRefused,
    ev.MatterLinked,
    ev.EmergingSeen,
    ev.AlertNoted,
    ev.PictureRead,
    ev.PlatformTook,
)
"""What happens by itself and takes nothing away from what a person is about to do."""


class NoSuchCase(NotThere):
    """There is none, or it is none of this person's business."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"没有编号为“{case_id[:80]}”的事项，或您无权查看。请到台账核对编号。")
        self.case_id = case_id


class CaseChanged(Exception):
    """Something was done to the case since the page was loaded."""

    def __init__(self, case: Case, since: tuple[Recorded, ...]) -> None:
        super().__init__("您打开页面以后，别人办理过这件事项。请看过变化再提交；您填写的内容还在。")
        self.case = case
        self.since = since
        """What happened meanwhile, oldest first."""


class NotYet(Exception):
    """Stored, but not carried out in time: it will be, and must not be done again."""

    def __init__(self) -> None:
        super().__init__(
            "已收到您的操作，不会丢失，但处理进程暂时没有跟上。请稍后刷新查看结果，不必重复提交。"
        )


class Done(Struct, frozen=True):
    case: Case
    events: tuple[Recorded, ...]
    """What followed from the action."""


class CaseActions:
    """Carries actions out, one after the other, through a runner of its own."""

    def __init__(
        self,
        open_runner: Callable[[], Runtime],
        done: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        """`done` is called after every action that was carried out."""
        self._open_runner = open_runner
        self._runner: Runtime | None = None
        self._lock = Lock()
        self._done = done
        self._patience = patience

    def submit(
        self,
        actor: Actor,
        case_id: str,
        command: AnyCommand,
        *,
        action_id: str = "",
        seen: int | None = None,
    ) -> Done:
        """`action_id`: given with the form, so that sending it twice acts once. `seen`: how
        long the history was when the person decided; None does not ask.

        Raises `NoSuchCase`, `CaseChanged`, `NotAllowed`, `NotYet`, and what the runtime raises
        when it cannot store (`LogDown`, `LedgerUnavailable`, `StoreError`)."""
        with self._lock:
            runner = self.runner()
            case = runner.store.ledger.load([case_id]).get(case_id)
            if case is None or sight_of(case, actor) is Sight.NOTHING:
                raise NoSuchCase(case_id)
            message_id = action_message_id(actor.id, action_id or uuid4().hex)
            already = _already(case, actor, action_id, message_id)
            if already:
                return _outcome(case, already)
            since = _since(case, seen, actor, command)
            if since:
                raise CaseChanged(case, since)
            action = Action(
                message_id=message_id,
                case_id=case_id,
                actor=actor,
                command=command,
                at=runner.clock(),
            )
            case, events = self._carry_out(runner, action)
        self._done()
        return _outcome(case, events)

    def submit_system(self, action: Action) -> Case:
        """An action of the house itself, such as the record of a delivery. Raises as
        `submit`."""
        with self._lock:
            case, events = self._carry_out(self.runner(), action)
        self._done()
        return _outcome(case, events).case

    def case(self, case_id: str) -> Case | None:
        with self._lock:
            return self.runner().store.ledger.load([case_id]).get(case_id)

    def runner(self) -> Runtime:
        """Under the caller's lock, or before the first request."""
        if self._runner is None:
            self._runner = self._open_runner()
        return self._runner

    @contextmanager
    def borrowed(self) -> Iterator[Runtime]:
        """The runner, for a moment: actions wait meanwhile."""
        with self._lock:
            yield self.runner()

    @contextmanager
    def apart(self) -> Iterator[Runtime]:
        """A runner of one's own for what takes long, such as asking a source; what it took
        in is carried out soon after."""
        runner = self._open_runner()
        try:
            yield runner
        finally:
            runner.store.close()
        self._done()

    def close(self) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.store.close()
                self._runner = None

    def _carry_out(self, runner: Runtime, action: Action) -> tuple[Case, Sequence[Recorded]]:
        runner.act(action)
        runner.carry_on([action.case_id])
        end = time.monotonic() + self._patience
        while True:
            case = runner.store.ledger.load([action.case_id]).get(action.case_id)
            events = case.recorded_for(action.message_id) if case else ()
            if case is not None and events:
                runner.show_changes()
                return case, events
            if time.monotonic() > end:
                raise NotYet
            time.sleep(_LOOK_SECONDS)


def action_message_id(account: str, action_id: str) -> str:
    """The id of what an account does under a number of its own choosing. Nobody finds out,
    or takes, the number of another account: "1-k" of `x` is not "k" of `x-1`."""
    return f"d-{joined_digest(account, action_id)}"


def _already(case: Case, actor: Actor, action_id: str, message_id: str) -> tuple[Recorded, ...]:
    """What followed when this was done before; empty if it was not.

    Messages in the log carry their id, so nothing stored is ever named anew. A form or a
    program that sends again what an earlier version carried out is known by the id that was
    given then; pages joined account and number with a hyphen, the command line gave the number
    alone, so the account is compared too."""
    found = case.recorded_for(message_id)
    if found or not action_id:
        return found
    earlier = (f"d-{actor.id}-{action_id[:_EARLIER_LONGEST]}", f"c-{action_id}")
    return tuple(
        event for each in earlier for event in case.recorded_for(each) if event.actor.id == actor.id
    )


def _since(
    case: Case, seen: int | None, actor: Actor, command: AnyCommand | None = None
) -> tuple[Recorded, ...]:
    if seen is None:
        return ()
    # That many people say the same is found a while later. It is in the way of those only
    # who are about to change the labels: they would take it back unawares.
    relabelled = (ev.Corrected, ev.JudgedAgain)
    quiet = _QUIET if isinstance(command, Correct) else (*_QUIET, *relabelled)
    return tuple(
        event
        for event in case.history[seen:]
        if event.actor.id != actor.id
        and not (event.actor.role is Role.SYSTEM and isinstance(event.body, quiet))
    )


def _outcome(case: Case, events: Sequence[Recorded]) -> Done:
    for event in events:
        if isinstance(event.body, ev.ActionRefused):
            raise NotAllowed(event.body.reason)
    return Done(case, tuple(events))
