"""SnowNLP as a selectable sentiment engine, and the baseline of every report.

Only the sentiment differs from the engine it wraps; SnowNLP has no topics,
kinds or risks. It was trained on shop reviews and is slow: see the model card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from cases.words.labels import Labels
from classifiers.base import Classifier, Text
from classifiers.rules.engine import sentiment_of
from classifiers.snownlp.sentiment_model import SnowNLPModel, judge
from classifiers.text.folding import fold

_NEUTRAL = 0.2
_LONGEST = 2_000
"""Characters handed to SnowNLP, whose cost per character is high."""


class SnowNLPSentiment:
    """Replaces the sentiment of another engine by SnowNLP's, or by one retrained."""

    def __init__(self, inner: Classifier, own: SnowNLPModel | None = None) -> None:
        self._inner = inner
        self._positive = judge(own) if own is not None else _shipped
        self.version = f"{own.version if own is not None else 'snownlp'}/{inner.version}"

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        labelled = self._inner.classify(texts)
        return [self._replace(text, labels) for text, labels in zip(texts, labelled, strict=True)]

    def urgent(self, texts: Sequence[Text]) -> list[bool]:
        return self._inner.urgent(texts)

    def _replace(self, text: Text, labels: Labels) -> Labels:
        score = 2.0 * positive(f"{text.title}。{text.body}", self._positive) - 1.0
        kept = tuple(item for item in labels.evidence if not item.label.startswith("sentiment:"))
        return msgspec.structs.replace(
            labels,
            model=self.version,
            sentiment=sentiment_of(score, _NEUTRAL),
            sentiment_score=round(score, 4),
            sentiment_confidence=round(0.5 + abs(score) / 2, 4),
            sentiment_abstained=abs(score) <= _NEUTRAL,
            evidence=kept,
        )


def _shipped(text: str) -> float:
    from snownlp import SnowNLP  # reads its own model, a second or so, on first use

    return float(SnowNLP(text).sentiments)


def shipped_bytes() -> int:
    """Size of the sentiment model that comes with SnowNLP's package."""
    from snownlp import sentiment

    return sum(path.stat().st_size for path in Path(sentiment.__file__).parent.glob("*.marshal*"))


def positive(text: str, judged: Callable[[str], float] = _shipped) -> float:
    """SnowNLP's probability that the text is positive, 0 to 1; 0.5 for no text."""
    folded = fold(text).text[:_LONGEST]
    if not any(char.isalpha() for char in folded):
        return 0.5
    return judged(folded)
