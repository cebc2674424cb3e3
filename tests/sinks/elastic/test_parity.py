"""The same cases in both ledgers: the same answers and the same exported bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from elasticsearch import Elasticsearch as Client
from msgspec.structs import replace

from benchmarks.messages import write_board_csv
from cases.record import commands as do
from cases.record.case import OPEN_STATES, Case, State, encode_case
from desk.ground import wiring
from desk.ground.settings import read_settings
from huiyin.store.sqlite import scratch
from sinks.elastic import ElasticLedger, ensure_index
from sinks.ledger.base import Change, Ledger, Order, Query
from sinks.ledger.sqlite import SqliteLedger
from sinks.reports.export import csv_lines, jsonl
from streams.sources.registry import file_source
from tests.cases.helpers import (
    CITY,
    DESK,
    HOUSING,
    LEAD,
    POLICE,
    UNPLACED,
    Story,
    assigned_to,
    at,
    item,
    labels,
    reply,
)

ROWS = 2_000
_CHANNELS = ("问政平台", "领导信箱", "12345热线", "微博")


class Both(NamedTuple):
    sqlite: SqliteLedger
    elastic: ElasticLedger


def board_cases(folder: Path) -> Iterator[Case]:
    """Cases from a generated file, through the same intake and `process` as always."""
    path = folder / "messages.csv"
    write_board_csv(path, ROWS)
    settings = read_settings({"HUIYIN_HOME": str(folder), "HUIYIN_NOW": "2026-11-22T09:00"})
    reader = file_source(wiring.build_sources(settings), "board-export")
    runner = wiring.open_runner(settings)
    for batch in reader.read(path, now=runner.clock()):
        runner.take(reader.name, batch)
        runner.pump_all()
    for number, case in enumerate(runner.store.ledger.scan(Query())):
        channel = _CHANNELS[number * 7 % len(_CHANNELS)]
        yield replace(case, item=replace(case.item, channel=channel))
    runner.store.close()


def handled_cases() -> Iterator[Case]:
    """Cases as the desk and the units leave them: every state, several units, odd texts."""
    for number in range(60):
        story = Story(
            item(
                f"甲{number:02}",
                source="letters",
                received_at=at("2026-03-02T09:00") + timedelta(hours=7 * number),
                title=("ABC123 号路灯", "“引号”*星号*", "㙦头村𠮷野家", "ＷＩＦＩ 太慢！")[
                    number % 4
                ],
                replies=(reply(when=at("2026-03-20T09:00")),) if number % 5 == 0 else (),
            ),
            read_as=labels(urgent=number % 11 == 0, risk=("群体诉求",) if number % 3 == 0 else ()),
            to=(assigned_to(HOUSING, CITY), assigned_to(POLICE), UNPLACED)[number % 3],
        )
        later = story.case.received_at + timedelta(minutes=30)
        if number % 3 == 0 and number % 5:
            story.does(LEAD, do.Acknowledge(), later)
        if number % 7 == 1 and number % 5:
            story.does(DESK, do.PauseForSupplement(missing="楼栋"), later)
        if number % 13 == 2 and number % 5:
            story.does(DESK, do.MarkInvalid(reason="重复"), later)
        yield story.case
    yield Story(item("来日", received_at=at("2027-03-01T09:00"))).case


@pytest.fixture(scope="module")
def both(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    cases = [*board_cases(tmp_path_factory.mktemp("parity")), *handled_cases()]
    assert len(cases) > ROWS
    connection = scratch(Path(":memory:"))
    SqliteLedger.create(connection)
    behind = ensure_index(client, "parity")
    both = Both(SqliteLedger(connection), ElasticLedger(client, "parity"))
    for start in range(0, len(cases), 500):
        changes = [Change(case, 0) for case in cases[start : start + 500]]
        for ledger in both:
            assert ledger.store(changes) == ()
    both.elastic.refresh()
    yield both
    connection.close()
    client.indices.delete(index=behind)
    client.indices.delete_index_template(name="parity")


_MARCH, _APRIL = at("2026-03-01T00:00"), at("2026-04-01T00:00")
QUERIES: list[dict[str, Any]] = [
    *(
        {"text": text}
        for text in (
            "停车费", "路灯", "灯", "路灯 停车费", "小区，物业", "2024", "1", "100123", "abc123", "c1",
            "wifi", "ＷｉＦｉ", "𠮷", "㙦头", "引号”*", "“", "*", "没有这句话", "费车停", "噪声很大，老人",
            "经查，该路段确有此情况，已责成施工单位限期整改", "周晓岚", "13912345678", "U",
        )
    ),
    *({"channel": channel} for channel in _CHANNELS),
    *({"states": (state,)} for state in State),
    {"states": tuple(sorted(OPEN_STATES))},
    {"states": tuple(sorted(OPEN_STATES)), "order": Order.DUE},
    {"source": "letters"},
    {"source": "letters", "order": Order.DUE},
    {"source": "letter"},
    {"unit": CITY},
    {"unit": POLICE, "replied": False},
    {"unit": "no-such-unit"},
    {"topic": "城乡建设"},
    {"kind": "投诉"},
    {"risk": "群体诉求"},
    {"risk": "安全生产", "order": Order.DUE},
    {"high_risks": ()},
    {"high_risks": ("群体诉求", "安全生产")},
    {"dispatched": False},
    {"dispatched": True, "states": tuple(sorted(OPEN_STATES))},
    {"replied": True, "order": Order.CASE_ID},
    {"received_from": _MARCH, "received_to": _APRIL},
    {"due_from": _MARCH, "order": Order.DUE},
    {"due_to": _MARCH, "order": Order.DUE},
    {"due_to": at("2024-01-08T23:59:59"), "order": Order.CASE_ID},
    {"text": "小区", "channel": "微博", "replied": False, "order": Order.DUE},
    {"limit": 7, "offset": 13},
    {"limit": 0},
    {"limit": 20, "offset": ROWS + 40, "order": Order.DUE},
    {"limit": 20, "offset": 100_000},
]  # fmt: skip


@pytest.mark.parametrize("conditions", QUERIES, ids=str)
def test_a_search_gives_the_same(both: Both, conditions: dict[str, Any]) -> None:
    query = Query(**conditions)
    assert both.elastic.search(query) == both.sqlite.search(query)


def test_the_queries_tell_cases_apart(both: Both) -> None:
    """Otherwise the comparison above could not fail."""
    totals = [both.sqlite.search(Query(**conditions)).total for conditions in QUERIES]
    assert len(totals) >= 50
    assert sum(0 < total < ROWS for total in totals) >= 35


def test_the_documents_are_the_same_bytes(both: Both) -> None:
    def documents(ledger: Ledger) -> list[bytes]:
        return [encode_case(case) for case in ledger.scan(Query())]

    assert documents(both.elastic) == documents(both.sqlite)


@pytest.mark.parametrize("conditions", [{}, {"text": "停车费", "replied": False}], ids=str)
@pytest.mark.parametrize("writer", [jsonl, csv_lines])
def test_an_export_is_the_same_bytes(both: Both, writer: Any, conditions: dict[str, Any]) -> None:
    elastic, sqlite = (
        b"".join(writer(ledger.scan(Query(**conditions)), str.upper)) for ledger in both
    )
    assert elastic.count(b"\n") > 10
    assert elastic == sqlite


@pytest.mark.parametrize(
    "now", [at("2024-01-05T12:00"), at("2026-03-10T09:00"), at("2026-11-22T09:00")], ids=str
)
def test_the_counters_are_the_same(both: Both, now: datetime) -> None:
    for risks in ((), ("群体诉求", "安全生产")):
        assert both.elastic.counts(now, risks) == both.sqlite.counts(now, risks)


@pytest.mark.parametrize(
    "conditions",
    [{}, {"text": "停车费"}, {"topic": "城乡建设"}, {"states": (State.ASSIGNED,), "kind": "投诉"}],
    ids=str,
)
def test_the_facets_are_the_same(both: Both, conditions: dict[str, Any]) -> None:
    elastic, sqlite = (ledger.facets(Query(**conditions)) for ledger in both)
    assert elastic == sqlite
    assert sqlite.channel


@pytest.mark.parametrize(
    "until", [at("2024-01-03T00:00"), at("2026-03-09T23:59:59"), at("2027-01-01T00:00")], ids=str
)
def test_the_sweep_sees_the_same(both: Both, until: datetime) -> None:
    for calendar in ("", "another"):
        seen = list(both.elastic.to_look_at(until, calendar))
        assert seen == list(both.sqlite.to_look_at(until, calendar))
        assert seen
