"""`huiyin reindex`: the ledger in another version of its index, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from elasticsearch import Elasticsearch as Client

from cases.record.case import encode_case
from desk.ground import production
from sinks.ledger.base import Change, Query
from tests.cases.helpers import Story, item
from tests.installation import Installation
from tests.servers import Elasticsearch, free_port


class NoKafka:
    """The command talks to the ledger only."""

    bootstrap = "127.0.0.1:9"


@pytest.fixture
def town(elasticsearch: Elasticsearch, tmp_path: Path) -> Installation:
    it = Installation(tmp_path, NoKafka(), elasticsearch)  # type: ignore[arg-type]
    production.ledger(it.settings).ensure()
    return it


def test_everything_is_in_the_new_index_and_the_old_one_is_closed(
    town: Installation, elasticsearch: Elasticsearch
) -> None:
    parts = production.ledger(town.settings)
    cases = [Story(item(f"{n:03}")).case for n in range(30)]
    assert parts.ledger.store([Change(case, 0) for case in cases]) == ()
    name = town.environment["HUIYIN_INDEX"]
    done = town.run("reindex", "--shards", "2")
    assert done.returncode == 0, done.stderr
    assert f"已复制 30 件事项，台账改用索引 {name}-v2" in done.stdout
    assert f"旧索引 {name}-v1 已停写并保留" in done.stdout
    found = list(production.ledger(town.settings).ledger.scan(Query()))
    assert [encode_case(case) for case in found] == [encode_case(case) for case in cases]
    with Client(elasticsearch.url) as client:
        settings = client.indices.get_settings(index=f"{name}-v*")
        assert settings[f"{name}-v1"]["settings"]["index"]["blocks"] == {"write": "true"}
        assert settings[f"{name}-v2"]["settings"]["index"]["number_of_shards"] == "2"


def test_what_stops_it_is_one_message_and_status_1(town: Installation) -> None:
    missing = town.run("reindex", HUIYIN_INDEX=f"{town.name}-never-made")
    assert missing.returncode == 1
    assert missing.stderr.strip().endswith("没有（先运行 huiyin doctor --create）")
    nobody = town.run("reindex", HUIYIN_ELASTICSEARCH=f"http://127.0.0.1:{free_port()}")
    assert (nobody.returncode, len(nobody.stderr.strip().splitlines())) == (1, 1)
    assert "连不上 Elasticsearch" in nobody.stderr
    alone = town.run("reindex", HUIYIN_KAFKA="", HUIYIN_ELASTICSEARCH="")
    assert alone.returncode == 1
    assert "HUIYIN_KAFKA" in alone.stderr
    refused = town.run("reindex", "--shards", "0")
    assert refused.returncode == 2
