"""A word that a mail program cut in two is found by every rule, and quoted as it was written."""

from __future__ import annotations

import pytest

from classifiers.base import Text
from classifiers.matter.places import places
from classifiers.model.engine import ModelClassifier
from classifiers.rules.engine import RulesClassifier
from classifiers.text.folding import fold

WRAPS = [
    "没人管，我打算跳\n楼。",
    "没人管，我打算跳 \r\n楼。",
    "没人管，我打\n算跳\n楼。",
    "> 没人管，我打算跳\n> 楼。",
    "没人管，我打算跳\u00ad\n\u200b楼。",
]


@pytest.mark.parametrize("body", WRAPS)
def test_urgency_is_found_across_a_line_end(
    body: str, rules: RulesClassifier, model: ModelClassifier
) -> None:
    for engine in (rules, model):
        (labels,) = engine.classify([Text("反映", body)])
        assert labels.urgent
        found = [one for one in labels.evidence if one.label.startswith("risk:")]
        assert found
        assert all(body[one.start : one.end] == one.text for one in found)


def test_all_heads_read_a_wrapped_letter_as_the_same_letter(model: ModelClassifier) -> None:
    whole = "城西小区的自来水停了三天，物业不管，居民没有水喝，请尽快派人来修理管道。"
    wrapped = "\n".join(whole[at : at + 7] for at in range(0, len(whole), 7))
    one, two = model.classify([Text("反映", whole), Text("反映", wrapped)])
    assert (one.topic, one.kind, one.sentiment) == (two.topic, two.kind, two.sentiment)
    assert fold(whole).text.replace("\n", "") == fold(wrapped).text.replace("\n", "")


def test_a_place_is_found_across_a_line_end() -> None:
    assert [place.key for place in places(Text("", "我住在江南第一小\n区北门"))] == [
        place.key for place in places(Text("", "我住在江南第一小区北门"))
    ]


def test_a_paragraph_ends_what_is_said() -> None:
    assert "\n" in fold("我打算跳\n\n楼房质量").text
    assert "\n" in fold("我打算跳\n　　楼房质量").text
