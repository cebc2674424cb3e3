"""The ledger in SQLite: the behaviour of every ledger, and what is its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.case import Case, encode_case
from cases.record.writer import person_of
from huiyin.store.errors import StoreError
from huiyin.store.migrations import copies
from huiyin.store.sqlite import Connection, connect
from sinks.ledger import sqlite_table, sqlite_units
from sinks.ledger.base import Change, Ledger, Order, Query
from sinks.ledger.sqlite import SqliteLedger
from tests.cases.helpers import (
    CITY,
    DESK,
    HOUSING,
    LEAD,
    POLICE,
    RECEIVED,
    Story,
    assigned_to,
    item,
)
from tests.conformance.ledger import LedgerBehaviour


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = connect(tmp_path / "cases.db", "台账")
    SqliteLedger.create(opened)
    yield opened
    opened.close()


class TestSqliteLedger(LedgerBehaviour):
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Ledger]:
        self._path = tmp_path / "ledger.db"
        opened = self._open()
        SqliteLedger.create(opened)
        yield SqliteLedger(opened)
        opened.close()

    def _open(self) -> Connection:
        opened = connect(self._path, "台账")
        # The machine may lose power here: nobody would miss the file.
        opened.execute("PRAGMA synchronous = OFF")
        return opened

    def meanwhile(self, ledger: Ledger, case: Case) -> None:
        other = self._open()
        SqliteLedger(other).store([Change(case, 0)])
        other.close()


def test_creating_it_again_loses_nothing(connection: Connection) -> None:
    ledger = SqliteLedger(connection)
    ledger.store([Change(Story().case, 0)])
    SqliteLedger.create(connection)
    assert ledger.search(Query(text="路灯")).total == 1


def test_what_a_rolled_back_transaction_wrote_is_not_there(
    connection: Connection,
) -> None:
    ledger = SqliteLedger(connection)
    story = Story(item(title="路灯不亮"))
    ledger.store([Change(story.case, 0)])
    before = encode_case(story.case)
    seq = story.case.seq
    story.shows(item(title="井盖缺失"), "2026-03-03T09:00")
    connection.execute("BEGIN")
    ledger.store([Change(story.case, seq)])
    connection.execute("ROLLBACK")
    assert encode_case(ledger.load([story.case.case_id])[story.case.case_id]) == before
    assert ledger.search(Query(text="井盖")).total == 0
    assert ledger.search(Query(text="路灯")).total == 1


def test_cleared_it_can_be_filled_again(connection: Connection) -> None:
    ledger = SqliteLedger(connection)
    case = Story().case
    ledger.store([Change(case, 0)])
    SqliteLedger.clear(connection)
    assert ledger.search(Query(text="路灯")).total == 0
    assert ledger.store([Change(case, 0)]) == ()
    assert ledger.search(Query(text="路灯")).total == 1


def test_an_event_that_changes_no_text_leaves_the_text_findable(
    connection: Connection,
) -> None:
    ledger = SqliteLedger(connection)
    story = Story()
    ledger.store([Change(story.case, 0)])
    seq = story.case.seq
    story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    ledger.store([Change(story.case, seq)])
    assert ledger.search(Query(text="路灯")).total == 1


def test_the_table_of_an_older_version_is_filled_anew(connection: Connection) -> None:
    ledger = SqliteLedger(connection)
    cases = [Story(item(number)).case for number in ("1", "2")]
    ledger.store([Change(case, 0) for case in cases])
    connection.executescript(
        "DROP INDEX cases_todo; ALTER TABLE cases DROP COLUMN todo;"
        "CREATE INDEX cases_of_old ON cases (channel); DROP TABLE parts"
    )
    SqliteLedger.create(connection)
    assert len(copies(connection.path)) == 1
    assert ledger.search(Query(todo="acknowledge")).total == 2
    assert ledger.search(Query(text="路灯")).total == 2
    assert ledger.load([cases[0].case_id]) == {cases[0].case_id: cases[0]}
    assert ledger.store([Change(Story(item("3")).case, 0)]) == ()
    left = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert not left & {"cases_before", "cases_of_old"}


def test_a_table_without_a_number_is_of_the_first_version_and_filled_anew(
    connection: Connection,
) -> None:
    """Its columns are those of today, and not what stands in them: the facts of a case say by now
    who wrote it."""
    SqliteLedger(connection).store([Change(Story().case, 0)])
    connection.execute(
        "UPDATE cases SET channel = 'as it was', outline = replace(outline, 'x', 'y')"
    )
    connection.execute("DROP TABLE parts")
    SqliteLedger.create(connection)
    assert SqliteLedger(connection).search(Query(channel="领导信箱")).total == 1
    (facts,) = SqliteLedger(connection).outlines()
    assert facts.person == person_of(Story().case.item)
    assert len(copies(connection.path)) == 1


def test_a_file_of_the_second_version_learns_what_was_dispatched_first(
    connection: Connection,
) -> None:
    """The facts of its cases end before it."""
    SqliteLedger(connection).store([Change(Story().case, 0)])
    (outline,) = connection.execute("SELECT outline FROM cases").fetchone()
    connection.execute("UPDATE cases SET outline = ?", (json.dumps(json.loads(outline)[:-3]),))
    (before,) = SqliteLedger(connection).outlines()
    assert before.sent_to == ""
    connection.execute("UPDATE parts SET version = 2 WHERE name = 'ledger'")
    SqliteLedger.create(connection)
    (facts,) = SqliteLedger(connection).outlines()
    assert (facts.sent_to, facts.sent_by) == (HOUSING, "topic")
    assert len(copies(connection.path)) == 1


@pytest.mark.parametrize("numbered", [True, False])
def test_a_later_version_fills_once_with_a_copy_first(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, numbered: bool
) -> None:
    """What a field means may change, and no column."""
    SqliteLedger(connection).store([Change(Story().case, 0)])
    connection.execute("UPDATE cases SET channel = 'of old'")
    if not numbered:
        connection.execute("DROP TABLE parts")
    filled = []

    def fill(db: Connection) -> None:
        filled.append(1)
        sqlite_table._fill(db)

    monkeypatch.setattr(sqlite_table, "VERSION", 4)
    nothing = sqlite_table._nothing
    monkeypatch.setattr(sqlite_table, "STEPS", (nothing, nothing, nothing, fill))
    SqliteLedger.create(connection)
    assert filled == [1]
    assert SqliteLedger(connection).search(Query(channel="领导信箱")).total == 1
    assert len(copies(connection.path)) == 1
    monkeypatch.undo()
    known = f"更新版本的程序写的（ledger 4，本程序到 {sqlite_table.VERSION}）。请升级程序"
    with pytest.raises(StoreError, match=known):
        SqliteLedger.create(connection)


def test_a_list_opened_again_folds_no_case_again(connection: Connection) -> None:
    ledger = SqliteLedger(connection)
    story = Story()
    ledger.store([Change(story.case, 0)])
    (first,) = ledger.search(Query()).cases
    assert ledger.search(Query()).cases[0] is first
    story.does(DESK, do.LogContact(text="已电话联系"), "2026-03-02T11:00")
    ledger.store([Change(story.case, first.seq)])
    assert ledger.search(Query()).cases == (story.case,)


def test_facets_that_take_too_long_stop_and_say_so(connection: Connection) -> None:
    ledger = SqliteLedger(connection)
    ledger.store([Change(Story(item(f"{n}")).case, 0) for n in range(1500)])
    facets = ledger.facets(Query(), seconds=1e-9)
    assert not facets.exact
    assert ledger.facets(Query()).channel == (("领导信箱", 1500),)
    # The limit is over with the question.
    assert ledger.search(Query()).total == 1500


@pytest.mark.parametrize("order", [Order.NEWEST, Order.OLDEST, Order.DUE])
@pytest.mark.parametrize("walked", [0, 1000])
def test_the_pages_of_a_unit_are_those_of_all_its_cases_in_order(
    connection: Connection, order: Order, walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_units, "_WALKED", walked)
    ledger = SqliteLedger(connection)
    groups = ((HOUSING,), (POLICE,), (POLICE, HOUSING), (CITY, POLICE), (HOUSING, CITY))
    cases = []
    for number in range(40):
        story = Story(
            # Many at the same time, so that the number of the case decides.
            item(f"{number:02}", received_at=RECEIVED + timedelta(hours=number // 7)),
            to=assigned_to(*groups[number % len(groups)]),
        )
        if number % 6 == 0:  # without a due time
            story.does(DESK, do.PauseForSupplement(missing="楼栋"), RECEIVED + timedelta(days=1))
        cases.append(story.case)
    ledger.store([Change(case, 0) for case in cases])
    for unit in ({"unit": HOUSING}, {"unit": POLICE, "dispatched": True}, {"lead": HOUSING}):
        wanted = [case.case_id for case in ledger.scan(Query(**unit))]
        everything = ledger.search(Query(order=order, limit=100)).cases
        expected = [case.case_id for case in everything if case.case_id in wanted]
        assert len(expected) == len(wanted) > 14
        shown: list[str] = []
        for offset in range(0, len(wanted) + 7, 7):
            page = ledger.search(Query(order=order, limit=7, offset=offset, count_to=1000, **unit))
            assert page.total == len(wanted)
            shown += [case.case_id for case in page.cases]
        assert shown == expected


def test_units_in_more_company_than_can_be_looked_through_are_found_all_the_same(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_units, "_VALUES", sqlite_units._VALUES.replace("5001", "2"))
    monkeypatch.setattr(sqlite_units, "_MOST_VALUES", 1)
    ledger = SqliteLedger(connection)
    for number, unit in enumerate((HOUSING, POLICE, CITY)):
        ledger.store([Change(Story(item(f"{number}"), to=assigned_to(unit)).case, 0)])
    assert ledger.search(Query(unit=CITY, order=Order.DUE)).total == 1
