"""The engines beside ours, on the same posts, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.snownlp import engine
from classifiers.training import datasets, speeds
from classifiers.training.corpus import Corpus
from classifiers.training.metrics import (
    Interval,
    compare,
    macro_f1_interval,
    share_interval,
)
from classifiers.training.results import EngineFigures, SentimentReport, Speed

LENGTH = 430
"""Characters of the letters that the engines' costs are compared on."""


def rules(
    classifier: RulesClassifier,
    corpus: Corpus,
    posts: Sequence[datasets.LiuyanPost],
    felt: Mapping[str, Sequence[datasets.Example]],
    letters: Sequence[Text],
) -> EngineFigures:
    """The rules alone."""
    topics = classifier.classify([post.text for post in corpus.posts])
    topical = [post for post in posts if post.domain and post.held_out]
    found = classifier.classify([post.text for post in topical])
    right = [
        label.best_topic in datasets.HANGZHOU_TOPICS[post.domain]
        for post, label in zip(topical, found, strict=True)
    ]

    def feelings(part: str) -> Interval:
        said = classifier.classify([post.text for post in felt[part]])
        gold = [post.label for post in felt[part]]
        guess = [label.sentiment.value for label in said]
        return macro_f1_interval(compare(gold, guess, datasets.SENTIMENT_CLASSES))

    return EngineFigures(
        engine="rules alone",
        topics=macro_f1_interval(
            compare(
                [post.label for post in corpus.posts],
                [label.best_topic for label in topics],
                corpus.topic_names,
            )
        ),
        liuyan=share_interval(sum(right), len(right)),
        virus=feelings("virus_eval"),
        usual=feelings("usual_eval"),
        milliseconds=speeds.milliseconds(
            classifier.classify, speeds.cut(letters, LENGTH), speeds.TOGETHER
        ),
        megabytes=0.0,
    )


def snownlp(sentiment: Sequence[SentimentReport], speed: Sequence[Speed]) -> EngineFigures:
    """SnowNLP, which knows no topics; its file is that of its package."""
    virus, usual = sentiment[0].snownlp_three, sentiment[1].snownlp_three
    if virus is None or usual is None:
        raise ValueError("SnowNLP was not measured")
    return EngineFigures(
        engine="SnowNLP",
        topics=None,
        liuyan=None,
        virus=macro_f1_interval(virus),
        usual=macro_f1_interval(usual),
        milliseconds=speed[-1].snownlp or 0.0,
        megabytes=engine.shipped_bytes() / 1e6,
    )
