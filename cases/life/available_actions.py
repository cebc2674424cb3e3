"""What a person may do with a case as it is, found by asking the decider's own rules.

For every command of the role a likely one is tried out; nothing is recorded. So the
desk offers exactly what the decider would accept, and can say why it offers the
rest not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from cases.life.decide import NotAllowed, Rules
from cases.life.handling import COMMANDS
from cases.life.next_step import approved_draft, waiting_draft
from cases.life.registry import Attempt, on_action
from cases.record import commands as do
from cases.record.case import Case
from cases.record.disclosure import Result
from cases.record.fees import Basis
from cases.words.actors import Actor, Role

_WORD = "…"


class AvailableAction(Struct, frozen=True):
    command: str
    why_not: str = ""
    """The decider's reason; "" when it may be done."""

    @property
    def possible(self) -> bool:
        return not self.why_not


def available_actions(
    case: Case, actor: Actor, at: datetime, rules: Rules
) -> dict[str, AvailableAction]:
    """Every command that the role may ask for at all, by its name."""
    attempt = Attempt(actor=actor, at=at, rules=rules)
    return {
        name: _offer(case, name, attempt)
        for name in COMMANDS
        if name != "note_alert" and rules.handling.allows(actor, name)
    }


def _offer(case: Case, name: str, attempt: Attempt) -> AvailableAction:
    try:
        on_action(case, _PROBES[name](case, attempt), attempt)
    except NotAllowed as refusal:
        return AvailableAction(name, str(refusal))
    return AvailableAction(name)


def _unit_to_try(case: Case, attempt: Attempt) -> str:
    taken = {case.unit, *case.accused}
    return next((unit for unit in sorted(attempt.rules.units) if unit not in taken), _WORD)


def _draft_to_review(case: Case) -> int:
    draft = waiting_draft(case)
    return draft.number if draft else 0


def _approve(case: Case, attempt: Attempt) -> do.AnyCommand:
    steps = attempt.rules.handling.review.steps_of(disclosure=case.item.disclosure)
    points = {p for step in steps for p in step.checklist}
    return do.ApproveReply(draft=_draft_to_review(case), checklist=tuple(points))


def _reject(case: Case, _attempt: Attempt) -> do.AnyCommand:
    ready = approved_draft(case)
    number = _draft_to_review(case) or (ready.number if ready else 0)
    return do.RejectReply(draft=number, reason=_WORD)


def _deliver(case: Case, _attempt: Attempt) -> do.AnyCommand:
    last = case.round.drafts[-1].number if case.round.drafts else 0
    ready = approved_draft(case)
    return do.Deliver(draft=ready.number if ready else last, via=_WORD)


def _report(case: Case, _attempt: Attempt) -> do.AnyCommand:
    waiting = [one.number for one in case.instructions if one.reported_at is None]
    return do.ReportOnInstruction(number=waiting[0] if waiting else 0, text=_WORD)


def _verify(case: Case, _attempt: Attempt) -> do.AnyCommand:
    waiting = [one.number for one in case.promises if one.kept is None]
    return do.VerifyPromise(number=waiting[0] if waiting else 0, kept=True, evidence=_WORD)


def _publish_promise(case: Case, _attempt: Attempt) -> do.AnyCommand:
    told = [one.number for one in case.promises if one.kept is not None and not one.published]
    return do.PublishPromise(number=told[0] if told else 0, where=_WORD)


def _decide_return(case: Case, _attempt: Attempt) -> do.AnyCommand:
    unit = next((task.unit for task in case.tasks if task.return_asked), "")
    return do.DecideReturn(unit=unit, approve=True)


def _close(case: Case, _attempt: Attempt) -> do.AnyCommand:
    return do.Close(exception="" if case.round.deliveries else _WORD)


