"""Another configuration while workers run: announced once, taken on by each between two batches as
soon as its own files have the number, and named in the events that it decided."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.record.messages import Observation
from desk.ground import production
from streams.kafka.log import Inbox
from streams.kafka.topics import Topics
from tests.cases.helpers import item
from tests.installation import ROOT, Installation, installation, until
from tests.servers import Elasticsearch, Kafka

OLD, NEW = "window_working_days = 1 ", "window_working_days = 2 "
BATCH = 12
"""Enough for both partitions."""


@pytest.fixture
def town(kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path) -> Iterator[Installation]:
    """Two workers, each on a machine with files of its own."""
    for machine in ("one", "two"):
        shutil.copytree(ROOT / "config", tmp_path / machine)
    config = str(tmp_path / "one")
    with installation(
        tmp_path, kafka, elasticsearch, HUIYIN_CONFIG=config, HUIYIN_CLASSIFIER="rules"
    ) as it:
        it.start_worker()
        it.start_worker(HUIYIN_CONFIG=str(tmp_path / "two"), HUIYIN_HOME=str(tmp_path / "home-2"))
        yield it


def write_into(handling: Path, before: str, after: str) -> None:
    text = handling.read_text("utf-8")
    assert before in text
    handling.write_text(text.replace(before, after), "utf-8")


def numbers(town: Installation, name: str) -> set[str]:
    """Those in the events of messages that come in now."""
    found = [item(f"{name}{n}") for n in range(BATCH)]
    messages = [Observation(message_id=one.case_id, case_id=one.case_id, item=one) for one in found]
    writer = production.writer(town.settings, 20)
    Inbox(writer, Topics(production.address(town.settings).prefix)).append(messages)
    writer.close()
    load = production.ledger(town.settings).ledger.load
    ids = [one.case_id for one in found]
    until(lambda: len(load(ids)) == BATCH, 60, town._diagnosis)
    return {event.configuration for case in load(ids).values() for event in case.history}


@pytest.mark.timeout(240)
def test_workers_take_on_what_was_announced_when_their_own_files_have_it(
    town: Installation, tmp_path: Path
) -> None:
    first = town.settings.configuration.number
    one, two = town.workers
    assert numbers(town, "a") == {first}

    write_into(tmp_path / "one" / "handling.toml", "[returns]", "[retruns]")
    refused = town.run("config", "reload")
    assert refused.returncode == 1
    assert "retruns" in refused.stderr
    write_into(tmp_path / "one" / "handling.toml", "[retruns]", "[returns]")

    write_into(tmp_path / "one" / "handling.toml", OLD, NEW)
    announced = town.run("config", "reload")
    assert announced.returncode == 0, announced.stderr
    second = town.settings.configuration.number
    assert second != first
    until(lambda: f"配置已由 {first} 换成 {second}" in one.said(), 60, town._diagnosis)
    until(lambda: f"这里的文件现在是 {first}，没有换上" in two.said(), 60, town._diagnosis)
    assert numbers(town, "b") <= {first, second}

    write_into(tmp_path / "two" / "handling.toml", OLD, NEW)
    until(lambda: f"配置已由 {first} 换成 {second}" in two.said(), 60, town._diagnosis)
    assert numbers(town, "c") == {second}
    assert two.said().count("没有换上") == 1, "said once, not with every look"
    assert (tmp_path / "home-2" / "configurations" / f"{second}.json").exists()

    # What the office says of itself is announced by the program.
    set_up = town.run("init", "--place", "宁都县")
    assert set_up.returncode == 0, set_up.stderr
    third = town.settings.configuration.number
    assert third != second
    until(lambda: f"配置已由 {second} 换成 {third}" in one.said(), 60, town._diagnosis)
