"""Candidates for the 问答库: inquiries that are asked again and again, with a good answer
that is public already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from cases.privacy.masking_public import mask_public
from cases.privacy.public_text import is_released
from cases.record.case import Case
from cases.registers.qa import QaEntry
from cases.words.labels import Kind
from classifiers.base import Text
from classifiers.matter.similar import SimilarCases
from classifiers.reply.quality import Problem, check_reply
from desk.qa.qa_table import Alike

_MOST: Final = 2000
"""Inquiries compared with one another."""


class Inquiry(Struct, frozen=True):
    """A case that asks, as everyone may read it."""

    case_id: str
    question: str
    reply: str
    good: bool
    """Its reply is public and passes the quality check."""


class CandidateEntry(Struct, frozen=True, kw_only=True):
    question: str
    answer: str
    topic: str
    unit: str
    case_ids: tuple[str, ...]


def candidates(
    cases: Iterable[Case], entries: Sequence[QaEntry], alike: Alike
) -> list[CandidateEntry]:
    """The most asked first. Cases that an entry came from are left out."""
    used = {case_id for entry in entries for case_id in entry.content.case_ids}
    found: list[tuple[Inquiry, Case]] = []
    for case in cases:
        if case.labels.kind is Kind.INQUIRY and case.case_id not in used:
            inquiry = _inquiry(case)
            if inquiry is not None:
                found.append((inquiry, case))
        if len(found) == _MOST:
            break
    made = []
    for members in _bunches(found, alike.together):
        good = [(inquiry, case) for inquiry, case in members if inquiry.good]
        if len(members) >= alike.asked_at_least and good:
            # The shortest good answer says it without what belongs to one case only.
            inquiry, case = min(good, key=lambda one: (len(one[0].reply), one[0].case_id))
            made.append(
                CandidateEntry(
                    question=inquiry.question,
                    answer=inquiry.reply,
                    topic=case.labels.topic,
                    unit=case.unit,
                    case_ids=tuple(sorted(one.case_id for one, _ in members)),
                )
            )
    return sorted(made, key=lambda one: (-len(one.case_ids), one.case_ids))


def _bunches(
    found: Sequence[tuple[Inquiry, Case]], together: float
) -> list[list[tuple[Inquiry, Case]]]:
    """Each joins the bunch of the closest one before it, or begins its own."""
    index = SimilarCases()
    at: dict[str, int] = {}
    bunches: list[list[tuple[Inquiry, Case]]] = []
    for inquiry, case in found:
        text = Text(inquiry.question, "")
        near = index.find(text, 1)
        if near and near[0].score >= together:
            number = at[near[0].case_id]
            bunches[number].append((inquiry, case))
        else:
            number = len(bunches)
            bunches.append([(inquiry, case)])
        at[inquiry.case_id] = number
        index.add(inquiry.case_id, text)
    return bunches


def _inquiry(case: Case) -> Inquiry | None:
    """None for what nobody may read."""
    if case.confidential:
        return None
    delivery = case.round.first_delivery
    title, body = _public(case, case.item.title), _public(case, case.item.body)
    if delivery is None or delivery.at is None:
        return Inquiry(case.case_id, title or body[:100], "", good=False)
    released = case.publication.reply if case.publication and is_released(case) else ""
    reply = released or _public(case, delivery.text, by_office=True)
    problems = check_reply(Text(title, body), reply, delivery.at.date()).problems
    good = all(problem is Problem.NO_CONTACT for problem in problems)
    return Inquiry(case.case_id, title or body[:100], reply, good=is_released(case) and good)


def _public(case: Case, text: str, *, by_office: bool = False) -> str:
    """An entry is written to be public: as strict as everything that is; the person who
    writes it may give back what is an office's."""
    return mask_public(case.item, text, by_office=by_office)[0]
