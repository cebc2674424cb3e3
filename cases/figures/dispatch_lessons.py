"""What dispatching learns: where people gave cases that a rule had given elsewhere, and why.

Acceptances, returns and reassignments are the lessons. A proposal names words that the reassigned
cases share and that cases which stayed elsewhere do not have, with the cases for and against it. A
person decides; nothing here changes a rule. Pure: cases in, proposals out. Cases of secrecy are
neither learnt from nor counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from msgspec import Struct

from cases.record import events as ev
from cases.record.case import Case
from cases.routing.evidence import text_of
from cases.words.actors import Role
from cases.words.ids import joined_digest
from cases.words.whole_words import common_words, is_place_name, whole_words

__all__ = ["LEAST", "Lesson", "Proposal", "lesson_of", "proposals"]

LEAST: Final = 3
"""Fewer reassignments to one unit may be chance."""
_PURE: Final = 0.8
"""Least share of the cases with these words that ended at the unit."""
_SHORTEST, _LONGEST = 2, 6
_EVERYDAY: Final = 1500
"""Words so frequent in Chinese (问题, 居民) say nothing of a unit."""
_READ: Final = 800
"""Characters of a text that words are looked for in."""
_LETTERS: Final = re.compile(r"[一-鿿]+")
_LITTLE: Final = frozenset("太很更最又也还再都就才不没把被给让叫请向对从到往这那我你您他她它")
"""What no word for a matter begins or ends with, beside `whole_words`' own."""
_IN_TITLE: Final = 3
"""What a word in a title counts, against one in the body."""
_CANDIDATES: Final = 40
_ROUNDS: Final = 3
"""Proposals for one way from unit to unit, at most."""


class Lesson(Struct, frozen=True, kw_only=True):
    """Where one case was sent and where it stayed."""

    case_id: str
    text: str
    """Title and body, a line break between them."""
    sent_to: str
    """Unit that a rule chose; "" where none spoke."""
    rule: str
    """`cases.routing.reasons.Rule`."""
    stayed_at: str
    """Unit that took it in the end."""


class Proposal(Struct, frozen=True, kw_only=True):
    """Messages in which all of `words` occur should go to `unit`."""

    id: str
    """The same for the same units and words."""
    sent_to: str
    unit: str
    words: tuple[str, ...]
    rules: tuple[str, ...]
    """The rules that had chosen wrongly, the most frequent first."""
    cases: tuple[str, ...]
    """Reassigned, with these words."""
    against: tuple[str, ...]
    """With these words, and stayed elsewhere."""


def lesson_of(case: Case) -> Lesson | None:
    """None where it teaches nothing: confidential or held back at any time, erased, not sent by
    a rule, or not settled yet (nobody took it, or its unit asks to give it back)."""
    history = case.history
    if case.confidential or case.erased_at is not None or case.held is not None:
        return None
    if any(isinstance(event.body, ev.HeldBack | ev.TakenBack) for event in history):
        return None
    sent = [(event.actor, event.body) for event in history if isinstance(event.body, ev.Assigned)]
    if not sent or sent[0][0].role is not Role.SYSTEM or not case.unit:
        return None
    first = sent[0][1]
    task = case.task(case.unit)
    taken = any(
        isinstance(event.body, ev.Acknowledged) and event.body.unit == case.unit
        for event in history
    )
    by_person = sent[-1][0].role is not Role.SYSTEM
    if task is None or task.return_asked or not (taken or by_person):
        return None
    return Lesson(
        case_id=case.case_id,
        text=text_of(case.item)[:_READ],
        sent_to="" if first.to_desk else first.lead,
        rule=first.rule,
        stayed_at=case.unit,
    )


def proposals(lessons: Iterable[Lesson]) -> tuple[Proposal, ...]:
    """The ones with the most cases first. Of letters with the same text one counts."""
    # Engines give cases of one moment in an order of their own.
    by_case = sorted(lessons, key=lambda lesson: lesson.case_id)
    every = list({lesson.text: lesson for lesson in by_case}.values())
    groups: dict[tuple[str, str], list[Lesson]] = {}
    for lesson in every:
        if lesson.sent_to != lesson.stayed_at:
            groups.setdefault((lesson.sent_to, lesson.stayed_at), []).append(lesson)
    found = [one for group in groups.values() for one in _of_group(group, every)]
    return tuple(sorted(found, key=lambda one: (-len(one.cases), one.id)))


