"""The linear model: one gather of all heads for the n-grams of a message."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cases.labels import Evidence
from classifiers.features import Ngrams, ngrams
from classifiers.modelfile import Calibration, ModelFile
from classifiers.text import Folded

Floats = NDArray[np.float32]

_CANDIDATES = 24
_MAX_EVIDENCE = 3
_SENTENCE_MARKS = frozenset(",.。!?;:\n")


class Scores(Struct, frozen=True):
    """Probabilities of each head's classes, and what they came from.

    `rows` are the rows of the weight matrix for the message's known n-grams,
    `values` their feature values, `grams` the index of each in the message.
    """

    topic: Floats
    kind: Floats
    sentiment: Floats
    known: float
    """Share of the message's distinct n-grams that the model knows, 0 to 1."""
    rows: NDArray[np.int64]
    values: Floats
    grams: NDArray[np.int64]
    source: Ngrams


def term_weights(counts: Floats) -> Floats:
    """Sublinear term frequency: 1 + ln(count)."""
    return (1.0 + np.log(counts)).astype(np.float32)


def norm(weighted: Floats, unknown: int, prior: float, unknown_weight: float) -> float:
    """Length a message's features are divided by.

    The prior keeps a handful of characters from speaking with the voice of a
    whole letter; unknown n-grams dilute what little is known of noise.
    """
    return float(np.sqrt(np.dot(weighted, weighted) + unknown * unknown_weight + prior))


class LinearModel:
    """All heads of a model file, ready to score."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        info = file.info
        topics, kinds = len(info.topics), len(info.kinds)
        self._topic = slice(0, topics)
        self._kind = slice(topics, topics + kinds)
        self._sentiment = slice(topics + kinds, topics + kinds + len(info.sentiments))

    def score(self, title: Folded, body: Folded) -> Scores:
        """Probabilities of all heads for one message."""
        file = self._file
        source = ngrams(title, body)
        at = np.searchsorted(file.keys, source.keys)
        at[at == len(file.keys)] = 0
        grams = np.flatnonzero(file.keys[at] == source.keys)
        rows = at[grams]
        values = term_weights(source.counts[grams]) * file.idf[rows]
        unknown = len(source.keys) - len(grams)
        values = values / norm(values, unknown, file.info.prior_norm, file.info.unknown_weight)
        scores = values @ file.weights[rows] + file.bias
        return Scores(
            topic=_probabilities(scores[self._topic], file.info.topic),
            kind=_probabilities(scores[self._kind], file.info.kind),
            sentiment=_probabilities(scores[self._sentiment], file.info.sentiment),
            known=len(grams) / len(source.keys) if len(source.keys) else 0.0,
            rows=rows,
            values=values,
            grams=grams,
            source=source,
        )

    def topic_evidence(self, scores: Scores, index: int, label: str) -> list[Evidence]:
        """The passages that spoke most for topic `index`, at most three."""
        return self._evidence(scores, self._topic.start + index, label)

    def kind_evidence(self, scores: Scores, index: int, label: str) -> list[Evidence]:
        return self._evidence(scores, self._kind.start + index, label)[:2]

    def sentiment_evidence(self, scores: Scores, index: int, label: str) -> list[Evidence]:
        return self._evidence(scores, self._sentiment.start + index, label)[:2]

    def _evidence(self, scores: Scores, head: int, label: str) -> list[Evidence]:
        shares = scores.values * self._file.weights[scores.rows, head]
        if not len(shares):
            return []
        count = min(_CANDIDATES, len(shares))
        best = np.argpartition(-shares, count - 1)[:count]
        total = float(shares[shares > 0].sum())
        spans: dict[tuple[str, int, int], tuple[float, Folded]] = {}
        for index in best.tolist():
            share = float(shares[index])
            field, start, end = scores.source.layout.locate(
                int(scores.source.first[scores.grams[index]])
            )
            if share <= 0 or end - start < 2 or _SENTENCE_MARKS & set(field.text[start:end]):
                continue
            _merge(spans, field, start, end, share)
        ranked = sorted(spans.items(), key=lambda item: (-item[1][0], item[0]))
        return [
            field.quote(label, start, end, share / total)
            for (_, start, end), (share, field) in ranked[:_MAX_EVIDENCE]
        ]


def _merge(
    spans: dict[tuple[str, int, int], tuple[float, Folded]],
    field: Folded,
    start: int,
    end: int,
    share: float,
) -> None:
    """Add an n-gram to the passage it overlaps, or make it a passage of its own."""
    for name, left, right in list(spans):
        if name == field.name and start < right and left < end:
            share += spans.pop((name, left, right))[0]
            start, end = min(start, left), max(end, right)
    spans[(field.name, start, end)] = (share, field)


def _probabilities(scores: Floats, calibration: Calibration) -> Floats:
    logits = scores * calibration.scale + np.asarray(calibration.bias, dtype=np.float32)
    exps = np.exp(logits - logits.max())
    return np.asarray(exps / exps.sum(), dtype=np.float32)
