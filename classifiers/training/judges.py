"""The two judges on what neither was taught with: each alone, both together, and the second only
where the first wavers.

How the second judge's word counts is fitted on texts that the encoder was not taught with: topics
on gold posts, feelings on the usual posts of SMP2020. Where both together are no better there than
the first alone, the first judges alone; so it is with the feelings of letters, of which there are
none.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from classifiers.base import Text
from classifiers.encoder.encoderfile import Blend, EncoderInfo, Word
from classifiers.encoder.judge import SENTIMENT, TOPIC, Reader, blended, is_post, load_file, word_of
from classifiers.model.engine import ModelClassifier
from classifiers.training import datasets, train
from classifiers.training.corpus import Corpus
from classifiers.training.metrics import Interval, compare, macro_f1_interval, share_interval
from classifiers.training.results import JudgeFigures

Floats = NDArray[np.float32]
Truths = NDArray[np.bool_]

FEELINGS_FIT_ON = "usual_eval"
"""The set that the weights for feelings are fitted on. An encoder that was never taught with what
`kept_back` gives may be fitted on that instead; ours was, before it was kept back."""

_KEPT_BACK = 8
_LEAST_CHANCE = 1e-9
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
"""What part of all weight the second judge may have: never more than the first."""
_SUMS = (0.8, 1.0, 1.2, 1.4)
"""Weights that sum to more than one make both together surer than each."""
_LEAST_TEXTS = 200
"""Fewer texts say nothing about a sort of text."""
_ERRORS = 2.0
"""Standard errors by which a gain has to stand out."""
_LEAST_GAIN = 1e-3


class HeldOut(Struct, frozen=True):
    """Texts that neither judge was taught with. `first`, `second` and `right` (texts, classes):
    the chances of each, and the classes that are right; `posts` (texts,)."""

    name: str
    head: str
    classes: tuple[str, ...]
    posts: Truths
    first: Floats
    second: Floats
    right: Truths
    beside: Mapping[str, Floats] = {}
    """(texts,): how sure the first judge is in the other heads."""
    milliseconds: float = 0.0
    """What a text cost the second judge, on one core."""


def split(posts: Sequence[datasets.Example]) -> tuple[list[int], list[int]]:
    """The gold posts that the encoder learns, and those kept back; copies are on one side. It is
    not a fold of the linear model's, which also keeps near copies together."""
    labels = np.array([post.label for post in posts])
    grouping = np.array([post.group for post in posts])
    splitter = StratifiedGroupKFold(train.FOLDS, shuffle=True, random_state=train.SEED % (1 << 31))
    known, rest = next(iter(splitter.split(labels, labels, grouping)))
    return known.tolist(), rest.tolist()


def kept_back(
    posts: Sequence[datasets.Example],
) -> tuple[list[datasets.Example], list[datasets.Example]]:
    """An eighth of the posts, for fitting, and the rest, which the encoder learns. The text of the
    first of near copies decides for all of them."""
    kept: list[datasets.Example] = []
    taught: list[datasets.Example] = []
    for post in posts:
        first = posts[post.group].text.body
        aside = hashlib.sha256(first.encode()).digest()[0] % _KEPT_BACK == 0
        (kept if aside else taught).append(post)
    return kept, taught


def compared(
    corpus: Corpus,
    folds: Sequence[train.Fold],
    posts: Sequence[datasets.LiuyanPost],
    felt: Mapping[str, Sequence[datasets.Example]],
    first: ModelClassifier,
) -> list[JudgeFigures]:
    """The shipped encoder beside the linear model on each set. Raises `EncoderError`."""
    info, second = load_file()
    gold = fitting_set(corpus, folds, split(corpus.posts)[1], first, second, info)
    sets = measuring_sets(corpus, folds, posts, felt, first, second, info)
    return [figures(held, info) for held in (gold, *sets)]


