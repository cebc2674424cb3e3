"""Which of many fixed phrases occur in a text, in a few microseconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cases.words.word_finder import WordFinder


class Found(NamedTuple):
    """A phrase and where it stands."""

    start: int
    end: int
    phrase: str


class PhraseIndex:
    """An immutable set of phrases that can be looked up in a text together. A phrase counts only
    where it is a word (`cases.words.whole_words`)."""

    __slots__ = ("_finder",)

    def __init__(self, phrases: Iterable[str]) -> None:
        """Raises ValueError for a phrase of fewer than two characters."""
        known = set(phrases)
        for phrase in sorted(known):
            if len(phrase) < 2:
                raise ValueError(f"a phrase needs two characters or more, found {phrase!r}")
        self._finder = WordFinder(known)

    def find(self, text: str) -> list[Found]:
        """Every occurrence, also within others: left to right, the longest first."""
        words = self._finder.words
        return [Found(start, -end, words[number]) for start, end, number in self._finder.find(text)]

    def present(self, text: str) -> list[str]:
        """The phrases that occur in `text`, each once, in the order of first occurrence."""
        return list(dict.fromkeys(found.phrase for found in self.find(text)))