def _of_group(group: list[Lesson], every: Sequence[Lesson]) -> Iterator[Proposal]:
    left = group
    for _ in range(_ROUNDS):
        if len(left) < LEAST:
            return
        elsewhere = [each for each in every if each.stayed_at != group[0].stayed_at]
        best = _best(left, elsewhere)
        if best is None:
            return
        yield _proposal(best, left, elsewhere)
        left = [lesson for lesson in left if not _has(lesson, best)]


def _best(group: Sequence[Lesson], elsewhere: Sequence[Lesson]) -> tuple[str, ...] | None:
    """The words that most of the group share and hardly a case elsewhere: one, else two. Of equals
    what is said most often, then what is longest, then what is said first."""
    words = _candidates(group)
    own_with = {word: _with(word, group) for word in words}
    others_with = {word: _with(word, elsewhere) for word in words}
    for size in (1, 2):
        fitting = []
        for chosen in combinations(words, size):
            own = len(frozenset.intersection(*(own_with[word] for word in chosen)))
            if own < LEAST:
                continue
            others = len(frozenset.intersection(*(others_with[word] for word in chosen)))
            if own / (own + others) >= _PURE:
                often = sum(_said(lesson, word) for lesson in group for word in chosen)
                late = sum(lesson.text.find(word) for lesson in group for word in chosen)
                fitting.append((own, often, -others, sum(map(len, chosen)), -late, chosen))
        if fitting:
            return max(fitting)[-1]
    return None


def _with(word: str, lessons: Sequence[Lesson]) -> frozenset[int]:
    return frozenset(number for number, each in enumerate(lessons) if word in each.text)


def _said(lesson: Lesson, word: str) -> int:
    """How often; the title tells what a letter is about."""
    title, _, body = lesson.text.partition("\n")
    return _IN_TITLE * title.count(word) + body.count(word)


def _candidates(group: Sequence[Lesson]) -> list[str]:
    """Whole words that occur in enough of the texts: the widest spread first, then what is said
    most often, then the longest."""
    seen: Counter[str] = Counter()
    often: Counter[str] = Counter()
    for lesson in group:
        pieces = Counter(_pieces(lesson.text))
        seen.update(pieces.keys())
        often.update(pieces)
    everyday = common_words()
    common = [
        piece
        for piece, count in seen.items()
        if count >= LEAST and everyday.get(piece, _EVERYDAY) >= _EVERYDAY
    ]
    common.sort(key=lambda piece: (-seen[piece], -often[piece], -len(piece), piece))
    found: list[str] = []
    for piece in common:
        # A piece of a longer one that occurs as often says less.
        if any(piece in longer and often[longer] == often[piece] for longer in found):
            continue
        if _is_word(piece, group):
            found.append(piece)
        if len(found) == _CANDIDATES:
            break
    return found


def _pieces(text: str) -> Iterator[str]:
    for run in _LETTERS.findall(text):
        for start in range(len(run)):
            for end in range(start + _SHORTEST, min(start + _LONGEST, len(run)) + 1):
                yield run[start:end]


def _is_word(piece: str, group: Sequence[Lesson]) -> bool:
    """Torn out of others nowhere, no name of a place (that is what `places` are for), and not what
    happened to a thing ("坏了"): that tells the unit of none."""
    if is_place_name(piece) or not _LITTLE.isdisjoint((piece[0], piece[-1])):
        return False
    for lesson in group:
        at = lesson.text.find(piece)
        end = at + len(piece)
        if at >= 0 and (
            lesson.text.startswith("了", end) or whole_words(lesson.text, at, end) != (at, end)
        ):
            return False
    return True


def _has(lesson: Lesson, words: Sequence[str]) -> bool:
    return all(word in lesson.text for word in words)


def _proposal(
    words: tuple[str, ...], group: Sequence[Lesson], elsewhere: Sequence[Lesson]
) -> Proposal:
    own = [lesson for lesson in group if _has(lesson, words)]
    sent_to, unit = own[0].sent_to, own[0].stayed_at
    return Proposal(
        id=joined_digest(sent_to, unit, *sorted(words))[:12],
        sent_to=sent_to,
        unit=unit,
        words=words,
        rules=tuple(rule for rule, _ in Counter(each.rule for each in own).most_common()),
        cases=tuple(lesson.case_id for lesson in own),
        against=tuple(each.case_id for each in elsewhere if _has(each, words)),
    )
