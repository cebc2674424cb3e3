"""Finds many words in a text in one pass, each only where it is a word.

Aho-Corasick by `ahocorasick_rs`; what counts as a word decides `cases.words.whole_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, MatchKind

from cases.words.whole_words import MAY_NAME_ROAD, WHETHER, is_whole, neighbours

_HALVES = re.compile("[\ud800-\udfff]")
"""Half a character, as some programs write it: no text that UTF-8 can hold."""


class WordFinder:
    """An immutable set of words that are looked up in a text together."""

    __slots__ = ("_automaton", "_torn_by", "words")

    def __init__(self, words: Iterable[str]) -> None:
        """Raises ValueError for an empty word."""
        self.words = tuple(sorted(set(words)))
        self._torn_by = tuple(neighbours(word) for word in self.words)
        self._automaton = AhoCorasick(self.words, matchkind=MatchKind.Standard)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """`(start, -end, number in words)` of every whole occurrence, also within others: left
        to right, the longest first."""
        try:
            matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:
            text = _HALVES.sub("\ufffd", text)
            matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        padded = f"{text}\n"
        torn_by, asks = self._torn_by, WHETHER in text
        found: list[tuple[int, int, int]] = []
        for number, start, end in matches:
            behind = padded[end]
            doubtful = behind in MAY_NAME_ROAD or (asks and padded.startswith(WHETHER, start - 1))
            if not doubtful:
                for firsts, lasts in torn_by[number]:
                    if behind in lasts and padded[start - 1] in firsts:
                        doubtful = True
                        break
            if not doubtful or is_whole(text, start, end):
                found.append((start, -end, number))
        found.sort()
        return found
