"""Sets of words found in a text in one pass over its character pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from classifiers.text.folding import Codes, Folded, Positions, fold, pair_slots

V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

Hits = list[tuple[int, int, V]]
"""`(start, end, value)` of each word in a folded text, left to right."""

_SLOTS = 1 << 16


class Lexicon(Generic[V]):
    """Words with a value each, written in either script.

    At one position the longest word wins; a word that ends within the words
    found before it counts only in a `nested` lexicon.
    """

    def __init__(self, entries: Mapping[str, V], *, nested: bool = False) -> None:
        self.values = {fold(word).text: value for word, value in entries.items()}
        self.values.pop("", None)
        self.nested = nested
        self._alone = _Scan([(self.values, nested)])

    def __len__(self) -> int:
        return len(self.values)

    def find(self, field: Folded) -> Hits[V]:
        """The words of this lexicon in a folded text."""
        return cast("Hits[V]", self._alone.find(field)[0])


class FourLexicons(Generic[A, B, C, D]):
    """Four lexicons read in one pass: the same hits as each would find alone."""

    def __init__(
        self, first: Lexicon[A], second: Lexicon[B], third: Lexicon[C], fourth: Lexicon[D]
    ) -> None:
        self._scan = _Scan(
            [
                (first.values, first.nested),
                (second.values, second.nested),
                (third.values, third.nested),
                (fourth.values, fourth.nested),
            ]
        )

    def find(self, field: Folded) -> tuple[Hits[A], Hits[B], Hits[C], Hits[D]]:
        """The words of each lexicon in a folded text."""
        first, second, third, fourth = self._scan.find(field)
        return (
            cast("Hits[A]", first),
            cast("Hits[B]", second),
            cast("Hits[C]", third),
            cast("Hits[D]", fourth),
        )


class _Scan:
    """The words of some lexicons in one table.

    The first two characters of every word mark a slot in a small table; a text's
    character pairs are looked up there all at once, and only the few positions
    that hit are compared with words. The longest word of all at a position tells
    the longest of each lexicon, for every other word there is a beginning of it:
    so these are looked up once, when the table is built. Cost grows with hits,
    hardly with words or lexicons.
    """

    def __init__(self, parts: Sequence[tuple[Mapping[str, object], bool]]) -> None:
        self._nested = [nested for _, nested in parts]
        words = {word for values, _ in parts for word in values}
        self._heads: dict[str, list[tuple[str, list[tuple[int, int, object]]]]] = {}
        self._singles: dict[str, list[tuple[int, int, object]]] = {}
        self._pairs = np.zeros(_SLOTS, dtype=bool)
        self._chars = np.zeros(_SLOTS, dtype=bool)
        for word in sorted(words, key=lambda item: (-len(item), item)):
            longest: list[tuple[int, int, object]] = [
                (number, size, values[word[:size]])
                for number, (values, _) in enumerate(parts)
                if (size := _longest_start(word, values))
            ]
            if len(word) == 1:
                self._singles[word] = longest
                self._chars[ord(word) % _SLOTS] = True
            else:
                self._heads.setdefault(word[:2], []).append((word, longest))
        for head in self._heads:
            self._pairs[pair_slots(np.array([ord(char) for char in head], np.uint32))] = True

    def find(self, field: Folded) -> list[Hits[object]]:
        found: list[Hits[object]] = [[] for _ in self._nested]
        text = field.text
        covered = [0] * len(found)
        heads, singles, nested = self._heads, self._singles, self._nested
        for start in self._places(field.codes, field.slots).tolist():
            for word, own in heads.get(text[start : start + 2], ()):
                if text.startswith(word, start):
                    longest = own
                    break
            else:
                longest = singles.get(text[start], _NOTHING)
            for number, size, value in longest:
                end = start + size
                if end > covered[number]:
                    covered[number] = end
                elif not nested[number]:
                    continue
                found[number].append((start, end, value))
        return found

    def _places(self, codes: Codes, slots: Positions) -> NDArray[np.intp]:
        """Where a word may begin."""
        mask = self._pairs[slots]
        if self._singles:
            single = self._chars[codes & (_SLOTS - 1)]
            single[:-1] |= mask
            mask = single
        return mask.nonzero()[0]


_NOTHING: list[tuple[int, int, object]] = []


def _longest_start(word: str, values: Mapping[str, object]) -> int:
    """Length of the longest beginning of `word` that is in `values`, 0 for none."""
    return next((size for size in range(len(word), 0, -1) if word[:size] in values), 0)


def invert(groups: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Words to the names of the groups that list them, in the order of the groups."""
    words: dict[str, tuple[str, ...]] = {}
    for name, terms in groups.items():
        for term in terms:
            names = words.get(term, ())
            if name not in names:
                words[term] = (*names, name)
    return words
