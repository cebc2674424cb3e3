"""Samples and real messages never share a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from desk.app.cli import app
from desk.demo.home import DEMO_HOME, demo_settings, remove
from desk.demo.messages import DemoOutcome, load_demo
from desk.ground.sample_data import DEMO_FACT, SOURCE, only_samples, refuse_samples
from desk.ground.settings import SettingsError, read_settings
from streams.sources.seam.base import Batch
from tests.desk.app.test_web import NOW, Desk, item


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home", root / "config")
    yield made
    made.close()


def samples(desk: Desk) -> None:
    """As if they had been put in; all of them take longer than these tests."""
    desk.runner.store.set_fact(DEMO_FACT, NOW.isoformat())


def test_samples_have_a_folder_of_their_own_unless_one_is_named() -> None:
    plain = demo_settings(read_settings({}), {})
    assert (plain.home, plain.files) == (DEMO_HOME, DEMO_HOME / "files")
    named = {"HUIYIN_HOME": "/srv/demo"}
    assert demo_settings(read_settings(named), named).home == Path("/srv/demo")
    assert read_settings({}).home != DEMO_HOME


def test_a_home_with_samples_refuses_what_is_real(desk: Desk, tmp_path: Path) -> None:
    samples(desk)
    with pytest.raises(SettingsError, match=r"不接收真实来件.*huiyin demo remove"):
        refuse_samples(desk.settings)
    (tmp_path / "a.csv").write_text("留言编号\n1\n", "utf-8")
    environment = {
        "HUIYIN_HOME": str(desk.settings.home),
        "HUIYIN_CONFIG": str(desk.settings.config),
    }
    command = ["ingest", str(tmp_path / "a.csv"), "--source", "board-export"]
    result = CliRunner().invoke(app, command, env=environment)
    assert isinstance(result.exception, SettingsError)
    assert desk.runner.store.ledger.counts(NOW, ()).total == 0


def test_what_is_typed_while_trying_it_out_is_no_real_source(desk: Desk) -> None:
    samples(desk)
    typed = replace(item(), source="desk", channel="来访")
    desk.runner.take("desk", Batch(found=(typed,)))
    assert only_samples(desk.settings)


def test_a_home_with_real_cases_refuses_samples_and_takes_in_more(desk: Desk) -> None:
    desk.put(item())
    store, processor = desk.runner.store, desk.runner.processor
    assert load_demo(store, processor, NOW) is DemoOutcome.REFUSED
    refuse_samples(desk.settings)
    assert SOURCE not in store.intake_counts()


def test_one_of_an_earlier_version_that_holds_both_goes_on(desk: Desk) -> None:
    samples(desk)
    desk.put(item())
    assert not only_samples(desk.settings)
    refuse_samples(desk.settings)
    with pytest.raises(SettingsError, match="没有删除任何东西"):
        remove(desk.settings)
    assert desk.settings.database.exists()


def test_a_file_that_cannot_be_read_is_told_of_by_what_opens_it(desk: Desk, tmp_path: Path) -> None:
    for number, bad in enumerate((b"", b"no database at all", b"SQLite format 3\x00" + b"x" * 200)):
        home = tmp_path / f"bad{number}"
        home.mkdir()
        (home / "huiyin.db").write_bytes(bad)
        assert not only_samples(replace(desk.settings, home=home))


def test_removing_takes_the_folder_and_nothing_else(desk: Desk) -> None:
    samples(desk)
    beside = desk.settings.home.parent / "beside"
    beside.mkdir()
    remove(desk.settings)
    assert not desk.settings.home.exists()
    assert beside.exists()
    with pytest.raises(SettingsError, match="没有示例数据"):
        remove(desk.settings)
