"""The proof: how good and how fast, measured on what no training run has seen.

`python -m classifiers.training.evaluate --data ../shared/data` prints the report; the
model card carries the same numbers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cases.words.labels import Kind
from classifiers.base import Text
from classifiers.model.engine import ModelClassifier, load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.snownlp import engine
from classifiers.training import corpus as corpora
from classifiers.training import datasets, train
from classifiers.training.fit import count
from classifiers.training.metrics import Scores, calibration_error, compare
from classifiers.training.report import as_text
from classifiers.training.results import (
    LiuyanReport,
    Report,
    SentimentReport,
    Speed,
    Sure,
    TopicReport,
)
from huiyin.configuration.table import Table

Progress = Callable[[str], object]
T = TypeVar("T")


def _silent(_message: str) -> None:
    """Progress nobody watches."""


_SPEED_TEXTS = 200
_SNOWNLP_TEXTS = 40
_ROUNDS = 5
_TOGETHER = 40
"""Letters in a call, where many come at once."""
_LENGTHS = (100, 270, 430)
"""Characters of a short post, a usual one, and the letter the aims are stated for."""
_SURE = (0.5, 0.6, 0.7, 0.8, 0.9)


def evaluate(
    data: Path,
    tables: RuleTables,
    *,
    model: Path | None = None,
    seed: int = train.SEED,
    snownlp: bool = True,
    progress: Progress = _silent,
) -> Report:
    """Measure everything. Raises `DataError` or `ModelError`.

    The topic estimate and the sentiment on the usual posts come from models
    fitted without the posts they are measured on; the rest is the shipped file.
    """
    with threadpool_limits(limits=1):
        classifier = load_model(tables, model)
        progress("reading")
        corpus = corpora.assemble(data, tables, seed)
        folds = train.cross_validate(corpus, seed, progress)
        rules = RulesClassifier(tables)
        progress("领导留言板")
        liuyan = _liuyan(classifier, rules, data)
        progress("sentiment")
        sentiment = [
            _sentiment(classifier, data, snownlp=snownlp),
            _usual(corpus, rules, data, seed, snownlp=snownlp),
        ]
        progress("speed")
        letters = [post.text for post in datasets.message_posts(data)]
        return Report(
            model=classifier.version,
            topic=_topic(corpus, folds),
            liuyan=liuyan,
            sentiment=sentiment,
            speed=[_speed(classifier, letters, length, snownlp=snownlp) for length in _LENGTHS],
        )


def _topic(corpus: corpora.Corpus, folds: Sequence[train.Fold]) -> TopicReport:
    probabilities, gold = train.topic_probabilities(corpus, folds)
    names = corpus.topic_names
    truth = [names[index] for index in gold.tolist()]
    guess = [names[index] for index in probabilities.argmax(axis=1).tolist()]
    raw = [post.raw for post in corpus.posts]

    def part(*, whole: bool) -> Scores:
        chosen = [index for index, is_raw in enumerate(raw) if is_raw is whole]
        return compare([truth[i] for i in chosen], [guess[i] for i in chosen], names)

    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    return TopicReport(
        scores=compare(truth, guess, names),
        raw=part(whole=True),
        tokens=part(whole=False),
        calibration_error=calibration_error(confidence, right),
        sure=[_sure(threshold, confidence, right) for threshold in _SURE],
    )


def _sure(threshold: float, confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> Sure:
    chosen = confidence >= threshold
    return Sure(
        threshold,
        coverage=float(chosen.mean()),
        accuracy=float(right[chosen].sum() / max(int(chosen.sum()), 1)),
    )


def _liuyan(classifier: ModelClassifier, rules: RulesClassifier, data: Path) -> LiuyanReport:
    posts = datasets.hangzhou_posts(data)
    labels = classifier.classify([post.text for post in posts])
    topical = [(post, label) for post, label in zip(posts, labels, strict=True) if post.domain]
    best = [label.topic_candidates[0][0] if label.topic_candidates else "" for _, label in topical]
    right, right_by_tree = (
        [topic in mapping[post.domain] for (post, _), topic in zip(topical, best, strict=True)]
        for mapping in (datasets.HANGZHOU_TOPICS, datasets.HANGZHOU_TOPICS_BY_TREE)
    )
    sure = [not label.abstained for _, label in topical]
    by_domain: list[tuple[str, int, float]] = []
    for domain in datasets.HANGZHOU_TOPICS:
        own = [ok for (post, _), ok in zip(topical, right, strict=True) if post.domain == domain]
        by_domain.append((domain, len(own), sum(own) / max(len(own), 1)))
    typed = [
        (post, label.kind)
        for post, label in zip(posts, labels, strict=True)
        if post.type in _LIUYAN_TYPES
    ]
    ruled = rules.classify([post.text for post, _ in typed])
    gold = [post.type for post, _ in typed]
    return LiuyanReport(
        count=len(topical),
        accuracy=sum(right) / len(right),
        accuracy_by_tree=sum(right_by_tree) / len(right_by_tree),
        coverage=sum(sure) / len(sure),
        accuracy_when_sure=sum(a and b for a, b in zip(right, sure, strict=True)) / sum(sure),
        by_domain=by_domain,
        kinds=compare(gold, [_liuyan_type(kind) for _, kind in typed], _LIUYAN_TYPES),
        kinds_by_rules=compare(gold, [_liuyan_type(label.kind) for label in ruled], _LIUYAN_TYPES),
    )


_LIUYAN_TYPES = ("投诉/求助", "咨询", "建言", "感谢")


def _liuyan_type(kind: Kind) -> str:
    merged = kind in (Kind.COMPLAINT, Kind.HELP, Kind.REPORT)
    return _LIUYAN_TYPES[0] if merged else kind.value


def _sentiment(classifier: ModelClassifier, data: Path, *, snownlp: bool) -> SentimentReport:
    posts = datasets.smp(data, "virus_eval")
    probabilities = np.array([classifier.scores(post.text).sentiment for post in posts])
    return _sentiment_report("virus_eval", posts, probabilities, snownlp=snownlp)


def _usual(
    corpus: corpora.Corpus, rules: RulesClassifier, data: Path, seed: int, *, snownlp: bool
) -> SentimentReport:
    letters = [post.text for post in datasets.message_posts(data)]
    without = corpora.sentiments(data, rules, letters, seed, held_out_part="usual_eval")
    fitted = train.fit_sentiment(corpus, without)
    posts = datasets.smp(data, "usual_eval")
    matrix = fitted.space.matrix(count([post.text for post in posts]))
    return _sentiment_report("usual_eval", posts, fitted.sentiment.scores(matrix), snownlp=snownlp)


def _sentiment_report(
    part: str,
    posts: Sequence[datasets.Example],
    scores: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    *,
    snownlp: bool,
) -> SentimentReport:
    names = datasets.SENTIMENT_CLASSES
    gold = [post.label for post in posts]
    guess = [names[index] for index in scores.argmax(axis=1).tolist()]
    felt = [index for index, label in enumerate(gold) if label != names[1]]
    two = [(names[2] if scores[i, 2] > scores[i, 0] else names[0]) == gold[i] for i in felt]
    if not snownlp:
        return SentimentReport(part, compare(gold, guess, names), sum(two) / len(two), None, None)
    positive = [engine.positive(post.text.body) for post in posts]
    theirs = [names[0] if p < 0.4 else names[2] if p > 0.6 else names[1] for p in positive]
    their_two = [(names[2] if positive[i] > 0.5 else names[0]) == gold[i] for i in felt]
    return SentimentReport(
        part=part,
        three=compare(gold, guess, names),
        two_class_accuracy=sum(two) / len(two),
        snownlp_three=compare(gold, theirs, names),
        snownlp_two_class=sum(their_two) / len(their_two),
    )


def _speed(
    classifier: ModelClassifier, letters: Sequence[Text], length: int, *, snownlp: bool
) -> Speed:
    long = [text for text in letters if len(text.title) < length <= len(text.title + text.body)]
    cut = [Text(text.title, text.body[: length - len(text.title)]) for text in long[:_SPEED_TEXTS]]
    classifier.classify(cut)
    theirs: float | None = None
    if snownlp:
        plain = [text.title + text.body for text in cut[:_SNOWNLP_TEXTS]]
        engine.positive(plain[0])
        theirs = _milliseconds(lambda few: [engine.positive(t) for t in few], plain, 1)
    return Speed(
        characters=length,
        milliseconds=_milliseconds(classifier.classify, cut, _TOGETHER),
        alone=_milliseconds(classifier.classify, cut, 1),
        snownlp=theirs,
    )


def _milliseconds(run: Callable[[Sequence[T]], object], texts: Sequence[T], size: int) -> float:
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


def load_tables(config: Path) -> RuleTables:
    """The rule tables of a config folder."""
    topics, kinds, risk = (
        Table.read(config / f"{name}.toml") for name in ("topics", "kinds", "risk")
    )
    return RuleTables.from_tables(topics, kinds, risk)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the module; `huiyin evaluate` calls `evaluate` itself."""

    parser = argparse.ArgumentParser(prog="classifiers.training.evaluate", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with topics/, sentiment/ …"
    )
    parser.add_argument("--config", type=Path, default=Path("config"), help="rule tables")
    parser.add_argument("--model", type=Path, default=None, help="model file (the shipped one)")
    parser.add_argument("--no-snownlp", action="store_true", help="skip the slow baseline")
    options = parser.parse_args(arguments)
    report = evaluate(
        options.data,
        load_tables(options.config),
        model=options.model,
        snownlp=not options.no_snownlp,
        progress=lambda message: sys.stderr.write(f"{message}\n"),
    )
    sys.stdout.write(as_text(report) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
