"""A server that cannot be asked: always `LedgerUnavailable` with a text for the operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, BaseNode, HttpHeaders
from elastic_transport._node import NodeApiResponse
from elasticsearch import Elasticsearch as Client

from cases.record.case import Case
from sinks.elastic import ElasticLedger, check_index, connect, ensure_index
from sinks.ledger.base import CasesRefused, Change, LedgerUnavailable, Query
from tests.cases.helpers import RECEIVED, Story, item
from tests.servers import Elasticsearch, free_port

CASE = Story().case
CALLS: dict[str, Callable[[ElasticLedger], object]] = {
    "load": lambda ledger: ledger.load([CASE.case_id]),
    "store": lambda ledger: ledger.store([Change(CASE, 0)]),
    "store over": lambda ledger: ledger.store([Change(CASE, CASE.seq)]),
    "search": lambda ledger: ledger.search(Query()),
    "scan": lambda ledger: list(ledger.scan(Query())),
    "counts": lambda ledger: ledger.counts(RECEIVED, ()),
    "facets": lambda ledger: ledger.facets(Query()),
    "to_look_at": lambda ledger: list(ledger.to_look_at(RECEIVED, "")),
    "refresh": lambda ledger: ledger.refresh(),
}


class Script(BaseNode):
    """Answers without a server. `answers` is taken from in turn."""

    answers: Iterator[tuple[int, dict[str, Any]]]
    bodies: list[bytes]

    def perform_request(  # type: ignore[override]
        self, method: str, target: str, body: bytes | None = None, **_: object
    ) -> NodeApiResponse:
        type(self).bodies.append(body or b"")
        status, answer = next(type(self).answers)
        headers = HttpHeaders(
            {"x-elastic-product": "Elasticsearch", "content-type": "application/json"}
        )
        meta = ApiResponseMeta(
            status=status, http_version="1.1", headers=headers, duration=0.0, node=self.config
        )
        return NodeApiResponse(meta, json.dumps(answer).encode())

    def close(self) -> None:
        pass


def scripted(*answers: tuple[int, dict[str, Any]]) -> ElasticLedger:
    Script.answers = iter(answers)
    Script.bodies = []
    client = Client("http://127.0.0.1:1", node_class=Script, retry_on_status=(), max_retries=0)
    return ElasticLedger(client)


def error(status: int, kind: str, reason: str = "because") -> tuple[int, dict[str, Any]]:
    return status, {"error": {"type": kind, "reason": reason}, "status": status}


def written(*items: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"items": [{"create": each} for each in items]}


OK = {"_index": "huiyin-cases-v1", "_seq_no": 0, "_primary_term": 1, "status": 201}


@pytest.mark.parametrize("call", CALLS)
def test_nobody_at_the_address(call: str) -> None:
    with connect([f"http://127.0.0.1:{free_port()}"]) as client:
        with pytest.raises(LedgerUnavailable, match="连不上 Elasticsearch"):
            CALLS[call](ElasticLedger(client))
        with pytest.raises(LedgerUnavailable, match="连不上 Elasticsearch"):
            check_index(client)


@pytest.mark.parametrize(
    "address", ["", "localhost:9200", "https://es", "ftp://es:9200", "https://me:secret@es:9200"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(LedgerUnavailable, match="https://主机:端口"):
        connect([address])


def test_a_certificate_that_is_not_there() -> None:
    with pytest.raises(LedgerUnavailable, match=r"no-such\.pem"):
        connect(["https://es:9200"], ca_certs="no-such.pem")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(401, "security_exception"), "用户名或密码"),
        (error(403, "security_exception"), "权限不够"),
        (error(429, "circuit_breaking_exception"), "忙不过来"),
        (error(503, "no_shard_available_action_exception"), "暂时不可用"),
        (error(400, "media_type_header_exception"), "主版本"),
        (error(404, "index_not_found_exception"), "doctor --create"),
        (error(403, "cluster_block_exception"), "不能写"),
    ],
)
def test_an_answer_after_which_waiting_helps(
    call: str, answer: tuple[int, dict[str, Any]], said: str
) -> None:
    with pytest.raises(LedgerUnavailable, match=said):
        CALLS[call](scripted(answer))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, "es_rejected_execution_exception"),
        (503, "unavailable_shards_exception"),
        (403, "cluster_block_exception"),
        (403, "security_exception"),
        (400, "strict_dynamic_mapping_exception"),
        (400, "an_exception_of_the_next_version"),
        (404, "index_not_found_exception"),
    ],
)
def test_one_document_that_the_server_could_not_write(status: int, kind: str) -> None:
    failed = {"status": status, "error": {"type": kind, "reason": "because"}}
    ledger = scripted(written(OK, failed))
    with pytest.raises(LedgerUnavailable, match="because"):
        ledger.store([Change(CASE, 0), Change(Story(item("2")).case, 0)])


def test_an_error_is_no_absence() -> None:
    gone = {"_id": "x", "error": {"type": "no_shard_available_action_exception", "reason": "r"}}
    with pytest.raises(LedgerUnavailable):
        scripted((200, {"docs": [gone]})).load([CASE.case_id])


def test_part_of_an_answer_is_none() -> None:
    with pytest.raises(LedgerUnavailable, match="2 个写入只回了 1 个"):
        scripted(written(OK)).store([Change(CASE, 0), Change(Story(item("2")).case, 0)])


def test_a_request_that_is_too_large_is_halved_until_one_case_is_left() -> None:
    cases = [Story(item(str(n))).case for n in range(4)]
    too_large = error(413, "too_large")
    ledger = scripted(too_large, too_large, written(OK), too_large, written(OK, OK))
    with pytest.raises(CasesRefused, match="请求上限") as refused:
        ledger.store([Change(case, 0) for case in cases])
    assert list(refused.value.reasons) == [cases[1].case_id]
    assert [body.count(b'"create"') for body in Script.bodies] == [4, 2, 1, 1, 2]


def test_a_mistake_of_ours_is_not_waited_for() -> None:
    with pytest.raises(Exception, match="parsing_exception"):
        scripted(error(400, "parsing_exception")).search(Query())


@pytest.fixture
def existing(elastic: ElasticLedger) -> Case:
    elastic.store([Change(CASE, 0)])
    elastic.refresh()
    return CASE


def test_a_full_disk_stops_writing_and_nothing_else(
    elastic: ElasticLedger, client: Client, name: str, existing: Case
) -> None:
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index=name, settings={block: True})
    other = Story(item("2")).case
    with pytest.raises(LedgerUnavailable, match="磁盘"):
        elastic.store([Change(other, 0)])
    assert elastic.load([existing.case_id, other.case_id]) == {existing.case_id: existing}
    assert elastic.search(Query()).total == 1
    client.indices.put_settings(index=name, settings={block: None})
    assert elastic.store([Change(other, 0)]) == ()


def test_a_server_that_hangs_is_left_after_the_timeout_and_writes_at_most_once(
    elasticsearch: Elasticsearch, client: Client, name: str
) -> None:
    ensure_index(client, name)
    with connect([elasticsearch.url], timeout=0.5) as hasty:
        ledger = ElasticLedger(hasty, name)
        ledger.load([CASE.case_id])
        elasticsearch.freeze()
        try:
            with pytest.raises(LedgerUnavailable, match="连不上"):
                ledger.store([Change(CASE, 0)])
        finally:
            elasticsearch.thaw()
    patient = ElasticLedger(client, name)
    patient.store([Change(CASE, 0)])
    assert patient.load([CASE.case_id]) == {CASE.case_id: CASE}
    assert patient.store([Change(CASE, 0)]) == (CASE.case_id,)
    patient.refresh()
    assert patient.search(Query()).total == 1
