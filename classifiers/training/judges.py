"""The two judges on what neither was taught with: each alone, both together, and the second only
where the first wavers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from classifiers.base import Text
from classifiers.encoder.encoderfile import Blend, EncoderFile
from classifiers.encoder.judge import SENTIMENT, TOPIC, Reader, blended
from classifiers.model.engine import ModelClassifier
from classifiers.training import datasets, train
from classifiers.training.corpus import Corpus
from classifiers.training.metrics import Interval, compare, macro_f1_interval, share_interval

Floats = NDArray[np.float32]
Truths = NDArray[np.bool_]

_LEAST_CHANCE = 1e-9
_WEIGHTS = tuple(round(0.1 * step, 1) for step in range(1, 16))
"""What a judge's weight may be: a coarse grid, so that a small set says little."""


class HeldOut(Struct, frozen=True):
    """Texts that neither judge was taught with. `first`, `second` and `right` (texts, classes):
    the chances of each, and the classes that are right."""

    name: str
    head: str
    classes: tuple[str, ...]
    letters: bool
    first: Floats
    second: Floats
    right: Truths


class JudgeFigures(Struct, frozen=True):
    """One set: the macro-F1, or for 领导留言板 the share right, of the best guess."""

    name: str
    first: Interval
    second: Interval
    blend: Interval
    cascade: Interval
    asked: float
    """Share of the texts that the cascade asks the second judge about."""


def held_out(
    corpus: Corpus,
    folds: Sequence[train.Fold],
    rows: Sequence[int],
    posts: Sequence[datasets.LiuyanPost],
    felt: dict[str, Sequence[datasets.Example]],
    first: ModelClassifier,
    second: Reader,
    file: EncoderFile,
) -> list[HeldOut]:
    """The gold posts `rows`, which the encoder was not taught with, the posts of 领导留言板 that
    nothing is trained on, and both SMP2020 evaluation parts. The first judge's chances are those of
    models fitted without the posts."""
    topics, feelings = (file.info.heads[name].classes for name in (TOPIC, SENTIMENT))
    measured = train.measured_topics(corpus, folds)
    own = [post for post in posts if post.domain and post.held_out]
    result = [
        HeldOut(
            "fold",
            TOPIC,
            corpus.topic_names,
            True,
            measured.chances[rows],
            _asked(second, TOPIC, [corpus.posts[r].text for r in rows], topics, corpus.topic_names),
            np.eye(len(corpus.topic_names), dtype=bool)[measured.gold[rows]],
        ),
        HeldOut(
            "领导留言板",
            TOPIC,
            corpus.topic_names,
            False,
            np.array([first.scores(post.text).topic for post in own]),
            _asked(second, TOPIC, [post.text for post in own], topics, corpus.topic_names),
            np.array(
                [
                    [name in datasets.HANGZHOU_TOPICS[post.domain] for name in corpus.topic_names]
                    for post in own
                ]
            ),
        ),
    ]
    feeling = train.measured_feelings(corpus, folds)
    names = datasets.SENTIMENT_CLASSES
    for part in ("virus_eval", "usual_eval"):
        at = [row for row, own_part in enumerate(corpus.feeling_parts) if own_part == part]
        texts = [post.text for post in felt[part]]
        result.append(
            HeldOut(
                part,
                SENTIMENT,
                names,
                False,
                feeling.chances[at],
                _asked(second, SENTIMENT, texts, feelings, names),
                np.eye(len(names), dtype=bool)[feeling.gold[at]],
            )
        )
    return result


def _asked(
    second: Reader, head: str, texts: Sequence[Text], own: Sequence[str], wanted: Sequence[str]
) -> Floats:
    order = [own.index(name) for name in wanted]
    said = [second.chances(f"{text.title} {text.body}".strip())[head] for text in texts]
    return np.asarray(np.array(said)[:, order], dtype=np.float32)


def fit(sets: Sequence[HeldOut]) -> Blend:
    """The weights under which what is right has the best chances. Each set counts alike."""

    def loss(blend: Blend) -> float:
        return sum(_loss(one, blend) for one in sets)

    return min((Blend(first, second) for first in _WEIGHTS for second in _WEIGHTS), key=loss)


def _loss(held: HeldOut, blend: Blend) -> float:
    both = blended(held.first, held.second, blend)
    chance = (both * held.right).sum(axis=1)
    return float(-np.log(np.maximum(chance, _LEAST_CHANCE)).mean())


def cross_fitted(sets: Sequence[HeldOut]) -> list[Floats]:
    """Both judges' chances for each set, every second text weighed as the others would have it."""
    result = [np.zeros_like(one.first) for one in sets]
    for half in (0, 1):
        others = [_part(one, 1 - half) for one in sets]
        blend = fit(others)
        for one, both in zip(sets, result, strict=True):
            both[half::2] = blended(one.first[half::2], one.second[half::2], blend)
    return result


def _part(held: HeldOut, half: int) -> HeldOut:
    return HeldOut(
        held.name,
        held.head,
        held.classes,
        held.letters,
        held.first[half::2],
        held.second[half::2],
        held.right[half::2],
    )


def figures(sets: Sequence[HeldOut], file: EncoderFile) -> list[JudgeFigures]:
    """Every set, weighed by halves that have not seen it; sets of one sort are weighed together."""
    result: dict[str, JudgeFigures] = {}
    for sort in sorts(sets):
        for one, both in zip(sort, cross_fitted(sort), strict=True):
            asked = one.first.max(axis=1) < file.info.heads[one.head].ask_below
            result[one.name] = JudgeFigures(
                name=one.name,
                first=score(one, one.first),
                second=score(one, one.second),
                blend=score(one, both),
                cascade=score(one, np.where(asked[:, None], both, one.first)),
                asked=float(asked.mean()),
            )
    return [result[one.name] for one in sets]


def sorts(sets: Sequence[HeldOut]) -> list[list[HeldOut]]:
    """The sets by head and sort of text, which share their weights."""
    keys = list(dict.fromkeys((one.head, one.letters) for one in sets))
    return [[one for one in sets if (one.head, one.letters) == key] for key in keys]


def score(held: HeldOut, chances: Floats) -> Interval:
    """The macro-F1 of the best guess, or the share right where several classes may be."""
    best = chances.argmax(axis=1)
    if (held.right.sum(axis=1) == 1).all():
        gold = [held.classes[index] for index in held.right.argmax(axis=1).tolist()]
        guess = [held.classes[index] for index in best.tolist()]
        return macro_f1_interval(compare(gold, guess, held.classes))
    right = held.right[np.arange(len(best)), best]
    return share_interval(int(right.sum()), len(right))
