"""The ledger in SQLite: the behaviour of every ledger, and what is its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from cases import commands as do
from cases.case import encode_case
from sinks.ledger import Change, Ledger, Query
from sinks.sqlite_ledger import SqliteLedger
from tests.cases.helpers import LEAD, Story, item
from tests.conformance.ledger import LedgerBehaviour


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    SqliteLedger.create(opened)
    yield opened
    opened.close()


class TestSqliteLedger(LedgerBehaviour):
    @pytest.fixture
    def ledger(self, connection: sqlite3.Connection) -> Ledger:
        return SqliteLedger(connection)


def test_creating_it_again_loses_nothing(connection: sqlite3.Connection) -> None:
    ledger = SqliteLedger(connection)
    ledger.store([Change(Story().case, 0)])
    SqliteLedger.create(connection)
    assert ledger.search(Query(text="路灯")).total == 1


def test_what_a_rolled_back_transaction_wrote_is_not_there(
    connection: sqlite3.Connection,
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


def test_cleared_it_can_be_filled_again(connection: sqlite3.Connection) -> None:
    ledger = SqliteLedger(connection)
    case = Story().case
    ledger.store([Change(case, 0)])
    SqliteLedger.clear(connection)
    assert ledger.search(Query(text="路灯")).total == 0
    assert ledger.store([Change(case, 0)]) == ()
    assert ledger.search(Query(text="路灯")).total == 1


def test_an_event_that_changes_no_text_leaves_the_text_findable(
    connection: sqlite3.Connection,
) -> None:
    ledger = SqliteLedger(connection)
    story = Story()
    ledger.store([Change(story.case, 0)])
    seq = story.case.seq
    story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    ledger.store([Change(story.case, seq)])
    assert ledger.search(Query(text="路灯")).total == 1
