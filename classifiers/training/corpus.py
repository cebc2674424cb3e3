"""Everything a training run learns from, counted once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.text.near import groups
from classifiers.training import datasets, weak
from classifiers.training.fit import Counts, Floats, Ints, count

_REVIEWS = 12_000
_REVIEW_WEIGHT = 0.1
_WEAK_TOPIC_WEIGHT = 1.0
_TERM_WEIGHT = 0.5
_WEAK_FEELING_WEIGHT = 0.1
_CORRECTION_WEIGHT = 3.0


class Labelled(Struct, frozen=True):
    """Texts with a class each (an index into the head's classes) and a weight."""

    counts: Counts
    labels: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.labels)


class Correction(Struct, frozen=True):
    """What a person at the desk said a message is; empty fields were not corrected."""

    text: Text
    topic: str = ""
    kind: str = ""
    sentiment: str = ""


class Corpus(Struct, frozen=True):
    """Posts with gold topics first; the rest supports them.

    `topics` are the gold posts; `groups` keeps copies together. `extra_topics`
    are weak labels, the taxonomy's terms and corrections; `unlabelled` posts
    have no gold topic and no near duplicate among those that do.
    """

    topic_names: tuple[str, ...]
    kind_names: tuple[str, ...]
    posts: list[datasets.Example]
    topics: Labelled
    groups: Ints
    extra_topics: Labelled
    unlabelled: Counts
    places: list[str]
    unlabelled_places: list[str]
    kinds: Labelled
    sentiments: Labelled


def assemble(
    data: Path, tables: RuleTables, seed: int, corrections: Sequence[Correction] = ()
) -> Corpus:
    """Read, deduplicate, label weakly and count. Raises `DataError`."""
    rules = RulesClassifier(tables)
    topic_names = rules.topics.names
    kind_names = tuple(kind.value for kind in tables.kinds.kinds)
    posts = datasets.topic_posts(data)
    messages = _apart(datasets.message_posts(data), posts)
    texts = [message.text for message in messages]
    gold = {post.label for post in posts}
    return Corpus(
        topic_names=topic_names,
        kind_names=kind_names,
        posts=posts,
        topics=_labelled([(post.text, post.label, 1.0) for post in posts], topic_names),
        groups=np.array([post.group for post in posts], dtype=np.int64),
        extra_topics=_labelled(
            [
                *(
                    (texts[item.index], item.label, _WEAK_TOPIC_WEIGHT)
                    for item in weak.topic_labels(
                        rules, texts, [name for name in topic_names if name not in gold]
                    )
                ),
                *(
                    (text, label, _TERM_WEIGHT)
                    for text, label in weak.taxonomy_texts(
                        tables.topics, [name for name in topic_names if name not in gold]
                    )
                ),
                *((item.text, item.topic, 1.0) for item in corrections if item.topic),
            ],
            topic_names,
        ),
        unlabelled=count(texts),
        places=[post.city for post in posts],
        unlabelled_places=[message.city for message in messages],
        kinds=_kinds(rules, posts, texts, corrections, kind_names),
        sentiments=sentiments(data, rules, texts, seed, corrections=corrections),
    )


def sentiments(
    data: Path,
    rules: RulesClassifier,
    texts: Sequence[Text],
    seed: int,
    held_out_part: str = "virus_eval",
    corrections: Sequence[Correction] = (),
) -> Labelled:
    """SMP2020 posts, some reviews, weakly labelled letters, corrections.

    One evaluation part is held out and the other one is trained on; whatever is
    a near duplicate of a held-out post is left out too.
    """
    held_out = datasets.smp(data, held_out_part)
    parts = ("virus_train", "usual_eval", "virus_eval")
    public = [item for part in parts if part != held_out_part for item in datasets.smp(data, part)]
    shop = datasets.reviews(data)
    random.Random(seed).shuffle(shop)
    examples = [(item.text, item.label, 1.0) for item in _apart(public, held_out)]
    examples += [(item.text, item.label, _REVIEW_WEIGHT) for item in shop[:_REVIEWS]]
    examples += [
        (texts[item.index], item.label, _WEAK_FEELING_WEIGHT)
        for item in weak.feeling_labels(rules, texts)
    ]
    examples += [
        (item.text, item.sentiment, _CORRECTION_WEIGHT) for item in corrections if item.sentiment
    ]
    return _labelled(examples, datasets.SENTIMENT_CLASSES)


def _kinds(
    rules: RulesClassifier,
    posts: Sequence[datasets.Example],
    texts: Sequence[Text],
    corrections: Sequence[Correction],
    names: tuple[str, ...],
) -> Labelled:
    # Token posts have lost 请问, 吗 and the like, so only raw ones show a kind.
    whole = [*texts, *(post.text for post in posts if post.raw)]
    examples = [(whole[i.index], i.label, 1.0) for i in weak.kind_labels(rules, whole)]
    examples += [(item.text, item.kind, _CORRECTION_WEIGHT) for item in corrections if item.kind]
    return _labelled(examples, names)


def _labelled(examples: Sequence[tuple[Text, str, float]], classes: Sequence[str]) -> Labelled:
    return Labelled(
        count([text for text, _, _ in examples]),
        np.array([classes.index(label) for _, label, _ in examples], dtype=np.int64),
        np.array([weight for _, _, weight in examples], dtype=np.float32),
    )


def _apart(
    examples: Sequence[datasets.Example], held_out: Sequence[datasets.Example]
) -> list[datasets.Example]:
    """Those of `examples` that are no near duplicate of any held-out one."""
    both = [*held_out, *examples]
    numbers = groups([item.words or item.text.title + item.text.body for item in both], 0.5)
    taken = set(numbers[: len(held_out)])
    return [
        item
        for item, number in zip(examples, numbers[len(held_out) :], strict=True)
        if number not in taken
    ]


def take(counts: Counts, rows: Ints) -> Counts:
    """The counts of some messages."""
    parts = [np.arange(counts.start[row], counts.start[row + 1]) for row in rows.tolist()]
    at = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    start = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
    return Counts(counts.keys[at], counts.values[at], start)


def take_labelled(examples: Labelled, rows: Ints) -> Labelled:
    """Some of the examples."""
    return Labelled(take(examples.counts, rows), examples.labels[rows], examples.weights[rows])


def concatenate(parts: Sequence[Counts]) -> Counts:
    """The messages of all parts, one part after the other."""
    offsets = np.cumsum([0, *(len(part.keys) for part in parts)])
    starts = [part.start[1:] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Counts(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([np.zeros(1, dtype=np.int64), *starts]),
    )


def join(parts: Sequence[Labelled]) -> Labelled:
    """The examples of all parts, one part after the other."""
    return Labelled(
        concatenate([part.counts for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )
