"""Teach the judge of danger (`classifiers.danger`), and choose from which scores on it counts.

    python -m classifiers.training.danger --data ../shared/data --sentences FILE --out FILE

It is taught with `danger_sentences.csv`, written for it, with the `choosing` half of `--sentences`
(`benchmarks/urgent_sentences.csv`), and with stretches of every second letter and post of the data
folder as what is none: some drawn at random, and those that sound most like a danger. The others
choose the limits: how many of a thousand are loud and marked by the model alone, of whole letters
and of short ones alike.
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
_DRAWN: Final = 16_000
_HARDEST: Final = 1_500
_LOUD_OF_THOUSAND: Final = 2.0
"""By the model alone, and …"""
_AGREED_OF_THOUSAND: Final = 30.0
"""… where words of the table agree."""
_MARKED_OF_THOUSAND: Final = 20.0

Floats = NDArray[np.float64]


class Taught(Struct, frozen=True):
    """One head: its weight for each bucket, and its bias."""

    weights: Floats
    bias: float


def rows_of(parts: Sequence[tuple[Buckets, float]]) -> csr_matrix:
    """(stretches, BUCKETS)."""
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in parts)])
    values = np.concatenate([np.full(len(buckets), value) for buckets, value in parts])
    columns = np.concatenate([buckets for buckets, _ in parts])
    matrix = csr_matrix((values, columns, ends), shape=(len(parts), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def sentences(file: Path) -> list[tuple[str, str]]:
    """(level, text) of those written for it and of the half that may be learnt from."""
    with SENTENCES.open(encoding="utf-8", newline="") as rows:
        found = [(row["level"], row["text"]) for row in csv.DictReader(rows)]
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["half"] == "choosing":
                level = {"yes": "loud", "no": "marked"}[row["loud"]]
                found.append(("none" if row["kind"] == "none" else level, row["text"]))
    return found


def teach(told: csr_matrix, true: NDArray[np.bool_], letters: csr_matrix) -> Taught:
    """With the letters that sound most like a danger to a first model."""
    drawn = random.Random(5).sample(range(letters.shape[0]), min(_DRAWN, letters.shape[0]))
    first = _fit(told, true, letters[drawn])
    scores = np.asarray(letters @ first.weights) + first.bias
    hardest = scores.argsort()[::-1][:_HARDEST].tolist()
    return _fit(told, true, letters[[*drawn, *hardest]])


def _fit(told: csr_matrix, true: NDArray[np.bool_], letters: csr_matrix) -> Taught:
    count = letters.shape[0]
    model = LogisticRegression(C=_STRENGTH, max_iter=500)
    model.fit(
        vstack([told, letters]).tocsr(),
        np.concatenate([true, np.zeros(count, dtype=bool)]),
        sample_weight=np.concatenate([np.ones(len(true)), np.full(count, _LETTER_WEIGHT)]),
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
    learnt = letters[::2] + posts[::2]
    held = [letters[1::2], [_folded(opening(text)) for text in texts[1::2]], posts[1::2]]
    # A letter in which words of the table tell of a danger is no example of none.
    quiet = [letter for letter in learnt if not rules.risks.find(letter).urgent]
    none = rows_of([one for each in quiet for one in counted(each.codes, stretches(each))])
    told = sentences(args.sentences)
    rows = rows_of([_whole(text) for _, text in told])
    levels = np.array([level for level, _ in told])
    loud = teach(rows, levels == "loud", none)
    marked = teach(rows, levels != "none", none)
    open_limits = Limits(loud=0.0, agreed=0.0, marked=0.0)
    limits = limits_by(DangerModel(file_of(loud, marked, open_limits), ""), held)
    write(args.out, file_of(loud, marked, limits))
    sys.stdout.write(f"{len(told)} sentences, {none.shape[0]} stretches of letters; {limits}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
