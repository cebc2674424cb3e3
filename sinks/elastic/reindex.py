"""Another mapping: fill a new index, then give it the ledger's name.

Cases are read and written by our own code, not by `_reindex`: what is indexed is computed
anew from the stored case, so that a field that is new or reckoned differently is right in
every document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from elasticsearch import Elasticsearch, NotFoundError

from cases.record.case import Case
from sinks.elastic.bulk import DocumentRefused, Failed, Write, send
from sinks.elastic.client import translated
from sinks.elastic.document import document_ids
from sinks.elastic.index import IndexProblem, check_index, put_template, version_name
from sinks.elastic.paging import KEYS_ONLY, WHOLE_CASES, pages
from sinks.elastic.query import CASE_ID, Clause
from sinks.ledger.base import LedgerUnavailable
from sinks.ledger.stored_case import decode_stored

Progress = Callable[[int, int], None]
"""Called with (cases done, cases in all) after each request."""

_ALL: Clause = {"match_all": {}}


def current_version(client: Elasticsearch, index: str = "huiyin-cases") -> str:
    """The index behind the alias. Raises `IndexProblem` unless it is exactly one."""
    with translated():
        try:
            names = list(client.indices.get_alias(name=index))
        except NotFoundError:
            names = []
    if len(names) != 1:
        found = "、".join(names) or "没有（先运行 huiyin doctor --create）"
        raise IndexProblem(f"别名 {index} 应当指向一个索引，现在是：{found}")
    return str(names[0])


def new_version(client: Elasticsearch, index: str = "huiyin-cases", *, shards: int = 1) -> str:
    """Creates the next version of the index, empty and behind no alias, and gives its name."""
    put_template(client, index, shards)
    with translated():
        names = client.indices.get(index=f"{index}-v*", features="aliases")
        numbers = [int(m[1]) for name in names if (m := re.search(r"-v(\d+)$", name))]
        name = version_name(index, max(numbers, default=0) + 1)
        client.indices.create(index=name)
    return name


def write_cases(
    client: Elasticsearch,
    name: str,
    cases: Iterable[Case],
    progress: Callable[[int], None] | None = None,
) -> int:
    """Writes the cases into this index, over whatever is there, and gives their number.
    For an index that nobody else writes: it compares nothing. Raises `IndexProblem` for a
    case that does not fit the mapping."""
    written = 0
    for answers in send(client, name, (Write(case, None, name) for case in cases)):
        for write, answer in answers:
            if isinstance(answer, DocumentRefused):
                raise IndexProblem(f"{write.case.case_id} 不合新映射：{answer.reason}")
            if isinstance(answer, Failed):
                raise LedgerUnavailable(answer.reason)
        written += len(answers)
        if progress:
            progress(written)
    return written


def swap(client: Elasticsearch, index: str, new: str) -> None:
    """Gives the name to `new`, in one step for all who read and write by it."""
    old = current_version(client, index)
    with translated():
        client.indices.refresh(index=new)
        client.indices.update_aliases(
            actions=[
                {"remove": {"index": old, "alias": index}},
                {"add": {"index": new, "alias": index}},
            ]
        )
    check_index(client, index)


def reindex_and_swap(
    client: Elasticsearch,
    index: str = "huiyin-cases",
    *,
    shards: int = 1,
    progress: Progress | None = None,
) -> str:
    """Moves the ledger into a new version of its index and gives the new name. The old
    index stays, closed for writing, until a person deletes it.

    Workers and desk may go on: most is copied while they write; then the old index is
    blocked, and what changed meanwhile is copied while writers wait with back-off. A
    writer that read a version of the old index can only write there, so nobody writes
    into the new one on the strength of what was read in the old.
    """
    old = current_version(client, index)
    new = new_version(client, index, shards=shards)
    with translated():
        total = client.count(index=old)["count"]
    write_cases(
        client, new, _cases(client, old), (lambda done: progress(done, total)) if progress else None
    )
    try:
        with translated():
            # Returns when the writes that were under way are finished.
            client.indices.add_block(index=old, block="write")
            client.indices.refresh(index=f"{old},{new}")
        write_cases(client, new, _load(client, old, _missing(client, old, new)))
        with translated():
            client.indices.refresh(index=new)
        _must_be_complete(client, old, new)
        swap(client, index, new)
    except BaseException:
        _unblock_unless_swapped(client, index, old)
        raise
    return new


def _must_be_complete(client: Elasticsearch, old: str, new: str) -> None:
    if left := next(_missing(client, old, new), None):
        raise IndexProblem(f"复制之后 {new} 里仍然没有 {left} 的最新内容，未切换")


def _unblock_unless_swapped(client: Elasticsearch, index: str, old: str) -> None:
    if current_version(client, index) == old:
        with translated():
            client.indices.put_settings(index=old, settings={"index.blocks.write": False})


def _cases(client: Elasticsearch, name: str) -> Iterator[Case]:
    for hits in pages(client, name, _ALL, CASE_ID, size=WHOLE_CASES):
        for hit in hits:
            yield decode_stored(hit["_source"]["doc"])


def _load(client: Elasticsearch, name: str, case_ids: Iterable[str]) -> Iterator[Case]:
    keys = list(document_ids(case_ids))
    for start in range(0, len(keys), WHOLE_CASES):
        with translated():
            answer = client.mget(index=name, ids=keys[start : start + WHOLE_CASES])
        for document in answer["docs"]:
            yield decode_stored(document["_source"]["doc"])


def _missing(client: Elasticsearch, old: str, new: str) -> Iterator[str]:
    """Cases of `old` that `new` has not, or not with as many events. Both are read side by
    side in the order of case_id, so this needs no memory and compares every case."""
    there = _keys(client, new)
    candidate = next(there, None)
    for key in _keys(client, old):
        while candidate is not None and candidate[0] < key[0]:
            candidate = next(there, None)
        if candidate != key:
            yield key[0]


def _keys(client: Elasticsearch, name: str) -> Iterator[tuple[str, int]]:
    """(case_id, seq) of every case."""
    for hits in pages(client, name, _ALL, [*CASE_ID, {"seq": "asc"}], size=KEYS_ONLY, field=""):
        for hit in hits:
            case_id, seq = hit["sort"][:2]
            yield case_id, seq
