"""`huiyin judge` on Kafka: the workers, which have the linear model alone, carry the verdicts out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from classifiers.encoder.judge import has_spoken
from desk.ground import production
from streams.sources.seam.base import Batch
from tests.desk.case_office import item
from tests.installation import ROOT, Installation, installation
from tests.servers import Elasticsearch, Kafka

SURE, WAVERS = "board-export:1", "board-export:2"


def judged(town: Installation) -> dict[str, object]:
    done = town.run("judge", "--json", HUIYIN_CLASSIFIER="model")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(600)
def test_verdicts_reach_the_cases_and_are_given_once(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    more = {"HUIYIN_CONFIG": str(tmp_path / "config"), "HUIYIN_CLASSIFIER": "linear"}
    letters = (
        item("1"),
        item("2", title="门口的车", body="门口天天停满了车，孩子上学要绕着走，反映几次没有人管。"),
    )
    with installation(tmp_path, kafka, elasticsearch, **more) as town:
        town.start_worker()
        runner = production.open_runner(town.settings)
        try:
            runner.take("board-export", Batch(found=letters))
            town.until_done()
            before = runner.store.ledger.load([SURE, WAVERS])
            assert not any(has_spoken(case.labels.model) for case in before.values())

            found = judged(town)
            assert (found["waiting"], found["judged"]) == (2, 1)
            after = runner.store.ledger.load([SURE, WAVERS])
            assert after[SURE] == before[SURE]
            assert has_spoken(after[WAVERS].labels.model)
            assert after[WAVERS].round.clocks == before[WAVERS].round.clocks

            again = judged(town)
            assert (again["waiting"], again["judged"]) == (1, 0)
            assert runner.store.ledger.load([SURE, WAVERS]) == after
        finally:
            runner.store.close()
