"""What the encoder learns, and what it is measured on. Needs no torch."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.training import datasets, examples
from classifiers.training.judges import kept_back, split

_TOPIC_BATCH = 16
_SENTIMENT_BATCH = 48
_POOL = 32
"""Batches sorted by length together, so that little of a batch is padding."""


class Test(Struct, frozen=True):
    """Texts that no head was taught with, and the labels that are right for each."""

    name: str
    texts: list[Text]
    allowed: list[tuple[str, ...]]


class Head(Struct, frozen=True):
    """One head's classes, its examples and its tests. `labels` are indices of `classes`, `parts`
    name the data that an example is of."""

    name: str
    classes: tuple[str, ...]
    texts: list[Text]
    labels: list[int]
    weights: list[float]
    parts: list[str]
    tests: list[Test]
    batch: int


def heads(data: Path, tables: RuleTables) -> list[Head]:
    """Topic and sentiment. The first fold of the gold posts, both SMP2020 evaluation parts, what
    `judges.kept_back` takes of the virus posts and half of the 领导留言板 posts are tests. Raises
    `DataError`."""
    rules = RulesClassifier(tables)
    posts = datasets.topic_posts(data)
    known, rest = split(posts)
    labels = {post.label for post in posts}
    messages = examples.apart(datasets.message_posts(data), posts)
    beside = examples.topics_beside_gold(data, rules, tables, messages, labels)
    topic = [examples.Weighted(posts[row].text, posts[row].label) for row in known]
    liuyan = [post for post in datasets.hangzhou_posts(data) if post.held_out and post.domain]
    tests = [
        _test("fold", [posts[row] for row in rest]),
        Test(
            "liuyan",
            [post.text for post in liuyan],
            [datasets.HANGZHOU_TOPICS[post.domain] for post in liuyan],
        ),
    ]
    evaluation = {part: datasets.smp(data, part) for part in ("virus_eval", "usual_eval")}
    evaluation["virus_kept"], virus = kept_back(datasets.smp(data, "virus_train"))
    held_out = [post for part in evaluation.values() for post in part]
    felt = {"virus_train": virus, "usual_train": datasets.smp(data, "usual_train")}
    feelings = [
        (part, examples.Weighted(post.text, post.label))
        for part, posts in felt.items()
        for post in examples.apart(posts, held_out)
    ]
    taught = [("gold", one) for one in topic] + [("beside", one) for one in beside]
    return [
        _head("topic", rules.topics.names, taught, tests, _TOPIC_BATCH),
        _head(
            "sentiment",
            datasets.SENTIMENT_CLASSES,
            feelings,
            [_test(name, part) for name, part in evaluation.items()],
            _SENTIMENT_BATCH,
        ),
    ]


def _test(name: str, posts: list[datasets.Example]) -> Test:
    return Test(name, [post.text for post in posts], [(post.label,) for post in posts])


def _head(
    name: str,
    classes: tuple[str, ...],
    taught: Sequence[tuple[str, examples.Weighted]],
    tests: list[Test],
    batch: int,
) -> Head:
    return Head(
        name,
        classes,
        [item.text for _, item in taught],
        [classes.index(item.label) for _, item in taught],
        [item.weight for _, item in taught],
        [part for part, _ in taught],
        tests,
        batch,
    )


class Batch(Struct, frozen=True):
    """Examples of one head that are learnt from in one step."""

    head: str
    rows: list[int]


def plan(
    lengths: Mapping[str, Sequence[int]],
    batch: Mapping[str, int],
    seed: int,
    passes: Mapping[str, Sequence[float]] | None = None,
) -> list[Batch]:
    """One epoch: batches of like length, heads in random turns.

    `lengths` are the examples' tokens and `batch` the examples of a step, by head. `passes` tells
    how often each example comes: 1.5 is once, and once more for half of them; once where it is not
    given.
    """
    order = random.Random(seed)
    batches: list[Batch] = []
    for head, own in lengths.items():
        often = passes[head] if passes else [1.0] * len(own)
        rows = [
            row
            for row, times in enumerate(often)
            for _ in range(int(times) + (times % 1 > 0 and order.random() < times % 1))
        ]
        order.shuffle(rows)
        pool = batch[head] * _POOL
        for start in range(0, len(rows), pool):
            near = sorted(rows[start : start + pool], key=own.__getitem__)
            batches += [
                Batch(head, near[first : first + batch[head]])
                for first in range(0, len(near), batch[head])
            ]
    order.shuffle(batches)
    return batches
