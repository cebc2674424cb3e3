"""Accuracy, macro-F1, per-class numbers, confusion: plain counting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray


class ClassScore(Struct, frozen=True):
    """One class: precision, recall and F1 in [0, 1], and how many gold examples."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


class Scores(Struct, frozen=True):
    """A comparison of predicted with gold classes.

    `macro_f1` averages over the classes that occur in gold. `confusion[g][p]`
    counts gold class g predicted as p, in the order of `names`.
    """

    count: int
    accuracy: float
    macro_f1: float
    classes: list[ClassScore]
    names: list[str]
    confusion: list[list[int]]


def compare(gold: Sequence[str], predicted: Sequence[str], names: Sequence[str]) -> Scores:
    """Scores of predictions. A prediction outside of `names` (or empty) is an error
    that counts against the gold class only."""
    place = {name: number for number, name in enumerate(names)}
    size = len(names)
    table = np.zeros((size, size + 1), dtype=np.int64)
    for truth, guess in zip(gold, predicted, strict=True):
        table[place[truth], place.get(guess, size)] += 1
    support = table.sum(axis=1)
    right = np.diag(table[:, :size])
    given = table[:, :size].sum(axis=0)
    precision = right / np.maximum(given, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    present = support > 0
    return Scores(
        count=int(support.sum()),
        accuracy=float(right.sum() / max(int(support.sum()), 1)),
        macro_f1=float(f1[present].mean()) if present.any() else 0.0,
        classes=[
            ClassScore(
                names[n], float(precision[n]), float(recall[n]), float(f1[n]), int(support[n])
            )
            for n in range(size)
            if present[n]
        ],
        names=list(names),
        confusion=[[int(value) for value in row[:size]] for row in table],
    )


class Interval(Struct, frozen=True):
    """A figure and the range that it lies in with 95 % confidence."""

    value: float
    low: float
    high: float


def macro_f1_interval(scores: Scores, seed: int = 0, draws: int = 1_000) -> Interval:
    """Macro-F1 with the 95 % range over posts drawn again with replacement (bootstrap)."""
    table = np.array(scores.confusion, dtype=np.int64)
    support = np.array([one.support for one in scores.classes])
    present = [scores.names.index(one.name) for one in scores.classes]
    # Answers outside of the names count against their gold class only.
    missed = np.zeros(len(table), dtype=np.int64)
    missed[present] = support - table[present].sum(axis=1)
    cells = np.column_stack([table, missed]).ravel()
    if not cells.sum():
        return Interval(0.0, 0.0, 0.0)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(int(cells.sum()), cells / cells.sum(), draws)
    drawn = drawn.reshape(draws, len(table), -1)
    right = np.diagonal(drawn[:, :, :-1], axis1=1, axis2=2)
    given, gold = drawn[:, :, :-1].sum(axis=1), drawn.sum(axis=2)
    f1 = (2 * right / np.maximum(given + gold, 1))[:, present].mean(axis=1)
    low, high = np.quantile(f1, (0.025, 0.975))
    return Interval(scores.macro_f1, float(low), float(high))


def share_interval(right: int, count: int) -> Interval:
    """A share with its 95 % range (Wilson's score interval)."""
    if not count:
        return Interval(0.0, 0.0, 1.0)
    share, z = right / count, 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count)
    reach *= float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def calibration_error(
    confidence: NDArray[np.float32], right: NDArray[np.bool_], bins: int = 15
) -> float:
    """Expected calibration error: mean gap between confidence and accuracy, 0 to 1."""
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gap = 0.0
    for number in range(bins):
        chosen = place == number
        if chosen.any():
            distance = abs(float(confidence[chosen].mean()) - float(right[chosen].mean()))
            gap += distance * float(chosen.mean())
    return gap
