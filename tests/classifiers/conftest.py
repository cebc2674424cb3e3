"""The word tables of the tests' own county, and the shipped model over them, read once."""

from __future__ import annotations

import pytest

from classifiers.model.engine import ModelClassifier, load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables
from tests.cases.helpers import table


@pytest.fixture(scope="session")
def tables() -> RuleTables:
    return RuleTables.from_tables(*(table(f"{name}.toml") for name in ("topics", "kinds", "risk")))


@pytest.fixture(scope="session")
def rules(tables: RuleTables) -> RulesClassifier:
    return RulesClassifier(tables)


@pytest.fixture(scope="session")
def model(tables: RuleTables) -> ModelClassifier:
    return load_model(tables)
