"""The index: its mapping, its template, and whether what is there is what we need.

The ledger's name is an alias; behind it stands one versioned index (`huiyin-cases-v1`),
so that another mapping is another index and the name moves over in one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from sinks.elastic.client import translated
from sinks.ledger import case_index
from sinks.ledger.fields import Declared, Kind, Use

_OPAQUE = {"type": "keyword", "index": False, "doc_values": False}
"""Only kept, never searched."""
_USES: dict[Use, dict[str, Any]] = {
    Use.OPAQUE: _OPAQUE,
    # `whitespace`: the text comes with its characters apart. `standard` would split Chinese
    # the same way but keep abc123 whole, and a search for bc12 would not find it.
    Use.SEARCHED: {"type": "text", "analyzer": "whitespace", "norms": False},
}
_KINDS: dict[Kind, dict[str, Any]] = {
    Kind.WORD: {"type": "keyword"},
    Kind.LIST: {"type": "keyword"},
    Kind.NUMBER: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
    Kind.MOMENT: {"type": "date", "format": "epoch_second"},
}


def mapping_of(fields: Mapping[str, Declared]) -> dict[str, dict[str, Any]]:
    """As Elasticsearch repeats it, so that the two can be compared."""
    found = {name: _USES.get(each.field.use) or _KINDS[each.kind] for name, each in fields.items()}
    return {**found, "doc": _OPAQUE}


FIELDS = mapping_of(case_index.FIELDS)
_MAPPINGS = {"dynamic": "strict", "properties": FIELDS}
_HELP = "处理办法见 docs/elasticsearch.md“更换映射”一节"


class IndexProblem(Exception):
    """What is there cannot be the ledger. The message says what was expected and found."""


def ensure_index(client: Elasticsearch, index: str = "huiyin-cases", *, shards: int = 1) -> str:
    """Creates template, first index and alias where they are missing, and checks them.
    Gives the name of the index behind the alias. Safe to call again, and by several
    processes. Raises `IndexProblem` and `LedgerUnavailable`."""
    put_template(client, index, shards)
    with translated():
        there = client.indices.exists(index=index)
    if not there:
        try:
            with translated():
                client.indices.create(index=version_name(index, 1), aliases={index: {}})
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
            # Another process was faster, or the alias was taken away: the check will say.
    return check_index(client, index)


def check_index(client: Elasticsearch, index: str = "huiyin-cases") -> str:
    """Gives the name of the index behind the alias `index`, or raises `IndexProblem` when
    the ledger cannot work with it. Raises `LedgerUnavailable` too."""
    with translated():
        found = client.indices.get(index=index, ignore_unavailable=True)
    if not found:
        raise IndexProblem(f"没有台账索引 {index}，先运行 huiyin doctor --create")
    if index in found:
        raise IndexProblem(
            f"{index} 应当是别名，现在却是一个索引，多半是误写时自动建立的。"
            f"确认里面没有需要的数据后删除它，再运行 huiyin doctor --create"
        )
    if len(found) != 1:
        raise IndexProblem(
            f"别名 {index} 应当指向一个索引，现在指向 {len(found)} 个：{'、'.join(sorted(found))}。"
            f"只留下在用的那一个"
        )
    ((name, described),) = found.items()
    if wrong := list(_differences(described["mappings"])):
        raise IndexProblem(f"索引 {name} 的映射和程序不一致：{'；'.join(wrong)}。{_HELP}")
    return str(name)


def put_template(client: Elasticsearch, index: str, shards: int) -> None:
    """Every version of the index is created from this template, and none by accident."""
    with translated():
        client.indices.put_index_template(
            name=index,
            index_patterns=[f"{index}-v*"],
            # A late writer of a version that was deleted must not bring it back empty.
            allow_auto_create=False,
            priority=500,
            template={
                "settings": {"number_of_shards": shards, "auto_expand_replicas": "0-1"},
                "mappings": _MAPPINGS,
            },
        )


def version_name(index: str, number: int) -> str:
    return f"{index}-v{number}"


def _differences(mappings: Mapping[str, Any]) -> Iterator[str]:
    if mappings.get("dynamic") != "strict":
        yield f"dynamic 应为 strict，现为 {mappings.get('dynamic', 'true')}"
    properties = mappings.get("properties", {})
    for name, wanted in FIELDS.items():
        if name not in properties:
            yield f"缺少字段 {name}"
        elif properties[name] != wanted:
            yield f"字段 {name} 应为 {wanted}，现为 {properties[name]}"
    for name in properties.keys() - FIELDS.keys():
        yield f"多出字段 {name}"
