"""What every ledger does, on a real Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch as Client

from sinks.elastic import ElasticLedger, ensure_index
from sinks.ledger.base import Ledger, Query
from tests.conformance.ledger import LedgerBehaviour


@pytest.fixture(scope="module")
def index(client: Client) -> Iterator[str]:
    behind = ensure_index(client, "behaviour")
    yield "behaviour"
    client.indices.delete(index=behind)
    client.indices.delete_index_template(name="behaviour")


class TestElasticLedger(LedgerBehaviour):
    @pytest.fixture
    def ledger(self, client: Client, index: str) -> Ledger:
        """Emptied, not made anew: that takes longer than most of the tests."""
        ledger = ElasticLedger(client, index)
        ledger.refresh()
        lines = [{"delete": {"_id": case.case_id}} for case in ledger.scan(Query())]
        if lines:
            assert not client.bulk(index=index, operations=lines, refresh=True)["errors"]
        return ledger

    def ready(self, ledger: Ledger) -> None:
        assert isinstance(ledger, ElasticLedger)
        ledger.refresh()
