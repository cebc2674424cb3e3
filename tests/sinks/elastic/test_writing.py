"""Compare-and-set where it is hard: writers that slept, and documents that are refused."""

from __future__ import annotations

import pytest
from elasticsearch import Elasticsearch as Client
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import Case, encode_case
from sinks.elastic import ElasticLedger, current_version, reindex_and_swap
from sinks.ledger.base import CasesRefused, Change, LedgerUnavailable, Query
from tests.cases.helpers import CITY, DESK, LEAD, Story, item


def steps() -> tuple[Case, Case, Case]:
    """A case, what one writer makes of it, and what another makes of it at the same time."""
    mine, theirs = Story(), Story()
    before = mine.case
    mine.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
    theirs.does(DESK, do.Assign(lead=CITY, reason="改派"), "2026-03-02T11:00")
    return before, mine.case, theirs.case


def test_a_writer_that_slept_through_a_takeover_changes_nothing(
    elastic: ElasticLedger, client: Client, name: str
) -> None:
    before, mine, theirs = steps()
    elastic.store([Change(before, 0)])
    sleeper, successor = ElasticLedger(client, name), ElasticLedger(client, name)
    sleeper.load([before.case_id])
    successor.load([before.case_id])
    assert successor.store([Change(theirs, before.seq)]) == ()
    assert sleeper.store([Change(mine, before.seq)]) == (before.case_id,)
    assert sleeper.load([before.case_id])[before.case_id].unit == CITY


def test_it_is_the_server_that_compares(elastic: ElasticLedger, client: Client, name: str) -> None:
    """The same number of events is not enough: the very document that was read must be there."""
    before, mine, _ = steps()
    elastic.store([Change(before, 0)])
    sleeper = ElasticLedger(client, name)
    sleeper.load([before.case_id])
    document = client.get(index=name, id=before.case_id)["_source"]
    client.index(index=name, id=before.case_id, document=document)
    assert sleeper.store([Change(mine, before.seq)]) == (before.case_id,)
    sleeper.load([before.case_id])
    assert sleeper.store([Change(mine, before.seq)]) == ()


def test_who_never_loaded_may_write_and_is_compared_too(
    elastic: ElasticLedger, client: Client, name: str
) -> None:
    before, mine, theirs = steps()
    elastic.store([Change(before, 0)])
    stranger = ElasticLedger(client, name)
    assert stranger.store([Change(mine, before.seq)]) == ()
    late = ElasticLedger(client, name)
    assert late.store([Change(theirs, before.seq)]) == (before.case_id,)
    assert elastic.load([before.case_id]) == {before.case_id: mine}


def test_a_case_is_written_again_and_again_without_loading(
    elastic: ElasticLedger, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, mine, _ = steps()
    elastic.store([Change(before, 0)])
    monkeypatch.setattr(client, "mget", None)  # asking would fail
    assert elastic.store([Change(mine, before.seq)]) == ()


def test_a_writer_that_slept_through_a_reindex_is_refused_and_then_finds_the_new_index(
    elastic: ElasticLedger, client: Client, name: str
) -> None:
    before, mine, _ = steps()
    elastic.store([Change(before, 0)])
    sleeper = ElasticLedger(client, name)
    sleeper.load([before.case_id])
    reindex_and_swap(client, name)
    with pytest.raises(LedgerUnavailable, match="更换索引"):
        sleeper.store([Change(mine, before.seq)])
    assert sleeper.load([before.case_id]) == {before.case_id: before}
    assert sleeper.store([Change(mine, before.seq)]) == ()
    assert elastic.load([before.case_id]) == {before.case_id: mine}


def test_a_version_of_a_deleted_index_is_a_lost_race_and_brings_nothing_back(
    elastic: ElasticLedger, client: Client, name: str
) -> None:
    before, mine, _ = steps()
    elastic.store([Change(before, 0)])
    elastic.load([before.case_id])
    old = current_version(client, name)
    reindex_and_swap(client, name)
    client.indices.delete(index=old)
    assert elastic.store([Change(mine, before.seq)]) == (before.case_id,)
    assert not client.indices.exists(index=old)


@pytest.mark.parametrize("new", [True, False])
def test_a_refused_document_holds_nobody_else_up(elastic: ElasticLedger, new: bool) -> None:
    before, mine, _ = steps()
    elastic.store([Change(before, 0)])
    # Elasticsearch refuses keywords of more than 32 KB.
    bad = replace(Story(item("2")).case, unit="部" * 20_000)
    good = Story(item("3")).case
    change = Change(bad, 0)
    if not new:
        assert elastic.store([Change(Story(item("2")).case, 0)]) == ()
        change = Change(bad, bad.seq)
    with pytest.raises(CasesRefused, match="units") as refused:
        elastic.store([Change(mine, before.seq), change, Change(good, 0), Change(before, 0)])
    assert list(refused.value.reasons) == [bad.case_id]
    assert refused.value.conflicts == (before.case_id,)
    loaded = elastic.load([before.case_id, bad.case_id, good.case_id])
    assert loaded[before.case_id] == mine
    assert loaded[good.case_id] == good
    assert (bad.case_id in loaded) is not new


def test_a_number_longer_than_elasticsearch_takes_for_an_id(elastic: ElasticLedger) -> None:
    numbers = ("长" * 200, "长" * 199 + "短", "长" * 168)  # 600, 600 and 504 bytes
    cases = [Story(item(number)).case for number in numbers]
    assert elastic.store([Change(case, 0) for case in cases]) == ()
    assert elastic.store([Change(cases[0], 0)]) == (cases[0].case_id,)
    assert elastic.load([case.case_id for case in cases]) == {c.case_id: c for c in cases}
    elastic.refresh()
    assert [c.case_id for c in elastic.scan(Query())] == sorted(c.case_id for c in cases)


def test_a_large_case_comes_back_byte_for_byte(elastic: ElasticLedger) -> None:
    text = '路\\灯"坏了\u2028😀\t' * 30_000  # a document of 2 MB; they do not fit in one request
    cases = [Story(item(str(n), body=text)).case for n in range(6)]
    assert elastic.store([Change(case, 0) for case in cases]) == ()
    loaded = elastic.load([case.case_id for case in cases])
    assert all(encode_case(loaded[c.case_id]) == encode_case(c) for c in cases)
