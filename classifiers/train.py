"""Training: from data files to one compact model file, repeatable from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse
from sklearn.model_selection import StratifiedGroupKFold

from classifiers import datasets, modelfile
from classifiers.corpus import Corpus, Correction, Labelled, assemble
from classifiers.fit import (
    Counts,
    Floats,
    Ints,
    Space,
    Weights,
    calibrate,
    inverse_frequency,
    one_hot,
    probabilities,
    ridge,
    vocabulary,
)
from classifiers.tables import RuleTables

MODEL_NAME = "huiyin-linear-1"
FOLDS = 5

_MAX_FEATURES = 105_000
_MIN_COUNT = 4
_MIN_PLACES = 3
_MIN_COUNT_FEELING = 3
_PRIOR_NORM = 20.0
_UNKNOWN_WEIGHT = 0.3
_ALPHA_TOPIC = 0.3
_ALPHA_KIND = 1.0
_ALPHA_SENTIMENT = 1.0
_ABSTAIN_BELOW = 0.5

Progress = Callable[[str], None]


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
    seed: int = 20_261_122,
    corrections: Sequence[Correction] = (),
    progress: Progress = lambda message: None,
) -> str:
    """Fit all heads on the files below `data` and write the model file to `out`.

    `corrections` are what people at the desk changed; they join the training
    posts. Returns the version of the new model. Raises `DataError`.
    """
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
    trained = fit(corpus, known)
    return trained.space, trained.topic


def fit(corpus: Corpus, known: Ints) -> Trained:
    """All heads from the gold posts `known` and everything else in the corpus."""
    gold = take_labelled(corpus.topics, known)
    space = _space(corpus, gold, known)
    heads = (
        _Head(_join([gold, corpus.extra_topics]), len(corpus.topic_names), _ALPHA_TOPIC),
        _Head(_balanced(corpus.kinds), len(corpus.kind_names), _ALPHA_KIND),
        _Head(_balanced(corpus.sentiments), len(datasets.SENTIMENTS), _ALPHA_SENTIMENT),
    )
    wide = [head.fit(space) for head in heads]
    kept = _most_useful(space, heads, wide)
    narrow = Space(space.keys[kept], space.idf[kept], space.prior_norm, space.unknown_weight)
    topic, kind, sentiment = (head.fit(narrow) for head in heads)
    return Trained(narrow, topic, kind, sentiment)


class _Head(Struct, frozen=True):
    examples: Labelled
    classes: int
    alpha: float

    def matrix(self, space: Space) -> sparse.csr_matrix:
        return space.matrix(self.examples.counts)

    def fit(self, space: Space) -> Weights:
        targets = one_hot([str(label) for label in self.examples.labels], _names(self.classes))
        return ridge(self.matrix(space), targets, self.examples.weights, self.alpha)


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


def _most_useful(space: Space, heads: Sequence[_Head], weights: Sequence[Weights]) -> NDArray[np.intp]:
    """The features that move any head most: weight times how often and how strongly they occur."""
    use = np.zeros(len(space.keys))
    for head, fitted in zip(heads, weights, strict=True):
        matrix = head.matrix(space)
        strength = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        moved = np.abs(fitted.weights).max(axis=1) * strength
        use = np.maximum(use, moved / np.sqrt(np.mean(moved**2)))
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
        sentiments=list(datasets.SENTIMENTS),
        topic=calibrate(scores, gold),
        kind=_calibrate_head(trained.space, corpus.kinds, len(corpus.kind_names), _ALPHA_KIND),
        sentiment=_calibrate_head(
            trained.space, corpus.sentiments, len(datasets.SENTIMENTS), _ALPHA_SENTIMENT
        ),
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


def _calibrate_head(
    space: Space, examples: Labelled, classes: int, alpha: float
) -> modelfile.Calibration:
    """Calibration of a head from one half held out after the other."""
    scores = np.zeros((len(examples), classes), dtype=np.float32)
    halves = np.arange(len(examples)) % 2
    for half in (0, 1):
        known, rest = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        head = _Head(_balanced(take_labelled(examples, known)), classes, alpha)
        scores[rest] = head.fit(space).scores(space.matrix(take(examples.counts, rest)))
    trusted = examples.weights >= 1.0
    return calibrate(scores[trusted], examples.labels[trusted], biased=False)


def _balanced(examples: Labelled) -> Labelled:
    """The same examples, every class with equal weight in sum."""
    total = np.bincount(examples.labels, weights=examples.weights)
    share = len(examples) / (np.count_nonzero(total) * np.maximum(total, 1e-9))
    # A handful of 感谢 posts must not outweigh a thousand complaints.
    share = np.minimum(share, 10.0)
    weights = (examples.weights * share[examples.labels]).astype(np.float32)
    return Labelled(examples.counts, examples.labels, weights)


def take(counts: Counts, rows: Ints) -> Counts:
    """The counts of some messages."""
    parts = [np.arange(counts.start[row], counts.start[row + 1]) for row in rows.tolist()]
    at = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    start = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
    return Counts(counts.keys[at], counts.values[at], start)


def take_labelled(examples: Labelled, rows: Ints) -> Labelled:
    return Labelled(take(examples.counts, rows), examples.labels[rows], examples.weights[rows])


def concatenate(parts: Sequence[Counts]) -> Counts:
    offsets = np.cumsum([0, *(len(part.keys) for part in parts)])
    starts = [part.start[1:] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Counts(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([np.zeros(1, dtype=np.int64), *starts]),
    )


def _join(parts: Sequence[Labelled]) -> Labelled:
    return Labelled(
        concatenate([part.counts for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def topic_probabilities(
    corpus: Corpus, folds: Sequence[Fold]
) -> tuple[Floats, Ints]:
    """Calibrated probabilities of held-out posts; each fold calibrated on the others."""
    scores, gold = held_out_scores(corpus, folds)
    result = np.zeros_like(scores)
    for fold in folds:
        others = np.setdiff1d(np.arange(len(gold)), fold.held_out)
        calibration = calibrate(scores[others], gold[others])
        result[fold.held_out] = probabilities(scores[fold.held_out], calibration)
    return result, gold