Probe = Callable[[Case, Attempt], do.AnyCommand]
_PROBES: dict[str, Probe] = {
    "accept": lambda _c, _a: do.Accept(),
    "refuse": lambda _c, _a: do.Refuse(reason=_WORD),
    "mark_invalid": lambda _c, _a: do.MarkInvalid(reason=_WORD),
    "assign": lambda c, a: do.Assign(lead=_unit_to_try(c, a), reason=_WORD),
    "acknowledge": lambda _c, _a: do.Acknowledge(),
    "ask_return": lambda _c, _a: do.AskReturn(reason=_WORD),
    "decide_return": _decide_return,
    "hand_on": lambda _c, _a: do.HandOn(section=_WORD),
    "log_contact": lambda _c, _a: do.LogContact(text=_WORD),
    "finish_share": lambda _c, _a: do.FinishShare(text=_WORD),
    "ask_extension": lambda _c, _a: do.AskExtension(working_days=1, reason=_WORD),
    "decide_extension": lambda _c, _a: do.DecideExtension(grant=False, reason=_WORD),
    "pause": lambda _c, _a: do.PauseForSupplement(missing=_WORD),
    "resume": lambda _c, _a: do.Resume(),
    "suspend": lambda _c, a: do.Suspend(measures=_WORD, until=a.at.date() + timedelta(days=1)),
    "end_suspension": lambda _c, _a: do.EndSuspension(),
    "press": lambda _c, _a: do.Press(rung=do.Rung.REMIND, text=_WORD),
    "instruct": lambda _c, _a: do.Instruct(text=_WORD),
    "report_on_instruction": _report,
    "draft_reply": lambda _c, _a: do.DraftReply(text=_WORD),
    "approve_reply": _approve,
    "reject_reply": _reject,
    "deliver": _deliver,
    "publish": lambda _c, _a: do.Publish(where=_WORD),
    "decline_publication": lambda _c, _a: do.DeclinePublication(reason=_WORD),
    "record_promise": lambda _c, a: do.RecordPromise(
        text=_WORD, due=a.at.date() + timedelta(days=1)
    ),
    "verify_promise": _verify,
    "publish_promise": _publish_promise,
    "call_back": lambda _c, _a: do.CallBack(resolved=None, satisfied=None),
    "close": _close,
    "reopen": lambda _c, _a: do.Reopen(reason=_WORD),
    "link_matter": lambda _c, _a: do.LinkMatter(matter=_WORD),
    "unlink_matter": lambda c, _a: do.UnlinkMatter(matter=c.matters[0] if c.matters else ""),
    "mark_confidential": lambda _c, _a: do.MarkConfidential(reason=_WORD),
    "confirm_receipt": lambda _c, _a: do.ConfirmReceipt(how=_WORD),
    "ask_supplement": lambda _c, a: do.AskSupplement(
        missing=_WORD, until=a.at.date() + timedelta(days=1)
    ),
    "take_supplement": lambda _c, _a: do.TakeSupplement(note=_WORD),
    "consult": lambda _c, _a: do.Consult(party=_WORD, about=_WORD),
    "end_consultation": lambda _c, _a: do.EndConsultation(opinion=_WORD),
    "answer_now": lambda _c, _a: do.AnswerNow(text=_WORD, result=Result.PUBLIC),
    "decide_disclosure": lambda _c, _a: do.DecideDisclosure(result=Result.PUBLIC),
    "ask_reason": lambda _c, a: do.AskReason(about=_WORD, until=a.at.date() + timedelta(days=1)),
    "judge_reason": lambda _c, _a: do.JudgeReason(reasonable=True, note=_WORD, given=_WORD),
    "delay_answer": lambda _c, _a: do.DelayAnswer(working_days=1, reason=_WORD, citizen_told=True),
    "charge_fee": lambda _c, a: do.ChargeFee(
        basis=Basis.PAGES,
        count=a.rules.handling.disclosure.fees.free(Basis.PAGES) + 1,
        via=_WORD,
    ),
    "fee_noticed": lambda _c, _a: do.FeeNoticed(),
    "take_payment": lambda _c, _a: do.TakePayment(receipt=_WORD),
    # What no clock depends on: whether a correction moves one, its form says.
    "correct": lambda c, _a: do.Correct(urgent=not c.labels.urgent),
}


def extension_days(case: Case, at: datetime, rules: Rules) -> int:
    """Working days that may be asked for now; 0 when none."""
    left = [rules.policy.extension_left(clock) for clock in case.round.clocks]
    most = max(left, default=0)
    attempt = Attempt(actor=Actor(id="?", role=Role.SYSTEM), at=at, rules=rules)
    for days in range(most, 0, -1):
        try:
            on_action(case, do.AskExtension(working_days=days, reason=_WORD), attempt)
        except NotAllowed:
            continue
        return days
    return 0
