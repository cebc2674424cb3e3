"""An evaluation report as text, in the tables of the model card."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.training.metrics import Interval, Scores
from classifiers.training.results import (
    EngineFigures,
    JudgeFigures,
    LiuyanReport,
    Report,
    SentimentReport,
    Speed,
    TopicReport,
)


def as_text(report: Report) -> str:
    """The whole report in Markdown."""
    parts = [
        f"Model `{report.model}`",
        _engines(report.engines),
        judges_as_text(report.judges),
        _topic(report.topic),
        _liuyan(report.liuyan),
        *(_sentiment(part) for part in report.sentiment),
        _speed(report.speed),
    ]
    return "\n\n".join(parts)


def _engines(engines: Sequence[EngineFigures]) -> str:
    head = (
        "engine",
        "topics, macro-F1",
        "领导留言板, right",
        "virus posts, macro-F1",
        "usual posts, macro-F1",
        "ms",
        "MB",
    )
    rows = [
        (
            one.engine,
            _range(one.topics),
            _range(one.liuyan),
            _range(one.virus),
            _range(one.usual),
            f"{one.milliseconds:.2f}",
            f"{one.megabytes:.1f}",
        )
        for one in engines
    ]
    return "\n\n".join(
        [
            "## Each engine",
            (
                "Best guesses on posts that it has not seen, with 95 % intervals; milliseconds of "
                "one core for a letter of 430 characters, many in a call; size of the file."
            ),
            _table(head, rows),
        ]
    )


def judges_as_text(judges: Sequence[JudgeFigures]) -> str:
    if not judges:
        return "## Both judges\n\nThe second judge (`huiyin[encoder]`) is not installed."
    head = (
        "set",
        "texts",
        "linear alone",
        "encoder alone",
        "both",
        "asked where linear wavers",
        "asked",
        "ms when asked",
        "ms on average",
    )
    rows = [
        (
            one.name,
            one.texts,
            _range(one.first),
            _range(one.second),
            _range(one.both),
            _range(one.cascade),
            f"{one.asked:.2f}",
            f"{one.milliseconds:.1f}",
            f"{one.asked * one.milliseconds:.1f}",
        )
        for one in judges
    ]
    return "\n\n".join(
        [
            "## Both judges",
            (
                "Best guesses, macro-F1 (领导留言板: share right), on texts that neither was "
                "taught with. The weights were fitted on the first set and on no other. "
                "Milliseconds are the second judge's alone, on one core."
            ),
            _table(head, rows),
        ]
    )


def _topic(topic: TopicReport) -> str:
    rows = [
        ("all posts", topic.scores),
        ("raw text", topic.raw),
        ("words without stop words", topic.tokens),
    ]
    return "\n\n".join(
        [
            "## Topic: 智慧政务 posts, five grouped folds",
            _table(
                ("posts", "count", "accuracy", "macro-F1"),
                [(name, s.count, _share(s.accuracy), _share(s.macro_f1)) for name, s in rows],
            ),
            f"Calibration error {topic.calibration_error:.3f}.",
            _table(
                ("answers above", "coverage", "accuracy"),
                [(s.threshold, _share(s.coverage), _share(s.accuracy)) for s in topic.sure],
            ),
            _classes(topic.scores),
            _confusion(topic.scores),
        ]
    )


def _liuyan(liuyan: LiuyanReport) -> str:
    return "\n\n".join(
        [
            f"## 领导留言板, {liuyan.count} posts cut at about 100 characters, never trained on",
            (
                f"Accuracy by mapped domain {_range(liuyan.right)}; "
                f"{_share(liuyan.accuracy_when_sure)} on the {_share(liuyan.coverage)} "
                f"that do not abstain. With what the tree itself files elsewhere counted as right: "
                f"{_share(liuyan.accuracy_by_tree)}. "
                f"Calibration error {liuyan.calibration_error:.3f}."
            ),
            _table(
                ("domain", "posts", "accuracy"),
                [(name, count, _share(value)) for name, count, value in liuyan.by_domain],
            ),
            "### Kind, by the writer's own choice",
            _table(
                ("engine", "accuracy", "macro-F1"),
                [
                    (
                        "model and rules",
                        _share(liuyan.kinds.accuracy),
                        _share(liuyan.kinds.macro_f1),
                    ),
                    (
                        "rules alone",
                        _share(liuyan.kinds_by_rules.accuracy),
                        _share(liuyan.kinds_by_rules.macro_f1),
                    ),
                ],
            ),
            _classes(liuyan.kinds),
            _confusion(liuyan.kinds),
        ]
    )


def _sentiment(part: SentimentReport) -> str:
    rows: list[tuple[str, str, str, str]] = [
        (
            "ours",
            _share(part.three.accuracy),
            _share(part.three.macro_f1),
            _share(part.two_class_accuracy),
        )
    ]
    if part.snownlp_three is not None and part.snownlp_two_class is not None:
        rows.append(
            (
                "SnowNLP",
                _share(part.snownlp_three.accuracy),
                _share(part.snownlp_three.macro_f1),
                _share(part.snownlp_two_class),
            )
        )
    return "\n\n".join(
        [
            f"## Sentiment: SMP2020 {part.part}, {part.three.count} posts",
            _table(("engine", "accuracy (3)", "macro-F1 (3)", "accuracy (2)"), rows),
            f"Calibration error {part.calibration_error:.3f}.",
            _classes(part.three),
            _confusion(part.three),
        ]
    )


def _speed(speeds: Sequence[Speed]) -> str:
    rows = [
        (
            speed.characters,
            f"{speed.milliseconds:.2f}",
            f"{speed.alone:.2f}",
            "" if speed.snownlp is None else f"{speed.snownlp:.1f}",
            "" if speed.snownlp is None else f"{speed.snownlp / speed.milliseconds:.0f}",
            "" if speed.snownlp is None else f"{speed.snownlp / speed.alone:.0f}",
        )
        for speed in speeds
    ]
    head = ("characters", "ms", "ms, one in a call", "SnowNLP ms", "times", "times, one in a call")
    return "\n\n".join(
        [
            "## Speed, one core",
            "All heads with evidence, against SnowNLP's sentiment alone on the same letters.",
            _table(head, rows),
        ]
    )


def _classes(scores: Scores) -> str:
    return _table(
        ("class", "precision", "recall", "F1", "posts"),
        [
            (c.name, _share(c.precision), _share(c.recall), _share(c.f1), c.support)
            for c in scores.classes
        ],
    )


def _confusion(scores: Scores) -> str:
    gold = [number for number, row in enumerate(scores.confusion) if sum(row)]
    seen = [
        number
        for number in range(len(scores.names))
        if any(row[number] for row in scores.confusion)
    ]
    return _table(
        ("gold \\ predicted", *(scores.names[n] for n in seen)),
        [(scores.names[g], *(scores.confusion[g][n] for n in seen)) for g in gold],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _range(figure: Interval | None) -> str:
    return "" if figure is None else f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def _share(value: float) -> str:
    return f"{value:.3f}"
