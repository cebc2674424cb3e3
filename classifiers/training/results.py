"""What an evaluation measured."""

from __future__ import annotations

from msgspec import Struct

from classifiers.training.metrics import Interval, Scores


class Sure(Struct, frozen=True):
    """What abstaining below a confidence buys."""

    threshold: float
    coverage: float
    accuracy: float


class TopicReport(Struct, frozen=True):
    """Five grouped folds over the 智慧政务 posts; nothing abstains."""

    scores: Scores
    raw: Scores
    """The posts whose raw text is known, as the desk sees them."""
    tokens: Scores
    calibration_error: float
    sure: list[Sure]


class EngineFigures(Struct, frozen=True):
    """One engine on the same posts as the others, and what it costs.

    None where the engine has nothing to say about it.
    """

    engine: str
    topics: Interval | None
    """Macro-F1 of the best guess on the 智慧政务 posts."""
    liuyan: Interval | None
    """Share right by the writer's domain on the held-out 领导留言板 posts."""
    virus: Interval
    """Macro-F1 in three classes on SMP2020 virus eval."""
    usual: Interval
    """The same on usual eval."""
    milliseconds: float
    """For a letter of 430 characters, many in one call, on one core."""
    megabytes: float
    """Of its file."""


class LiuyanReport(Struct, frozen=True):
    """领导留言板 posts of the half never trained on, domains mapped to topics."""

    count: int
    right: Interval
    """Nothing abstains; right is any topic the domain maps to."""
    accuracy_by_tree: float
    """The same with `HANGZHOU_TOPICS_BY_TREE`."""
    calibration_error: float
    """Of the best guess against the writer's domain."""
    coverage: float
    accuracy_when_sure: float
    by_domain: list[tuple[str, int, float]]
    kinds: Scores
    """投诉, 求助 and 举报 are one class there. All posts: no kind of theirs was trained on."""
    kinds_by_rules: Scores


class SentimentReport(Struct, frozen=True):
    """Five grouped folds over the SMP2020 posts; one part of them."""

    part: str
    three: Scores
    calibration_error: float
    two_class_accuracy: float
    """Negative against positive; neutral posts left out."""
    snownlp_three: Scores | None
    snownlp_two_class: float | None


class JudgeFigures(Struct, frozen=True):
    """One set: the macro-F1, or for 领导留言板 the share right, of the best guess."""

    name: str
    texts: int
    first: Interval
    second: Interval
    both: Interval
    """The second judge asked about every text of a sort that it has a word in."""
    cascade: Interval
    """As it works: asked only where the first wavers."""
    asked: float
    """Share of the texts that the cascade asks the second judge about."""
    milliseconds: float
    """Of one core for a text that is asked about."""


class Speed(Struct, frozen=True):
    """Milliseconds of one core for letters cut to `characters`."""

    characters: int
    milliseconds: float
    """All heads with evidence, many letters in one call as the stream has them."""
    alone: float
    """The same for one letter in a call."""
    snownlp: float | None
    """SnowNLP's sentiment alone."""


class Report(Struct, frozen=True):
    model: str
    engines: list[EngineFigures]
    topic: TopicReport
    liuyan: LiuyanReport
    sentiment: list[SentimentReport]
    speed: list[Speed]
    judges: list[JudgeFigures]
    """Both judges; none where the second is not installed."""
