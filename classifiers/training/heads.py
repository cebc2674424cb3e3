"""The heads of the linear model: their examples, the n-grams they share, their weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from classifiers.training import datasets
from classifiers.training.corpus import Corpus, Labelled, concatenate, join, take_labelled
from classifiers.training.fit import (
    Ints,
    Space,
    Weights,
    bayes,
    blend,
    inverse_frequency,
    one_hot,
    ridge,
    vocabulary,
)

PRIOR_NORM = 20.0
UNKNOWN_WEIGHT = 0.3

_MAX_FEATURES = 125_000
_MIN_COUNT = 4
_MIN_PLACES = 3
_MIN_COUNT_FEELING = 3
_ALPHA_TOPIC = 0.3
_ALPHA_KIND = 1.0
_ALPHA_SENTIMENT = 1.0
_BAYES_SENTIMENT = 2.0


class Head(Struct, frozen=True):
    """One head's examples and how strongly its weights are held back (`alpha`)."""

    examples: Labelled
    classes: int
    alpha: float
    bayes: float = 0.0
    """Strength of a naive Bayes regression blended in; 0 leaves it out."""

    def matrix(self, space: Space) -> sparse.csr_matrix:
        return space.matrix(self.examples.counts)

    def spread(self, space: Space) -> Weights:
        """Ridge alone: quick, and what tells the useful n-grams."""
        targets = one_hot([str(label) for label in self.examples.labels], _names(self.classes))
        return ridge(self.matrix(space), targets, self.examples.weights, self.alpha)

    def fit(self, space: Space) -> Weights:
        spread = self.spread(space)
        if not self.bayes:
            return spread
        matrix = self.matrix(space)
        sharp = bayes(matrix, self.examples.labels, self.examples.weights, self.bayes)
        return blend([spread, sharp], matrix)


class Heads(Struct, frozen=True):
    """The three heads with the examples that they may see."""

    topic: Head
    kind: Head
    sentiment: Head


def heads(corpus: Corpus, topics: Ints, feelings: Ints) -> Heads:
    """All heads; of the gold posts only the rows `topics`, of the gold feelings `feelings`."""
    gold = take_labelled(corpus.topics, topics)
    felt = join([take_labelled(corpus.feelings, feelings), corpus.extra_feelings])
    return Heads(
        Head(
            join([balanced(gold, power=0.5), corpus.extra_topics]),
            len(corpus.topic_names),
            _ALPHA_TOPIC,
        ),
        kind_head(corpus.kinds, len(corpus.kind_names)),
        Head(balanced(felt), len(datasets.SENTIMENT_CLASSES), _ALPHA_SENTIMENT, _BAYES_SENTIMENT),
    )


def kind_head(taught: Labelled, classes: int) -> Head:
    return Head(balanced(taught), classes, _ALPHA_KIND)


def narrow(corpus: Corpus, topics: Ints, own: Heads) -> Space:
    """The space of the n-grams that move any head most, told by a first fit on all.

    `topics` are the rows of the gold posts that `own` has; nothing else is looked at.
    """
    space = _space(corpus, take_labelled(corpus.topics, topics), topics, own.sentiment.examples)
    every = (own.topic, own.kind, own.sentiment)
    kept = _most_useful(space, every, [head.spread(space) for head in every])
    return Space(space.keys[kept], space.idf[kept], space.prior_norm, space.unknown_weight)


def balanced(taught: Labelled, power: float = 1.0) -> Labelled:
    """The same examples, every class with equal weight in sum; less so below power 1."""
    total = np.bincount(taught.labels, weights=taught.weights)
    share = len(taught) / (np.count_nonzero(total) * np.maximum(total, 1e-9))
    # A handful of 感谢 posts must not outweigh a thousand complaints.
    share = np.minimum(share, 10.0) ** power
    weights = (taught.weights * share[taught.labels]).astype(np.float32)
    return Labelled(taught.counts, taught.labels, weights)


def _names(classes: int) -> list[str]:
    return [str(number) for number in range(classes)]


def _space(corpus: Corpus, gold: Labelled, known: Ints, felt: Labelled) -> Space:
    """n-grams of letters that are no place names, and of feelings."""
    letters = concatenate([gold.counts, corpus.unlabelled, corpus.extra_topics.counts])
    places = [corpus.places[index] for index in known.tolist()] + corpus.unlabelled_places
    places += [""] * len(corpus.extra_topics)
    keys = vocabulary(letters, places, _MIN_COUNT, _MIN_PLACES)
    terms = vocabulary(corpus.extra_topics.counts, [], 2, 1)
    feelings = vocabulary(felt.counts, [], _MIN_COUNT_FEELING, 1)
    every = np.unique(np.concatenate([keys, terms, feelings]))
    both = concatenate([letters, felt.counts])
    return Space(every, inverse_frequency(both, every), PRIOR_NORM, UNKNOWN_WEIGHT)


def _most_useful(space: Space, own: Sequence[Head], weights: Sequence[Weights]) -> NDArray[np.intp]:
    """The features that move any head most: weight times how often and how strongly they occur."""
    use = np.zeros(len(space.keys))
    for head, fitted in zip(own, weights, strict=True):
        matrix = head.matrix(space)
        strength = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        moved = np.abs(fitted.weights).max(axis=1) * strength
        use = np.maximum(use, moved / max(float(np.sqrt(np.mean(moved**2))), 1e-12))
    count = min(_MAX_FEATURES, len(use))
    return np.sort(np.argpartition(-use, count - 1)[:count])
