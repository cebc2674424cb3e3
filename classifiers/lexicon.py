"""A set of words found in a text in one pass over its character pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np

from classifiers.text import Folded, fold

V = TypeVar("V")

_SLOTS = 1 << 16


class Lexicon(Generic[V]):
    """Words with a value each, written in either script.

    The first two characters of every word mark a slot in a small table; a text's
    character pairs are looked up there all at once, and only the few positions
    that hit are compared with words. Cost grows with hits, hardly with words.
    """

    def __init__(self, entries: Mapping[str, V], *, nested: bool = False) -> None:
        """`nested` also reports words inside longer found words."""
        self._values = {fold(word).text: value for word, value in entries.items()}
        self._values.pop("", None)
        self._nested = nested
        self._singles = {word for word in self._values if len(word) == 1}
        self._heads: dict[str, list[str]] = {}
        for word in sorted(self._values, key=lambda item: (-len(item), item)):
            if len(word) > 1:
                self._heads.setdefault(word[:2], []).append(word)
        self._pairs = np.zeros(_SLOTS, dtype=bool)
        for head in self._heads:
            self._pairs[(ord(head[0]) * 2039 + ord(head[1])) % _SLOTS] = True
        self._chars = np.zeros(_SLOTS, dtype=bool)
        for char in self._singles:
            self._chars[ord(char) % _SLOTS] = True

    def __len__(self) -> int:
        return len(self._values)

    def find(self, field: Folded) -> list[tuple[int, int, V]]:
        """`(start, end, value)` of each word in the folded text, left to right.

        At one position the longest word wins.
        """
        text, codes = field.text, field.codes
        if not text or not self._values:
            return []
        mask = np.zeros(len(codes), dtype=bool)
        if len(codes) > 1:
            mask[:-1] = self._pairs[(codes[:-1] * np.uint32(2039) + codes[1:]) & (_SLOTS - 1)]
        if self._singles:
            mask |= self._chars[codes & (_SLOTS - 1)]
        found: list[tuple[int, int, V]] = []
        covered = 0
        for start in np.flatnonzero(mask).tolist():
            word = self._word_at(text, start)
            end = start + len(word)
            if not word or (end <= covered and not self._nested):
                continue
            covered = max(covered, end)
            found.append((start, end, self._values[word]))
        return found

    def _word_at(self, text: str, start: int) -> str:
        for word in self._heads.get(text[start : start + 2], ()):
            if text.startswith(word, start):
                return word
        char = text[start]
        return char if char in self._singles else ""


def invert(groups: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Words to the names of the groups that list them, in the order of the groups."""
    words: dict[str, tuple[str, ...]] = {}
    for name, terms in groups.items():
        for term in terms:
            names = words.get(term, ())
            if name not in names:
                words[term] = (*names, name)
    return words
