"""Where each case of a joint answer stands, and what is still to be done for it.

Nothing of this is kept: it follows from the register (what people wanted), the case (what became
of it) and the delivery log (what left the house). So a kill at any moment loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from cases.life.jointly import letter, why_apart, why_no_longer
from cases.life.registry import Attempt, decide_action
from cases.life.rules import Rules
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, Draft
from cases.record.commands import AnyCommand
from cases.words.actors import Actor
from cases.words.refusals import NotAllowed
from desk.delivery.standing import How
from desk.ground.actions import action_message_id
from desk.matters.register import Edition, JointAnswer, Press

OutwardStanding = Callable[[Case, Draft], How]
"""How an approved draft stands on its way out (`desk.delivery.outbox`)."""


class Stage(StrEnum):
    """The value is shown."""

    CHOSEN = "待拟稿"
    WRITING = "正在写入答复稿"
    REVIEW = "待审核"
    REJECTED = "已退改"
    APPROVED = "待发送"
    BY_HAND = "待到来源平台答复"
    SENDING = "正在发送"
    WAITING = "对方暂未收下，会自动重试"
    FAILED = "未送达"
    UNCLEAR = "送达不明"
    DELIVERED = "已送达"
    OUT = "未并入"


_OUTWARD: Final = {
    How.READY: Stage.APPROVED,
    How.BY_HAND: Stage.BY_HAND,
    How.SENDING: Stage.SENDING,
    How.SENT: Stage.SENDING,
    How.WAITING: Stage.WAITING,
    How.FAILED: Stage.FAILED,
    How.UNCLEAR: Stage.UNCLEAR,
}
REVIEWED: Final = frozenset({Stage.REVIEW, Stage.APPROVED, Stage.BY_HAND})
"""A draft that may still come back."""
UNSETTLED: Final = frozenset({Stage.FAILED, Stage.UNCLEAR})
"""A person has to find out, or to send again, on the page of the case."""
GONE: Final = frozenset({Stage.SENDING, Stage.WAITING, Stage.FAILED, Stage.UNCLEAR})
"""On its way out: the letter has left, or may have."""
IN_PLAY: Final = frozenset({Stage.WRITING, Stage.REVIEW, Stage.APPROVED})
"""What the presses of people can still move."""


class JointStanding(Struct, frozen=True, kw_only=True):
    stage: Stage
    why: str = ""
    """Why it is left out, or came back."""
    draft: Draft | None = None
    """Its draft of the present edition."""


class Todo(Struct, frozen=True, kw_only=True):
    """What is still to be done for one case: an action, or the sending of a draft."""

    press: Press
    action_id: str = ""
    command: AnyCommand | None = None
    send: int = 0
    """Number of the draft to send; 0 for an action."""


def action_id(joint: JointAnswer, case: Case, press: Press) -> str:
    """One for each (register entry, case): sending it again does nothing more."""
    return f"{joint.number}/{press.seq}/{case.case_id}"


def standing_of(
    joint: JointAnswer, case: Case, outward: OutwardStanding, rules: Rules, unit_name: str
) -> JointStanding:
    """`unit_name`: as which the unit signs."""
    edition = joint.edition
    if edition is None:
        why = why_apart(case, joint.unit)
        return JointStanding(stage=Stage.OUT if why else Stage.CHOSEN, why=why)
    found = _draft(joint, case, edition)
    if found and any(one.draft == found.number for r in case.rounds for one in r.deliveries):
        return JointStanding(stage=Stage.DELIVERED, draft=found)
    if why := why_no_longer(case, joint.unit):
        return JointStanding(stage=Stage.OUT, why=why, draft=found)
    if found is None:
        return _unwritten(joint, case, edition, rules, unit_name)
    if found.rejected:
        return JointStanding(stage=Stage.REJECTED, why=found.rejected, draft=found)
    if case.round.drafts[-1].number != found.number:
        return JointStanding(stage=Stage.OUT, why="另有新的答复稿，单独答复", draft=found)
    if found.approved:
        return JointStanding(stage=_OUTWARD[outward(case, found)], draft=found)
    return JointStanding(stage=Stage.REVIEW, why=_refused(joint, case, edition), draft=found)


def todo_of(joint: JointAnswer, case: Case, standing: JointStanding, unit_name: str) -> Todo | None:
    """The next step for this case that a person has asked for; None when there is none."""
    edition, draft = joint.edition, standing.draft
    if edition is None or joint.given_up:
        return None
    if standing.stage is Stage.WRITING:
        command: AnyCommand = _draft_command(case, edition, unit_name)
        return _action(joint, case, edition.written, command)
    if draft is None or standing.stage not in REVIEWED:
        return None
    if edition.rejected and not _recorded(joint, case, edition.rejected):
        reject = do.RejectReply(draft=draft.number, reason=edition.rejected.note)
        return _action(joint, case, edition.rejected, reject)
    if standing.stage is Stage.REVIEW:
        for press in edition.approvals:
            if press.by.id not in draft.approvals and not _recorded(joint, case, press):
                approve = approval(draft.number, press)
                return _action(joint, case, press, approve)
        return None
    goes = edition.sent if standing.stage is Stage.APPROVED else None
    return Todo(press=goes, send=draft.number) if goes else None


def approval(draft: int, press: Press) -> do.ApproveReply:
    return do.ApproveReply(draft=draft, checklist=press.checklist, note=press.note)


def refusal(case: Case, command: AnyCommand, actor: Actor, at: datetime, rules: Rules) -> str:
    """Why the case would not take this command now; "" when it would."""
    try:
        decide_action(case, command, Attempt(actor=actor, at=at, rules=rules))
    except NotAllowed as refused:
        return str(refused)
    return ""


def _unwritten(
    joint: JointAnswer, case: Case, edition: Edition, rules: Rules, unit_name: str
) -> JointStanding:
    if said := _refusals(joint, case, edition.written):
        return JointStanding(stage=Stage.OUT, why=said)
    own = {one.number for e in joint.editions for one in (_draft(joint, case, e),) if one}
    newest = case.round.drafts[-1] if case.round.drafts else None
    if newest is not None and not newest.rejected and newest.number not in own:
        return JointStanding(stage=Stage.OUT, why="已有单独的答复稿")
    command = _draft_command(case, edition, unit_name)
    written = edition.written
    if said := refusal(case, command, written.by, written.at, rules):
        return JointStanding(stage=Stage.OUT, why=said)
    return JointStanding(stage=Stage.WRITING)


def _draft_command(case: Case, edition: Edition, unit_name: str) -> do.DraftReply:
    return do.DraftReply(text=letter(edition.text, case.item, unit_name))


def _draft(joint: JointAnswer, case: Case, edition: Edition) -> Draft | None:
    number = next(
        (
            event.body.number
            for event in _recorded(joint, case, edition.written)
            if isinstance(event.body, ev.ReplyDrafted)
        ),
        0,
    )
    drafts = (draft for round_ in case.rounds for draft in round_.drafts)
    return next((draft for draft in drafts if draft.number == number), None)


def _recorded(joint: JointAnswer, case: Case, press: Press) -> tuple[ev.Recorded, ...]:
    message_id = action_message_id(press.by.id, action_id(joint, case, press))
    return case.recorded_for(message_id)


def _refusals(joint: JointAnswer, case: Case, press: Press) -> str:
    said = (
        event.body.reason
        for event in _recorded(joint, case, press)
        if isinstance(event.body, ev.ActionRefused)
    )
    return next(said, "")


def _refused(joint: JointAnswer, case: Case, edition: Edition) -> str:
    """What the case said against the review; "" for nothing."""
    presses = (*edition.approvals, *((edition.rejected,) if edition.rejected else ()))
    return next((said for one in presses if (said := _refusals(joint, case, one))), "")


def _action(joint: JointAnswer, case: Case, press: Press, command: AnyCommand) -> Todo:
    return Todo(press=press, action_id=action_id(joint, case, press), command=command)
