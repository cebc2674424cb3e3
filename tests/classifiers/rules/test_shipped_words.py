"""The shipped words find what the rules find with the words of their own tests."""

from __future__ import annotations

import pytest

from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from classifiers.text.folding import fold
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG
from tests.classifiers.rules.test_engine import (
    test_every_word_of_the_topic_table_names_a_place_in_the_tree,
    test_intensity_from_calm_to_furious,
    test_kind_by_how_it_is_said,
    test_noise_gets_no_answer,
    test_topic_by_words,
)
from tests.classifiers.rules.test_negation import (
    test_a_denied_feeling_is_none,
    test_denied_praise_is_negative_and_quoted_whole,
    test_what_only_looks_denied_holds,
)
from tests.classifiers.rules.test_risk import (
    test_a_danger_that_is_not_over_yet_does,
    test_a_danger_that_is_told_to_be_over_wakes_nobody,
    test_a_negation_of_something_else_does_not_hide_the_risk,
    test_a_risk_is_told_from_what_only_sounds_like_it,
    test_a_threat_of_long_ago_is_a_risk_and_wakes_nobody,
    test_a_word_that_every_second_letter_has_is_no_risk_by_itself,
    test_danger_to_life_is_urgent,
    test_each_domain_and_signal_is_seen,
    test_figures_of_speech_and_what_may_come_are_not_urgent,
    test_negated_settled_or_figurative_words_are_no_risk,
    test_urgent_is_danger_or_many_risks_with_a_signal,
    test_what_they_missed,
    test_words_alone_do_not_make_these_domains,
)

__all__ = [
    "test_a_danger_that_is_not_over_yet_does",
    "test_a_danger_that_is_told_to_be_over_wakes_nobody",
    "test_a_denied_feeling_is_none",
    "test_a_negation_of_something_else_does_not_hide_the_risk",
    "test_a_risk_is_told_from_what_only_sounds_like_it",
    "test_a_threat_of_long_ago_is_a_risk_and_wakes_nobody",
    "test_a_word_that_every_second_letter_has_is_no_risk_by_itself",
    "test_danger_to_life_is_urgent",
    "test_denied_praise_is_negative_and_quoted_whole",
    "test_each_domain_and_signal_is_seen",
    "test_every_word_of_the_topic_table_names_a_place_in_the_tree",
    "test_figures_of_speech_and_what_may_come_are_not_urgent",
    "test_intensity_from_calm_to_furious",
    "test_kind_by_how_it_is_said",
    "test_negated_settled_or_figurative_words_are_no_risk",
    "test_noise_gets_no_answer",
    "test_topic_by_words",
    "test_urgent_is_danger_or_many_risks_with_a_signal",
    "test_what_only_looks_denied_holds",
    "test_what_they_missed",
    "test_words_alone_do_not_make_these_domains",
]
"""Run here once more, with the shipped words."""


@pytest.fixture(scope="module")
def tables() -> RuleTables:
    read = Configuration(CONFIG).table
    return RuleTables.from_tables(*(read(f"{name}.toml") for name in ("topics", "kinds", "risk")))


@pytest.fixture(scope="module")
def rules(tables: RuleTables) -> RulesClassifier:
    return RulesClassifier(tables)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("县医院夜里施工扰民", "环境保护"),
        ("小区楼下网吧噪音扰民", "环境保护"),
        ("建议在百货大楼路口修建人行天桥", "城乡建设"),
        ("新水表数据不对", "城乡建设"),
        ("人才购房补贴怎么领", "城乡建设"),
        ("河东片区路网何时建", "交通运输"),
        ("东苑小区周边乱停车", "政法"),
        ("乒羽中心何时开放", "教育文体"),
        ("井盖噪音扰民，路灯也不亮", ""),
    ],
)
def test_a_title_that_names_one_matter_decides(
    rules: RulesClassifier, title: str, topic: str
) -> None:
    assert rules.topics.find(fold("", title)).decided == topic
