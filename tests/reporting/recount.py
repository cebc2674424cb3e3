"""The figures of a period once more, from the lines of a jsonl export and nothing else:
plain dictionaries, and no line of the code that is checked."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from typing import Any

Row = dict[str, Any]
NO_LETTER: Row = {"rounds": [], "first_sent_at": None, "returned": [], "pressures": []}
"""What a report of media has of a letter: its promises count, and nothing else."""


def read(text: str) -> list[Row]:
    return [json.loads(line) for line in text.splitlines()]


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def stretches(row: Row) -> list[tuple[datetime, datetime | None]]:
    """From each beginning to the first of answer and end."""
    found = []
    for each in row["rounds"]:
        begin = row["received_at"] if each["number"] == 1 else each["started_at"]
        ends = [when(t) for t in (each["answered_at"], each["closed_at"]) if t]
        found.append((when(begin), min(ends) if ends else None))  # type: ignore[type-var]
    return found  # type: ignore[return-value]


def waits(row: Row, moment: datetime) -> bool:
    return any(b < moment and (e is None or e >= moment) for b, e in stretches(row))


def entry(row: Row, start: datetime, end: datetime) -> str:
    if waits(row, start):
        return "carried"
    begun = [b for b, _ in stretches(row) if start <= b < end]
    if not begun:
        return ""
    received = when(row["received_at"])
    return "new" if received is not None and received >= start else "reopened"


def verdict(row: Row, each: Row, end: datetime, clock: str = "due_at") -> str:
    due, replied = when(each[clock]), when(each["replied_at"])
    if due is None:
        return ""
    if replied is not None:
        return "on_time" if replied <= due else "late"
    if each["answered_at"]:
        return "untimed"
    if each["closed_at"] or row["state"] in ("refused", "invalid") or each["paused"]:
        return ""
    return "overdue" if due < end else ""


def recount(rows: list[Row], start: datetime, end: datetime) -> Counter[str]:
    """`rows`: every case received before `end`, as of then. Zero counts are left out."""
    counts: Counter[str] = Counter()
    stories: set[str] = set()
    for row in rows:
        if row["channel"] == "新闻媒体":
            if start <= when(row["received_at"]) < end:  # type: ignore[operator]
                counts["media"] += 1
                stories.add(row["matters"][0] if row["matters"] else row["case_id"])
            row = {**row, **NO_LETTER, "received_at": end.isoformat()}  # noqa: PLW2901
        counts += on_books(row, start, end)
        for each in row["rounds"]:
            counts += fell_due(row, each, start, end)
            called = when(each["called_back_at"])
            if called is not None and start <= called < end:
                for name in ("resolved", "satisfied"):
                    counts[f"asked_{name}"] += each[name] is not None
                    counts[f"said_{name}"] += each[name] is True
        counts["returns"] += sum(start <= when(each["at"]) < end for each in row["returned"])  # type: ignore[operator]
        counts["pressed"] += sum(
            press["rung"] != "催办" and start <= when(press["at"]) < end  # type: ignore[operator]
            for press in row["pressures"]
        )
        for promise in row["promised"]:
            day = date.fromisoformat(promise["due"])
            if start.date() <= day < end.date():
                counts["promises_due"] += 1
                counts["promises_kept"] += promise["kept"] is True
                counts["promises_broken"] += promise["kept"] is False
    counts["stories"] = len(stories)
    return Counter({name: n for name, n in counts.items() if n})


def on_books(row: Row, start: datetime, end: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    way = entry(row, start, end)
    if way:
        counts[{"new": "received"}.get(way, way)] += 1
        counts["closing" if waits(row, end) else "ended"] += 1
    if way == "new":
        counts["negative"] += row["sentiment"] == "negative"
        counts["suggestions"] += row["kind"] == "建言"
        counts["at_once"] += row["answered_at_once"]
    sent = when(row["first_sent_at"])
    if sent is not None and start <= sent < end:
        counts["sent"] += 1
        counts["sent_right"] += row["sent_right"]
        given_back = row["given_back"] if "given_back" in row else row["returned"]
        counts["sent_returned"] += any(when(each["at"]) < end for each in given_back)  # type: ignore[operator]
    last = row["rounds"][-1] if row["rounds"] else {}
    if waits(row, end) and verdict(row, last, end) == "overdue":
        counts["overdue"] += 1
        counts["overdue_days"] += max(1, (end.date() - when(last["due_at"]).date()).days)  # type: ignore[union-attr]
    return counts


def fell_due(row: Row, each: Row, start: datetime, end: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    said, due, own = verdict(row, each, end), when(each["due_at"]), when(each["own_due_at"])
    if due is not None and start <= due < end:
        judged = said in ("on_time", "late", "overdue")
        counts["due"] += judged
        counts["due_answered"] += said in ("on_time", "late")
        counts["due_on_time"] += said == "on_time"
        counts["untimed"] += said == "untimed"
        contact = when(each["contacted_at"])
        counts["due_contacted"] += judged and contact is not None and contact <= due
    if own is not None and start <= own < end:
        alone = verdict(row, each, end, "own_due_at")
        counts["own_due"] += alone in ("on_time", "late", "overdue")
        counts["own_on_time"] += alone == "on_time"
    return counts


def received(rows: list[Row], start: datetime, end: datetime) -> list[Row]:
    letters = [row for row in rows if row["channel"] != "新闻媒体"]
    return [row for row in letters if entry(row, start, end) == "new"]


def recount_unit(rows: list[Row], units: set[str], start: datetime, end: datetime) -> Counter[str]:
    """Of one unit: the cases it has, the promises it gave, and what it handed back."""
    apart = {"returned", "promised"}
    none: Row = {"returned": [], "promised": []}
    mine = [row | none | {"given_back": row["returned"]} for row in rows if row["unit_id"] in units]
    theirs = [
        {
            **{key: value for key, value in row.items() if key not in apart},
            "received_at": end.isoformat(),
            "rounds": [],
            "first_sent_at": None,
            "pressures": [],
            "returned": [each for each in row["returned"] if each["unit"] in units],
            "promised": [each for each in row["promised"] if each["owner"] in units],
        }
        for row in rows
    ]
    return recount(mine, start, end) + recount(theirs, start, end)
