"""Topic by words: scores for the first level and the path below it.

The words are the taxonomy's own and those citizens use for them
(`config/topics.toml`). The rule engine decides by them; the trained model uses
them for the second and third level, which have no labelled posts.
"""

from __future__ import annotations

from msgspec import Struct

from cases.labels import Evidence
from classifiers.lexicon import Hits, Lexicon
from classifiers.tables import TopicTable
from classifiers.text import Folded

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


_Hit = tuple[int, int, tuple[Sense, ...], float]
"""Start, end, senses and weight of a word that was found."""


class TopicHits(Struct, frozen=True):
    """Topic words found in one message, with their scores."""

    first: dict[str, float]
    """First level to score; larger is more, without an upper bound."""
    second: dict[tuple[str, str], float]
    third: dict[Path, float]
    hits: list[_Hit]
    message: Folded

    def ranked(self) -> list[tuple[str, float]]:
        """First levels with a confidence in [0, 1), best first.

        The confidence grows with the share of the score and with how much
        evidence there is at all; it is a rule of thumb, not calibrated.
        """
        total = sum(self.first.values())
        order = sorted(self.first.items(), key=lambda item: (-item[1], item[0]))
        return [(name, score / (total + _DOUBT)) for name, score in order]

    def path(self, first: str) -> tuple[str, ...]:
        """`first` with the second and third level as far as words support them."""
        if not first:
            return ()
        second = _best({key[1]: value for key, value in self.second.items() if key[0] == first})
        if not second:
            return (first,)
        third = _best({k[2]: v for k, v in self.third.items() if k[:2] == (first, second)})
        return (first, second) if third in ("", _OTHER) else (first, second, third)

    def evidence(self, first: str) -> list[Evidence]:
        """The heaviest words for `first`, at most three, each once."""
        weights: dict[str, float] = {}
        where: dict[str, tuple[int, int]] = {}
        for start, end, senses, weight in self.hits:
            share = sum(sense.weight for sense in senses if sense.path[0] == first)
            if share > 0:
                word = self.message.text[start:end]
                weights[word] = weights.get(word, 0.0) + share * weight
                where.setdefault(word, (start, end))
        best = sorted(weights, key=lambda word: (-weights[word], word))[:_MAX_EVIDENCE]
        return [self.message.quote(f"topic:{first}", *where[word], weights[word]) for word in best]


class TopicTerms:
    """The compiled topic table."""

    def __init__(self, table: TopicTable) -> None:
        self.names = tuple(table.topics)
        senses: dict[str, list[Path]] = {}
        for first in table.topics:
            for word in table.first_terms(first):
                senses.setdefault(word, []).append((first, "", ""))
        for path, words in table.leaves().items():
            for word in words:
                senses.setdefault(word, []).append(path)
        self.lexicon = Lexicon({word: _shared(paths) for word, paths in senses.items()})

    def find(self, message: Folded) -> TopicHits:
        """Topic words of one message; a word in the title counts twice."""
        return self.weigh(message, self.lexicon.find(message))

    def weigh(self, message: Folded, words: Hits[tuple[Sense, ...]]) -> TopicHits:
        """The same for words of the lexicon that are found already."""
        hits: list[_Hit] = []
        times: dict[str, int] = {}
        firsts: dict[str, float] = {}
        seconds: dict[tuple[str, str], float] = {}
        thirds: dict[Path, float] = {}
        for start, end, senses in words:
            word = message.text[start:end]
            times[word] = times.get(word, 0) + 1
            # The n-th time adds 1/n: a word repeated ten times is no proof.
            factor = _TITLE if start < message.split else 1.0
            weight = factor * _WEIGHT_BY_LENGTH.get(end - start, _LONG_WORD) / times[word]
            hits.append((start, end, senses, weight))
            for sense in senses:
                path, value = sense.path, sense.weight * weight
                firsts[path[0]] = firsts.get(path[0], 0.0) + value
                if path[1]:
                    seconds[path[:2]] = seconds.get(path[:2], 0.0) + value
                    thirds[path] = thirds.get(path, 0.0) + value
        return TopicHits(firsts, seconds, thirds, hits, message)


def _shared(paths: list[Path]) -> tuple[Sense, ...]:
    """Senses of a word: its weight is divided among the first levels it stands in."""
    firsts = {path[0] for path in paths}
    senses: list[Sense] = []
    for first in sorted(firsts):
        own = [path for path in paths if path[0] == first]
        leaves = [path for path in own if path[1]]
        weight = (1.0 if leaves else _FIRST_LEVEL) / len(firsts)
        chosen = leaves or own
        senses.extend(Sense(path, weight / len(chosen)) for path in chosen)
    return tuple(senses)


def _best(scores: dict[str, float]) -> str:
    if not scores:
        return ""
    name, score = min(scores.items(), key=lambda item: (-item[1], item[0]))
    return name if score >= 0.5 * sum(scores.values()) or len(scores) == 1 else ""
