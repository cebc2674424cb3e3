"""The shipped words find what the rule finds with the words of its own tests, and 检举、控告 in
real letters."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from cases.routing.accusation import AccusationRule
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG, rules_of
from tests.cases.routing.test_accusation import (
    read_labels,
    test_an_accusation_of_an_office_or_its_people_is_found,
    test_no_spelling_hides_an_accusation,
    test_secrecy_asked_for_in_another_spelling_is_heard,
    test_slow_service_shops_and_neighbours_are_no_accusation,
)

__all__ = [
    "test_an_accusation_of_an_office_or_its_people_is_found",
    "test_no_spelling_hides_an_accusation",
    "test_secrecy_asked_for_in_another_spelling_is_heard",
    "test_slow_service_shops_and_neighbours_are_no_accusation",
]
"""Run here once more, with the shipped words."""


@pytest.fixture(scope="module")
def rule() -> AccusationRule:
    return rules_of(Configuration(CONFIG)).accusation


def test_precision_and_recall_on_the_half_that_made_no_rule(rule: AccusationRule) -> None:
    """Runs where the letters are: CITIZEN_LETTERS names the folder of `replies.csv`."""
    folder = os.environ.get("CITIZEN_LETTERS", "")
    if not folder:
        pytest.skip("CITIZEN_LETTERS is not set: the letters are not part of the project")
    with (Path(folder) / "replies.csv").open(encoding="utf-8", newline="") as file:
        letters = {row["留言编号"]: row for row in csv.DictReader(file)}
    right = found = wanted = 0
    for row in read_labels():
        if row["half"] != "figure":
            continue
        letter = letters[row["id"]]
        waits = rule.find(letter["留言主题"], letter["留言详情"]) is not None
        should = row["label"] == "waits"
        right += waits and should
        found += waits
        wanted += should
    assert right / found >= 0.9
    assert right / wanted >= 0.85
