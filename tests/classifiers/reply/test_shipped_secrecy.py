"""The shipped words of a secrecy review find what the rule finds with those of its own tests."""

from __future__ import annotations

import pytest

from classifiers.reply.secrecy import SecrecyTable
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG
from tests.classifiers.reply.test_secrecy import (
    test_an_ordinary_answer_has_nothing_to_look_at,
    test_words_and_numbers_are_found_where_they_stand,
)

__all__ = [
    "test_an_ordinary_answer_has_nothing_to_look_at",
    "test_words_and_numbers_are_found_where_they_stand",
]
"""Run here once more, with the shipped words."""


@pytest.fixture(scope="module")
def table() -> SecrecyTable:
    return SecrecyTable.from_table(Configuration(CONFIG).table("secrecy.toml"))