def fitting_set(
    corpus: Corpus,
    folds: Sequence[train.Fold],
    rows: Sequence[int],
    first: ModelClassifier,
    second: Reader,
    info: EncoderInfo,
) -> HeldOut:
    """The gold posts `rows`, which the encoder was not taught with, and the first judge's chances
    by models fitted without them. `first` says how sure it is of their feelings."""
    measured = train.measured_topics(corpus, folds)
    names = corpus.topic_names
    return _held_out(
        "智慧政务",
        TOPIC,
        names,
        [corpus.posts[row].text for row in rows],
        measured.chances[rows],
        np.eye(len(names), dtype=bool)[measured.gold[rows]],
        first,
        second,
        info,
    )


def measuring_sets(
    corpus: Corpus,
    folds: Sequence[train.Fold],
    posts: Sequence[datasets.LiuyanPost],
    felt: Mapping[str, Sequence[datasets.Example]],
    first: ModelClassifier,
    second: Reader,
    info: EncoderInfo,
) -> list[HeldOut]:
    """The posts of 领导留言板 that nothing is trained on, and both SMP2020 evaluation parts.
    Nothing is fitted on them but the weights for feelings, on `FEELINGS_FIT_ON`."""
    names = corpus.topic_names
    own = [post for post in posts if post.domain and post.held_out]
    allowed = [datasets.HANGZHOU_TOPICS[post.domain] for post in own]
    liuyan = _held_out(
        "领导留言板",
        TOPIC,
        names,
        [post.text for post in own],
        np.array([first.scores(post.text).topic for post in own]),
        np.array([[name in right for name in names] for right in allowed]),
        first,
        second,
        info,
    )
    result = [liuyan]
    feeling = train.measured_feelings(corpus, folds)
    feelings = datasets.SENTIMENT_CLASSES
    for part in ("virus_eval", "usual_eval"):
        at = [row for row, own_part in enumerate(corpus.feeling_parts) if own_part == part]
        result.append(
            _held_out(
                part,
                SENTIMENT,
                feelings,
                [post.text for post in felt[part]],
                feeling.chances[at],
                np.eye(len(feelings), dtype=bool)[feeling.gold[at]],
                first,
                second,
                info,
            )
        )
    return result


def _held_out(
    name: str,
    head: str,
    classes: tuple[str, ...],
    texts: Sequence[Text],
    first: Floats,
    right: Truths,
    judge: ModelClassifier,
    second: Reader,
    info: EncoderInfo,
) -> HeldOut:
    order = [info.heads[head].classes.index(one) for one in classes]
    started = time.process_time()
    said = [second.chances(f"{text.title} {text.body}".strip())[head] for text in texts]
    spent = time.process_time() - started
    posts = [is_post(info, text.title, text.body) for text in texts]
    chances = np.asarray(np.array(said)[:, order], dtype=np.float32)
    scores = [judge.scores(text) for text in texts]
    sure = {
        TOPIC: np.array([one.topic.max() for one in scores]),
        SENTIMENT: np.array([one.sentiment.max() for one in scores]),
    }
    del sure[head]
    each = spent * 1e3 / len(texts)
    return HeldOut(name, head, classes, np.array(posts), first, chances, right, sure, each)


def weighed(
    info: EncoderInfo, fitting: Sequence[HeldOut], ask_below: dict[str, float]
) -> EncoderInfo:
    """The information with how the second judge's word counts, by head and sort of text."""
    by_head = {held.head: held for held in fitting}

    def word(name: str, *, post: bool) -> Word | None:
        held = by_head[name]
        if not pays(held, post=post, ask_below=ask_below[name]):
            return None
        return Word(blend=fit(held), ask_below=ask_below[name])

    heads = {
        name: replace(head, posts=word(name, post=True), letters=word(name, post=False))
        for name, head in info.heads.items()
    }
    return replace(info, heads=heads)


