from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cases.words.labels import Sentiment
from classifiers.base import Classifier, Text
from classifiers.model.engine import ModelClassifier
from classifiers.rules.engine import RulesClassifier
from classifiers.snownlp.engine import SnowNLPSentiment
from classifiers.training.metrics import calibration_error, compare


@pytest.mark.slow
def test_snownlp_replaces_the_sentiment_alone(rules: RulesClassifier) -> None:
    text = Text("表扬", "工作人员服务周到，非常满意，物美价廉")
    engine: Classifier = SnowNLPSentiment(rules)
    (theirs,) = engine.classify([text])
    (ours,) = rules.classify([text])
    assert theirs.sentiment is Sentiment.POSITIVE
    assert theirs.sentiment_score > 0.5
    assert (theirs.topic, theirs.kind, theirs.risk) == (ours.topic, ours.kind, ours.risk)
    assert theirs.model == engine.version == f"snownlp/{rules.version}"
    assert not [item for item in theirs.evidence if item.label.startswith("sentiment:")]


def test_snownlp_says_nothing_about_noise(rules: RulesClassifier) -> None:
    for labels in SnowNLPSentiment(rules).classify(
        [Text("", ""), Text("", "！？"), Text("", "\ud800")]
    ):
        assert labels.sentiment is Sentiment.NEUTRAL


def test_every_engine_fits_the_seam(model: ModelClassifier, rules: RulesClassifier) -> None:
    engines: list[Classifier] = [model, rules, SnowNLPSentiment(model)]
    for engine in engines:
        (labels,) = engine.classify([Text("拖欠工资", "公司拖欠工资")])
        assert labels.model == engine.version
        assert "工资拖欠" in labels.risk


def test_loading_the_model_needs_nothing_heavy(root: Path) -> None:
    """A fresh process that classifies loads neither scikit-learn, scipy nor SnowNLP."""
    code = (
        "import sys, tomllib, pathlib\n"
        "from classifiers.model.engine import load_model\n"
        "from classifiers.rules.tables import RuleTables\n"
        "from classifiers.base import Text\n"
        "read = lambda n: tomllib.loads(pathlib.Path(f'tests/tables/{n}.toml').read_text('utf-8'))\n"
        "model = load_model(RuleTables.from_tables(read('topics'), read('kinds'), read('risk')))\n"
        "model.classify([Text('停水', '停水三天了')])\n"
        "print([m for m in ('sklearn', 'scipy', 'snownlp', 'pandas') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_macro_f1_counts_classes_alike() -> None:
    gold = ["a"] * 8 + ["b"] * 2
    scores = compare(gold, ["a"] * 10, ("a", "b", "c"))
    assert scores.accuracy == 0.8
    assert scores.macro_f1 == pytest.approx((2 * 0.8 / 1.8) / 2)
    assert scores.confusion == [[8, 0, 0], [2, 0, 0], [0, 0, 0]]
    assert [entry.name for entry in scores.classes] == ["a", "b"]


def test_an_abstained_answer_is_an_error_of_no_class() -> None:
    scores = compare(["a", "b"], ["", "b"], ("a", "b"))
    assert scores.accuracy == 0.5
    assert scores.classes[1].precision == 1.0


def test_calibration_error_is_the_gap() -> None:
    confidence = np.array([0.9, 0.9, 0.9, 0.9], dtype=np.float32)
    right = np.array([True, True, False, False])
    assert calibration_error(confidence, right) == pytest.approx(0.4, abs=1e-6)
    assert calibration_error(np.array([1.0], dtype=np.float32), np.array([True])) == 0.0
