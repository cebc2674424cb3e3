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
