"""Whether a word is taken back by what stands right before it.

The words that do so come from the tables: risks ("没有拖欠工资") and feelings ("不太满意")
are denied in different words, but in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifiers.rules.tables import DenialTable

_LOOK_BACK = 10
_ASKS = frozenset("不没")


class Negation:
    """The compiled words of one table."""

    def __init__(self, table: DenialTable) -> None:
        self._before = re.compile(f"(?:{any_of(table.before)})(?:{any_of(table.fillers)})*$")
        self._double = tuple(table.double)
        words = (*table.before, *table.fillers) if table.before else ()
        self._lasts = frozenset(word[-1:] for word in words)

    def begins(self, text: str, start: int) -> int | None:
        """Where the negation of the word at `start` of a folded text begins; None when it
        holds: not denied, denied twice ("不得不投诉"), or asked about ("是不是跑路了")."""
        if text[start - 1 : start] not in self._lasts:
            return None  # most words, told without a search
        low = max(0, start - _LOOK_BACK)
        found = self._before.search(text, low, start)
        if found is None:
            return None
        at = found.start()
        if text[low:at].endswith(self._double):
            return None
        asked = at > 0 and text[at] in _ASKS and text[at - 1] == text[at + 1]
        return None if asked else at


def any_of(words: Sequence[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
