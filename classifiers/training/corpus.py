"""Everything a training run learns from, counted once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.text.near import groups
from classifiers.training import datasets, examples
from classifiers.training.examples import Correction, Weighted
from classifiers.training.fit import Counts, Floats, Ints, count


class Labelled(Struct, frozen=True):
    """Texts with a class each (an index into the head's classes) and a weight."""

    counts: Counts
    labels: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.labels)


class Corpus(Struct, frozen=True):
    """Gold posts, of which a part can be held out, and what supports them.

    `topics` and `feelings` are gold: `groups` and `feeling_groups` keep copies together,
    `feeling_parts` names the SMP2020 part of each. `extra_topics`, `kinds` and
    `extra_feelings` are only ever trained on. `unlabelled` letters have no near duplicate
    among the gold posts.
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
    feelings: Labelled
    feeling_groups: Ints
    feeling_parts: list[str]
    extra_feelings: Labelled


def assemble(
    data: Path, tables: RuleTables, seed: int, corrections: Sequence[Correction] = ()
) -> Corpus:
    """Read, deduplicate, label weakly and count. Raises `DataError`."""
    rules = RulesClassifier(tables)
    topic_names = rules.topics.names
    kind_names = tuple(kind.value for kind in tables.kinds.kinds)
    posts = datasets.topic_posts(data)
    messages = examples.apart(datasets.message_posts(data), posts)
    texts = [message.text for message in messages]
    gold = {post.label for post in posts}
    beside = examples.topics_beside_gold(data, rules, tables, messages, gold, corrections)
    felt = [(part, post) for part in examples.FEELING_PARTS for post in datasets.smp(data, part)]
    return Corpus(
        topic_names=topic_names,
        kind_names=kind_names,
        posts=posts,
        topics=_labelled([Weighted(post.text, post.label) for post in posts], topic_names),
        groups=np.array([post.group for post in posts], dtype=np.int64),
        extra_topics=_labelled(beside, topic_names),
        unlabelled=count(texts),
        places=[post.city for post in posts],
        unlabelled_places=[message.city for message in messages],
        kinds=_labelled(examples.kinds(rules, posts, texts, corrections), kind_names),
        feelings=_labelled(
            [Weighted(post.text, post.label) for _, post in felt], datasets.SENTIMENT_CLASSES
        ),
        feeling_groups=np.array(
            groups([post.text.body for _, post in felt], threshold=0.5), dtype=np.int64
        ),
        feeling_parts=[part for part, _ in felt],
        extra_feelings=_labelled(
            examples.feelings_beside_gold(data, rules, texts, seed, corrections),
            datasets.SENTIMENT_CLASSES,
        ),
    )


def _labelled(taught: Sequence[Weighted], classes: Sequence[str]) -> Labelled:
    return Labelled(
        count([item.text for item in taught]),
        np.array([classes.index(item.label) for item in taught], dtype=np.int64),
        np.array([item.weight for item in taught], dtype=np.float32),
    )


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
