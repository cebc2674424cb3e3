"""The records that are meant in a JSON envelope."""

from __future__ import annotations

from typing import Final

from streams.sources.tables.header_map import ColumnMap, score

_SAMPLE: Final = 100
_HEAD: Final = 20
_DEEPEST: Final = 6


def best_list(value: dict[str, object], columns: ColumnMap) -> list[object] | None:
    """The list in an envelope whose records name more fields than the envelope itself.

    Where the envelope names no field at all, one record in it is such a list too, and so are
    records under their numbers. A record that lies in a wrapping of its own (`_source`,
    `properties`) comes out of it, with the plain values of the wrapping beside."""
    best, found = score(tuple(value), columns), None
    is_bare_envelope = not best
    level: list[dict[str, object]] = [value]
    for _ in range(_DEEPEST):
        following: list[dict[str, object]] = []
        for node in level:
            lists: list[list[object]] = []
            if is_bare_envelope and node and all(isinstance(one, dict) for one in node.values()):
                lists.append(list(node.values()))
            for each in node.values():
                if isinstance(each, dict):
                    following.append(each)
                    if is_bare_envelope:
                        lists.append([each])
                elif isinstance(each, list) and each:
                    lists.append(_unwrapped(_as_records(each, node, columns), columns))
            for records in lists:
                if (points := _points(records, columns)) > best:
                    best, found = points, records
        level = following[:_SAMPLE]
    return found


def _points(records: list[object], columns: ColumnMap) -> int:
    names = {name for one in records[:_SAMPLE] if isinstance(one, dict) for name in one}
    return score(tuple(names), columns)


def _unwrapped(records: list[object], columns: ColumnMap) -> list[object]:
    if _points(records, columns):
        return records
    return [_out_of_wrapping(one, columns) if isinstance(one, dict) else one for one in records]


def _out_of_wrapping(record: dict[str, object], columns: ColumnMap) -> dict[str, object]:
    """The record within, the wrapping's other values beside it."""
    inner = [key for key, value in record.items() if isinstance(value, dict)]
    best = max(inner, key=lambda key: _points([record[key]], columns), default="")
    within = record.get(best)
    if not isinstance(within, dict) or not _points([within], columns):
        return record
    return within | {key: value for key, value in record.items() if key not in {best, *within}}


def _as_records(rows: list[object], beside: dict[str, object], columns: ColumnMap) -> list[object]:
    """The rows as objects, also where they are lists with their names elsewhere."""
    if not isinstance(rows[0], list):
        return rows
    lists = [each for each in beside.values() if isinstance(each, list) and each is not rows]
    # The names beside, or in one of the first rows, below a title.
    heads = [(head, 0) for head in lists]
    heads += [(row, at + 1) for at, row in enumerate(rows[:_HEAD]) if isinstance(row, list)]
    named = [(tuple(map(_name, head)), below) for head, below in heads]
    best, below = max(named, key=lambda each: score(each[0], columns))
    body = rows[below:]
    return [
        dict(zip(best, row, strict=False))
        | {f"第{n + 1}列": row[n] for n in range(len(best), len(row))}
        if isinstance(row, list)
        else row
        for row in body
    ]


def _name(value: object) -> str:
    """A column's name, also from `{"title": "工单编号"}`."""
    if isinstance(value, dict):
        value = next(
            (value[key] for key in ("title", "label", "name", "field") if key in value), ""
        )
    return value if isinstance(value, str) else ""
