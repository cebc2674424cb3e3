"""One server for the run, a fresh index for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from elasticsearch import Elasticsearch as Client

from sinks.elastic import ElasticLedger, connect, ensure_index
from tests.servers import Elasticsearch

_numbers = count(1)


@pytest.fixture(scope="session")
def client(elasticsearch: Elasticsearch) -> Iterator[Client]:
    with connect([elasticsearch.url]) as client:
        yield client


@pytest.fixture
def name(client: Client) -> Iterator[str]:
    """A name for a ledger; what is called so afterwards is deleted."""
    name = f"cases{next(_numbers)}"
    yield name
    found = [*client.indices.get(index=f"{name},{name}-v*", ignore_unavailable=True)]
    if found:
        client.indices.delete(index=found)
    client.options(ignore_status=404).indices.delete_index_template(name=name)


@pytest.fixture
def elastic(client: Client, name: str) -> ElasticLedger:
    """An empty ledger."""
    ensure_index(client, name)
    return ElasticLedger(client, name)
