"""Media reports and yellow water of the samples, in the place that the samples play in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.record.case import Case
from cases.record.events import CaseOpened
from cases.registers.media import Stance, report_of, stories
from desk.demo.home import with_place
from desk.demo.reports import put_reports
from desk.ground.media import media_table
from desk.ground.sample_data import SOURCE
from desk.ground.settings import read_settings
from desk.opinion.media_routes import local_names
from sinks.ledger.base import Query
from tests.desk.app.test_web import NOW, Desk

UNITS = {
    "mt-001": "transport",
    "mt-002": "transport",
    "mt-003": "transport",
    "mt-004": "housing",
} | {f"gs-{number:03d}": "water-company" for number in range(1, 9)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """These messages alone, without the four weeks. Only read it."""
    home, config = tmp_path_factory.mktemp("reports"), root / "config"
    with_place(read_settings({"HUIYIN_HOME": str(home), "HUIYIN_CONFIG": str(config)}))
    made = Desk(home, config)
    place, *_ = local_names(made.settings)
    put_reports(made.runner.store, made.runner.processor, NOW, place)
    yield made
    made.close()


def _cases(desk: Desk) -> list[Case]:
    return list(desk.runner.store.ledger.scan(Query()))


def test_each_goes_to_the_right_unit(desk: Desk) -> None:
    assert {case.item.source_item_id: case.unit for case in _cases(desk)} == UNITS


def test_none_is_urgent(desk: Desk) -> None:
    assert [case.case_id for case in _cases(desk) if case.labels.urgent] == []


def test_one_story_speaks_well_of_the_place_and_one_blames_it(desk: Desk) -> None:
    table, local = media_table(desk.settings), local_names(desk.settings)
    reports = [report_of(case, table, local) for case in _cases(desk) if table.is_report(case)]
    stances = {one.case_id.removeprefix(f"{SOURCE}:"): one.stance for one in reports}
    assert stances["mt-004"] is Stance.CRITICAL
    assert Stance.CRITICAL not in (stances["mt-001"], stances["mt-002"], stances["mt-003"])
    assert {one.rank for one in reports} == {"省级", "市级", "自媒体"}
    (loudest, *_) = (one for one in stories(reports, table) if one.stance is Stance.CRITICAL)
    assert loudest.reach == {"阅读": 35_000, "转发": 210}


def test_each_is_taken_in_at_its_own_time_and_once(desk: Desk) -> None:
    store = desk.runner.store
    times = [
        (event.at, event.body.item.received_at)
        for event in store.journal()
        if isinstance(event.body, CaseOpened)
    ]
    assert len(times) == len(UNITS)
    assert [taken for taken, _ in times] == [received for _, received in times]
    events = store.journal_size()
    put_reports(store, desk.runner.processor, NOW, local_names(desk.settings)[0])
    assert store.journal_size() == events


def test_good_news_is_filed_and_blame_is_open(desk: Desk) -> None:
    reports = [case for case in _cases(desk) if case.item.channel == "新闻媒体"]
    assert [case.item.source_item_id for case in reports if case.open] == ["mt-004"]
