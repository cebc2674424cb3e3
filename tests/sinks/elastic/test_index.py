"""Creating the index, noticing a strange one, and exchanging it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import Elasticsearch as Client

from cases.record import commands as do
from sinks.elastic import (
    ElasticLedger,
    IndexProblem,
    check_index,
    current_version,
    ensure_index,
    new_version,
    reindex_and_swap,
    swap,
    write_cases,
)
from sinks.elastic import index as index_module
from sinks.elastic import reindex as reindex_module
from sinks.elastic.document import encode_document
from sinks.ledger.base import Change, LedgerUnavailable, Query
from sinks.ledger.case_index import CaseIndex
from tests.cases.helpers import LEAD, Story, item


def test_every_field_of_a_document_is_mapped() -> None:
    written = json.loads(encode_document(Story().case))
    assert set(written) == set(index_module.FIELDS) == {*CaseIndex.__struct_fields__, "doc"}


def test_it_is_created_once_and_then_found(client: Client, name: str) -> None:
    with pytest.raises(IndexProblem, match="doctor --create"):
        check_index(client, name)
    assert ensure_index(client, name) == f"{name}-v1"
    assert ensure_index(client, name) == f"{name}-v1"
    assert check_index(client, name) == f"{name}-v1"


def test_several_processes_create_it_at_once(client: Client, name: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _: ensure_index(client, name), range(4)))
    assert set(names) == {f"{name}-v1"}


def test_every_version_gets_the_mapping_and_its_shards(client: Client, name: str) -> None:
    ensure_index(client, name, shards=2)
    settings = client.indices.get_settings(index=name)[f"{name}-v1"]["settings"]["index"]
    assert settings["number_of_shards"] == "2"
    assert settings["auto_expand_replicas"] == "0-1"


def test_an_index_in_the_place_of_the_alias(client: Client, name: str) -> None:
    client.index(index=name, document={"title": "误写"})
    with pytest.raises(IndexProblem, match="应当是别名"):
        ensure_index(client, name)


def test_an_alias_of_two_indices(client: Client, name: str) -> None:
    ensure_index(client, name)
    second = new_version(client, name)
    client.indices.put_alias(index=second, name=name)
    with pytest.raises(IndexProblem, match="指向 2 个"):
        check_index(client, name)


@pytest.mark.parametrize(
    ("mappings", "said"),
    [
        ({"dynamic": "strict", "properties": {}}, "缺少字段 case_id"),
        ({"properties": index_module.FIELDS}, "dynamic 应为 strict，现为 true"),
        (
            {
                "dynamic": "strict",
                "properties": {**index_module.FIELDS, "text": {"type": "text"}},
            },
            "字段 text 应为",
        ),
        (
            {"dynamic": "strict", "properties": {**index_module.FIELDS, "x": {"type": "long"}}},
            "多出字段 x",
        ),
    ],
)
def test_a_strange_mapping_is_named(
    client: Client, name: str, mappings: dict[str, object], said: str
) -> None:
    client.indices.create(index=f"{name}-v1", mappings=mappings, aliases={name: {}})
    with pytest.raises(IndexProblem, match=said):
        ensure_index(client, name)


def test_a_document_that_the_mapping_does_not_know_is_not_given_up(
    client: Client, name: str
) -> None:
    """Too old an index is the operator's to mend; the case must not become a dead letter."""
    client.indices.create(
        index=f"{name}-v1",
        mappings={"dynamic": "strict", "properties": {"doc": {"type": "keyword"}}},
        aliases={name: {}},
    )
    with pytest.raises(LedgerUnavailable, match="映射和程序不一致"):
        ElasticLedger(client, name).store([Change(Story().case, 0)])


def test_an_index_is_never_made_by_writing_to_it(client: Client, name: str) -> None:
    with pytest.raises(LedgerUnavailable, match="doctor --create"):
        ElasticLedger(client, name).store([Change(Story().case, 0)])
    assert not client.indices.exists(index=name)


def test_everything_moves_into_the_next_version(
    elastic: ElasticLedger, client: Client, name: str
) -> None:
    cases = [Story(item(f"{n:02}")).case for n in range(60)]
    elastic.store([Change(case, 0) for case in cases])
    elastic.refresh()
    steps: list[tuple[int, int]] = []
    new = reindex_and_swap(client, name, progress=lambda done, total: steps.append((done, total)))
    assert new == f"{name}-v2" == check_index(client, name)
    assert steps[-1] == (60, 60)
    assert list(elastic.scan(Query())) == cases
    assert elastic.store([Change(Story(item("later")).case, 0)]) == ()
    assert reindex_and_swap(client, name) == f"{name}-v3"
    assert elastic.search(Query()).total == 61


def test_what_is_written_while_it_copies_comes_along(
    elastic: ElasticLedger, client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story()
    before = story.case
    elastic.store([Change(before, 0), Change(Story(item("2")).case, 0)])
    elastic.refresh()
    copy = reindex_module.write_cases

    def copy_and_be_disturbed(*args: object, **options: object) -> int:
        written = copy(*args, **options)  # type: ignore[arg-type]
        if story.case is before:
            story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
            changes = [Change(story.case, before.seq), Change(Story(item("3")).case, 0)]
            assert elastic.store(changes) == ()
        return written

    monkeypatch.setattr(reindex_module, "write_cases", copy_and_be_disturbed)
    reindex_and_swap(client, name)
    assert [case.item.source_item_id for case in elastic.scan(Query())] == ["1001", "2", "3"]
    assert elastic.load([before.case_id]) == {before.case_id: story.case}


def test_after_a_failure_the_old_index_is_as_before(
    elastic: ElasticLedger, client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LedgerUnavailable("断电")

    monkeypatch.setattr(reindex_module, "swap", fail)
    with pytest.raises(LedgerUnavailable, match="断电"):
        reindex_and_swap(client, name)
    assert current_version(client, name) == f"{name}-v1"
    assert elastic.store([Change(Story().case, 0)]) == ()
    monkeypatch.undo()
    assert reindex_and_swap(client, name) == f"{name}-v3"


def test_a_copy_that_lacks_a_case_is_not_put_in_place(
    elastic: ElasticLedger, client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elastic.store([Change(Story().case, 0)])
    monkeypatch.setattr(reindex_module, "write_cases", lambda *_, **__: 0)
    with pytest.raises(IndexProblem, match="letters:1001"):
        reindex_and_swap(client, name)
    assert current_version(client, name) == f"{name}-v1"


def test_a_rebuild_fills_an_index_and_takes_the_name(
    elastic: ElasticLedger, client: Client, name: str
) -> None:
    elastic.store([Change(Story(item("lost")).case, 0)])
    cases = [Story(item(str(n))).case for n in range(3)]
    new = new_version(client, name)
    assert write_cases(client, new, cases) == 3
    swap(client, name, new)
    assert list(elastic.scan(Query())) == cases
