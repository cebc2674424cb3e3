"""Finds many words in a text in one pass, each only where it is a word.

Aho-Corasick by `ahocorasick_rs`; what counts as a word decides `cases.words.whole_words`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, MatchKind

from cases.words.whole_words import is_whole


class WordFinder:
    """An immutable set of words that are looked up in a text together."""

    __slots__ = ("_automaton", "words")

    def __init__(self, words: Iterable[str]) -> None:
        """Raises ValueError for an empty word."""
        self.words = tuple(sorted(set(words)))
        self._automaton = AhoCorasick(self.words, matchkind=MatchKind.Standard)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """`(start, -end, number in words)` of every whole occurrence, also within others: left
        to right, the longest first."""
        found = [
            (start, -end, number)
            for number, start, end in self._automaton.find_matches_as_indexes(
                text, overlapping=True
            )
            if is_whole(text, start, end)
        ]
        found.sort()
        return found
