"""A set of words found in a text in one pass over its character pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import numpy as np

from classifiers.text import Folded, fold, pair_slots

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
            self._pairs[pair_slots(np.array([ord(char) for char in head], np.uint32))] = True
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
        mask = self._pairs[field.slots]
        if self._singles:
            single = self._chars[codes & (_SLOTS - 1)]
            single[:-1] |= mask
            mask = single
        found: list[tuple[int, int, V]] = []
        heads, singles, values, nested = self._heads, self._singles, self._values, self._nested
        covered = 0
        for start in mask.nonzero()[0].tolist():
            for word in heads.get(text[start : start + 2], ()):
                if text.startswith(word, start):
                    break
            else:
                word = text[start]
                if word not in singles:
                    continue
            end = start + len(word)
            if end > covered or nested:
                covered = max(covered, end)
                found.append((start, end, values[word]))
        return found


def invert(groups: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Words to the names of the groups that list them, in the order of the groups."""
    words: dict[str, tuple[str, ...]] = {}
    for name, terms in groups.items():
        for term in terms:
            names = words.get(term, ())
            if name not in names:
                words[term] = (*names, name)
    return words
