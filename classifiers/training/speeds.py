"""What a message costs: CPU milliseconds on one core."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from classifiers.base import Text
from classifiers.model.engine import ModelClassifier
from classifiers.snownlp import engine
from classifiers.training.results import Speed

T = TypeVar("T")

TOGETHER = 40
"""Letters in a call, where many come at once."""
_SPEED_TEXTS = 200
_SNOWNLP_TEXTS = 40
_ROUNDS = 5


def cut(letters: Sequence[Text], length: int) -> list[Text]:
    """Those of the letters that are long enough, title and body together cut at `length`."""
    long = [text for text in letters if len(text.title) < length <= len(text.title + text.body)]
    return [Text(text.title, text.body[: length - len(text.title)]) for text in long[:_SPEED_TEXTS]]


def speed(
    classifier: ModelClassifier, letters: Sequence[Text], length: int, *, snownlp: bool
) -> Speed:
    """How long letters of `length` characters take, beside SnowNLP where it is wanted."""
    few = cut(letters, length)
    classifier.classify(few)
    theirs: float | None = None
    if snownlp:
        plain = [text.title + text.body for text in few[:_SNOWNLP_TEXTS]]
        engine.positive(plain[0])
        theirs = milliseconds(lambda few: [engine.positive(t) for t in few], plain, 1)
    return Speed(
        characters=length,
        milliseconds=milliseconds(classifier.classify, few, TOGETHER),
        alone=milliseconds(classifier.classify, few, 1),
        snownlp=theirs,
    )


def milliseconds(run: Callable[[Sequence[T]], object], texts: Sequence[T], size: int) -> float:
    """For one of the texts, `size` of them in a call.

    Each call counts with its best round: what else runs here is not our speed.
    """
    calls = [texts[start : start + size] for start in range(0, len(texts), size)]
    times = [[_cpu(partial(run, call)) for call in calls] for _ in range(_ROUNDS)]
    best = [min(rounds) for rounds in zip(*times, strict=True)]
    return float(sum(best)) * 1e3 / len(texts)


def _cpu(run: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start
