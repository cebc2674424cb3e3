"""The forms of the case page: one for each command that is not part of the reply."""

from __future__ import annotations

from typing import Final

from cases.life.available_actions import AvailableAction
from desk.cases.actions import correction, disclosure, fees, rest, units  # noqa: F401  (they register)
from desk.cases.actions.fields import Form
from desk.cases.actions.form_context import MAKERS, FormContext
from desk.phrasing import vocabulary

IN_REPLY: Final = frozenset({"draft_reply", "approve_reply", "reject_reply", "deliver"})
"""Commands whose forms stand in the reply itself."""

ORDER: Final = (
    "assign", "acknowledge", "accept", "decide_return", "decide_extension",
    "answer_now", "confirm_receipt", "ask_supplement", "take_supplement", "consult",
    "end_consultation", "fee_noticed", "take_payment", "decide_disclosure",
    "ask_reason", "judge_reason", "delay_answer", "charge_fee",
    "hand_on", "log_contact", "finish_share", "ask_return", "ask_extension",
    "press", "instruct", "report_on_instruction",
    "record_promise", "verify_promise", "publish_promise",
    "call_back", "publish", "withdraw_publication", "decline_publication", "close", "reopen",
    "pause", "resume", "suspend", "end_suspension",
    "correct", "link_matter", "unlink_matter", "mark_confidential", "refuse", "mark_invalid",
)  # fmt: skip
"""As they stand in the menu."""

_HELPFUL: Final = frozenset({"ask_return", "ask_extension", "close", "publish", "call_back"})
"""Where somebody would wonder why it is not there."""


def forms(around: FormContext, may: dict[str, AvailableAction]) -> tuple[Form, ...]:
    """The forms that the person may fill in now, in the order of the menu."""
    return tuple(
        MAKERS[name](around)
        for name in ORDER
        if name in may and may[name].possible and name in MAKERS
    )


def not_now(may: dict[str, AvailableAction]) -> tuple[tuple[str, str], ...]:
    """What he may do at other times, with the reason, where that helps."""
    return tuple(
        (vocabulary.COMMANDS[name], may[name].why_not)
        for name in ORDER
        if name in _HELPFUL and name in may and not may[name].possible
    )
