"""The shipped handling table: the State Council's tariff for disclosure."""

from __future__ import annotations

from cases.life.handling import HandlingRules
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG
from tests.cases.life.test_fees import FEES


def test_the_shipped_tariff_is_the_default() -> None:
    table = Configuration(CONFIG).table("handling.toml")
    assert HandlingRules.from_table(table).disclosure.fees == FEES
