"""What a mail quotes from a case that is here already: it was looked at when that case came in.

A citizen who answers sends back our reply and the first letter with it. Risk and urgency look at
quoted text too, so a word of thanks over an old cry for help would raise the alarm a second time.
The rule: of the quotation below an answer, what stands word for word in the case which it answers
says nothing new. All else counts, also what was put into the quotation; and what the citizen
writes again in the letter itself always counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from cases.record.case import Case
from cases.record.item import Item, quoted_text
from cases.record.messages import Message, Observation
from cases.words.labels import Labels
from classifiers.text.folding import LIMIT, fold

_ENDS: Final = ",。.!?;"
_CLAUSE: Final = re.compile(f"[^{_ENDS}]+")
_RUN: Final = 8
"""Characters in a row that two texts do not share by chance."""


def quoting(messages: Iterable[Message], labels: Mapping[str, Labels]) -> list[Observation]:
    """The observations whose labels rest on what is quoted below them, and that answer something.
    `labels` by message id."""
    return [
        message
        for message in messages
        if isinstance(message, Observation)
        and message.item.parent_id
        and message.message_id in labels
        and any(one.field == "quoted" for one in labels[message.message_id].evidence)
    ]


def answered(item: Item) -> str:
    """Number of the case that the item answers."""
    return f"{item.source}:{item.parent_id}"


def texts_of(case: Case) -> list[str]:
    """All that was said in a case by the citizen and to the citizen."""
    replies = [delivery.text for each in case.rounds for delivery in each.deliveries]
    return [*item_texts(case.item), *replies]


def item_texts(item: Item) -> list[str]:
    return [item.title, item.body, quoted_text(item)]


def without_known(quoted: str, known: Sequence[str]) -> str:
    """The quotation with blanks in place of what stands in one of the known texts, so that every
    other character stays where it is: clauses that are the same, and longer runs of the same
    characters. Blanks, line ends, punctuation and marks of quotation make no difference."""
    clauses = {clause for text in known for clause, _ in _clauses(text[:LIMIT])}
    runs = {run for text in known for run, _ in _runs(text[:LIMIT])}
    chars = list(quoted)
    read = quoted[:LIMIT]  # as much as risk is looked for in
    told = [places for clause, places in _clauses(read) if clause in clauses]
    told += [places for run, places in _runs(read) if run in runs]
    for places in told:
        chars[places[0] : places[-1] + 1] = " " * (places[-1] + 1 - places[0])
    return "".join(chars)


_Found: TypeAlias = Iterator[tuple[str, list[int]]]
"""Folded characters, and where each stood."""


def _clauses(text: str) -> _Found:
    """Line by line: a program puts a clause of the letter next to its own head ("主题：答复")."""
    start = 0
    for line in text.split("\n"):
        kept, places = _letters(line, start, keep=_ENDS)
        for found in _CLAUSE.finditer(kept):
            yield found.group(), places[found.start() : found.end()]
        start += len(line) + 1


def _runs(text: str) -> _Found:
    kept, places = _letters(text, 0)
    for first in range(len(kept) - _RUN + 1):
        yield kept[first : first + _RUN], places[first : first + _RUN]


def _letters(text: str, start: int, keep: str = "") -> tuple[str, list[int]]:
    folded = fold(text)
    kept = [n for n, char in enumerate(folded.text) if char.isalnum() or char in keep]
    places = folded.origin.tolist()
    return "".join(folded.text[n] for n in kept), [start + places[n] for n in kept]
