"""The linear model: one gather of all heads for the n-grams of a message."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from cases.words.labels import Evidence
from cases.words.whole_words import is_place_name, whole_words
from classifiers.model.features import Ints, Keys, Ngrams, ngrams
from classifiers.model.modelfile import ModelFile
from classifiers.text.folding import Folded

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_CANDIDATES = 12
_MAX_EVIDENCE = 3
_LEAST_CHANCE = 1e-9
_SENTENCE_MARKS = frozenset(",.。!?;:\n")


class Scores(Struct, frozen=True):
    """Probabilities of each head's classes for one message, and what they came from.

    `weights` (known n-grams, heads) are the rows of the weight matrix for the
    message's known n-grams, `values` their feature values, `grams` the row of
    each in the source.
    """

    topic: Floats
    kind: Floats
    sentiment: Floats
    known: float
    """Share of the message's distinct n-grams that the model knows, 0 to 1."""
    weights: Floats
    values: Floats
    grams: NDArray[np.int64]
    source: Ngrams
    message: Folded


def term_weights(counts: Floats) -> Floats:
    """Sublinear term frequency: 1 + ln(count)."""
    return (1.0 + np.log(counts)).astype(np.float32)


def norms(
    values: Floats, owner: Ints, unknown: Ints, prior: float, unknown_weight: float
) -> Doubles:
    """Lengths that messages' features are divided by, one for each entry of `unknown`.

    `values` are the features and `owner` the message of each; `unknown` counts a
    message's unknown n-grams. The prior keeps a handful of characters from speaking
    with the voice of a whole letter; unknown n-grams dilute what little is known of noise.
    """
    squares = np.bincount(owner, weights=values * values, minlength=len(unknown))
    return np.asarray(np.sqrt(squares + unknown * unknown_weight + prior), np.float64)


