"""Feelings that are denied: one mechanism with the risks, its own words."""

from __future__ import annotations

import pytest

from cases.words.labels import Intensity, Sentiment
from classifiers.base import Text
from classifiers.model.engine import ModelClassifier
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.kinds import FeelingWords
from classifiers.rules.negation import Negation
from classifiers.rules.tables import DenialTable
from classifiers.text.folding import fold


def read(rules: RulesClassifier, text: str) -> FeelingWords:
    return rules.feelings.read(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "我不生气",
        "没有失望",
        "没有什么不满",
        "并不严重",
        "不再担心了",
        "从未投诉过",
        "也没有感到委屈",
    ],
)
def test_a_denied_feeling_is_none(rules: RulesClassifier, text: str) -> None:
    found = read(rules, text)
    assert not any(found.counts.values())
    assert not found.quotes
    assert found.unsaid


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("处理结果并不满意", "不满意"),
        ("对答复不太满意", "不太满意"),
        ("谈不上满意", "谈不上满意"),
        ("没有得到很好的解决", "没有得到很好"),
        ("窗口人员不怎么热情", "不怎么热情"),
        ("不能让人满意", "不能让人满意"),
    ],
)
def test_denied_praise_is_negative_and_quoted_whole(
    rules: RulesClassifier, text: str, quote: str
) -> None:
    found = read(rules, text)
    assert found.counts["positive"] == 0
    assert found.counts["negative"] >= 1
    (labels,) = rules.classify([Text("", text)])
    assert labels.sentiment is Sentiment.NEGATIVE
    start, end = found.quotes["negative"]
    assert text[start:end] in (quote, "不满")


@pytest.mark.parametrize(
    "text",
    [
        "我们不得不投诉",
        "业主无不愤怒",
        "怎么能不失望",
        "特别失望",
        "是不是又要推诿",
        "窗口不开，投诉",
        "严惩推诿",
        "杜绝敷衍",
        "希望治理污染",
    ],
)
def test_what_only_looks_denied_holds(rules: RulesClassifier, text: str) -> None:
    found = read(rules, text)
    assert found.counts["negative"] >= 1
    assert not found.unsaid


def test_a_word_that_is_denied_and_said_counts_once(rules: RulesClassifier) -> None:
    found = read(rules, "以前没有失望，现在失望，很失望")
    assert found.counts["negative"] == 1
    assert found.quotes["negative"] == (9, 11)


def test_abuse_is_abuse_however_it_is_put(rules: RulesClassifier) -> None:
    (labels,) = rules.classify([Text("", "你们还不去死")])
    assert labels.intensity is Intensity.FURIOUS


def test_the_intensity_goes_by_what_is_said(rules: RulesClassifier) -> None:
    denied, said = rules.classify(
        [
            Text("", "不是投诉，也没有不满，问问几点开门"),
            Text("", "要投诉，非常不满，问问几点开门"),
        ]
    )
    assert denied.intensity is Intensity.CALM
    assert said.intensity is Intensity.UPSET


@pytest.mark.parametrize(
    ("denied", "plain"),
    [("没有任何不满", "有许多不满"), ("没有什么不满", "非常不满"), ("并不严重", "非常严重")],
)
def test_the_model_does_not_read_what_is_denied(
    model: ModelClassifier, denied: str, plain: str
) -> None:
    calm, felt = model.classify([Text("", denied), Text("", plain)])
    assert calm.sentiment is Sentiment.NEUTRAL
    assert felt.sentiment is Sentiment.NEGATIVE
    assert not [item for item in calm.evidence if item.label.startswith("sentiment:")]


def test_the_model_quotes_denied_praise_with_its_denial(model: ModelClassifier) -> None:
    (labels,) = model.classify([Text("反映问题", "这件事一直没有得到很好的解决")])
    assert labels.sentiment is not Sentiment.POSITIVE
    assert "很好" not in [item.text for item in labels.evidence]


@pytest.mark.parametrize("text", ["开发商是不是跑路了", "请查查有没有非法集资"])
def test_a_risk_that_is_asked_about_is_not_denied(rules: RulesClassifier, text: str) -> None:
    assert rules.risks.find(fold(text)).risks == ("房地产金融",)


def test_an_empty_table_denies_nothing() -> None:
    nothing = Negation(DenialTable(before=[], fillers=["很"], double=[]))
    assert nothing.begins("不很满意", 2) is None
    only = Negation(DenialTable(before=["不"], fillers=[], double=[]))
    assert (only.begins("不满意", 1), only.begins("满意", 0)) == (0, None)
