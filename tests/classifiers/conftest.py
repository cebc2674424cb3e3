"""The shipped tables and the shipped model, read once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from classifiers.model.engine import ModelClassifier, load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.tables import RuleTables


@pytest.fixture(scope="session")
def tables(root: Path) -> RuleTables:
    parsed = [
        tomllib.loads((root / "config" / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("topics", "kinds", "risk")
    ]
    return RuleTables.from_tables(*parsed)


@pytest.fixture(scope="session")
def rules(tables: RuleTables) -> RulesClassifier:
    return RulesClassifier(tables)


@pytest.fixture(scope="session")
def model(tables: RuleTables) -> ModelClassifier:
    return load_model(tables)
