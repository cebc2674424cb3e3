"""Fitting: messages to a sparse matrix, a vocabulary, ridge weights, calibration.

Needs scikit-learn and scipy (the `train` extra); nothing at run time imports it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import optimize, sparse
from sklearn.linear_model import LogisticRegression, Ridge

from classifiers.base import Text
from classifiers.model.features import MOST_MESSAGES, Keys, ngrams
from classifiers.model.linear import norms, term_weights
from classifiers.model.modelfile import Calibration
from classifiers.text.folding import fold

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Counts(Struct, frozen=True):
    """n-gram counts of many messages, message after message.

    The n-grams of message i are `keys[start[i]:start[i + 1]]`.
    """

    keys: Keys
    values: Floats
    start: Ints

    def __len__(self) -> int:
        return len(self.start) - 1

    def rows(self) -> Ints:
        """For every entry the number of its message."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))


def count(texts: Sequence[Text]) -> Counts:
    """n-grams of each text, weighted as at run time."""
    keys: list[Keys] = [np.empty(0, np.uint32)]
    values: list[Floats] = [np.empty(0, np.float32)]
    sizes: list[Ints] = [np.zeros(1, np.int64)]
    for first in range(0, len(texts), MOST_MESSAGES):
        batch = texts[first : first + MOST_MESSAGES]
        grams = ngrams([fold(text.body, text.title) for text in batch])
        keys.append(grams.keys)
        values.append(term_weights(grams.counts))
        sizes.append(np.diff(grams.start))
    start = np.cumsum(np.concatenate(sizes))
    return Counts(np.concatenate(keys), np.concatenate(values), start)


