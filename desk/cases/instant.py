"""即时答复 on the page of a question: what it may be answered with, and why that."""

from __future__ import annotations

from datetime import datetime
from difflib import SequenceMatcher
from typing import Final

from msgspec import Struct

from cases.record.case import Case
from classifiers.base import Text
from desk.actions.instant import policy_words
from desk.delivery.outbox import OutboxError, ReplyOutbox
from desk.ground.context import DeskContext
from desk.qa.book import Book

_SHOWN: Final = 3
_LOOKED_AT: Final = 400
"""Characters of the message that are compared word by word for the reason."""
_WORDS: Final = 4


class InstantChoice(Struct, frozen=True, kw_only=True):
    """One entry of 问答库 that may answer the question."""

    number: str
    question: str
    answer: str
    rests_on: str
    because: str


class InstantAnswers(Struct, frozen=True, kw_only=True):
    choices: tuple[InstantChoice, ...]
    """The closest first."""
    entries: tuple[tuple[str, str], ...]
    """Every other entry that is public today: (number, question)."""
    policies: tuple[tuple[str, str], ...]
    """Every policy in force: (number, words)."""
    on_the_spot: bool
    """Whether the source has no way back for programs: then the answer is given by hand."""


def instant_answers(
    case: Case, office: DeskContext, now: datetime, *, quoting: bool
) -> InstantAnswers | None:
    """None where there is nothing to answer with. `quoting`: whether words of the message may
    stand in the reasons."""
    book, today = office.get(Book), now.date()
    documents = book.documents()
    item = case.item
    choices = []
    for one in book.suggest(Text(item.title, item.body), today, _SHOWN):
        shown = one.entry.published or one.entry.content
        document = documents[shown.document]
        message = f"{item.title}\n{item.body}"[:_LOOKED_AT]
        shared = shared_words(message, shown.question) if quoting else ()
        choices.append(
            InstantChoice(
                number=one.entry.number,
                question=shown.question,
                answer=shown.answer,
                rests_on=f"{policy_words(document)}{shown.clause}",
                because=f"相近 {one.score:.0%}"
                + (f"，都说到：{'、'.join(shared)}" if shared else ""),
            )
        )
    suggested = {one.number for one in choices}
    entries = tuple(
        (entry.number, (entry.published or entry.content).question)
        for entry in book.public(today)
        if entry.number not in suggested
    )
    policies = tuple(
        (number, policy_words(one)) for number, one in documents.items() if one.in_force(today)
    )
    if not (choices or entries or policies):
        return None
    return InstantAnswers(
        choices=tuple(choices),
        entries=entries,
        policies=policies,
        on_the_spot=_by_hand(office, item.source),
    )


def shared_words(message: str, question: str) -> tuple[str, ...]:
    """The longest stretches of at least two characters that both have, the longest first."""
    blocks = SequenceMatcher(None, message, question, autojunk=False).get_matching_blocks()
    found = (question[one.b : one.b + one.size].strip("，。？?！、 \n") for one in blocks)
    words = dict.fromkeys(word for word in found if len(word) > 1)
    return tuple(sorted(words, key=len, reverse=True)[:_WORDS])


def _by_hand(office: DeskContext, source: str) -> bool:
    try:
        return office.get(ReplyOutbox).is_by_hand(source)
    except OutboxError:
        # What is wrong with the doors is told where the reply is sent.
        return False
