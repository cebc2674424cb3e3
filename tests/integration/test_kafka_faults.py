"""A short part of `make chaos` for every run: the faults that cost most when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import faults, scenarios
from tests.chaos.play import play
from tests.chaos.stage import Undisturbed, undisturbed
from tests.servers import Elasticsearch, Kafka

SHORT = (
    faults.killed_before_the_journal,
    faults.poison,
)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return undisturbed(tmp_path_factory.mktemp("calm"), rows=200)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("wanted", SHORT, ids=lambda run: run.__name__)
def test_nothing_is_lost_or_doubled(
    wanted: object,
    kafka: Kafka,
    elasticsearch: Elasticsearch,
    tmp_path: Path,
    calm: Undisturbed,
) -> None:
    scenario = next(one for one in scenarios.SCENARIOS if one.run is wanted)
    result = play(scenario, tmp_path / "run", kafka, elasticsearch, calm)
    assert result.problem == ""
