"""A door or a person says where history ends; what could not be read at first is parted alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record.case import State
from desk.dead_letters.replay import replay_dead
from desk.ground import wiring
from desk.ground.settings import read_settings
from sinks.files import FileStore
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from streams.history import HistoryLine, as_history, line_of
from streams.polling import poll_once
from streams.sources.registry import build_source
from streams.sources.seam.base import Batch, Rejected, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.tables.files import FileOptions, TableFiles
from tests.cases.helpers import RECEIVED, at, item
from tests.streams.test_polling import Told

LINE = HistoryLine(date(2026, 1, 1))
OLD, NEW = item("1", received_at=at("2025-12-31T23:59")), item("2", received_at=RECEIVED)
BAD = Rejected(source="letters", reason="x", detail="", original=b"x", origin="a.csv 第 3 行")


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    made = wiring.open_runner(
        read_settings(
            {
                "HUIYIN_HOME": str(tmp_path),
                "HUIYIN_NOW": RECEIVED.isoformat(),
                "HUIYIN_CLASSIFIER": "rules",
            }
        )
    )
    yield made
    made.store.close()


def states(runner: EmbeddedRunner) -> dict[str, State]:
    runner.pump_all()
    cases = runner.store.ledger.search(Query(limit=100)).cases
    return {case.item.source_item_id: case.state for case in cases}


def test_a_date_parts_history_from_what_is_to_be_done() -> None:
    found = as_history(Batch(found=(OLD, NEW)), LINE).found
    assert found == (replace(OLD, archived=True), NEW)
    assert as_history(Batch(found=(OLD, NEW)), None).found == (OLD, NEW)
    everything = as_history(Batch(found=(OLD, NEW)), HistoryLine()).found
    assert all(not isinstance(one, Rejected) and one.archived for one in everything)


@pytest.mark.parametrize("line", [LINE, HistoryLine()], ids=["date", "all"])
def test_a_dead_letter_says_by_which_line_it_is_read_again(line: HistoryLine) -> None:
    (once,) = as_history(Batch(found=(BAD,)), line).found
    assert isinstance(once, Rejected)
    assert line_of(once.origin) == line
    assert line_of(BAD.origin) is None
    assert as_history(Batch(found=(once,)), line).found == (once,)


def test_a_row_that_is_mended_later_is_history_still(
    runner: EmbeddedRunner, tmp_path: Path
) -> None:
    columns = {"id": ["编号"], "received_at": ["时间"], "title": ["标题"], "body": ["正文"]}

    def source(longest: int) -> TableFiles:
        options = {"columns": columns, "max_cell_chars": longest}
        return TableFiles("letters", "门", FileOptions.model_validate(options))

    path = tmp_path / "a.csv"
    path.write_text(
        "编号,时间,标题,正文\n"
        "1,2025-03-01 09:00:00,停水,六楼以上停水很久\n"
        "2,2026-03-01 09:00:00,停水,六楼以上又停水了\n",
        "utf-8",
    )
    for batch in source(5).read(path, now=RECEIVED):
        assert runner.take("letters", as_history(batch, LINE)).rejected == 2
    files = FileStore(tmp_path / "files", most_bytes=1 << 20)
    assert replay_dead(runner, {"letters": source(500)}, files).accepted == 2
    assert states(runner) == {"1": State.ARCHIVED, "2": State.ASSIGNED}


def test_a_source_that_is_asked_for_the_first_time_brings_its_past_as_history(
    runner: EmbeddedRunner,
) -> None:
    poll_once(runner, Told(Batch(found=(OLD, NEW))), runner.clock, history=LINE)
    assert states(runner)["1"] is State.ARCHIVED
    assert states(runner)["2"] is not State.ARCHIVED


def test_a_door_that_is_pushed_to_has_no_history() -> None:
    settings = read_settings({})
    entry = SourceEntry(
        name="window",
        adapter="desk-form",
        channel="大厅窗口",
        archive_before=date(2026, 1, 1),
        file="sources.toml",
    )
    with pytest.raises(SourceError, match="archive_before：只用于读取的来源"):
        build_source(entry, wiring.source_context(settings))
