"""How a danger is told: as one that is there now, or as denied, quoted, past, over, or yet to come.

"没有拖欠工资" denies, "一旦泄漏" supposes, "去年起火了" is past, "火已扑灭" is over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifiers.rules.negation import Negation, any_of
from classifiers.rules.tables import NegationTable, UrgentTable

SENTENCE_END = re.compile(r"[。.!?;\n]")
_CLAUSE_END = re.compile(r"[。.!?;,\n]")
_LOOK_AHEAD = 12
_LOOK_BACK = 14
_SOON = 60
"""How many characters behind a danger its end is told: two or three sentences."""
_MAY_COME = re.compile(r"[^,。.!?;\n]{0,4}(?:的?风险|隐患|的可能)")
_QUOTES = frozenset("\"'")


class Told:
    """The compiled words of `[negation]` and `[urgent]`. Positions are those of a folded text."""

    def __init__(self, negation: NegationTable, urgent: UrgentTable) -> None:
        self._negation = Negation(negation)
        self._resolved = re.compile(any_of(negation.resolved))
        self._unresolved = re.compile(any_of(negation.unresolved))
        self._supposing = _any(negation.supposing)
        self._not_now = _any(urgent.not_now)
        self._past = _any(urgent.past)
        self._over = _any(urgent.over)
        self._standing = _any(urgent.standing)

    def taken_back(self, text: str, start: int, end: int) -> bool:
        """Whether what stands there is denied, settled, or alone in quotation marks: a figure of
        speech or others' phrase."""
        quoted = text[start - 1 : start] in _QUOTES and text[end : end + 1] in _QUOTES
        return (
            quoted or self._negation.begins(text, start) is not None or self._is_resolved(text, end)
        )

    def supposed(self, text: str, start: int) -> bool:
        """ "万一…" before it in its clause."""
        if self._supposing is None:
            return False
        return self._supposing.search(_clause_before(text, start)) is not None

    def long_ago(self, text: str, start: int, end: int) -> bool:
        """ "去年…" before it in its clause, or within it."""
        if self._past is None:
            return False
        return self._past.search(_clause_before(text, start) + text[start:end]) is not None

    def not_now(self, text: str, start: int, end: int) -> bool:
        """Whether the danger may come ("容易…", "…的风险"), or is over."""
        if _MAY_COME.match(text, end) is not None:
            return True
        clause = _clause_before(text, start) + text[start:end]
        if self._not_now is not None and self._not_now.search(clause) is not None:
            return True
        return self._is_over(text[end : end + _SOON])

    def over(self, text: str, start: int, end: int) -> bool:
        """Whether a stretch says itself that it is over: "突发心梗，现在已经康复出院"."""
        return self._is_over(text[start:end])

    def elsewhen(self, text: str, start: int, end: int) -> bool:
        """Whether a stretch says itself that it is over, or may come, or was ("上周…")."""
        not_now = self._not_now is not None and self._not_now.search(text, start, end) is not None
        return not_now or self.over(text, start, end)

    def standing(self, text: str, start: int, end: int) -> bool:
        """Whether its sentence says that it has been so for long ("长期…")."""
        if self._standing is None:
            return False
        first, last = sentence_of(text, start, end)
        return self._standing.search(text, first, last) is not None

    def _is_over(self, behind: str) -> bool:
        """Whether a clause soon behind says that the danger is past: "火已扑灭", not "无法扑灭"."""
        return self._over is not None and any(
            (found := self._over.search(clause)) is not None
            and not self._unresolved.search(clause[: found.start()])
            for clause in _CLAUSE_END.split(behind)
        )

    def _is_resolved(self, text: str, end: int) -> bool:
        clause = _CLAUSE_END.split(text[end : end + _LOOK_AHEAD], maxsplit=1)[0]
        resolved = self._resolved.search(clause)
        if resolved is None:
            return False
        after = text[end + resolved.end() : end + resolved.end() + 2]
        return not self._unresolved.search(clause[: resolved.start()]) and "吗" not in after


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around a stretch of a folded text begins and ends."""
    first = 0
    for found in SENTENCE_END.finditer(text, 0, start):
        first = found.end()
    after = SENTENCE_END.search(text, end)
    return first, after.start() if after else len(text)


def _any(words: Sequence[str]) -> re.Pattern[str] | None:
    """Matches any of the words; None where there are none."""
    return re.compile(any_of(words)) if words else None


def _clause_before(text: str, start: int) -> str:
    return _CLAUSE_END.split(text[max(0, start - _LOOK_BACK) : start])[-1]
