"""Sets of words found in a folded text in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from cases.words.word_finder import WordFinder
from classifiers.text.folding import Folded, fold

V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

Hits = list[tuple[int, int, V]]
"""`(start, end, value)` of each word in a folded text, left to right."""


class Lexicon(Generic[V]):
    """Words with a value each, written in either script.

    A word counts only where it is one (`cases.words.whole_words`). At one position the longest
    wins; a word that ends within the words found before it counts only in a `nested` lexicon.
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
    """The words of some lexicons, looked up in one pass."""

    def __init__(self, parts: Sequence[tuple[Mapping[str, object], bool]]) -> None:
        self._nested = [nested for _, nested in parts]
        self._finder = WordFinder(word for values, _ in parts for word in values)
        self._own = [
            [(number, values[word]) for number, (values, _) in enumerate(parts) if word in values]
            for word in self._finder.words
        ]

    def find(self, field: Folded) -> list[Hits[object]]:
        found: list[Hits[object]] = [[] for _ in self._nested]
        covered = [0] * len(found)
        last = [-1] * len(found)
        nested, own = self._nested, self._own
        for start, minus_end, word in self._finder.find(field.text):
            for number, value in own[word]:
                if last[number] == start:
                    continue  # a longer word of this lexicon begins here
                last[number] = start
                if -minus_end > covered[number]:
                    covered[number] = -minus_end
                elif not nested[number]:
                    continue
                found[number].append((start, -minus_end, value))
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