def vocabulary(counts: Counts, places: Sequence[str], min_count: int, min_places: int) -> Keys:
    """n-grams seen in enough messages and, where the place is known, in enough places.

    `places` names each message's (masked) city, "" when unknown. A word used in
    one city only is most likely one of its names.
    """
    keys, inverse = np.unique(counts.keys, return_inverse=True)
    seen = np.bincount(inverse)
    good = seen >= min_count
    names = sorted({place for place in places if place})
    if names and min_places > 1:
        code = {name: number for number, name in enumerate(names)}
        place = np.array([code.get(name, -1) for name in places])[counts.rows()]
        known = place >= 0
        pairs = np.unique(inverse[known] * len(names) + place[known])
        spread = np.bincount(pairs // len(names), minlength=len(keys))
        good &= spread >= min_places
    return keys[good]


def inverse_frequency(counts: Counts, keys: Keys) -> Floats:
    """Smoothed idf of each key: ln((1 + N) / (1 + n)) + 1."""
    at = _find(keys, counts.keys)
    seen = np.bincount(at[at >= 0], minlength=len(keys))
    return (np.log((1 + len(counts)) / (1 + seen)) + 1).astype(np.float32)


class Space(Struct, frozen=True):
    """Where messages live: known n-grams, their idf, and how lengths are damped."""

    keys: Keys
    idf: Floats
    prior_norm: float
    unknown_weight: float

    def matrix(self, counts: Counts) -> sparse.csr_matrix:
        """(messages, n-grams) float32, rows normalised exactly as at run time."""
        at = _find(self.keys, counts.keys)
        known = at >= 0
        rows = counts.rows()
        values = counts.values[known] * self.idf[at[known]]
        unknown = np.bincount(rows[~known], minlength=len(counts))
        length = norms(values, rows[known], unknown, self.prior_norm, self.unknown_weight)
        values = (values / length[rows[known]]).astype(np.float32)
        return sparse.csr_matrix(
            (values, (rows[known], at[known])), shape=(len(counts), len(self.keys))
        )


def welcome(calibration: Calibration, scores: Floats, gold: Ints, share: float) -> Calibration:
    """Lift the classes without gold examples until they take `share` of the gold ones.

    Nothing in the gold posts tells how common these classes are; this is the
    price in wrong answers we are ready to pay for seeing them at all.
    """
    classes = scores.shape[1]
    absent = np.flatnonzero(np.bincount(gold, minlength=classes) == 0)
    if not len(absent) or not len(gold):
        return calibration
    present = np.setdiff1d(np.arange(classes), absent)
    logits = scores * calibration.scale + np.asarray(calibration.bias)
    margin = logits[:, absent].max(axis=1) - logits[:, present].max(axis=1)
    lift = -float(np.quantile(margin, 1.0 - share))
    bias = list(calibration.bias)
    for index in absent.tolist():
        bias[index] += lift
    return Calibration(scale=calibration.scale, bias=bias)


def _find(keys: Keys, wanted: Keys) -> Ints:
    """Index of each wanted key in sorted `keys`, -1 where it is missing."""
    at = np.searchsorted(keys, wanted)
    at[at == len(keys)] = 0
    return np.where(keys[at] == wanted, at, -1)


class Weights(Struct, frozen=True):
    """`scores = matrix @ weights + bias`; (V, classes) and (classes,)."""

    weights: Floats
    bias: Floats

    def scores(self, matrix: sparse.csr_matrix) -> Floats:
        return np.asarray(matrix @ self.weights + self.bias, dtype=np.float32)


def ridge(matrix: sparse.csr_matrix, targets: Floats, sample: Floats, alpha: float) -> Weights:
    """Regularised least squares on targets in [-1, 1], one column per class."""
    model = Ridge(alpha=alpha, solver="sparse_cg", tol=1e-3)
    model.fit(matrix, targets, sample_weight=sample)
    return Weights(
        np.asarray(model.coef_.T, dtype=np.float32), np.asarray(model.intercept_, dtype=np.float32)
    )


def bayes(matrix: sparse.csr_matrix, labels: Ints, sample: Floats, strength: float) -> Weights:
    """Logistic regression on features scaled by their naive Bayes log ratios.

    It leans on words that are clearly on one side, where ridge spreads the
    credit. The scaling folds into the weights, so the result is linear again.
    """
    classes = int(labels.max()) + 1
    weights = np.zeros((matrix.shape[1], classes), dtype=np.float32)
    bias = np.zeros(classes, dtype=np.float32)
    for index in range(classes):
        inside = labels == index
        ratio = _log_ratio(matrix, inside, sample)
        model = LogisticRegression(C=strength, max_iter=200)
        model.fit(matrix.multiply(ratio[None, :]).tocsr(), inside, sample)
        weights[:, index] = model.coef_[0] * ratio
        bias[index] = model.intercept_[0]
    return Weights(weights, bias)


def _log_ratio(
    matrix: sparse.csr_matrix, inside: NDArray[np.bool_], sample: Floats
) -> NDArray[np.float64]:
    weighted = matrix.multiply(sample[:, None]).tocsr()
    with_class = np.asarray(weighted[inside].sum(axis=0)).ravel() + 1.0
    without = np.asarray(weighted[~inside].sum(axis=0)).ravel() + 1.0
    return np.asarray(np.log(with_class / with_class.sum() / (without / without.sum())))


def blend(parts: Sequence[Weights], matrix: sparse.csr_matrix) -> Weights:
    """The sum of linear maps, each brought to unit spread of its scores on `matrix`."""
    scaled = [(part, 1.0 / max(float(part.scores(matrix).std()), 1e-9)) for part in parts]
    return Weights(
        np.sum([part.weights * factor for part, factor in scaled], axis=0, dtype=np.float32),
        np.sum([part.bias * factor for part, factor in scaled], axis=0, dtype=np.float32),
    )


def one_hot(labels: Sequence[str], classes: Sequence[str]) -> Floats:
    """+1 for the label, -1 elsewhere."""
    targets = np.full((len(labels), len(classes)), -1.0, dtype=np.float32)
    for row, label in enumerate(labels):
        targets[row, classes.index(label)] = 1.0
    return targets


def softmax(logits: Floats) -> Floats:
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=1, keepdims=True), dtype=np.float32)


def probabilities(scores: Floats, calibration: Calibration) -> Floats:
    return softmax(scores * calibration.scale + np.asarray(calibration.bias, dtype=np.float32))


def calibrate(scores: Floats, gold: Ints, *, biased: bool = True) -> Calibration:
    """Scale (and bias per class) that make held-out probabilities true: least log loss.

    `scores` come from messages the weights were not fitted on; classes that
    never occur in `gold` keep a bias of zero.
    """
    classes = scores.shape[1]
    present = np.bincount(gold, minlength=classes) > 0
    free = present if biased else np.zeros(classes, dtype=bool)

    def loss(parameters: NDArray[np.float64]) -> float:
        bias = np.zeros(classes)
        bias[free] = parameters[1:]
        logits = scores * np.exp(parameters[0]) + bias
        top = logits.max(axis=1)
        logs = logits[np.arange(len(gold)), gold] - top
        logs -= np.log(np.exp(logits - top[:, None]).sum(axis=1))
        return float(-logs.mean() + 1e-3 * (bias**2).sum())

    start = np.zeros(1 + int(free.sum()))
    start[0] = 1.0
    best = optimize.minimize(loss, start, method="L-BFGS-B")
    bias = np.zeros(classes)
    bias[free] = best.x[1:]
    return Calibration(scale=float(np.exp(best.x[0])), bias=[float(value) for value in bias])
