"""诉求类型 and feeling by how a message is said."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from msgspec import Struct

from cases.words.labels import Evidence, Kind
from classifiers.rules.lexicon import Hits, Lexicon, invert
from classifiers.rules.negation import Negation
from classifiers.rules.tables import KindTable
from classifiers.text.folding import Folded

_OPENS, _STRONG, _WEAK = 4.0, 1.5, 0.4
_TITLE = 2.0
_TELLING = 1.0
"""Weight from which on a word is no weak one, not even in a title."""
_LEAD = re.compile(r"^(?:关于|请求?|我要|我想|再次|强烈|实名|紧急|\ue000|[市区县]|\W)*")
_CLOSE = re.compile(r"的(?:几点|补充|合理化|一点|小)?([^的]{2,3}?)[信书]?\W*$")
"""The last word of "关于垃圾分类的几点建议" tells the kind as one at the beginning does."""
_TAIL = 120
_MAX_EVIDENCE = 2

_GROUPS = ("negative", "positive", "upset", "angry", "furious", "courtesy")
_DENIED_PRAISE = ("negative",)

KindSenses = tuple[tuple[Kind, float], ...]
"""Kinds a word speaks for, each with a weight."""


class KindGuess(Struct, frozen=True):
    """Scores of all kinds as probabilities that sum to one, best first."""

    ranked: list[tuple[Kind, float]]
    quotes: Mapping[Kind, list[Evidence]] = {}
    """What spoke for each kind, the loudest first, two different words at most."""

    @property
    def evidence(self) -> list[Evidence]:
        """What spoke for the best kind."""
        return self.quotes.get(self.kind, [])

    @property
    def kind(self) -> Kind:
        return self.ranked[0][0]

    @property
    def confidence(self) -> float:
        return self.ranked[0][1]

    @property
    def telling(self) -> list[Evidence]:
        """What tells the kind by itself, without words as common as "问题"."""
        return [one for one in self.evidence if one.weight >= _TELLING]


class KindRules:
    """The compiled kind table."""

    def __init__(self, table: KindTable) -> None:
        self._opens: dict[str, list[tuple[str, Kind]]] = {}
        openings = [(word, kind) for kind, terms in table.kinds.items() for word in terms.opens]
        # Of two as long the first listed wins; sorting keeps their order.
        for word, kind in sorted(openings, key=lambda item: -len(item[0])):
            self._opens.setdefault(word[:1], []).append((word, kind))
        strengths: dict[str, list[tuple[Kind, float]]] = {}
        for kind, terms in table.kinds.items():
            for words, weight in ((terms.strong, _STRONG), (terms.weak, _WEAK)):
                for word in words:
                    senses = strengths.setdefault(word, [])
                    if all(known != kind for known, _ in senses):
                        senses.append((kind, weight))
            for phrase in terms.unless:
                strengths.setdefault(phrase, [])
        self.lexicon = Lexicon({word: tuple(value) for word, value in strengths.items()})
        self.common = {kind: terms.common for kind, terms in table.kinds.items()}

    def guess(self, message: Folded) -> KindGuess:
        """What the citizen wants. Without any sign: 求助, with little confidence."""
        return self.weigh(message, self.lexicon.find(message))

    def weigh(self, message: Folded, words: Hits[KindSenses]) -> KindGuess:
        """The same for words of the lexicon that are found already."""
        scores = dict.fromkeys(Kind, 0.0)
        scores[Kind.HELP] = 0.2
        quotes: list[tuple[float, Kind, int, int]] = []
        title = message.text[: message.split]
        self._read_frame(title, scores, quotes)
        seen: set[tuple[str, Kind]] = set()
        for start, end, senses in words:
            word = message.text[start:end]
            factor = _TITLE if start < message.split else 1.0
            for kind, weight in senses:
                value = weight * factor * (1.0 if (word, kind) not in seen else 0.25)
                seen.add((word, kind))
                scores[kind] += value
                quotes.append((value, kind, start, end))
        if "?" in message.text[-_TAIL:] or title.endswith("?"):
            scores[Kind.INQUIRY] += 1.0
        said: dict[Kind, list[Evidence]] = {}
        for value, kind, start, end in sorted(quotes, key=lambda item: -item[0]):
            own = said.setdefault(kind, [])
            if len(own) == _MAX_EVIDENCE:
                continue
            quote = message.quote(f"kind:{kind}", start, end, value)
            if all(quote.text != one.text for one in own):
                own.append(quote)
        return KindGuess(_softmax(scores), said)

    def _read_frame(
        self,
        title: str,
        scores: dict[Kind, float],
        quotes: list[tuple[float, Kind, int, int]],
    ) -> None:
        lead = _LEAD.match(title)
        starts = {0, lead.end() if lead is not None else 0}
        found: tuple[int, int, Kind] | None = None
        for start in starts:
            for word, kind in self._opens.get(title[start : start + 1], ()):
                if title.startswith(word, start):
                    if found is None or len(word) > found[1] - found[0]:
                        found = (start, start + len(word), kind)
                    break
        if found is None:
            found = self._read_close(title)
        if found is not None:
            start, end, kind = found
            scores[kind] += _OPENS
            quotes.append((_OPENS, kind, start, end))

    def _read_close(self, title: str) -> tuple[int, int, Kind] | None:
        close = _CLOSE.search(title)
        if close is None:
            return None
        for word, kind in self._opens.get(close[1][:1], ()):
            if word == close[1]:
                return (*close.span(1), kind)
        return None


class Feelings:
    """Feeling and its intensity as the words show them.

    A feeling that is denied ("没有失望") is none; praise that is denied ("不太满意") is
    negative.
    """

    def __init__(self, table: KindTable) -> None:
        feeling = table.feeling
        self.lexicon = Lexicon(
            invert(
                {
                    "negative": feeling.negative,
                    "positive": feeling.positive,
                    "upset": feeling.upset,
                    "angry": feeling.angry,
                    "furious": feeling.furious,
                    "courtesy": feeling.courtesy,
                }
            ),
            nested=True,
        )
        self._negation = Negation(feeling.negation)

    def read(self, message: Folded) -> FeelingWords:
        """Count distinct feeling words; quotes are the first of each kind."""
        return self.count(message, self.lexicon.find(message))

    def count(self, message: Folded, words: Hits[tuple[str, ...]]) -> FeelingWords:
        """The same for words of the lexicon that are found already."""
        counts = dict.fromkeys(_GROUPS, 0)
        text = message.text
        seen: set[str] = set()
        quotes: dict[str, tuple[int, int]] = {}
        unsaid: list[tuple[int, int]] = []
        for start, end, groups in words:
            # Abuse is abuse however it is put: "怎么不去死".
            denied = None if "furious" in groups else self._negation.begins(text, start)
            if denied is not None:
                if "positive" not in groups:
                    unsaid.append((denied, end))
                    continue
                unsaid.append((start, end))
                start, groups = denied, _DENIED_PRAISE  # noqa: PLW2901
            word = text[start:end]
            if word in seen:
                continue
            seen.add(word)
            for group in groups:
                counts[group] += 1
                quotes.setdefault(group, (start, end))
        return FeelingWords(
            counts=counts, quotes=quotes, shouts=text.count("!"), unsaid=tuple(unsaid)
        )


class FeelingWords(Struct, frozen=True):
    counts: dict[str, int]
    quotes: dict[str, tuple[int, int]]
    """Group to the range of its first word in the folded text."""
    shouts: int
    """Exclamation marks."""
    unsaid: tuple[tuple[int, int], ...] = ()
    """Ranges that mention a feeling only to deny it: "没有失望", and the 满意 of "不太满意"."""

    def score(self) -> float:
        """Sentiment in [-1, 1] by words alone; 0 without any."""
        positive, negative = self.counts["positive"], self.counts["negative"]
        return (positive - negative) / (positive + negative + 1)


def _softmax(scores: dict[Kind, float]) -> list[tuple[Kind, float]]:
    top = max(scores.values())
    parts = {kind: math.exp((value - top) * 0.7) for kind, value in scores.items()}
    total = sum(parts.values())
    return sorted(((k, v / total) for k, v in parts.items()), key=lambda item: -item[1])
