"""Which texts teach what, and how much each counts: one list for each head.

Both judges learn from these lists. Nothing here is measured on; what is measured on is
left out of them, with its near duplicates.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec import Struct

from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.text.near import groups
from classifiers.training import datasets, weak

_WEAK_TOPIC_WEIGHT = 1.0
_TERM_WEIGHT = 0.5
_WRITER_WEIGHT = 1.0
_REVIEWS = 12_000
_REVIEW_WEIGHT = 0.1
_WEAK_FEELING_WEIGHT = 0.1
_CORRECTION_WEIGHT = 3.0

FEELING_PARTS = ("virus_train", "virus_eval", "usual_train", "usual_eval")


class Correction(Struct, frozen=True):
    """What a person at the desk said a message is; empty fields were not corrected."""

    text: Text
    topic: str = ""
    kind: str = ""
    sentiment: str = ""


class Weighted(Struct, frozen=True):
    """A text, its label, and how much it counts in training (a gold post counts 1)."""

    text: Text
    label: str
    weight: float = 1.0


def topics_beside_gold(
    data: Path,
    rules: RulesClassifier,
    tables: RuleTables,
    messages: Sequence[datasets.Example],
    gold: Collection[str],
    corrections: Sequence[Correction] = (),
) -> list[Weighted]:
    """What teaches topics beside the gold posts.

    For the topics without gold posts: letters that the rules are sure about, and the taxonomy's
    own terms. For all: the domains that writers chose on 领导留言板 (the half that may be trained
    on), and corrections.
    """
    texts = [message.text for message in messages]
    rare = [name for name in rules.topics.names if name not in gold]
    examples = [
        Weighted(texts[item.index], item.label, _WEAK_TOPIC_WEIGHT)
        for item in weak.topic_labels(rules, texts, rare)
    ]
    examples += [
        Weighted(text, label, _TERM_WEIGHT)
        for text, label in weak.taxonomy_texts(tables.topics, rare)
    ]
    examples += [
        Weighted(post.text, datasets.HANGZHOU_TOPICS[post.domain][0], _WRITER_WEIGHT)
        for post in datasets.hangzhou_posts(data)
        if post.domain and not post.held_out
    ]
    examples += [Weighted(item.text, item.topic) for item in corrections if item.topic]
    return examples


def kinds(
    rules: RulesClassifier,
    posts: Sequence[datasets.Example],
    texts: Sequence[Text],
    corrections: Sequence[Correction] = (),
) -> list[Weighted]:
    """Posts whose kind the rules are sure about, and corrections."""
    # Token posts have lost 请问, 吗 and the like, so only raw ones show a kind.
    whole = [*texts, *(post.text for post in posts if post.raw)]
    examples = [Weighted(whole[i.index], i.label) for i in weak.kind_labels(rules, whole)]
    examples += [
        Weighted(item.text, item.kind, _CORRECTION_WEIGHT) for item in corrections if item.kind
    ]
    return examples


def feelings_beside_gold(
    data: Path,
    rules: RulesClassifier,
    texts: Sequence[Text],
    seed: int,
    corrections: Sequence[Correction] = (),
) -> list[Weighted]:
    """What teaches sentiment beside the SMP2020 posts: reviews, letters, corrections."""
    shop = datasets.reviews(data)
    random.Random(seed).shuffle(shop)
    examples = [Weighted(item.text, item.label, _REVIEW_WEIGHT) for item in shop[:_REVIEWS]]
    examples += [
        Weighted(texts[item.index], item.label, _WEAK_FEELING_WEIGHT)
        for item in weak.feeling_labels(rules, texts)
    ]
    examples += [
        Weighted(item.text, item.sentiment, _CORRECTION_WEIGHT)
        for item in corrections
        if item.sentiment
    ]
    return examples


def apart(
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
