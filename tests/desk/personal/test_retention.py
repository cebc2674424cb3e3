"""What is kept no longer than the office's list says; the figures stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.words.labels import Kind
from cases.words.times import BEIJING
from desk.app.commands.audit import audit_store
from desk.ground.configuration import Configuration
from desk.ground.retention_table import RetentionTable, Rule, read_retention
from desk.ground.settings import SettingsError
from desk.personal.retention import ended_at, expire, expired, rule_of
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from tests.cases.helpers import DESK, Story, at
from tests.cases.whole_life import history
from tests.desk.app.test_web import Desk, item
from tests.desk.personal.test_persons import CASE, OTHER, marks_in

LATER = datetime(2031, 12, 1, 9, 0, tzinfo=BEIJING)
FIVE = Rule(id="five", years=5, source="保管期限表")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home", root / "config")
    made.put(item(body="标记的正文，停车费太贵"), item("2"), item("3"))
    made.act(CASE, do.Refuse(reason="涉诉"))
    made.act(OTHER, do.Refuse(reason="涉诉"))
    made.act(OTHER, do.HoldData(reason="复议"))
    yield made
    made.close()


def later(desk: Desk) -> EmbeddedRunner:
    return EmbeddedRunner(desk.runner.store, desk.processor, lambda: LATER)


def test_what_is_over_is_listed_with_what_is_in_the_way_and_then_erased(desk: Desk) -> None:
    runner = later(desk)
    table = RetentionTable(retention=(FIVE,))
    listed = {one.case.case_id: one for one in expired(runner.store.ledger, table, LATER)}
    assert listed.keys() == {CASE, OTHER}, "an open case is never over"
    assert (listed[CASE].rule, listed[CASE].refusal) == ("five", "")
    assert "复议" in listed[OTHER].refusal
    before = [facts.unit for facts in runner.store.ledger.outlines()]
    assert expire(desk.settings, runner, table) == 1
    assert marks_in(desk.settings.home, "标记的正文") == []
    (case,) = runner.store.ledger.load([CASE]).values()
    assert (case.item.body, case.history[-1].body.rule) == ("已删除", "five")  # type: ignore[union-attr]
    assert [facts.unit for facts in runner.store.ledger.outlines()] == before
    assert len(list(runner.store.ledger.scan(Query()))) == 3
    assert audit_store(runner.store).balanced
    assert expire(desk.settings, runner, table) == 0


def test_a_day_too_early_nothing_is_over() -> None:
    story = Story()
    story.does(DESK, do.Refuse(reason="涉诉"), "2028-02-29T11:00")
    assert ended_at(story.case) == at("2028-02-29T11:00")

    class Ledger:
        def scan(self, _query: Query) -> Iterator[object]:
            yield story.case

    def over(now: str) -> int:
        table = RetentionTable(retention=(FIVE,))
        return len(list(expired(Ledger(), table, at(now))))  # type: ignore[arg-type]

    assert (over("2033-02-28T10:59"), over("2033-02-28T11:00")) == (0, 1)


def test_the_first_rule_that_fits_counts() -> None:
    case = Story().case
    kind = case.labels.kind
    other = next(each for each in Kind if each is not kind)
    rules = (
        replace_rule("a", kind=other),
        replace_rule("b", channel="别的渠道"),
        replace_rule("c", kind=kind, channel=case.item.channel),
        replace_rule("d"),
    )
    found = rule_of(case, RetentionTable(retention=rules))
    assert found is not None
    assert found.id == "c"
    assert rule_of(case, RetentionTable(retention=rules[:2])) is None


def replace_rule(name: str, **more: object) -> Rule:
    return Rule.model_validate({"id": name, "years": 5, "source": "表", **more})


def test_history_ended_when_its_source_says() -> None:
    case = history()
    assert ended_at(case) < case.history[-1].at


def test_a_wrong_table_says_where_and_what(desk: Desk, tmp_path: Path, root: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "retention.toml").write_text(
        '[[retention]]\nid = "a"\nnew = true\nyears = 0\nsource = "表"\n', "utf-8"
    )
    settings = replace(desk.settings, configuration=Configuration(root / "config", overlay))
    with pytest.raises(SettingsError, match=r"retention\.toml.*years"):
        read_retention(settings)
    assert read_retention(desk.settings) == RetentionTable()
