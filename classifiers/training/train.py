"""Training: from data files to one compact model file, repeatable from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray
from scipy import sparse
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from classifiers.model import modelfile
from classifiers.rules.tables import RuleTables
from classifiers.training import datasets
from classifiers.training.corpus import (
    Corpus,
    Correction,
    Labelled,
    assemble,
    concatenate,
    join,
    take,
    take_labelled,
)
from classifiers.training.fit import (
    Floats,
    Ints,
    Space,
    Weights,
    bayes,
    blend,
    calibrate,
    inverse_frequency,
    one_hot,
    probabilities,
    ridge,
    vocabulary,
    welcome,
)

MODEL_NAME = "huiyin-linear-2"
FOLDS = 5
SEED = 20_261_122

_MAX_FEATURES = 125_000
_MIN_COUNT = 4
_MIN_PLACES = 3
_MIN_COUNT_FEELING = 3
_PRIOR_NORM = 20.0
_UNKNOWN_WEIGHT = 0.3
_ALPHA_TOPIC = 0.3
_ALPHA_KIND = 1.0
_ALPHA_SENTIMENT = 1.0
_BAYES_SENTIMENT = 2.0
_ABSTAIN_BELOW = 0.55
_WELCOME = 0.005

Progress = Callable[[str], object]


def _silent(_message: str) -> None:
    """Progress nobody watches."""


class Fold(Struct, frozen=True):
    """Topic scores of held-out posts by a model that saw neither them nor their copies."""

    held_out: Ints
    scores: Floats


class Trained(Struct, frozen=True):
    """Weights over a pruned space, all heads side by side."""

    space: Space
    topic: Weights
    kind: Weights
    sentiment: Weights


def train(
    data: Path,
    out: Path,
    tables: RuleTables,
    *,
    seed: int = SEED,
    corrections: Sequence[Correction] = (),
    progress: Progress = _silent,
) -> str:
    """Fit all heads on the files below `data` and write the model file to `out`.

    `corrections` are what people at the desk changed; they join the training
    posts. Returns the version of the new model. Raises `DataError`.
    """
    # Sums in several threads come out a little otherwise on every machine, and in
    # small steps threads wait for each other most of the time.
    with threadpool_limits(limits=1):
        progress("reading")
        corpus = assemble(data, tables, seed, corrections)
        progress("cross-validating for calibration")
        folds = cross_validate(corpus, seed, progress)
        progress("fitting")
        trained = fit(corpus, np.arange(len(corpus.topics)))
        return save(corpus, trained, folds, out, seed, datasets.fingerprints(data))


def cross_validate(corpus: Corpus, seed: int, progress: Progress) -> list[Fold]:
    """Five grouped folds over the gold topics; each model is fitted from scratch."""
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed % (1 << 31))
    labels = corpus.topics.labels
    folds: list[Fold] = []
    for number, (known, held_out) in enumerate(splitter.split(labels, labels, corpus.groups)):
        space, weights = fit_topics(corpus, known)
        matrix = space.matrix(take(corpus.topics.counts, held_out))
        folds.append(Fold(held_out, weights.scores(matrix)))
        progress(f"fold {number + 1} of {FOLDS}")
    return folds


def fit_topics(corpus: Corpus, known: Ints) -> tuple[Space, Weights]:
    """The topic head alone, as the shipped model has it, from the posts `known`."""
    heads = _heads(corpus, known)
    space = _narrow(corpus, known, heads)
    return space, heads[0].fit(space)


def fit(corpus: Corpus, known: Ints) -> Trained:
    """All heads from the gold posts `known` and everything else in the corpus."""
    heads = _heads(corpus, known)
    space = _narrow(corpus, known, heads)
    topic, kind, sentiment = (head.fit(space) for head in heads)
    return Trained(space, topic, kind, sentiment)


def _heads(corpus: Corpus, known: Ints) -> tuple[_Head, _Head, _Head]:
    gold = take_labelled(corpus.topics, known)
    return (
        _Head(
            join([_balanced(gold, power=0.5), corpus.extra_topics]),
            len(corpus.topic_names),
            _ALPHA_TOPIC,
        ),
        _kind_head(corpus.kinds, len(corpus.kind_names)),
        _sentiment_head(corpus.sentiments),
    )


def _narrow(corpus: Corpus, known: Ints, heads: Sequence[_Head]) -> Space:
    """The space of the n-grams that move any head most, told by a first fit on all."""
    space = _space(corpus, take_labelled(corpus.topics, known), known)
    kept = _most_useful(space, heads, [head.spread(space) for head in heads])
    return Space(space.keys[kept], space.idf[kept], space.prior_norm, space.unknown_weight)


def fit_sentiment(corpus: Corpus, examples: Labelled) -> Trained:
    """All heads with other sentiment examples, for measuring on what those leave out."""
    other = structs.replace(corpus, sentiments=examples)
    return fit(other, np.arange(len(corpus.topics)))


class _Head(Struct, frozen=True):
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


def _names(classes: int) -> list[str]:
    return [str(number) for number in range(classes)]


def _space(corpus: Corpus, gold: Labelled, known: Ints) -> Space:
    """n-grams of letters that are no place names, and of feelings."""
    letters = concatenate([gold.counts, corpus.unlabelled, corpus.extra_topics.counts])
    places = [corpus.places[index] for index in known.tolist()] + corpus.unlabelled_places
    places += [""] * len(corpus.extra_topics)
    keys = vocabulary(letters, places, _MIN_COUNT, _MIN_PLACES)
    terms = vocabulary(corpus.extra_topics.counts, [], 2, 1)
    feelings = vocabulary(corpus.sentiments.counts, [], _MIN_COUNT_FEELING, 1)
    every = np.unique(np.concatenate([keys, terms, feelings]))
    both = concatenate([letters, corpus.sentiments.counts])
    return Space(every, inverse_frequency(both, every), _PRIOR_NORM, _UNKNOWN_WEIGHT)


def _most_useful(
    space: Space, heads: Sequence[_Head], weights: Sequence[Weights]
) -> NDArray[np.intp]:
    """The features that move any head most: weight times how often and how strongly they occur."""
    use = np.zeros(len(space.keys))
    for head, fitted in zip(heads, weights, strict=True):
        matrix = head.matrix(space)
        strength = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        moved = np.abs(fitted.weights).max(axis=1) * strength
        use = np.maximum(use, moved / max(float(np.sqrt(np.mean(moved**2))), 1e-12))
    count = min(_MAX_FEATURES, len(use))
    return np.sort(np.argpartition(-use, count - 1)[:count])


def save(
    corpus: Corpus,
    trained: Trained,
    folds: Sequence[Fold],
    out: Path,
    seed: int,
    trained_on: dict[str, str],
) -> str:
    """Calibrate on the held-out scores and write the file. Returns the version."""
    scores, gold = held_out_scores(corpus, folds)
    info = modelfile.ModelInfo(
        format=modelfile.FORMAT,
        name=MODEL_NAME,
        topics=list(corpus.topic_names),
        kinds=list(corpus.kind_names),
        sentiments=list(datasets.SENTIMENT_CLASSES),
        topic=welcome(calibrate(scores, gold), scores, gold, _WELCOME),
        kind=_calibrate_head(
            trained.space, corpus.kinds, lambda part: _kind_head(part, len(corpus.kind_names))
        ),
        sentiment=_calibrate_head(trained.space, corpus.sentiments, _sentiment_head),
        topic_threshold=_ABSTAIN_BELOW,
        prior_norm=_PRIOR_NORM,
        unknown_weight=_UNKNOWN_WEIGHT,
        trained_on=trained_on,
        seed=seed,
    )
    parts = (trained.topic, trained.kind, trained.sentiment)
    out.parent.mkdir(parents=True, exist_ok=True)
    digest = modelfile.write(
        out,
        info,
        trained.space.keys,
        trained.space.idf,
        np.hstack([part.weights for part in parts]),
        np.concatenate([part.bias for part in parts]),
    )
    return f"{MODEL_NAME}-{digest[:8]}"


def held_out_scores(corpus: Corpus, folds: Sequence[Fold]) -> tuple[Floats, Ints]:
    """Scores of every gold post by the fold that had not seen it, and its class."""
    scores = np.zeros((len(corpus.topics), len(corpus.topic_names)), dtype=np.float32)
    for fold in folds:
        scores[fold.held_out] = fold.scores
    return scores, corpus.topics.labels


def _kind_head(examples: Labelled, classes: int) -> _Head:
    return _Head(_balanced(examples), classes, _ALPHA_KIND)


def _sentiment_head(examples: Labelled) -> _Head:
    return _Head(
        _balanced(examples),
        len(datasets.SENTIMENT_CLASSES),
        _ALPHA_SENTIMENT,
        _BAYES_SENTIMENT,
    )


def _calibrate_head(
    space: Space, examples: Labelled, head: Callable[[Labelled], _Head]
) -> modelfile.Calibration:
    """Calibration of a head from one half held out after the other."""
    scores: list[Floats] = []
    order: list[Ints] = []
    halves = np.arange(len(examples)) % 2
    for half in (0, 1):
        known, rest = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        fitted = head(take_labelled(examples, known)).fit(space)
        scores.append(fitted.scores(space.matrix(take(examples.counts, rest))))
        order.append(rest)
    held_out, rows = np.concatenate(scores), np.concatenate(order)
    trusted = examples.weights[rows] >= 1.0
    return calibrate(held_out[trusted], examples.labels[rows[trusted]], biased=False)


def _balanced(examples: Labelled, power: float = 1.0) -> Labelled:
    """The same examples, every class with equal weight in sum; less so below power 1."""
    total = np.bincount(examples.labels, weights=examples.weights)
    share = len(examples) / (np.count_nonzero(total) * np.maximum(total, 1e-9))
    # A handful of 感谢 posts must not outweigh a thousand complaints.
    share = np.minimum(share, 10.0) ** power
    weights = (examples.weights * share[examples.labels]).astype(np.float32)
    return Labelled(examples.counts, examples.labels, weights)


def topic_probabilities(corpus: Corpus, folds: Sequence[Fold]) -> tuple[Floats, Ints]:
    """Calibrated probabilities of held-out posts; each fold calibrated on the others."""
    scores, gold = held_out_scores(corpus, folds)
    result = np.zeros_like(scores)
    for fold in folds:
        others = np.setdiff1d(np.arange(len(gold)), fold.held_out)
        calibration = welcome(
            calibrate(scores[others], gold[others]), scores[others], gold[others], _WELCOME
        )
        result[fold.held_out] = probabilities(scores[fold.held_out], calibration)
    return result, gold
