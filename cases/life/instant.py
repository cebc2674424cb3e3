"""即时答复 (一号答): what follows when the desk answers a question on the spot, from 问答库 or out
of a policy.

The text of an entry was reviewed when the entry was approved: unchanged it needs no second
review (先审后发). Every other text goes through the review of all replies.
"""

from __future__ import annotations

from cases.life.reaching import reaches
from cases.life.registry import (
    SOME_TEXT,
    Attempt,
    decides,
    require,
    require_lead,
    require_open,
    require_text,
)
from cases.life.reply import approved_draft, check_personal_data, waiting_draft
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.instant import InstantBasis, is_reviewed_text
from cases.words.labels import Kind
from cases.words.refusals import NotAllowed

ON_THE_SPOT = "当场答复"
"""The door of an answer that was given on the telephone or at the counter."""
_REVIEWED = "问答库原文核对"


def _probe(_case: Case, _attempt: Attempt) -> do.AnswerInstantly:
    some = InstantBasis(document=SOME_TEXT, policy=SOME_TEXT, clause=SOME_TEXT, reviewed=SOME_TEXT)
    return do.AnswerInstantly(basis=SOME_TEXT, evidence=some)


@decides(do.AnswerInstantly, probe=_probe)
def answer_instantly(
    case: Case, command: do.AnswerInstantly, attempt: Attempt
) -> list[ev.EventBody]:
    require_open(case)
    require_lead(case, attempt.actor)
    require(not case.item.disclosure, "依申请公开请用“当场答复”登记。")
    kind = case.labels.kind
    require(
        kind is Kind.INQUIRY,
        f"即时答复用于咨询，此件识别为“{kind.value}”。确是咨询的，请先更正诉求类型。",
    )
    require(case.held is None, "此件待人工派单，请先由值班台决定由谁办理。")
    under_way = waiting_draft(case) or approved_draft(case)
    if under_way is not None:
        raise NotAllowed(f"第 {under_way.number} 号答复稿正在审核或待发送，请先办完，或者退改。")
    evidence = command.evidence
    if evidence is None:
        raise NotAllowed("即时答复要写明依据：请选择一条问答，或者一份政策文件。")
    text = command.text.strip() or evidence.reviewed.strip()
    require_text(text, "答复内容")
    require_text(evidence.clause, "依据的条款（第几条第几款）")
    check_personal_data(case, text, "", attempt)
    number = sum(len(round_.drafts) for round_ in case.rounds) + 1
    drafted = ev.ReplyDrafted(number=number, text=text, unit=attempt.actor.unit, rests_on=evidence)
    told = command.told.strip()
    if not is_reviewed_text(text, evidence):
        require(
            not told,
            "只有问答库审定的原文可以当场答复；改动过的和按政策新写的，请先提交审核。",
        )
        return [drafted]
    approved = ev.ReplyApproved(number=number, level=1, final=True, name=_REVIEWED)
    if not told:
        return [drafted, approved]
    answered = reaches(
        case,
        number,
        text,
        evidence,
        at=attempt.at,
        via=ON_THE_SPOT,
        proof=told,
        attempt=attempt,
    )
    return [drafted, approved, *answered]
