"""Labels nobody gave: kinds and rare topics from the rules, feelings from the kinds.

Weak labels teach the model what the rules only see in their own words. They
are used for training alone; no number we report is measured on them.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from cases.words.labels import Kind
from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import TopicTable
from classifiers.text.folding import fold
from classifiers.training.datasets import SENTIMENT_CLASSES

_SURE_KIND = 0.7
_SURE_TOPIC = 0.5
_NEGATIVE, _NEUTRAL, _POSITIVE = SENTIMENT_CLASSES


class Weak(Struct, frozen=True):
    """A label for the text at `index`, as far as it can be trusted."""

    index: int
    label: str


def kind_labels(rules: RulesClassifier, texts: Sequence[Text]) -> list[Weak]:
    """Kinds where the rules are sure."""
    found: list[Weak] = []
    for index, text in enumerate(texts):
        guess = rules.kinds.guess(fold(text.body, text.title))
        if guess.confidence >= _SURE_KIND:
            found.append(Weak(index, guess.kind.value))
    return found


def topic_labels(
    rules: RulesClassifier, texts: Sequence[Text], topics: Sequence[str]
) -> list[Weak]:
    """Those of `topics` (classes without labelled posts) where the words are clear."""
    found: list[Weak] = []
    for index, text in enumerate(texts):
        ranked = rules.topics.find(fold(text.body, text.title)).ranked()
        if ranked and ranked[0][0] in topics and ranked[0][1] >= _SURE_TOPIC:
            found.append(Weak(index, ranked[0][0]))
    return found


def taxonomy_texts(table: TopicTable, topics: Sequence[str]) -> list[tuple[Text, str]]:
    """The taxonomy's own terms as tiny posts for the classes without labelled ones."""
    texts: list[tuple[Text, str]] = []
    for (first, second, third), words in table.leaves().items():
        if first not in topics:
            continue
        name = second if third == "其他" else third
        texts.append((Text(f"关于{name}的问题", "。".join(words)), first))
        texts.extend((Text(f"反映{word}问题", f"{word}，{name}"), first) for word in words)
    for first in topics:
        texts.extend((Text(f"反映{w}问题", w), first) for w in table.first_terms(first))
    return texts


def feeling_labels(rules: RulesClassifier, texts: Sequence[Text]) -> list[Weak]:
    """Feelings of letters to the government, told by kind and clear words.

    A question without a hard word is neutral, praise is positive, a complaint
    with hard words is negative; everything between is left out.
    """
    found: list[Weak] = []
    for index, text in enumerate(texts):
        message = fold(text.body, text.title)
        guess = rules.kinds.guess(message)
        if guess.confidence < _SURE_KIND:
            continue
        counts = rules.feelings.read(message).counts
        hard = counts["negative"] + counts["angry"] + counts["furious"]
        if guess.kind in (Kind.INQUIRY, Kind.SUGGESTION) and hard == 0 and counts["upset"] == 0:
            found.append(Weak(index, _NEUTRAL))
        elif guess.kind is Kind.THANKS and hard <= 1 and counts["positive"] >= 2:
            found.append(Weak(index, _POSITIVE))
        elif guess.kind in (Kind.COMPLAINT, Kind.REPORT) and hard >= 2 and not counts["positive"]:
            found.append(Weak(index, _NEGATIVE))
    return found
