"""A model of one home: the shipped weights, moved by what people there said.

What ships is weights and no texts, so the heads are not fitted anew: to the weights of each head
is added the smallest change that makes the lessons likelier (logistic loss in the calibrated
probabilities, ridge penalty on the change). Biases and calibration stay, for lessons are picked by
where the model was wrong and say nothing about how common a class is; so do the known n-grams.
Numpy alone: a desk trains with what it runs with.

How good it is, is asked of models that saw neither the letter nor a near duplicate of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from cases.words.labels import Labels
from classifiers.base import Classifier, Text
from classifiers.model.features import MOST_MESSAGES, ngrams
from classifiers.model.linear import norms, term_weights
from classifiers.model.modelfile import Calibration, ModelFile
from classifiers.text.folding import fold
from classifiers.text.near import groups

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS: Final = 5
LEAST: Final = 10
"""Fewer corrections of a head teach it nothing: chance would decide."""
MOST: Final = 1500
"""Lessons of one head, the newest; what is fitted grows with the square."""
SEED: Final = 20_261_130
NAME: Final = "-home"
"""At the end of the name of a model that was taught."""
_HOLD: Final = 1.0
"""Weight of the penalty; chosen on 领导留言板 posts (docs/model-card.md)."""
_STEPS: Final = 200
_ALIKE: Final = 0.5
"""Texts that share so many shingles stay on one side."""


class Head(StrEnum):
    TOPIC = "topic"
    KIND = "kind"
    SENTIMENT = "sentiment"


class Lesson(Struct, frozen=True, kw_only=True):
    """What a letter is, by the people at the desk; "" where they said nothing."""

    text: Text
    topic: str = ""
    kind: str = ""
    sentiment: str = ""
    corrected: frozenset[Head] = frozenset()
    """Heads whose label a person set; the others were only let stand."""


class Share(Struct, frozen=True):
    """How many of the held-out letters were right, before and after."""

    count: int
    before: int
    after: int


class HeadReport(Struct, frozen=True, kw_only=True):
    head: Head
    learnt: bool
    """False: too few corrections, and the head is as it was shipped."""
    corrected: Share
    """Of letters whose label a person set. Where this very model was corrected, `before` is 0."""
    confirmed: Share
    """Of letters whose label was let stand. Where this very model gave it, `before` is all."""


class Teaching(Struct, frozen=True, kw_only=True):
    """What came of the lessons."""

    base: str
    """Version of the model that was moved."""
    heads: tuple[HeadReport, ...]
    strange: int
    """Labels that the model has no class for: a topic of the county's own."""

    @property
    def learnt(self) -> bool:
        return any(head.learnt for head in self.heads)

    @property
    def better(self) -> bool:
        """More right after than before, of everything that was held out."""
        shares = [share for head in self.heads for share in (head.corrected, head.confirmed)]
        return sum(s.after for s in shares) > sum(s.before for s in shares)


Make = Callable[[ModelFile], Classifier]
"""The engine as it works at the desk, with this model file."""
Progress = Callable[[str], object]


def _silent(_message: str) -> None:
    """Progress nobody watches."""


def teach(
    base: ModelFile,
    lessons: Sequence[Lesson],
    make: Make,
    *,
    seed: int = SEED,
    progress: Progress = _silent,
) -> tuple[ModelFile, Teaching]:
    """The model moved by all lessons, and what models moved by a part did on the rest.

    The same lessons, base and seed give the same weights. `digest` of the model is that of what
    it was made of; a file has its own. Where no head has enough corrections the base comes back.
    """
    spaces = [_Space(base, lessons, head) for head in Head]
    strange = sum(space.strange for space in spaces)
    learning = [space for space in spaces if space.corrections >= LEAST]
    fold_of = _folds(lessons, seed)
    before = make(base).classify([lesson.text for lesson in lessons]) if learning else []
    after: list[Labels] = list(before)
    for number in range(FOLDS if learning else 0):
        held = np.flatnonzero(fold_of == number)
        if len(held):
            moved = _moved(base, learning, fold_of != number)
            labels = make(moved).classify([lessons[row].text for row in held.tolist()])
            for row, label in zip(held.tolist(), labels, strict=True):
                after[row] = label
        progress(f"{number + 1}/{FOLDS}")
    heads = tuple(
        _report(space.head, lessons, before, after, learnt=space in learning) for space in spaces
    )
    taught = Teaching(base=base.version, heads=heads, strange=strange)
    if not learning:
        return base, taught
    whole = _moved(base, learning, np.ones(len(lessons), dtype=bool))
    content = hashlib.sha256(msgspec.json.encode([_plain(lesson) for lesson in lessons]))
    made_of = {"base": base.version, "lessons": content.hexdigest()}
    info = replace(
        base.info, name=base.info.name.removesuffix(NAME) + NAME, trained_on=made_of, seed=seed
    )
    return replace(whole, info=info, digest=content.hexdigest()), taught


