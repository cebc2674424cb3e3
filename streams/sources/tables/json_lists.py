"""The list that is meant in a JSON envelope."""

from __future__ import annotations

from typing import Final

from streams.sources.tables.header_map import ColumnMap, score

_SAMPLE: Final = 100
_HEAD: Final = 20
_DEEPEST: Final = 6


def best_list(value: dict[str, object], columns: ColumnMap) -> list[object] | None:
    """The list in an envelope whose records name more fields than the envelope itself."""
    best, found = score(tuple(value), columns), None
    level: list[dict[str, object]] = [value]
    for _ in range(_DEEPEST):
        following: list[dict[str, object]] = []
        for node in level:
            for each in node.values():
                if isinstance(each, dict):
                    following.append(each)
                elif isinstance(each, list) and each:
                    records = _as_records(each, node, columns)
                    names = {
                        name for one in records[:_SAMPLE] if isinstance(one, dict) for name in one
                    }
                    if (points := score(tuple(names), columns)) > best:
                        best, found = points, records
        level = following[:_SAMPLE]
    return found


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