def pays(held: HeldOut, *, post: bool, ask_below: float) -> bool:
    """Whether for this sort of text the second judge, asked where the first wavers, gives what is
    right better chances by more than chance does, and the best guess is as good, give or take its
    standard error. Each half is weighed as the other would have it, and the first alone is made as
    sure of itself as suits it, too."""
    both, alone = held.first.copy(), held.first.copy()
    wavers = held.first.max(axis=1) < ask_below
    for half in (0, 1):
        mine = np.arange(len(held.right)) % 2 == half
        known, at = part(held, ~mine), mine & wavers
        asked = part(held, at)
        both[at] = blended(asked.first, asked.second, fit(known))
        alone[at] = blended(asked.first, asked.second, _fit(known, [0.0]))
    own = held.posts == post
    if own.sum() < _LEAST_TEXTS:
        return False
    gain, error = _mean((losses(held, alone) - losses(held, both))[own])
    hits, spread = _mean((_hits(held, both) - _hits(held, held.first))[own])
    return gain > max(_ERRORS * error, _LEAST_GAIN) and hits >= -spread


def _mean(values: Floats) -> tuple[float, float]:
    """The mean and its standard error."""
    return float(values.mean()), float(values.std() / len(values) ** 0.5)


def _hits(held: HeldOut, chances: Floats) -> Floats:
    """(texts,): 1 where the best guess is right."""
    best = chances.argmax(axis=1)
    return np.asarray(held.right[np.arange(len(best)), best], dtype=np.float32)


def fit(held: HeldOut) -> Blend:
    """The weights of a head, for all sorts of text, under which what is right has the best
    chances."""
    return _fit(held, _SHARES)


def _fit(held: HeldOut, shares: Sequence[float]) -> Blend:
    blends = [
        Blend(round((1 - share) * whole, 2), round(share * whole, 2))
        for share in shares
        for whole in _SUMS
    ]
    return min(blends, key=lambda one: losses(held, blended(held.first, held.second, one)).mean())


def losses(held: HeldOut, chances: Floats) -> Floats:
    """(texts,): how surprised these chances are by what is right."""
    chance = (chances * held.right).sum(axis=1)
    return np.asarray(-np.log(np.maximum(chance, _LEAST_CHANCE)), dtype=np.float32)


def part(held: HeldOut, at: Truths) -> HeldOut:
    """The texts `at` alone."""
    return replace(
        held,
        posts=held.posts[at],
        first=held.first[at],
        second=held.second[at],
        right=held.right[at],
        beside={name: sure[at] for name, sure in held.beside.items()},
    )


def figures(held: HeldOut, info: EncoderInfo) -> JudgeFigures:
    """Both judges on one set, weighed as `info` has it."""
    both, cascade = held.first.copy(), held.first.copy()
    asked = np.zeros(len(held.right), dtype=bool)
    for post in (True, False):
        word = word_of(info.heads[held.head], post=post)
        if word is None:
            continue
        own = held.posts == post
        both[own] = blended(held.first[own], held.second[own], word.blend)
        sure = {held.head: held.first.max(axis=1), **held.beside}
        for name, confidence in sure.items():
            other = word_of(info.heads[name], post=post)
            if other is not None:
                asked |= own & (confidence < other.ask_below)
    cascade[asked] = both[asked]
    return JudgeFigures(
        name=held.name,
        texts=len(held.right),
        first=score(held, held.first),
        second=score(held, held.second),
        both=score(held, both),
        cascade=score(held, cascade),
        asked=float(asked.mean()),
        milliseconds=held.milliseconds,
    )


def score(held: HeldOut, chances: Floats) -> Interval:
    """The macro-F1 of the best guess, or the share right where several classes may be."""
    if (held.right.sum(axis=1) == 1).all():
        gold = [held.classes[index] for index in held.right.argmax(axis=1).tolist()]
        guess = [held.classes[index] for index in chances.argmax(axis=1).tolist()]
        return macro_f1_interval(compare(gold, guess, held.classes))
    right = _hits(held, chances)
    return share_interval(int(right.sum()), len(right))
