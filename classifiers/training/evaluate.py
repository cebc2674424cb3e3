"""The proof: how good and how fast, measured on what no training run has seen.

`python -m classifiers.training.evaluate --data ../shared/data` prints the report; the
model card carries the same numbers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import structs
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cases.words.labels import Kind
from classifiers.base import Classifier
from classifiers.encoder.judge import available
from classifiers.model.engine import SHIPPED, ModelClassifier, load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.snownlp import engine
from classifiers.training import corpus as corpora
from classifiers.training import datasets, engines, judges, speeds, train
from classifiers.training.examples import FEELING_PARTS
from classifiers.training.metrics import (
    Scores,
    calibration_error,
    compare,
    macro_f1_interval,
    share_interval,
)
from classifiers.training.report import as_text
from classifiers.training.results import (
    EngineFigures,
    LiuyanReport,
    Report,
    SentimentReport,
    Sure,
    TopicReport,
)
from huiyin.configuration.table import Table

Progress = Callable[[str], object]


def _silent(_message: str) -> None:
    """Progress nobody watches."""


_LENGTHS = (100, 270, 430)
"""Characters of a short post, a usual one, and the letter the aims are stated for."""
_SURE = (0.5, 0.6, 0.7, 0.8, 0.9)
_PARTS = (
    ("virus_eval",),
    ("usual_eval",),
    ("virus_train", "virus_eval"),
    ("usual_train", "usual_eval"),
)
"""Each evaluation part, beside SnowNLP; then all posts of its sort, which say it more exactly."""


def evaluate(
    data: Path,
    tables: RuleTables,
    *,
    model: Path | None = None,
    seed: int = train.SEED,
    snownlp: bool = True,
    progress: Progress = _silent,
) -> Report:
    """Measure everything. Raises `DataError`, `ModelError` or `EncoderError`.

    Topic and sentiment are measured in folds, by models fitted as the shipped one without the
    posts they are measured on; 领导留言板 and speed with the file itself.
    """
    with threadpool_limits(limits=1):
        classifier = load_model(tables, model)
        progress("reading")
        corpus = corpora.assemble(data, tables, seed)
        folds = train.cross_validate(corpus, seed, progress)
        rules = RulesClassifier(tables)
        progress("领导留言板")
        posts = datasets.hangzhou_posts(data)
        liuyan = _liuyan(classifier, rules, posts)
        progress("sentiment")
        felt = {part: datasets.smp(data, part) for part in FEELING_PARTS}
        measured = train.measured_feelings(corpus, folds)
        sentiment = [_sentiment(corpus, measured, felt, parts, snownlp=snownlp) for parts in _PARTS]
        progress("speed")
        letters = [post.text for post in datasets.message_posts(data)]
        speed = [speeds.speed(classifier, letters, length, snownlp=snownlp) for length in _LENGTHS]
        progress("second judge")
        both = judges.compared(corpus, folds, posts, felt, classifier) if available() else []
        topic = _topic(corpus, folds)
        own = EngineFigures(
            engine="model and rules",
            topics=macro_f1_interval(topic.scores),
            liuyan=liuyan.right,
            virus=macro_f1_interval(sentiment[0].three),
            usual=macro_f1_interval(sentiment[1].three),
            milliseconds=speed[-1].milliseconds,
            megabytes=(model or SHIPPED).stat().st_size / 1e6,
        )
        others = [engines.rules(rules, corpus, posts, felt, letters)]
        if snownlp:
            others.append(engines.snownlp(sentiment, speed))
        return Report(
            model=classifier.version,
            engines=[own, *others],
            topic=topic,
            liuyan=liuyan,
            sentiment=sentiment,
            speed=speed,
            judges=both,
        )


def _topic(corpus: corpora.Corpus, folds: Sequence[train.Fold]) -> TopicReport:
    measured = train.measured_topics(corpus, folds)
    probabilities, gold = measured.chances, measured.gold
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


def _liuyan(
    classifier: ModelClassifier, rules: RulesClassifier, posts: Sequence[datasets.LiuyanPost]
) -> LiuyanReport:
    topical = [post for post in posts if post.domain and post.held_out]
    labels = classifier.classify([post.text for post in topical])
    right, right_by_tree = (
        [
            label.best_topic in mapping[post.domain]
            for post, label in zip(topical, labels, strict=True)
        ]
        for mapping in (datasets.HANGZHOU_TOPICS, datasets.HANGZHOU_TOPICS_BY_TREE)
    )
    sure = [not label.abstained for label in labels]
    by_domain: list[tuple[str, int, float]] = []
    for domain in datasets.HANGZHOU_TOPICS:
        own = [ok for post, ok in zip(topical, right, strict=True) if post.domain == domain]
        by_domain.append((domain, len(own), sum(own) / max(len(own), 1)))
    typed = [post for post in posts if post.type in _LIUYAN_TYPES]
    gold = [post.type for post in typed]

    def kinds(engine: Classifier) -> Scores:
        found = engine.classify([post.text for post in typed])
        return compare(gold, [_liuyan_type(label.kind) for label in found], _LIUYAN_TYPES)

    confidence = np.array([label.topic_confidence for label in labels], dtype=np.float32)
    return LiuyanReport(
        count=len(topical),
        right=share_interval(sum(right), len(right)),
        accuracy_by_tree=sum(right_by_tree) / max(len(right_by_tree), 1),
        calibration_error=calibration_error(confidence, np.array(right, dtype=bool)),
        coverage=sum(sure) / max(len(sure), 1),
        accuracy_when_sure=sum(a and b for a, b in zip(right, sure, strict=True))
        / max(sum(sure), 1),
        by_domain=by_domain,
        kinds=kinds(classifier),
        kinds_by_rules=kinds(rules),
    )


_LIUYAN_TYPES = ("投诉/求助", "咨询", "建言", "感谢")


def _liuyan_type(kind: Kind) -> str:
    merged = kind in (Kind.COMPLAINT, Kind.HELP, Kind.REPORT)
    return _LIUYAN_TYPES[0] if merged else kind.value


def _sentiment(
    corpus: corpora.Corpus,
    measured: train.Measured,
    felt: Mapping[str, Sequence[datasets.Example]],
    parts: tuple[str, ...],
    *,
    snownlp: bool,
) -> SentimentReport:
    """The posts of `parts`; SnowNLP beside ours where it is one part."""
    names = datasets.SENTIMENT_CLASSES
    rows = [row for row, part in enumerate(corpus.feeling_parts) if part in parts]
    chances = measured.chances[rows]
    gold = [names[index] for index in measured.gold[rows].tolist()]
    guess = [names[index] for index in chances.argmax(axis=1).tolist()]
    sides = [index for index, label in enumerate(gold) if label != names[1]]
    two = [(names[2] if chances[i, 2] > chances[i, 0] else names[0]) == gold[i] for i in sides]
    right = np.array([one == other for one, other in zip(gold, guess, strict=True)], dtype=bool)
    report = SentimentReport(
        part=" + ".join(parts),
        three=compare(gold, guess, names),
        calibration_error=calibration_error(chances.max(axis=1), right),
        two_class_accuracy=sum(two) / max(len(two), 1),
        snownlp_three=None,
        snownlp_two_class=None,
    )
    if not snownlp or len(parts) > 1:
        return report
    positive = [engine.positive(post.text.body) for post in felt[parts[0]]]
    theirs = [names[0] if p < 0.4 else names[2] if p > 0.6 else names[1] for p in positive]
    their_two = [(names[2] if positive[i] > 0.5 else names[0]) == gold[i] for i in sides]
    return structs.replace(
        report,
        snownlp_three=compare(gold, theirs, names),
        snownlp_two_class=sum(their_two) / max(len(their_two), 1),
    )


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
