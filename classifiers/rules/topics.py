"""Topic by words: scores for the first level and the path below it.

The words are the taxonomy's own and those citizens use for them
(`config/topics.toml`). The rule engine decides by them; the trained model uses
them for the second and third level, which have no labelled posts.
"""

from __future__ import annotations

from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from cases.words.labels import Evidence
from classifiers.rules.lexicon import Hits, Lexicon
from classifiers.rules.tables import TopicTable
from classifiers.text.folding import Folded, fold

Path = tuple[str, str, str]

_TITLE = 2.0
_FIRST_LEVEL = 0.6
_WEIGHT_BY_LENGTH = {1: 0.4, 2: 1.0, 3: 1.5}
_LONG_WORD = 2.0
_DOUBT = 1.5
_OTHER = "其他"
_MAX_EVIDENCE = 3


class Sense(Struct, frozen=True):
    """A place in the tree that a word speaks for, and how loud."""

    path: Path
    weight: float


Senses = dict[str, tuple[Sense, ...]]
"""What a word speaks for, by first level."""


class TopicHits(Struct, frozen=True):
    """Topic words found in one message. What they add up to is worked out when asked."""

    words: Hits[Senses]
    message: Folded
    decided: str = ""
    """The first level about which words of the title leave no doubt; "" for none, or two."""

    def weighted(self, first: str = "") -> Iterator[tuple[int, int, Senses, float]]:
        """The words that speak for `first`, or all, with their weights: one in the title
        counts twice, a word's n-th time 1/n."""
        text, split = self.message.text, self.message.split
        times: dict[str, int] = {}
        for start, end, senses in self.words:
            if first and first not in senses:
                continue
            word = text[start:end]
            times[word] = times.get(word, 0) + 1
            factor = _TITLE if start < split else 1.0
            weight = factor * _WEIGHT_BY_LENGTH.get(end - start, _LONG_WORD) / times[word]
            yield start, end, senses, weight

    def different(self) -> int:
        """How many different words there are."""
        return len({self.message.text[start:end] for start, end, _ in self.words})

    def ranked(self) -> list[tuple[str, float]]:
        """First levels with a confidence in [0, 1), best first.

        The confidence grows with the share of the score and with how much
        evidence there is at all; it is a rule of thumb, not calibrated.
        """
        firsts: dict[str, float] = {}
        for _, _, senses, weight in self.weighted():
            for name, own in senses.items():
                for sense in own:
                    firsts[name] = firsts.get(name, 0.0) + sense.weight * weight
        total = sum(firsts.values())
        order = sorted(firsts.items(), key=lambda i: (i[0] != self.decided, -i[1], i[0]))
        return [(name, score / (total + _DOUBT)) for name, score in order]

    def path(self, first: str) -> tuple[str, ...]:
        """`first` with the second and third level as far as words support them."""
        if not first:
            return ()
        seconds: dict[str, float] = {}
        thirds: dict[tuple[str, str], float] = {}
        for _, _, senses, weight in self.weighted(first):
            for sense in senses[first]:
                _, second, third = sense.path
                if second:
                    value = sense.weight * weight
                    seconds[second] = seconds.get(second, 0.0) + value
                    thirds[second, third] = thirds.get((second, third), 0.0) + value
        second = _best(seconds)
        if not second:
            return (first,)
        third = _best({k[1]: value for k, value in thirds.items() if k[0] == second})
        return (first, second) if third in ("", _OTHER) else (first, second, third)

    def evidence(self, first: str) -> list[Evidence]:
        """The heaviest words for `first`, at most three, each once."""
        weights: dict[str, float] = {}
        where: dict[str, tuple[int, int]] = {}
        for start, end, senses, weight in self.weighted(first):
            share = sum(sense.weight for sense in senses[first])
            word = self.message.text[start:end]
            weights[word] = weights.get(word, 0.0) + share * weight
            where.setdefault(word, (start, end))
        best = sorted(weights, key=lambda word: (-weights[word], word))[:_MAX_EVIDENCE]
        return [self.message.quote(f"topic:{first}", *where[word], weights[word]) for word in best]


class TopicTerms:
    """The compiled topic table."""

    def __init__(self, table: TopicTable) -> None:
        self.names = tuple(table.topics)
        titles = {fold(word).text: n for n in self.names for word in table.title_terms(n)}
        titles.pop("", None)
        self._titles = AhoCorasick(list(titles))
        self._firsts = list(titles.values())
        """What each word of `_titles` names."""
        senses: dict[str, list[Path]] = {}
        for first in table.topics:
            for word in table.first_terms(first):
                senses.setdefault(word, []).append((first, "", ""))
        for path, words in table.leaves().items():
            for word in words:
                senses.setdefault(word, []).append(path)
        self.lexicon = Lexicon({word: _shared(paths) for word, paths in senses.items()})

    def find(self, message: Folded) -> TopicHits:
        """Topic words of one message."""
        return self.hits(message, self.lexicon.find(message))

    def hits(self, message: Folded, words: Hits[Senses]) -> TopicHits:
        """The same for words of the lexicon that are found already."""
        title = message.text[: message.split]
        found = self._titles.find_matches_as_indexes(title, overlapping=True)
        named = {self._firsts[number] for number, _, _ in found}
        return TopicHits(words, message, named.pop() if len(named) == 1 else "")


def _shared(paths: list[Path]) -> Senses:
    """Senses of a word: its weight is divided among the first levels it stands in."""
    firsts = {path[0] for path in paths}
    senses: Senses = {}
    for first in sorted(firsts):
        own = [path for path in paths if path[0] == first]
        leaves = [path for path in own if path[1]]
        weight = (1.0 if leaves else _FIRST_LEVEL) / len(firsts)
        chosen = leaves or own
        senses[first] = tuple(Sense(path, weight / len(chosen)) for path in chosen)
    return senses


def _best(scores: dict[str, float]) -> str:
    if not scores:
        return ""
    name, score = min(scores.items(), key=lambda item: (-item[1], item[0]))
    return name if score >= 0.5 * sum(scores.values()) or len(scores) == 1 else ""
