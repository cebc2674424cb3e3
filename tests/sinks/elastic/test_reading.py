"""Reading more than a page holds, and a view that expires in between."""

from __future__ import annotations

from typing import Any

import pytest
from elasticsearch import Elasticsearch as Client

import sinks.elastic.ledger as ledger_module
from sinks.elastic import ElasticLedger
from sinks.elastic.paging import pages
from sinks.elastic.query import CASE_ID
from sinks.ledger.base import Change, Order, Query
from tests.cases.helpers import Story, item


def fill(elastic: ElasticLedger, number: int) -> list[str]:
    cases = [Story(item(f"{n:03}")).case for n in range(number)]
    assert elastic.store([Change(case, 0) for case in cases]) == ()
    elastic.refresh()
    return [case.case_id for case in cases]


@pytest.fixture
def views(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the points in time that were opened."""
    opened: list[str] = []
    open_one = client.open_point_in_time

    def remember(**options: Any) -> Any:
        answer = open_one(**options)
        opened.append(answer["id"])
        return answer

    monkeypatch.setattr(client, "open_point_in_time", remember)
    return opened


def test_reading_goes_on_where_it_was_when_the_view_expired(
    elastic: ElasticLedger, client: Client, name: str, views: list[str]
) -> None:
    ids = fill(elastic, 9)
    seen = []
    for hits in pages(client, name, {"match_all": {}}, CASE_ID, size=2):
        seen += [hit["sort"][0] for hit in hits]
        if len(seen) in (2, 6):
            client.close_point_in_time(id=views[-1])  # as the server does after `keep_alive`
    assert seen == ids
    assert len(views) == 3


def test_a_reader_sees_one_moment(elastic: ElasticLedger, client: Client, name: str) -> None:
    ids = fill(elastic, 5)
    reading = pages(client, name, {"match_all": {}}, CASE_ID, size=2)
    seen = [hit["sort"][0] for hit in next(reading)]
    elastic.store([Change(Story(item("002x")).case, 0)])
    elastic.refresh()
    seen += [hit["sort"][0] for hits in reading for hit in hits]
    assert seen == ids


@pytest.mark.parametrize("whole", [True, False])
def test_no_view_is_left_open(
    elastic: ElasticLedger, client: Client, views: list[str], whole: bool
) -> None:
    fill(elastic, 3)
    reading = elastic.scan(Query())
    next(reading)
    if whole:
        list(reading)
    del reading
    assert len(views) == 1
    assert client.options(ignore_status=404).close_point_in_time(id=views[0])["num_freed"] == 0


@pytest.mark.parametrize("order", list(Order))
def test_a_page_further_down_than_elasticsearch_pages_reach(
    elastic: ElasticLedger, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    fill(elastic, 12)
    near = elastic.search(Query(order=order, offset=7, limit=4))
    monkeypatch.setattr(ledger_module, "KEYS_ONLY", 5)
    monkeypatch.setattr(ledger_module, "WHOLE_CASES", 3)
    assert elastic.search(Query(order=order, offset=7, limit=4)) == near
    assert len(near.cases) == 4
    assert elastic.search(Query(order=order, offset=20)).total == 12


def test_a_whole_message_pasted_into_the_search(elastic: ElasticLedger) -> None:
    body = "".join(f"第{n}户漏水，" for n in range(1_000))
    elastic.store([Change(Story(item("1", body=body)).case, 0)])
    elastic.refresh()
    assert elastic.search(Query(text=body)).total == 1
    assert elastic.search(Query(text=body.replace("，", "， "))).total == 1
    assert elastic.search(Query(text=body.replace("户", "户没"))).total == 0