class LinearModel:
    """All heads of a model file, ready to score."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._index = _KeyIndex(file.keys)
        info = file.info
        topics, kinds = len(info.topics), len(info.kinds)
        self._topic = slice(0, topics)
        self._kind = slice(topics, topics + kinds)
        self._sentiment = slice(topics + kinds, topics + kinds + len(info.sentiments))
        heads = (info.topic, info.kind, info.sentiment)
        sizes = [len(head.bias) for head in heads]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._head_of = np.repeat(np.arange(len(heads)), sizes)
        self._scale = np.repeat([head.scale for head in heads], sizes).astype(np.float32)
        self._bias = np.concatenate([head.bias for head in heads]).astype(np.float32)

    def score(self, messages: Sequence[Folded]) -> list[Scores]:
        """Probabilities of all heads for each of at most `MOST_MESSAGES` messages."""
        if not messages:
            return []
        file, info, size = self._file, self._file.info, len(messages)
        source = ngrams(messages)
        grams, rows = self._index.find(source.keys)
        values = term_weights(source.counts[grams]) * file.idf[rows]
        start = grams.searchsorted(source.start)
        owner = source.owner[grams]
        every = np.diff(source.start)
        known = np.diff(start)
        lengths = norms(values, owner, every - known, info.prior_norm, info.unknown_weight)
        values = (values / lengths[owner]).astype(np.float32)
        weights = file.weights[rows]
        edges = start.tolist()
        sums = np.empty((size, weights.shape[1]), dtype=np.float32)
        for number, (first, last) in enumerate(pairwise(edges)):
            np.matmul(values[first:last], weights[first:last], out=sums[number])
        sure = self._probabilities(sums + file.bias)
        shares = (known / np.maximum(every, 1)).tolist()
        return [
            Scores(
                topic=sure[number, self._topic],
                kind=sure[number, self._kind],
                sentiment=sure[number, self._sentiment],
                known=shares[number],
                weights=weights[first:last],
                values=values[first:last],
                grams=grams[first:last],
                source=source,
                message=message,
            )
            for number, (message, first, last) in enumerate(
                zip(messages, edges[:-1], edges[1:], strict=True)
            )
        ]

    def _probabilities(self, scores: Floats) -> Floats:
        """Calibrated softmax of each head, all heads at once; a row for each message."""
        logits = scores * self._scale + self._bias
        top = np.maximum.reduceat(logits, self._starts, axis=1)
        exps = np.exp(logits - top[:, self._head_of])
        sums = np.add.reduceat(exps, self._starts, axis=1)
        return np.asarray(exps / sums[:, self._head_of], dtype=np.float32)

    def without(self, scores: Scores, ranges: Sequence[tuple[int, int]]) -> Scores:
        """The same, its sentiment as if the n-grams that first occur within these ranges of the
        folded text were not there."""
        places = np.array(scores.source.locate(scores.grams), dtype=np.int64).reshape(-1, 2)
        left_out = np.zeros(len(places), dtype=bool)
        for start, end in ranges:
            left_out |= (places[:, 0] >= start) & (places[:, 1] <= end)
        head = self._sentiment
        share = scores.values[left_out] @ scores.weights[left_out, head]
        logits = np.log(np.maximum(scores.sentiment, _LEAST_CHANCE)) - self._scale[head] * share
        exps = np.exp(logits - logits.max())
        return replace(
            scores,
            sentiment=(exps / exps.sum()).astype(np.float32),
            values=np.where(left_out, np.float32(0.0), scores.values),
        )

    def topic_evidence(self, scores: Scores, index: int, label: str) -> list[Evidence]:
        """The passages that spoke most for topic `index`, at most three."""
        return self._evidence(scores, self._topic.start + index, label)

    def kind_evidence(self, scores: Scores, index: int, label: str) -> list[Evidence]:
        return self._evidence(scores, self._kind.start + index, label)[:2]

    def sentiment_evidence(self, scores: Scores, index: int, label: str) -> list[Evidence]:
        return self._evidence(scores, self._sentiment.start + index, label)[:2]

    def _evidence(self, scores: Scores, head: int, label: str) -> list[Evidence]:
        shares = scores.values * scores.weights[:, head]
        if not len(shares):
            return []
        count = min(_CANDIDATES, len(shares))
        best = np.argpartition(shares, len(shares) - count)[-count:]
        total = float(np.maximum(shares, 0.0).sum())
        message = scores.message
        spans: dict[tuple[int, int], float] = {}
        places = scores.source.locate(scores.grams[best])
        for share, (start, end) in zip(shares[best].tolist(), places, strict=True):
            if (
                share > 0
                and end - start > 1
                and _SENTENCE_MARKS.isdisjoint(message.text[start:end])
            ):
                _merge(spans, start, end, share)
        ranked = sorted(spans.items(), key=lambda item: (-item[1], item[0]))
        quotes: dict[tuple[int, int], float] = {}
        for (start, end), share in ranked:
            first, last = whole_words(message.text, start, end)
            if last - first > 1 and not is_place_name(message.text[first:last]):
                _merge(quotes, first, last, share)
            if len(quotes) == _MAX_EVIDENCE:
                break
        return [message.quote(label, *span, share / total) for span, share in quotes.items()]


class _KeyIndex:
    """Rows of known keys: two tables of 2**19 slots instead of a binary search."""

    _SLOTS = 1 << 19

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._first = np.zeros(self._SLOTS, dtype=np.int32)
        self._second = np.zeros(self._SLOTS, dtype=np.int32)
        rows = np.arange(len(keys), dtype=np.int32)
        self._first[self._slot(keys)] = rows
        lost = rows[self._first[self._slot(keys)] != rows]
        self._second[self._other_slot(keys[lost])] = lost
        # The few keys that lost their place twice are searched for in a list.
        self._rest = lost[self._second[self._other_slot(keys[lost])] != lost]

    def find(self, wanted: Keys) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Indices of the wanted keys that are known, and their rows."""
        rows = self._first[self._slot(wanted)]
        missed = (self._keys[rows] != wanted).nonzero()[0]
        rows[missed] = self._second[self._other_slot(wanted[missed])]
        if len(self._rest):
            rest = self._keys[self._rest]
            missed = missed[self._keys[rows[missed]] != wanted[missed]]
            at = np.minimum(rest.searchsorted(wanted[missed]), len(rest) - 1)
            rows[missed] = self._rest[at]
        known = (self._keys[rows] == wanted).nonzero()[0]
        return known, rows[known]

    def _slot(self, keys: Keys) -> NDArray[np.uint32]:
        return keys & np.uint32(self._SLOTS - 1)

    def _other_slot(self, keys: Keys) -> NDArray[np.uint32]:
        return keys >> np.uint32(32 - 19)


def _merge(spans: dict[tuple[int, int], float], start: int, end: int, share: float) -> None:
    """Add an n-gram to the passage it overlaps, or make it a passage of its own."""
    for left, right in list(spans):
        if start < right and left < end:
            share += spans.pop((left, right))
            start, end = min(start, left), max(end, right)
    spans[(start, end)] = share
