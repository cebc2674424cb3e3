"""Teach the judge of danger (`classifiers.danger`), and choose from which scores on it counts.

    python -m classifiers.training.danger --data ../shared/data --sentences FILE --out FILE

It is taught with `danger_sentences.csv`, written for it, with the `choosing` half of `--sentences`
(`benchmarks/urgent_sentences.csv`), and with stretches of every second letter and post of the data
folder as what is none: some drawn at random, and those that sound most like a danger. The other
letters choose the limits: how many of a thousand are loud and marked by the model alone, of whole
letters and of their openings alike.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from classifiers.base import Text
from classifiers.danger.features import BUCKETS, Buckets, counted, stretches
from classifiers.danger.judging import LONGER
from classifiers.danger.scorer import DangerFile, DangerModel, Limits, encode, write
from classifiers.rules.engine import RulesClassifier
from classifiers.text.folding import Folded, fold
from classifiers.training.danger_letters import everyday_letters, everyday_posts, opening
from classifiers.training.evaluate import load_tables

SENTENCES: Final = Path(__file__).with_name("danger_sentences.csv")
_STRENGTH: Final = 30.0
"""Inverse of the regularisation."""
_LETTER_WEIGHT: Final = 0.3
_POST_WEIGHT: Final = 0.15
_EVERYDAY_WEIGHT: Final = 2.0
"""Of a sentence of everyday trouble in `danger_sentences.csv`: those of danger are written in the
same manner, and the manner tells of nothing."""
_DRAWN: Final = 16_000
_HARDEST: Final = 1_500
_LOUD_OF_THOUSAND: Final = 2.0
"""By the model alone, and …"""
_AGREED_OF_THOUSAND: Final = 20.0
"""… where words of the table agree."""
_MARKED_OF_THOUSAND: Final = 5.0

Floats = NDArray[np.float64]


class Taught(Struct, frozen=True):
    """One head: its weight for each bucket, and its bias."""

    weights: Floats
    bias: float


class Told(Struct, frozen=True):
    """A sentence written for it: what it tells of (none, marked, loud), and how much it counts."""

    text: str
    level: str
    weight: float


class Examples(Struct, frozen=True):
    """`rows_of` some stretches, and how much each counts."""

    rows: csr_matrix
    weights: Floats

    def with_more(self, more: Examples) -> Examples:
        return Examples(
            vstack([self.rows, more.rows]).tocsr(), np.concatenate([self.weights, more.weights])
        )

    def some(self, numbers: list[int]) -> Examples:
        return Examples(self.rows[numbers], self.weights[numbers])


def rows_of(parts: Sequence[tuple[Buckets, float]]) -> csr_matrix:
    """(stretches, BUCKETS)."""
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in parts)])
    values = np.concatenate([np.full(len(buckets), value) for buckets, value in parts])
    columns = np.concatenate([buckets for buckets, _ in parts])
    matrix = csr_matrix((values, columns, ends), shape=(len(parts), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def sentences(file: Path) -> list[Told]:
    """Those written for it and the half of `file` that may be learnt from."""
    with SENTENCES.open(encoding="utf-8", newline="") as rows:
        found = [
            Told(row["text"], row["level"], _weight(row["kind"])) for row in csv.DictReader(rows)
        ]
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["half"] == "choosing":
                level = {"yes": "loud", "no": "marked"}[row["loud"]]
                found.append(Told(row["text"], "none" if row["kind"] == "none" else level, 1.0))
    return found


def _weight(kind: str) -> float:
    return _EVERYDAY_WEIGHT if kind == "everyday" else 1.0


def teach(told: Examples, true: NDArray[np.bool_], none: Examples) -> Taught:
    """With those of `none` that sound most like a danger to a first model."""
    count = none.rows.shape[0]
    drawn = random.Random(5).sample(range(count), min(_DRAWN, count))
    first = _fit(told, true, none.some(drawn))
    scores = np.asarray(none.rows @ first.weights) + first.bias
    hardest = scores.argsort()[::-1][:_HARDEST].tolist()
    return _fit(told, true, none.some([*drawn, *hardest]))


def _fit(told: Examples, true: NDArray[np.bool_], none: Examples) -> Taught:
    model = LogisticRegression(C=_STRENGTH, max_iter=500)
    model.fit(
        told.with_more(none).rows,
        np.concatenate([true, np.zeros(none.rows.shape[0], dtype=bool)]),
        sample_weight=told.with_more(none).weights,
    )
    return Taught(np.asarray(model.coef_[0]), float(model.intercept_[0]))


def file_of(loud: Taught, marked: Taught, limits: Limits) -> DangerFile:
    return DangerFile(
        format=1,
        loud=encode(loud.weights.astype(np.float32)),
        marked=encode(marked.weights.astype(np.float32)),
        loud_bias=loud.bias,
        marked_bias=marked.bias,
        limits=limits,
    )


def limits_by(model: DangerModel, everyday: Sequence[Sequence[Folded]]) -> Limits:
    """The scores that at most so many of a thousand messages of each kind reach."""
    each = [_limits_of(model, messages) for messages in everyday]
    return Limits(
        loud=max(one.loud for one in each),
        agreed=max(one.agreed for one in each),
        marked=max(one.marked for one in each),
    )


def _limits_of(model: DangerModel, messages: Sequence[Folded]) -> Limits:
    heard = [model.hear(message) for message in messages]
    less = LONGER * np.log([max(1, one.stretches) for one in heard])
    loud = np.array([one.loud for one in heard]) - less
    marked = np.array([one.marked for one in heard]) - less

    def reached(scores: Floats, of_thousand: float) -> float:
        return round(float(np.quantile(scores, 1 - of_thousand / 1000)), 3)

    return Limits(
        loud=reached(loud, _LOUD_OF_THOUSAND),
        agreed=reached(loud, _AGREED_OF_THOUSAND),
        marked=reached(marked, _MARKED_OF_THOUSAND),
    )


def _folded(text: Text) -> Folded:
    return fold(text.body, text.title)


def _whole(text: str) -> tuple[Buckets, float]:
    message = fold(text)
    return counted(message.codes, [(0, len(message.text))])[0]


def _none(rules: RulesClassifier, messages: Sequence[Folded], weight: float) -> Examples:
    """The stretches of everyday messages. A message in which words of the table tell of a danger
    is no example of none."""
    quiet = [message for message in messages if not rules.risks.find(message).urgent]
    parts = [one for message in quiet for one in counted(message.codes, stretches(message))]
    return Examples(rows_of(parts), np.full(len(parts), weight))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("config"))
    args = parser.parse_args(arguments)
    rules = RulesClassifier(load_tables(args.config))
    texts = list(everyday_letters(args.data))
    letters = [_folded(text) for text in texts]
    posts = [_folded(text) for text in everyday_posts(args.data)]
    openings = [_folded(opening(text)) for text in texts[1::2]]
    everyday = _none(rules, letters[::2], _LETTER_WEIGHT)
    short = _none(rules, posts[::2], _POST_WEIGHT)
    sentences_told = sentences(args.sentences)
    told = Examples(
        rows_of([_whole(one.text) for one in sentences_told]),
        np.array([one.weight for one in sentences_told]),
    )
    levels = np.array([one.level for one in sentences_told])
    # What posts sound like must wake nobody. Seen first they may be: taught with posts, the wide
    # net takes whatever sounds like a letter for a danger.
    loud = teach(told, levels == "loud", everyday.with_more(short))
    marked = teach(told, levels != "none", everyday)
    open_limits = Limits(loud=0.0, agreed=0.0, marked=0.0)
    limits = limits_by(
        DangerModel(file_of(loud, marked, open_limits), ""), (letters[1::2], openings)
    )
    write(args.out, file_of(loud, marked, limits))
    sys.stdout.write(
        f"{len(levels)} sentences, {len(everyday.weights)} everyday stretches; {limits}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
