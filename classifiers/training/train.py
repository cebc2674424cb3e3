"""Training: from data files to one compact model file, repeatable from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from classifiers.model import modelfile
from classifiers.rules.tables import RuleTables
from classifiers.training import datasets
from classifiers.training.corpus import Corpus, Labelled, assemble, take, take_labelled
from classifiers.training.examples import Correction
from classifiers.training.fit import (
    Floats,
    Ints,
    Space,
    Weights,
    calibrate,
    probabilities,
    welcome,
)
from classifiers.training.heads import (
    PRIOR_NORM,
    UNKNOWN_WEIGHT,
    Heads,
    heads,
    kind_head,
    narrow,
)

MODEL_NAME = "huiyin-linear-3"
FOLDS = 5
SEED = 20_261_122

_ABSTAIN_BELOW = 0.55
_WELCOME = 0.005

Progress = Callable[[str], object]


def _silent(_message: str) -> None:
    """Progress nobody watches."""


class Fold(Struct, frozen=True):
    """Held-out posts and their scores by a model that saw neither them nor their copies."""

    topics: Ints
    topic_scores: Floats
    feelings: Ints
    feeling_scores: Floats


class Measured(Struct, frozen=True):
    """Every gold post of a head with its calibrated held-out probabilities.

    Each fold is calibrated on the others. `chances` (posts, classes), `gold` (posts,).
    """

    chances: Floats
    gold: Ints


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
        return save(corpus, folds, out, seed, datasets.fingerprints(data))


def cross_validate(corpus: Corpus, seed: int, progress: Progress) -> list[Fold]:
    """Five grouped folds over the gold topics and feelings; each model is fitted from scratch."""
    state = seed % (1 << 31)
    labels = corpus.topics.labels
    by_topic = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=state)
    by_feeling = GroupKFold(FOLDS, shuffle=True, random_state=state)
    splits = zip(
        by_topic.split(labels, labels, corpus.groups),
        by_feeling.split(corpus.feelings.labels, groups=corpus.feeling_groups),
        strict=True,
    )
    folds: list[Fold] = []
    for number, ((topics, other_topics), (feelings, other_feelings)) in enumerate(splits):
        own = heads(corpus, topics, feelings)
        space = narrow(corpus, topics, own)
        letters = space.matrix(take(corpus.topics.counts, other_topics))
        posts = space.matrix(take(corpus.feelings.counts, other_feelings))
        folds.append(
            Fold(
                other_topics,
                own.topic.fit(space).scores(letters),
                other_feelings,
                own.sentiment.fit(space).scores(posts),
            )
        )
        progress(f"fold {number + 1} of {FOLDS}")
    return folds


def save(
    corpus: Corpus, folds: Sequence[Fold], out: Path, seed: int, trained_on: dict[str, str]
) -> str:
    """Fit on everything, calibrate on the held-out scores, write the file.

    Returns the version.
    """
    rows = np.arange(len(corpus.topics)), np.arange(len(corpus.feelings))
    own: Heads = heads(corpus, *rows)
    space = narrow(corpus, rows[0], own)
    topic, kind, sentiment = own.topic.fit(space), own.kind.fit(space), own.sentiment.fit(space)
    scores, gold = _topic_scores(corpus, folds)
    felt, feelings = _feeling_scores(corpus, folds)
    info = modelfile.ModelInfo(
        format=modelfile.FORMAT,
        name=MODEL_NAME,
        topics=list(corpus.topic_names),
        kinds=list(corpus.kind_names),
        sentiments=list(datasets.SENTIMENT_CLASSES),
        topic=welcome(calibrate(scores, gold), scores, gold, _WELCOME),
        kind=_calibrate_kinds(space, corpus.kinds, len(corpus.kind_names)),
        sentiment=calibrate(felt, feelings),
        topic_threshold=_ABSTAIN_BELOW,
        prior_norm=PRIOR_NORM,
        unknown_weight=UNKNOWN_WEIGHT,
        trained_on=trained_on,
        seed=seed,
    )
    parts: tuple[Weights, ...] = (topic, kind, sentiment)
    out.parent.mkdir(parents=True, exist_ok=True)
    digest = modelfile.write(
        out,
        info,
        space.keys,
        space.idf,
        np.hstack([part.weights for part in parts]),
        np.concatenate([part.bias for part in parts]),
    )
    return f"{MODEL_NAME}-{digest[:8]}"


def measured_topics(corpus: Corpus, folds: Sequence[Fold]) -> Measured:
    """The gold topics, every class open."""
    scores, gold = _topic_scores(corpus, folds)
    result = np.zeros_like(scores)
    for fold in folds:
        others = np.setdiff1d(np.arange(len(gold)), fold.topics)
        calibration = welcome(
            calibrate(scores[others], gold[others]), scores[others], gold[others], _WELCOME
        )
        result[fold.topics] = probabilities(scores[fold.topics], calibration)
    return Measured(result, gold)


def measured_feelings(corpus: Corpus, folds: Sequence[Fold]) -> Measured:
    """The SMP2020 posts."""
    scores, gold = _feeling_scores(corpus, folds)
    result = np.zeros_like(scores)
    for fold in folds:
        others = np.setdiff1d(np.arange(len(gold)), fold.feelings)
        calibration = calibrate(scores[others], gold[others])
        result[fold.feelings] = probabilities(scores[fold.feelings], calibration)
    return Measured(result, gold)


def _topic_scores(corpus: Corpus, folds: Sequence[Fold]) -> tuple[Floats, Ints]:
    scores = np.zeros((len(corpus.topics), len(corpus.topic_names)), dtype=np.float32)
    for fold in folds:
        scores[fold.topics] = fold.topic_scores
    return scores, corpus.topics.labels


def _feeling_scores(corpus: Corpus, folds: Sequence[Fold]) -> tuple[Floats, Ints]:
    scores = np.zeros((len(corpus.feelings), len(datasets.SENTIMENT_CLASSES)), dtype=np.float32)
    for fold in folds:
        scores[fold.feelings] = fold.feeling_scores
    return scores, corpus.feelings.labels


def _calibrate_kinds(space: Space, taught: Labelled, classes: int) -> modelfile.Calibration:
    """From one half of the weak labels held out after the other."""
    scores: list[Floats] = []
    order: list[Ints] = []
    halves = np.arange(len(taught)) % 2
    for half in (0, 1):
        known, rest = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        fitted = kind_head(take_labelled(taught, known), classes).fit(space)
        scores.append(fitted.scores(space.matrix(take(taught.counts, rest))))
        order.append(rest)
    held_out, rows = np.concatenate(scores), np.concatenate(order)
    trusted = taught.weights[rows] >= 1.0
    return calibrate(held_out[trusted], taught.labels[rows[trusted]], biased=False)