def _plain(lesson: Lesson) -> tuple[object, ...]:
    heads = sorted(lesson.corrected)
    return (lesson.text, lesson.topic, lesson.kind, lesson.sentiment, heads)


def _folds(lessons: Sequence[Lesson], seed: int) -> Ints:
    """The fold of each lesson; near duplicates have one."""
    near = groups([each.text.title + each.text.body for each in lessons], _ALIKE)
    firsts = sorted(set(near))
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(firsts))
    fold_of = {first: int(place) % FOLDS for first, place in zip(firsts, order, strict=True)}
    return np.array([fold_of[first] for first in near], dtype=np.int64)


class _Space:
    """The lessons of one head: known n-grams, how the letters are alike, what the base says."""

    def __init__(self, base: ModelFile, lessons: Sequence[Lesson], head: Head) -> None:
        classes, at, calibration = _head_of(base, head)
        said = [getattr(lesson, head.value) for lesson in lessons]
        self.head = head
        self.strange = sum(bool(label) and label not in classes for label in said)
        usable = [row for row, label in enumerate(said) if label in classes]
        set_by_person = [row for row in usable if head in lessons[row].corrected]
        let_stand = [row for row in usable if head not in lessons[row].corrected]
        self.corrections = len(set_by_person)
        # Of what was only let stand as many as keep the balance.
        chosen = set_by_person[-MOST // 2 :]
        chosen += let_stand[-max(MOST - len(chosen), 1) :]
        self.rows = np.array(sorted(chosen), dtype=np.int64)
        self._at = at
        self._scale = calibration.scale
        self._gold = np.zeros((len(self.rows), len(classes)))
        for place, row in enumerate(self.rows.tolist()):
            self._gold[place, classes.index(said[row])] = 1.0
        if self.corrections < LEAST:
            return
        self._features = _features(base, [lessons[row].text for row in self.rows.tolist()])
        own = base.weights[:, at]
        scores = np.array([values @ own[known] for known, values in self._features])
        biases = base.bias[at] * calibration.scale + np.array(calibration.bias)
        self._logits = scores * calibration.scale + biases
        self._alike = _products(self._features, len(base.keys))

    def change(self, base: ModelFile, allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
        """(V, classes) to be added to the head's weights, learnt of the allowed lessons."""
        mine = np.flatnonzero(allowed[self.rows])
        moves = _fit(
            self._alike[np.ix_(mine, mine)],
            self._logits[mine],
            self._gold[mine],
            self._scale,
        )
        found = np.zeros((len(base.keys), self._gold.shape[1]), dtype=np.float32)
        for place, move in zip(mine.tolist(), moves, strict=True):
            known, values = self._features[place]
            found[known] += np.outer(values, move).astype(np.float32)
        return found

    @property
    def columns(self) -> slice:
        return self._at


def _head_of(base: ModelFile, head: Head) -> tuple[list[str], slice, Calibration]:
    info = base.info
    topics, kinds = len(info.topics), len(info.kinds)
    match head:
        case Head.TOPIC:
            return info.topics, slice(0, topics), info.topic
        case Head.KIND:
            return info.kinds, slice(topics, topics + kinds), info.kind
        case Head.SENTIMENT:
            start = topics + kinds
            return info.sentiments, slice(start, start + len(info.sentiments)), info.sentiment


def _features(base: ModelFile, texts: Sequence[Text]) -> list[tuple[Ints, Floats]]:
    """For each text the rows of its known n-grams and their values, as at run time."""
    found: list[tuple[Ints, Floats]] = []
    info, keys = base.info, base.keys
    for first in range(0, len(texts), MOST_MESSAGES):
        batch = [fold(text.body, text.title) for text in texts[first : first + MOST_MESSAGES]]
        source = ngrams(batch)
        at = np.minimum(keys.searchsorted(source.keys), len(keys) - 1)
        known = np.flatnonzero(keys[at] == source.keys)
        rows = at[known]
        values = term_weights(source.counts[known]) * base.idf[rows]
        owner = source.owner[known]
        unknown = np.diff(source.start) - np.bincount(owner, minlength=len(batch))
        lengths = norms(values, owner, unknown, info.prior_norm, info.unknown_weight)
        values = values / lengths[owner]
        edges = owner.searchsorted(np.arange(len(batch) + 1))
        found += [(rows[start:end], values[start:end]) for start, end in pairwise(edges.tolist())]
    return found


def _products(features: Sequence[tuple[Ints, Floats]], size: int) -> Floats:
    """Inner products of all pairs of letters."""
    alike = np.zeros((len(features), len(features)))
    whole = np.zeros(size)
    for row, (known, values) in enumerate(features):
        whole[known] = values
        for other in range(row, len(features)):
            theirs, weights = features[other]
            alike[row, other] = alike[other, row] = whole[theirs] @ weights
        whole[known] = 0.0
    return alike


def _fit(alike: Floats, logits: Floats, gold: Floats, scale: float) -> Floats:
    """What each lesson adds along its own features, for each class: accelerated gradient descent
    on the change of the weights, kept as a sum over the lessons."""
    moves = np.zeros_like(gold)
    if not len(gold):
        return moves
    spread = float(np.linalg.eigvalsh(alike)[-1])
    step = 1.0 / (0.5 * scale**2 * spread + _HOLD)
    ahead, speed = moves, 1.0
    for _ in range(_STEPS):
        now = logits + scale * (alike @ ahead)
        chances = np.exp(now - now.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        slope = scale * (chances - gold) + _HOLD * ahead
        following = ahead - step * slope
        faster = (1.0 + np.sqrt(1.0 + 4.0 * speed**2)) / 2.0
        ahead = following + (speed - 1.0) / faster * (following - moves)
        moves, speed = following, faster
    return moves


def _moved(base: ModelFile, learning: Sequence[_Space], allowed: NDArray[np.bool_]) -> ModelFile:
    weights = base.weights.copy()
    for space in learning:
        weights[:, space.columns] += space.change(base, allowed)
    return replace(base, weights=weights)


def _report(
    head: Head,
    lessons: Sequence[Lesson],
    before: Sequence[Labels],
    after: Sequence[Labels],
    *,
    learnt: bool,
) -> HeadReport:
    counts = {True: [0, 0, 0], False: [0, 0, 0]}
    if learnt:
        for lesson, old, new in zip(lessons, before, after, strict=True):
            if gold := getattr(lesson, head.value):
                count = counts[head in lesson.corrected]
                count[0] += 1
                count[1] += _SAID[head](old) == gold
                count[2] += _SAID[head](new) == gold
    else:
        counts[True][0] = sum(head in lesson.corrected for lesson in lessons)
    return HeadReport(
        head=head,
        learnt=learnt,
        corrected=Share(*counts[True]),
        confirmed=Share(*counts[False]),
    )


_SAID: Final[Mapping[Head, Callable[[Labels], str]]] = {
    Head.TOPIC: lambda labels: labels.best_topic,
    Head.KIND: lambda labels: labels.kind.value,
    Head.SENTIMENT: lambda labels: labels.sentiment.value,
}
