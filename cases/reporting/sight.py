"""How much a report shows of a text: masked for everyone, unless a role and a reason
that goes on record allow more.

A confidential case (保密件) shows its text in no file, for no reader: 信访工作条例第三十条.
"""

from __future__ import annotations

from collections.abc import Callable

from cases.privacy.visibility import Sight, for_anyone, sight_of
from cases.record.case import Case
from cases.words.actors import Actor, Role

Shown = Callable[[Case, str, bool], str]
"""A text of the case as the readers of a file may see it; True: an office wrote it."""

CONFIDENTIAL = "（保密件，内容不导出）"
MAY_UNMASK = frozenset({Role.DESK, Role.REVIEWER})
LEAST_REASON = 4


class NotShown(PermissionError):
    """Personal data was asked for in the clear by a person who may not have it so."""


def masked_for_all(case: Case, text: str, by_office: bool) -> str:  # noqa: FBT001
    return for_anyone(case, text, by_office=by_office, instead=CONFIDENTIAL)


def unmasked_for(actor: Actor, reason: str) -> Shown:
    """The texts as they are, as far as this actor sees them at the desk.

    Raises `NotShown` without a reason of a few words, or for a role that may not; the
    caller records actor and reason before anything is written."""
    if actor.role not in MAY_UNMASK:
        raise NotShown("只有值班台和审核可以导出未脱敏的台账，请由他们导出，或导出脱敏的台账。")
    if not actor.id.strip():
        raise NotShown("导出未脱敏的台账须写明是谁导出（账号）。")
    if len(reason.strip()) < LEAST_REASON:
        raise NotShown("导出未脱敏的台账须写明理由（如“报县领导阅批”），理由记入操作记录。")

    def shown(case: Case, text: str, by_office: bool) -> str:  # noqa: FBT001
        if case.confidential or sight_of(case, actor) < Sight.TEXT:
            return masked_for_all(case, text, by_office)
        return text

    return shown
