"""A reply before it is submitted and while it is reviewed: what stops it, what is to be
looked at, what it promises."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Final

from msgspec import Struct

from cases.life.rules import Rules
from cases.privacy.reply_text import personal_data_in
from cases.privacy.visibility import Sight, checked_item, masked, sight_of
from cases.record.case import Case
from cases.words.actors import Actor
from cases.words.times import beijing
from classifiers.base import Text
from classifiers.reply.promises import PromiseText
from classifiers.reply.quality import Problem, check_reply
from classifiers.reply.secrecy import SecrecyFinding, SecrecyTable, scan

STANDARD_POINTS: Final = ("国家秘密", "工作秘密", "商业秘密", "个人隐私", "汇聚风险")
"""What a review looks at where the office asks for no list of its own."""

ADVICE: Final = {
    Problem.EMPTY: "答复是空的，或只有几个字。",
    Problem.TEMPLATE: "除去问候和套话，几乎没有内容：请写明核实的情况、办理结果或依据。",
    Problem.TRANSFER: "只说转给了别的部门，没有答复：请写明由谁办、何时办完、问谁。",
    Problem.OFF_POINT: "和来件几乎没有相同的内容，可能答非所问。",
    Problem.UNANSWERED: "来件中有问题没有回应。",
    Problem.NO_CONTACT: "没有联系方式：请写上经办部门的办公电话。",
}


OF_MESSAGE: Final = frozenset({Problem.OFF_POINT, Problem.UNANSWERED})
"""What can be said only by who has read the message."""


class FoundPromise(Struct, frozen=True):
    text: str
    due: date
    said: str
    """How the reply words the date."""


class Advice(Struct, frozen=True):
    problem: str
    text: str
    quotes: tuple[str, ...] = ()


class Looked(Struct, frozen=True, kw_only=True):
    """What the rules see in the text of a reply."""

    stops: tuple[tuple[str, str], ...]
    """Personal data as (sort, text): it has to go before the text may be submitted."""
    advice: tuple[Advice, ...]
    promises: tuple[FoundPromise, ...]


def look_over(case: Case, actor: Actor, text: str, now: datetime, rules: Rules) -> Looked:
    """For the writer, during typing and when submitting. Total: any text. Who does not see
    the message is told about the own words only."""
    today = beijing(now).date()
    item = checked_item(case, actor)
    sees = sight_of(case, actor) >= Sight.MASKED
    quality = check_reply(Text(item.title, item.body), text, today)
    asked = tuple(masked(case.item, q.text) for q in quality.questions if sees and not q.answered)
    return Looked(
        stops=tuple(
            dict.fromkeys((span.kind.value, span.text) for span in personal_data_in(text, item))
        ),
        advice=tuple(
            Advice(one.value, ADVICE[one], asked if one is Problem.UNANSWERED else ())
            for one in quality.problems
            if sees or one not in OF_MESSAGE
        ),
        promises=promises_in(case, quality.promises, today, rules) if sees else (),
    )


def promises_in(
    case: Case, found: tuple[PromiseText, ...], replied_on: date, rules: Rules
) -> tuple[FoundPromise, ...]:
    """Promises with a day, those that the case tracks already left out."""
    known = {promise.text.strip() for promise in case.promises}
    dated = []
    for one in found:
        due = one.due
        if due is None and one.working_days is not None and 0 < one.working_days <= _MOST_DAYS:
            due = rules.calendar.add_working_days(replied_on, one.working_days)
        if due is not None and one.text not in known:
            dated.append(FoundPromise(one.text, due, one.due_text))
    return tuple(dated)


_MOST_DAYS: Final = 250


class ReviewPiece(Struct, frozen=True):
    """A stretch of a draft; `points` are what it may touch."""

    text: str
    points: tuple[str, ...] = ()


class ForReview(Struct, frozen=True, kw_only=True):
    pieces: tuple[ReviewPiece, ...]
    findings: tuple[SecrecyFinding, ...]
    counts: tuple[tuple[str, int], ...]
    """Findings by point."""


def for_review(text: str, table: SecrecyTable) -> ForReview:
    """The draft as the reviewer reads it, with what the scan found marked."""
    findings = scan(text, table)
    marks = [one for one in findings if one.end > one.start]
    cuts = sorted({0, len(text), *(at for one in marks for at in (one.start, one.end))})
    pieces = []
    for start, end in pairwise(cuts):
        over = [f"{o.point}：{o.why}" for o in marks if o.start <= start and o.end >= end]
        pieces.append(ReviewPiece(text[start:end], tuple(dict.fromkeys(over))))
    counts: dict[str, int] = {}
    for one in findings:
        counts[one.point] = counts.get(one.point, 0) + 1
    return ForReview(pieces=tuple(pieces), findings=findings, counts=tuple(counts.items()))
